"""A flow with everything that can be worked out once for all its sessions. Holds no session and no person."""

from collections.abc import Mapping
from typing import Final

from bot.engine.flow import END, Flow, Question
from bot.engine.piping import answers_in
from bot.engine.questions.base import Prepared

KEPT: Final = 512
"""Plans kept in memory: flow versions in use at the same time, a few kilobytes each."""


class Plan:
    """Places are positions in ``flow.questions``; ``end`` is the place after the last."""

    __slots__ = ("branches", "end", "flow", "knowable", "places", "prepared", "quotes", "straight", "waits")

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.prepared: Final = tuple(Prepared(question) for question in flow.questions)
        self.end: Final = len(flow.questions)
        self.places: Final[Mapping[str, int]] = {
            **{question.id: place for place, question in enumerate(flow.questions)},
            END: self.end,
        }
        self.quotes: Final = tuple(_quotes(question) for question in flow.questions)
        """For each question, which earlier answers its words repeat."""
        self.branches: Final = any(_branches(one) and not _drawn(one, flow) for one in flow.questions)
        """Whether the number of questions depends on the answers."""
        self.knowable: Final = tuple(place for place, one in enumerate(flow.questions) if one.known)
        """Places of questions that need not be asked where the person's attributes answer them."""
        self.waits: Final = frozenset(question.id for question in flow.questions if question.waits)
        """Questions that are put to somebody, by id."""
        self.straight: Final = tuple(self._straight(place) for place in range(self.end + 1))
        """For each place the ids of the questions from there on; None where answers decide the way."""

    def _straight(self, place: int) -> tuple[str, ...] | None:
        ids: list[str] = []
        seen: set[int] = set()
        while place != self.end:
            question = self.flow.questions[place]
            if place in seen or _branches(question) or _unasked(question):
                return None
            seen.add(place)
            if question.waits:
                ids.append(question.id)
            place = self.places[question.exits[0].to] if question.exits else place + 1
        return tuple(ids)


def _quotes(question: Question) -> frozenset[str]:
    texts = (*question.text.values(), *question.hint.values())
    return frozenset(name for text in texts for name in answers_in(text))


def _branches(question: Question) -> bool:
    return bool(question.ask_if) or bool(question.exits and question.exits[0].when)


def _unasked(question: Question) -> bool:
    """Whether it may have an answer that nobody gave."""
    return bool(question.known) or (not question.waits and question.type != "note")


def _drawn(question: Question, flow: Flow) -> bool:
    """Whether nothing but a pool decides if it is asked: everybody is asked as many."""
    return not question.exits and any(
        question.ask_if == in_pool(question.id, pool.id) for pool in flow.questions if question.id in pool.of
    )


def in_pool(question: str, pool: str) -> str:
    """The condition under which a question of a pool is asked."""
    return f'"{question}" in {pool}'


_plans: Final[dict[int, Plan]] = {}


def plan_of(flow: Flow) -> Plan:
    """The plan of a flow, made when the flow is first used."""
    found = _plans.get(id(flow))
    if found is not None and found.flow is flow:
        return found
    if len(_plans) >= KEPT:
        _plans.clear()
    made = _plans[id(flow)] = Plan(flow)
    return made
