"""What flows and surveys must agree on: length, burden, unreachable questions, times, words claimed twice.

Pure; each finding comes with the place of what it is about. The figures are those of ``scheduler.burden``.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, TypeVar

from bot.config import anonymous, capacity, referring
from bot.config.document import Place
from bot.config.triggerfile import claimed_twice
from bot.engine.flow import Flow
from bot.engine.paths import Never, Paths, measure
from bot.engine.suggest import did_you_mean
from bot.errors import Problem
from scheduler import burden, stopping
from scheduler.surveys import Policy, Survey

WARN_ABOVE: Final = 5
"""Questions on the longest way. Five are answered gladly, beyond twelve most people leave."""
REFUSE_ABOVE: Final = 12

_Value = TypeVar("_Value")
Placed = tuple[_Value, Place]
"""A value and where it was written."""


def run(
    flows: Sequence[Placed[Flow]], surveys: Sequence[Placed[Survey]], policy: Policy
) -> Iterator[Problem]:
    """Every finding."""
    lengths = {}
    for flow, place in flows:
        lengths[flow.id] = paths = measure(flow, partial(burden.question_seconds, policy))
        yield from _ways(flow, paths, place)
        yield from _length(paths, place)
    known = {flow.id: flow for flow, _ in flows}
    for survey, place in surveys:
        if survey.flow in known:
            yield from _burden(survey, lengths[survey.flow], place, policy)
            yield from _timeouts(survey, known[survey.flow], place)
            yield from _stops(survey, known[survey.flow], place)
            yield from _forms(survey, known[survey.flow], place)
            if survey.anonymous:
                yield from anonymous.problems(survey, known[survey.flow], place)
    points = {
        survey.id: policy.points_contact
        + burden.points(policy, lengths[survey.flow].longest_seconds, heavy=survey.heavy)
        for survey, _ in surveys
        if survey.flow in lengths
    }
    yield from capacity.problems(surveys, points, policy)
    yield from _unused(flows, surveys)
    yield from referring.follow_ups(known, surveys)
    for place, claimed, first in claimed_twice(surveys):
        yield place.problem(f'The {claimed} already starts the survey "{first}".', "Choose another.")


def _ways(flow: Flow, paths: Paths, place: Place) -> Iterator[Problem]:
    spots = {question.id: place.at("question", number) for number, question in enumerate(flow.questions)}
    passed_over = {never.question for never in paths.never if never.exit is None}
    for identifier in paths.unreachable:
        if identifier in passed_over:
            continue
        spot = spots[identifier].named(f'question "{identifier}"')
        yield spot.warning("No way leads to this question.", "Let an exit lead to it, or take it out.")
    for never in paths.never:
        yield _never(flow, never, spots[never.question])
    if paths.ring:
        names = ", ".join(f'"{identifier}"' for identifier in paths.ring)
        message = f"{names} lead round in a ring in which nothing is asked."
        yield spots[paths.ring[0]].problem(message, 'Let one of them lead to a question or to "end".')
    elif paths.loops:
        yield place.warning("A way leads round and round.", "A second answer replaces the first.")


def _never(flow: Flow, never: Never, place: Place) -> Problem:
    question = flow.question(never.question)
    named = place.named(f'question "{never.question}"')
    if never.exit is None:
        spot, what, source = named.at("ask_if"), "ask_if", question.ask_if
    else:
        spot, what = named.at("exits", never.exit), f"exit {never.exit + 1}"
        source = question.exits[never.exit].when
    advice = "Look at the answers that can come here."
    if never.unanswered:
        names = ", ".join(never.unanswered)
        advice = f"There is no answer to {names} yet at this point."
    return spot.warning(f"{what}: `{source}` never holds here.", advice)


def _length(paths: Paths, place: Place) -> Iterator[Problem]:
    count = paths.longest_questions
    if count > REFUSE_ABOVE:
        message = f"The longest way has {count} questions; more than {REFUSE_ABOVE} are refused."
        yield place.problem(message, "Split the flow into several surveys.")
    elif count > WARN_ABOVE:
        message = f"The longest way has {count} questions; beyond {WARN_ABOVE} people give up."
        yield place.warning(message, "Leave out what nobody will act upon.")


def _burden(survey: Survey, paths: Paths, place: Place, policy: Policy) -> Iterator[Problem]:
    """Whether the invite and the longest way fit into what may be asked of a person in all."""
    cost = policy.points_contact + burden.points(policy, paths.longest_seconds, heavy=survey.heavy)
    less = policy.capacity * policy.preference["less"]
    if survey.exempt:
        return
    if cost >= policy.capacity:
        message = f"It costs a person {cost:.1f} points, and {policy.capacity:g} is all that may be asked."
        yield place.problem(message, "Split this survey, or it will never be sent.")
    elif cost >= less:
        message = f"It costs {cost:.1f} points: people who asked for less ({less:g}) never get it."
        yield place.warning(message, "Shorten the flow to reach them too.")


def _timeouts(survey: Survey, flow: Flow, place: Place) -> Iterator[Problem]:
    """A question's own time must end before the session does, or its way is never taken."""
    idle = survey.timing.idle_hours * 60
    for question in flow.questions:
        if idle and question.timeout_minutes >= idle:
            message = f'Question "{question.id}" waits {question.timeout_minutes} minutes'
            limit = f"but after {survey.timing.idle_hours:g} hours of silence the session ends."
            yield place.problem(f"{message}, {limit}", "Shorten timeout_minutes, or lengthen idle_hours.")


def _stops(survey: Survey, flow: Flow, place: Place) -> Iterator[Problem]:
    """A sample that stops looks at the key figures, so there must be one that is a share."""
    if survey.stop is not None and not list(stopping.key_questions(flow)):
        message = "stop looks at key figures, and the flow has none that is a share."
        advice = "Write key = true at a scale, yes_no, select_one or select_multiple question."
        spot = place.at("stop") if (*place.path, "stop") in place.document.lines else place
        yield spot.problem(message, advice)


def _forms(survey: Survey, flow: Flow, place: Place) -> Iterator[Problem]:
    """Split forms name questions of the flow, and differ."""
    spot, names = place.at("forms"), {question.id for question in flow.questions}
    if len(survey.forms) == 1:
        yield spot.problem("One form alone splits nothing.", "Write two or more lists, or none.")
    for number, form in enumerate(survey.forms):
        for name in form:
            if name not in names:
                hint = did_you_mean(name, list(names))
                yield spot.at(number).problem(f'forms: the flow has no question "{name[:40]}".', hint)
        if form in survey.forms[:number]:
            yield spot.at(number).problem("This form is the same as an earlier one.", "Leave one out.")
    split = {name for form in survey.forms for name in form}
    if survey.forms and split >= names:
        message = "Every question is in a form, so nothing is asked of everybody."
        yield spot.warning(message, "Keep one or two questions out of all forms, to compare people by.")


def _unused(flows: Sequence[Placed[Flow]], surveys: Sequence[Placed[Survey]]) -> Iterator[Problem]:
    used = {survey.flow for survey, _ in surveys}
    for flow, place in flows:
        if surveys and flow.id not in used:
            yield place.warning("No survey uses this flow.", f'Add a [[survey]] with flow = "{flow.id}".')
