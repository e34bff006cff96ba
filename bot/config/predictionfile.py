"""Surveys that predict another one: their flows are made from the flow of the survey that they predict."""

from collections.abc import Sequence

from bot.config.crosscheck import Placed
from bot.config.document import Place
from bot.engine.flow import Flow
from bot.engine.predictions import prediction
from bot.engine.suggest import did_you_mean
from bot.errors import Problem
from scheduler.surveys import Survey


def build(
    flows: Sequence[Placed[Flow]], surveys: Sequence[Placed[Survey]]
) -> tuple[list[Placed[Flow]], list[Problem]]:
    """The flows of all surveys that predict, and what is wrong with those."""
    made: list[Placed[Flow]] = []
    problems: list[Problem] = []
    known = {flow.id: flow for flow, _ in flows}
    for survey, place in surveys:
        if not survey.predicts:
            continue
        found = _flow(survey, place, known, {one.id: one for one, _ in surveys})
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            made.append((found, place))
    return made, problems


def _flow(
    survey: Survey, place: Place, flows: dict[str, Flow], surveys: dict[str, Survey]
) -> Flow | Problem | None:
    """The flow, or what is wrong; None where the mistake is the predicted survey's own."""
    spot = place.at("predicts")
    target = surveys.get(survey.predicts)
    if target is None:
        others = [name for name in surveys if name != survey.id]
        hint = did_you_mean(survey.predicts, others)
        return spot.problem(f'There is no survey "{survey.predicts[:40]}".', hint)
    if target.predicts:
        advice = "Name the survey of the members."
        return spot.problem(f'The survey "{target.id}" is itself one that predicts.', advice)
    if survey.id in flows:
        advice = "Rename the survey or the flow: the questions that are made take the survey's name."
        return spot.problem(f'There is a flow "{survey.id}" too.', advice)
    if target.flow not in flows:
        return None
    flow = prediction(survey.id, flows[target.flow])
    if not flow.questions:
        message = f'The flow "{target.flow}" has no scale and no yes or no that could be predicted.'
        return spot.problem(message, "Name another survey.")
    return flow
