"""The loop: what was promised to those who were asked, what was told back, and when.

A message closes the loop of the round that it is about, or of all rounds of its survey that were over by
then. It says nothing about answers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.engine.flow import Text
from reports.statistics import median

DUE_DAYS: Final = 30
"""How long people may wait for results."""

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was told back, and to how many."""

    texts: Text
    people: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One survey. Times are aware UTC."""

    survey: str
    purpose: Text
    rounds: int
    told: int
    """Rounds of which something was told back."""
    last: Message | None
    waits_since: datetime | None
    """When the oldest round closed of which nothing was told back."""
    late: bool
    """It waits for longer than it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Every survey that asked somebody in the last twelve months, the longest wait first."""

    promises: tuple[Promise, ...]
    rounds: int
    told: int
    late: int
    """Surveys that owe an answer for longer than ``DUE_DAYS``."""
    days: float | None
    """From the close of a round to what was told back: the median."""


def loop(
    rounds: Iterable[tuple[str, int, datetime]],
    messages: Sequence[tuple[str, int | None, Message]],
    purposes: Mapping[str, Text],
    now: datetime,
) -> Loop | None:
    """From (survey, wave, closed at) of each round and (survey, wave or None, message); None without any."""
    by_survey: dict[str, list[tuple[int, datetime]]] = {}
    for survey, wave, closed_at in rounds:
        by_survey.setdefault(survey, []).append((wave, closed_at))
    if not by_survey:
        return None
    promises, waits = [], []
    for survey, ended in by_survey.items():
        mine = [(about, message) for name, about, message in messages if name == survey]
        answers = [(closed_at, _answer(wave, closed_at, mine)) for wave, closed_at in ended]
        told = [(closed_at, message.at) for closed_at, message in answers if message is not None]
        waits += [max(0.0, (at - closed_at) / DAY) for closed_at, at in told]
        owed = min((closed_at for closed_at, message in answers if message is None), default=None)
        promises.append(
            Promise(
                survey=survey,
                purpose=purposes.get(survey, {}),
                rounds=len(ended),
                told=len(told),
                last=mine[-1][1] if mine else None,
                waits_since=owed,
                late=owed is not None and now - owed > DUE_DAYS * DAY,
            )
        )
    promises.sort(key=lambda promise: (promise.waits_since or now, promise.survey))
    return Loop(
        promises=tuple(promises),
        rounds=sum(promise.rounds for promise in promises),
        told=sum(promise.told for promise in promises),
        late=sum(promise.late for promise in promises),
        days=median(Counter(waits)) if waits else None,
    )


def _answer(wave: int, closed_at: datetime, messages: Sequence[tuple[int | None, Message]]) -> Message | None:
    """The first message that is about the round, or about all that were over when it was sent."""
    for about, message in messages:
        if about == wave or (about is None and message.at >= closed_at):
            return message
    return None
