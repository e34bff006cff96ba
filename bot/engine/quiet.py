"""Answers that nobody has to give: what is known of the person, hidden values, formulas, draws from a pool.

Pure: a draw follows from the session's id and its number among those who were asked, so that the same session
always draws the same, and every question of a pool comes to equally many people.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from math import gcd
from typing import Final

from bot.engine import formulas
from bot.engine.flow import Flow, Question
from bot.engine.piping import fill
from bot.engine.plan import Plan, plan_of
from bot.engine.questions import ASKED
from bot.engine.questions.base import Prompt, Understood
from bot.engine.session import Answer, Detail, Session
from bot.texts import Texts

PEOPLE: Final = "people."
"""What stands before an attribute in ``known``."""


def known(
    flow: Flow, person: Mapping[str, str], language: str, now: datetime, zone: str
) -> Mapping[str, Answer]:
    """Answers to questions of the flow that the person's attributes give. ``now`` is aware UTC.

    An attribute that cannot be read as an answer to its question leaves the question to be asked.
    """
    plan = plan_of(flow)
    found: dict[str, Answer] = {}
    for place in plan.knowable:
        question = flow.questions[place]
        told = person.get(question.known, "").strip()
        if not told:
            continue
        chosen = next((choice for choice in question.choices if choice.id == told), None)
        words = next(iter(chosen.label.values())) if chosen else told
        reading = ASKED[question.type].read(
            words, Prompt(plan.prepared[place], language, Texts.load(), now, zone)
        )
        if isinstance(reading, Understood) and reading.answer.status == "answered":
            found[question.id] = Answer(reading.answer.value, "known")
    return found


def answer(plan: Plan, session: Session, place: int, values: Mapping[str, object]) -> Answer | None:
    """What stands as the answer to a question without its being asked; None where it is to be asked, or
    where a formula reads what is not known.

    ``values`` are the person's attributes and the answers on the way so far.
    """
    question = plan.flow.questions[place]
    match question.type:
        case "hidden":
            return Answer(fill(question.value, lambda name: str(values.get(name) or "")), "computed")
        case "calculate":
            value = formulas.value(question.value, values)
            return Answer(value, "computed") if value is not None else None
        case "pool":
            return _draw(question, session)
    return session.known.get(question.id)


def _draw(question: Question, session: Session) -> Answer:
    """``pick`` of the pool's questions: the next ones on a ring, which is shuffled anew after whole laps.

    Of m questions, m / gcd(m, pick) persons one after the other draw each of them pick / gcd(m, pick) times:
    exactly balanced, and never more than one apart in between.
    """
    size, pick = len(question.of), question.pick
    persons = size // gcd(size, pick)
    laps, place = divmod(session.number, persons)
    ring = _shuffled(question, laps)
    drawn = [ring[(place * pick + step) % size] for step in range(pick)]
    detail: Detail = {"number": session.number, "drawn": drawn}
    return Answer([one for one in question.of if one in drawn], "computed", detail=detail)


def _shuffled(question: Question, laps: int) -> tuple[str, ...]:
    """All questions of the pool in an order that follows from the number of laps so far."""
    return tuple(sorted(question.of, key=lambda one: _lot(f"{question.id}/{laps}/{one}")))


def _lot(words: str) -> bytes:
    return blake2b(words.encode(), digest_size=8).digest()
