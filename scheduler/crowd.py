"""Everybody at once: the ledgers of an audience as columns of numbers, for planning over many people.

The same facts as in ``ledger.Ledger``, one row a person. Moments are whole microseconds since 1970, UTC; a
moment that is not known is ``NONE``, one that never comes ``NEVER``. No rule stands here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scheduler.ledger import Ledger, Preference
from scheduler.surveys import Hours

Moments = NDArray[np.int64]
Numbers = NDArray[np.int64]
Points = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]
Bits = NDArray[np.uint64]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NONE: Final = -(1 << 62)
"""Long before any event, so that whatever is counted from it has passed."""
NEVER: Final = 1 << 62

PREFERENCES: Final[tuple[Preference, ...]] = ("less", "normal", "more")
OUTCOMES: Final = ("completed", "partial", "abandoned", "not_now", "declined")
"""Outcomes with a rest; the columns of ``Crowd.outcomes``."""

Clock = tuple[str | None, Hours | None, frozenset[int]]
"""A person's zone, own hours and quiet days: few differ, so people hold the number of theirs."""


def micros(moment: datetime) -> int:
    """An aware moment in microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(value: int) -> datetime:
    """The moment of so many microseconds, aware UTC."""
    return EPOCH + int(value) * MICROSECOND


def lasting(length: timedelta) -> int:
    """A length of time in microseconds."""
    return length // MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crowd:
    """One row a person. The tables ``invites``, ``messages`` and ``housemates`` hold the newest first."""

    person: Numbers
    turn: Numbers
    prn: Bits
    stopped: Flags
    reachable: Flags
    dormant: Flags
    ignored: Codes
    preference: Codes
    """Place in ``PREFERENCES``."""
    clock: Codes
    """Place in ``clocks``."""
    clocks: tuple[Clock, ...]
    paused_until: Moments
    in_session: Flags
    session_until: Moments
    outcomes: Moments
    """People × ``OUTCOMES``: the last moment of each."""
    invites: Moments
    messages: Moments
    housemates: Moments
    """Invites to others of the same household or board; no columns where the policy does not cap them."""
    reserved_invites: Codes
    reserved_messages: Codes
    reserved_burden: Points
    burden: Points
    burden_at: Moments
    asked: Mapping[str, Moments] = field(default_factory=dict)
    """The last invite of each survey that somebody has got."""
    left: Mapping[str, Flags] = field(default_factory=dict)
    """Who has left each topic that somebody has left."""

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Numbers) -> "Crowd":
        """These rows alone."""
        columns = {
            one.name: value[rows]
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), np.ndarray)
        }
        asked = {survey: moments[rows] for survey, moments in self.asked.items()}
        left = {topic: flags[rows] for topic, flags in self.left.items()}
        return Crowd(**columns, clocks=self.clocks, asked=asked, left=left)


def crowd_of(
    ledgers: Sequence[Ledger], turns: Iterable[int] | None = None, prns: Iterable[int] | None = None
) -> Crowd:
    """These ledgers as columns, with each person's turn and permanent random number (0 where not given)."""
    size = len(ledgers)
    clocks: dict[Clock, int] = {}
    clock = [clocks.setdefault((one.zone, one.hours, one.quiet_days), len(clocks)) for one in ledgers]
    surveys = sorted({survey for one in ledgers for survey in one.asked_survey})
    topics = sorted({topic for one in ledgers for topic in one.left_topics})
    return Crowd(
        person=np.array([one.person for one in ledgers], np.int64),
        turn=np.array(list(turns) if turns is not None else [0] * size, np.int64),
        prn=np.array(list(prns) if prns is not None else [0] * size, np.uint64),
        stopped=np.array([one.stopped for one in ledgers], np.bool_),
        reachable=np.array([one.reachable for one in ledgers], np.bool_),
        dormant=np.array([one.dormant for one in ledgers], np.bool_),
        ignored=np.array([one.ignored_in_row for one in ledgers], np.int32),
        preference=np.array([PREFERENCES.index(one.preference) for one in ledgers], np.int32),
        clock=np.array(clock, np.int32),
        clocks=tuple(clocks),
        paused_until=_column(one.paused_until for one in ledgers),
        in_session=np.array([one.in_session for one in ledgers], np.bool_),
        session_until=_column((one.session_until for one in ledgers), NEVER),
        outcomes=np.array([_outcomes(one) for one in ledgers], np.int64).reshape(size, len(OUTCOMES)),
        invites=newest_first([one.invites for one in ledgers]),
        messages=newest_first([one.messages for one in ledgers]),
        housemates=newest_first([one.group_invites for one in ledgers]),
        reserved_invites=np.array([one.reserved_invites for one in ledgers], np.int32),
        reserved_messages=np.array([one.reserved_messages for one in ledgers], np.int32),
        reserved_burden=np.array([one.reserved_burden for one in ledgers], np.float64),
        burden=np.array([one.burden for one in ledgers], np.float64),
        burden_at=_column(one.burden_at for one in ledgers),
        asked={survey: _column(one.asked_survey.get(survey) for one in ledgers) for survey in surveys},
        left={topic: np.array([topic in one.left_topics for one in ledgers], np.bool_) for topic in topics},
    )


def _column(moments: Iterable[datetime | None], unknown: int = NONE) -> Moments:
    return np.array([unknown if one is None else micros(one) for one in moments], np.int64)


def _outcomes(ledger: Ledger) -> list[int]:
    known: dict[Any, datetime] = dict(ledger.outcomes)
    if ledger.outcome_at is not None:
        known.setdefault(ledger.outcome, ledger.outcome_at)
    return [micros(known[name]) if name in known else NONE for name in OUTCOMES]


def newest_first(events: Sequence[Sequence[datetime]]) -> Moments:
    """Rows of moments (oldest first) as a table, newest first, filled up with ``NONE``."""
    table = np.full((len(events), max(map(len, events), default=0)), NONE, np.int64)
    for row, moments in enumerate(events):
        for place, moment in enumerate(reversed(moments)):
            table[row, place] = micros(moment)
    return table


def pushed(table: Moments, rows: Numbers, moments: Moments, most: int) -> Moments:
    """The table with one more event in each of these rows, of which the newest ``most`` are kept.

    The given table is used up.
    """
    width = table.shape[1]
    if width < most and (not width or (table[rows, -1] != NONE).any()):
        table = np.concatenate([table, np.full((len(table), 1), NONE, np.int64)], axis=1)
    wider = np.concatenate([moments[:, None], table[rows]], axis=1)
    table[rows] = -np.sort(-wider, axis=1)[:, : table.shape[1]]
    return table
