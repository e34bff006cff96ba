"""Everybody a planner looks at, read set by set into columns: the ledger as ``storage.ledger`` gives it, for
a million people as for one. Nothing is decided here, and nothing written.

Rows come from the driver as they are, in blocks, so that memory stays small; times are read as microseconds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from scheduler.crowd import (
    NEVER,
    NONE,
    OUTCOMES,
    PREFERENCES,
    Clock,
    Codes,
    Crowd,
    Flags,
    Moments,
    Numbers,
    Points,
    micros,
)
from scheduler.surveys import Hours
from storage import ledger
from storage.ledger import COUNTED, WEEK, YEAR
from storage.tables import (
    SESSIONS_WAITING,
    addresses,
    contacts,
    person_topics,
    persons,
    sessions,
    wave_people,
)

BLOCK: Final = 50_000
"""Rows taken from the driver at once."""
FEW: Final = 20_000
"""People who are asked for by name; of more, everybody is read."""
IN_LIST: Final = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Those of one wave's audience who wait, as stored; a line in every column, by person."""

    person: Numbers
    at: Moments
    stratum: Codes
    strata: tuple[str, ...]
    reason: Codes
    """The last verdict that is kept; -1 where none is."""
    earliest: Moments
    taken_part: Flags


def frame(connection: Connection, wave_id: int, changed_by: datetime | None = None) -> Frame:
    """Those of a wave's audience who are neither planned, asked nor dropped.

    With ``changed_by`` only those whose last verdict may be another one by then.
    """
    here = and_(wave_people.c.wave_id == wave_id, wave_people.c.state == "frame")
    if changed_by is not None:
        here = and_(
            here,
            or_(
                wave_people.c.decided_at.is_(None),
                wave_people.c.earliest <= changed_by,
                wave_people.c.decided_at < changed_by - DECIDED_ANEW,
            ),
        )
    query = select(
        wave_people.c.person_id,
        _micros(connection, wave_people.c.wanted_at),
        wave_people.c.stratum,
        func.coalesce(wave_people.c.reason, -1),
        _micros(connection, wave_people.c.earliest),
    ).where(here)
    strata: dict[str, int] = {}
    columns = _columns(
        connection,
        query.order_by(wave_people.c.person_id),
        (_WHOLE, _WHOLE, _Coded(strata), np.int32, _WHOLE),
    )
    person, at, stratum, reason, earliest = columns
    asked = np.union1d(*(_people(connection, one) for one in _taken_part(wave_id)))
    return Frame(person, at, stratum, tuple(strata) or ("",), reason, earliest, np.isin(person, asked))


DECIDED_ANEW: Final = timedelta(hours=2)
"""How long a verdict without an end (not reachable, another conversation) stands before a new look."""


def _taken_part(wave_id: int) -> Iterator[Select[Any]]:
    yield select(contacts.c.person_id).where(
        contacts.c.wave_id == wave_id, contacts.c.kind == "invite", contacts.c.state.in_(COUNTED)
    )
    yield select(sessions.c.person_id).where(sessions.c.wave_id == wave_id, sessions.c.status == "declined")


def _people(connection: Connection, query: Select[Any]) -> Numbers:
    found: Numbers = _columns(connection, query, (_WHOLE,))[0]
    return found


# --- the ledger -------------------------------------------------------------------------------------------


def crowd(
    connection: Connection, now: datetime, *, wanted: Numbers | None = None, group_key: str = ""
) -> Crowd:
    """The ledgers of these persons (None: of all), by person. Unknown ids are passed over.

    ``group_key`` names the attribute that households or boards share, where the policy caps them.
    """
    ids = None if wanted is None or len(wanted) > FEW else np.unique(wanted)
    people = _Persons.read(connection, ids)
    if ids is None and wanted is not None:
        people = people.take(np.isin(people.person, wanted))
    reach = _reach(connection, people.person, ids)
    in_session, session_until = _open_sessions(connection, people.person, ids)
    asked = _Contacts.read(connection, people.person, ids, now)
    housemates = np.zeros((len(people.person), 0), np.int64)
    if group_key:
        housemates = _housemates(connection, people.person, group_key, now)
    return Crowd(
        person=people.person,
        turn=people.turn,
        prn=people.prn.astype(np.uint64),
        stopped=people.stopped | reach.blocked,
        reachable=reach.open,
        dormant=people.dormant,
        ignored=people.ignored,
        preference=people.preference,
        clock=people.clock,
        clocks=people.clocks,
        paused_until=people.paused_until,
        in_session=in_session,
        session_until=session_until,
        outcomes=people.outcomes,
        invites=asked.invites,
        messages=asked.messages,
        housemates=housemates,
        reserved_invites=asked.reserved_invites,
        reserved_messages=asked.reserved_messages,
        reserved_burden=asked.reserved_burden,
        burden=people.burden,
        burden_at=people.burden_at,
        asked=asked.surveys,
        left=dict(_left_topics(connection, people.person)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Persons:
    person: Numbers
    turn: Numbers
    prn: Numbers
    stopped: Flags
    dormant: Flags
    ignored: Codes
    preference: Codes
    clock: Codes
    clocks: tuple[Clock, ...]
    paused_until: Moments
    outcomes: Moments
    burden: Points
    burden_at: Moments

    @classmethod
    def read(cls, connection: Connection, ids: Numbers | None) -> "_Persons":
        c = persons.c
        preference = case(*((c.preference == name, code) for code, name in enumerate(PREFERENCES)), else_=1)
        hours = func.coalesce(c.opens.concat("/").concat(c.closes), "")
        clock = func.coalesce(c.zone, "").concat("|").concat(hours).concat("|").concat(c.quiet_days)
        query = select(
            c.id, c.turn, c.prn, _flag(c.stopped_at.is_not(None)), _flag(c.dormant_at.is_not(None)),
            c.ignored_in_row, preference, clock,
            _micros(connection, c.paused_until), c.outcome, _micros(connection, c.outcome_at), c.outcomes,
            c.burden, _micros(connection, c.burden_at),
        ).order_by(c.id)  # fmt: skip
        clocks: dict[str, int] = {}
        kinds: tuple[Any, ...] = (
            _WHOLE, _WHOLE, _WHOLE, np.bool_, np.bool_, np.int32, np.int32, _Coded(clocks), _WHOLE,
            object, _WHOLE, object, np.float64, _WHOLE,
        )  # fmt: skip
        found = _columns(connection, query, kinds, c.id, ids)
        person, turn, prn, stopped, dormant, ignored, liking, clock_code = found[:8]
        paused, outcome, outcome_at, outcomes, points, points_at = found[8:]
        return cls(
            person=person,
            turn=turn,
            prn=prn,
            stopped=stopped,
            dormant=dormant,
            ignored=ignored,
            preference=liking,
            clock=clock_code,
            clocks=tuple(map(_clock, clocks)) or ((None, None, frozenset()),),
            paused_until=paused,
            outcomes=_outcomes(outcome, outcome_at, outcomes),
            burden=points,
            burden_at=points_at,
        )

    def take(self, lines: Flags) -> "_Persons":
        return _Persons(
            self.person[lines], self.turn[lines], self.prn[lines], self.stopped[lines], self.dormant[lines],
            self.ignored[lines], self.preference[lines], self.clock[lines], self.clocks,
            self.paused_until[lines], self.outcomes[lines], self.burden[lines], self.burden_at[lines],
        )  # fmt: skip


def _clock(raw: str) -> Clock:
    zone, hours, quiet = raw.split("|")
    opens, _, closes = hours.partition("/")
    own = (
        Hours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        if opens and closes
        else None
    )
    return zone or None, own, frozenset(map(int, quiet))


def _outcomes(last: Sequence[str], last_at: Moments, known: Sequence[str]) -> Moments:
    """The last moment of each outcome that has a rest."""
    table = np.full((len(known), len(OUTCOMES)), NONE, np.int64)
    place = {name: number for number, name in enumerate(OUTCOMES)}
    for row, raw in enumerate(known):
        if raw != "{}":
            for name, moment in ledger.moments(raw).items():
                if name in place:
                    table[row, place[name]] = micros(moment)
    for row in np.flatnonzero(last_at != NONE).tolist():
        if last[row] in place and table[row, place[last[row]]] == NONE:
            table[row, place[last[row]]] = last_at[row]
    return table


@dataclass(frozen=True, slots=True, eq=False)
class _Reach:
    open: Flags
    blocked: Flags


def _reach(connection: Connection, people: Numbers, ids: Numbers | None) -> _Reach:
    c = addresses.c
    able = and_(c.unreachable.is_(None), c.account != "")
    query = select(c.person_id, _flag(able), _flag(func.coalesce(c.unreachable, "") == "blocked"))
    person, can, blocked = _columns(connection, query, (_WHOLE, np.bool_, np.bool_), c.person_id, ids)
    row = _rows(people, person)
    size = len(people) + 1
    number = np.bincount(row, minlength=size)[:-1]
    lost = np.bincount(row[blocked], minlength=size)[:-1]
    return _Reach(np.bincount(row[can], minlength=size)[:-1] > 0, (number > 0) & (lost == number))


def _open_sessions(connection: Connection, people: Numbers, ids: Numbers | None) -> tuple[Flags, Moments]:
    c = sessions.c
    query = select(c.person_id, _micros(connection, c.deadline, NEVER)).where(SESSIONS_WAITING)
    person, until = _columns(connection, query, (_WHOLE, _WHOLE), c.person_id, ids)
    row = _rows(people, person)
    known = row < len(people)
    in_session, ends = np.zeros(len(people), np.bool_), np.full(len(people), NEVER, np.int64)
    in_session[row[known]], ends[row[known]] = True, until[known]
    return in_session, ends


def _left_topics(connection: Connection, people: Numbers) -> Iterator[tuple[str, Flags]]:
    names: dict[str, int] = {}
    query = select(person_topics.c.person_id, person_topics.c.topic)
    person, topic = _columns(connection, query, (_WHOLE, _Coded(names)))
    for name, code in names.items():
        yield name, np.isin(people, person[topic == code])


@dataclass(frozen=True, slots=True, eq=False)
class _Contacts:
    invites: Moments
    messages: Moments
    reserved_invites: Codes
    reserved_messages: Codes
    reserved_burden: Points
    surveys: Mapping[str, Moments]

    @classmethod
    def read(cls, connection: Connection, people: Numbers, ids: Numbers | None, now: datetime) -> "_Contacts":
        c = contacts.c
        query = select(
            c.person_id, c.survey, _flag(c.kind == "invite"), _flag(c.state == "reserved"),
            _flag(and_(c.state.in_(COUNTED), c.kind != "self")),
            _flag(c.kind.in_(("invite", "dormant_check"))), _flag(c.piggyback),
            _micros(connection, c.at), c.cost,
        ).where(c.at > now - YEAR)  # fmt: skip
        names: dict[str, int] = {}
        person, survey, invite, reserved, counted, known, piggyback, at, cost = _columns(
            connection,
            query,
            (_WHOLE, _Coded(names), np.bool_, np.bool_, np.bool_, np.bool_, np.bool_, _WHOLE, np.float64),
            c.person_id,
            ids,
        )
        row, size = _rows(people, person), len(people)
        ours = row < size
        invited, waiting = ours & invite & counted, ours & reserved
        recent = ours & counted & ~piggyback & (at > micros(now - WEEK))
        return cls(
            _table(row[invited], at[invited], size),
            _table(row[recent], at[recent], size),
            np.bincount(row[waiting & invite], minlength=size).astype(np.int32),
            np.bincount(row[waiting], minlength=size).astype(np.int32),
            np.bincount(row[waiting], weights=cost[waiting], minlength=size).astype(np.float64),
            dict(_last_of_each(row, survey, at, ours & counted & known, names, size)),
        )


def _last_of_each(
    row: Numbers, survey: Codes, at: Moments, counted: Flags, names: Mapping[str, int], size: int
) -> Iterator[tuple[str, Moments]]:
    for name, code in names.items():
        here = counted & (survey == code)
        if here.any():
            last = np.full(size, NONE, np.int64)
            np.maximum.at(last, row[here], at[here])
            yield name, last


def _table(row: Numbers, at: Moments, size: int) -> Moments:
    """Events of each row of the crowd, newest first."""
    order = np.lexsort((-at, row))
    row, at = row[order], at[order]
    counts = np.bincount(row, minlength=size)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((size, int(counts.max(initial=0))), NONE, np.int64)
    table[row, place] = at
    return table


def _housemates(connection: Connection, people: Numbers, group_key: str, now: datetime) -> Moments:
    """Invites of the last 30 days to others who share the value of an attribute."""
    shared = ledger.shared_attribute(connection, group_key)
    known: list[tuple[int, str]] = [
        (int(person), name)
        for person, name in connection.execute(select(persons.c.id, shared).where(shared != ""))
    ]
    groups: dict[str, list[int]] = {}
    for person, name in known:
        groups.setdefault(name, []).append(person)
    invited: dict[int, list[int]] = {}
    for person, at in connection.execute(
        select(contacts.c.person_id, _micros(connection, contacts.c.at)).where(
            contacts.c.kind == "invite", contacts.c.state.in_(COUNTED), contacts.c.at > now - ledger.MONTH
        )
    ):
        invited.setdefault(int(person), []).append(int(at))
    home = dict(known)
    row: list[int] = []
    moments: list[int] = []
    for number, person in enumerate(people.tolist()):
        for other in groups.get(home.get(person, ""), ()):
            if other != person:
                moments += invited.get(other, ())
                row += [number] * len(invited.get(other, ()))
    return _table(np.array(row, np.int64), np.array(moments, np.int64), len(people))


def _rows(people: Numbers, person: Numbers) -> Numbers:
    """The place of each person among these; their number for somebody who is not there."""
    if not len(people):
        return np.zeros(len(person), np.int64)
    row = np.minimum(np.searchsorted(people, person), len(people) - 1)
    found: Numbers = np.where(people[row] == person, row, len(people))
    return found


# --- columns ----------------------------------------------------------------------------------------------


class _Coded:
    """A column of words as numbers; ``words`` grows with what is found."""

    def __init__(self, words: dict[str, int]) -> None:
        self.words: Final = words

    def read(self, values: Iterable[str]) -> Codes:
        """The number of each word."""
        codes = self.words
        return np.array([codes.setdefault(value, len(codes)) for value in values], np.int32)


_WHOLE: Final = np.int64


def _columns(
    connection: Connection,
    query: Select[Any],
    kinds: Sequence[Any],
    key: ColumnElement[Any] | None = None,
    ids: Numbers | None = None,
) -> list[Any]:
    """The rows of a query as columns; with ``ids`` only where ``key`` is one of these."""
    parts: list[list[Any]] = [[] for _ in kinds]
    for rows in _blocks(connection, query, key, ids):
        for part, kind, values in zip(parts, kinds, zip(*rows, strict=True), strict=True):
            part.append(kind.read(values) if isinstance(kind, _Coded) else np.array(values, kind))
    return [
        np.concatenate(part) if part else np.zeros(0, np.int32 if isinstance(kind, _Coded) else kind)
        for part, kind in zip(parts, kinds, strict=True)
    ]


def _blocks(
    connection: Connection, query: Select[Any], key: ColumnElement[Any] | None, ids: Numbers | None
) -> Iterator[Sequence[Any]]:
    if key is None or ids is None:
        yield from _fetched(connection, query)
        return
    for start in range(0, len(ids), IN_LIST):
        yield from _fetched(connection, query.where(key.in_(ids[start : start + IN_LIST].tolist())))


def _fetched(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    if connection.dialect.name == "sqlite":
        cursor = connection.execute(query).cursor
        assert cursor is not None
        while rows := cursor.fetchmany(BLOCK):
            yield rows
        return
    with connection.execute(query.execution_options(stream_results=True, max_row_buffer=BLOCK)) as result:
        while found := result.fetchmany(BLOCK):
            yield found


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _micros(connection: Connection, column: ColumnElement[Any], unknown: int = NONE) -> ColumnElement[int]:
    """A time in microseconds since 1970."""
    if connection.dialect.name == "sqlite":
        whole: ColumnElement[int] = type_coerce(column, BigInteger)
    else:
        whole = cast(extract("epoch", column) * 1_000_000, BigInteger)
    return func.coalesce(whole, literal(unknown, BigInteger))
