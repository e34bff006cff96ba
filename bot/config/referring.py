"""What one survey says of another: follow-ups name a survey, and a condition over its answers.

Checked when all surveys and flows are known. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence

from bot.config.document import Place
from bot.engine import conditions
from bot.engine.flow import Flow
from bot.engine.suggest import did_you_mean
from bot.engine.variables import variables
from bot.errors import Problem
from scheduler.surveys import FollowUp, Survey


def follow_ups(flows: Mapping[str, Flow], surveys: Sequence[tuple[Survey, Place]]) -> Iterator[Problem]:
    """Every finding about the follow-ups of these surveys."""
    known = {survey.id: survey for survey, _ in surveys}
    for survey, place in surveys:
        for number, trigger in enumerate(survey.triggers):
            if isinstance(trigger, FollowUp):
                spot = place.at("trigger")
                listed = spot.at(number)
                spot = listed if listed.path in spot.document.lines else spot
                yield from _follow_up(survey, trigger, spot, known, flows)


def _follow_up(
    survey: Survey,
    trigger: FollowUp,
    spot: Place,
    known: Mapping[str, Survey],
    flows: Mapping[str, Flow],
) -> Iterator[Problem]:
    earlier = known.get(trigger.survey)
    if earlier is None:
        hint = did_you_mean(trigger.survey, sorted(known))
        yield spot.at("follow_up").problem(f'There is no survey "{trigger.survey}".', hint)
        return
    if earlier.id == survey.id and not survey.recontact_days:
        message = "It follows itself, so whoever answers it gets it again and again."
        yield spot.at("follow_up").warning(message, "Name another survey, or set recontact_days.")
    if earlier.anonymous:
        message = f'Answers to "{earlier.id}" are anonymous: nobody knows whose they are.'
        yield spot.at("follow_up").problem(message, "Name a survey that is not.")
    flow = flows.get(earlier.flow)
    if flow is not None:
        for wrong in conditions.check(trigger.when, variables(flow.questions)):
            yield spot.at("when").problem(f"when: {wrong}")
