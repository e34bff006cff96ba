"""The way through a flow: which question comes next, which are still to be expected, which answers stand.

A question that ``ask_if`` passes over is left by its exits, as if it had not been answered. Answers count
only while they lie on the way: what was answered on a way since left is unknown to conditions. What has an
answer without being asked (``quiet``) lies on the way as well, and is worked out anew each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.engine import quiet
from bot.engine.conditions import holds
from bot.engine.plan import Plan
from bot.engine.session import Answer, Session

MOST_STEPS: Final = 100
"""Notes and questions passed over between two waits, beyond which a flow of that size must run in circles."""


class EndlessLoopError(RuntimeError):
    """A flow that goes in circles without asking. It is our bug that the flow was not refused at load."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the next steps lead: notes to say on the way, the path as it is then, the place to stop at."""

    notes: tuple[int, ...]
    path: tuple[str, ...]
    place: int
    quiet: Mapping[str, Answer] = field(default_factory=dict)
    """Answers on the way that nobody had to give."""


def values(
    person: Mapping[str, str], answers: Mapping[str, Answer], path: tuple[str, ...]
) -> dict[str, object]:
    """What conditions may read: the person's attributes, and the answers on the way so far."""
    known: dict[str, object] = dict(person)
    for question in path:
        answer = answers.get(question)
        known[question] = answer.value if answer is not None else None
    return known


def after(plan: Plan, place: int, known: Mapping[str, object], answer: Answer | None = None) -> int:
    """The place that follows a question: by its exits in their order, else the next in the list."""
    question = plan.flow.questions[place]
    if answer is not None and answer.status == "timed_out" and question.timeout_to:
        return plan.places[question.timeout_to]
    for way in question.exits:
        if not way.when or holds(way.when, known):
            return plan.places[way.to]
    return place + 1


def walk(
    plan: Plan,
    session: Session,
    place: int,
    known: dict[str, object],
    path: tuple[str, ...],
    standing: Mapping[str, Answer],
) -> Walk:
    """Go on from a place to the next question that is to be put, or to the end.

    ``standing`` are answers from before a "back" that still hold: their questions join the path and are not
    put again. ``known`` grows by them. Raises EndlessLoopError.
    """
    notes: list[int] = []
    unasked: dict[str, Answer] = {}
    way = list(path)
    for _ in range(max(MOST_STEPS, plan.end + 1)):
        if place == plan.end:
            return Walk(tuple(notes), tuple(way), place, unasked)
        question = plan.flow.questions[place]
        answer = None
        if not question.ask_if or holds(question.ask_if, known):
            found = quiet.answer(plan, session, place, known)
            if question.type == "note":
                notes.append(place)
            elif found is not None:
                unasked[question.id] = answer = found
                known[question.id] = found.value
                way = [one for one in way if one != question.id] + [question.id]
            elif not question.waits:
                known[question.id] = None
            elif question.id in standing and question.id not in way:
                answer = standing[question.id]
                known[question.id] = answer.value
                way.append(question.id)
                notes.clear()  # they were said before that answer was given
            else:
                return Walk(tuple(notes), tuple(way), place, unasked)
        place = after(plan, place, known, answer)
    raise EndlessLoopError(f"flow {plan.flow.id}: {MOST_STEPS} steps without a question after {path[-1:]}")


def expected(
    plan: Plan,
    session: Session,
    place: int,
    known: Mapping[str, object],
    path: tuple[str, ...] = (),
    standing: Mapping[str, Answer] | None = None,
) -> tuple[str, ...]:
    """The questions to be expected from a place on, if no unknown answer opens another way.

    This is the shortest honest count: it may grow when an answer opens a branch. A loop counts once. What has
    its answer without being asked is not among them.
    """
    straight = plan.straight[place]
    if straight is not None and not standing and not session.known:
        return straight
    imagined = dict(known)
    seen = set(path)
    ids: list[str] = []
    for _ in range(max(MOST_STEPS, plan.end + 1)):
        if place == plan.end:
            break
        question = plan.flow.questions[place]
        answer = None
        if question.type != "note" and (not question.ask_if or holds(question.ask_if, imagined)):
            answer = quiet.answer(plan, session, place, imagined)
            if answer is not None or not question.waits:
                imagined[question.id] = answer.value if answer is not None else None
                place = after(plan, place, imagined, answer)
                continue
            if question.id in seen:
                break
            seen.add(question.id)
            ids.append(question.id)
            answer = (standing or {}).get(question.id)
            if answer is not None:
                imagined[question.id] = answer.value
        place = after(plan, place, imagined, answer)
    return tuple(ids)
