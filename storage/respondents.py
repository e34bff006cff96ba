"""Who answered and when: before or after the reminder, how soon, and from which groups of the audience.

Counted by the database, wave by wave. Nothing is hidden here and nothing is named but groups and strata.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    case,
    exists,
    func,
    literal,
    select,
    true,
    type_coerce,
)
from sqlalchemy import cast as as_type

from storage.results import PRESENT
from storage.tables import NOBODY, answers, contacts, person_groups, sessions, wave_people

MICROSECONDS_PER_HOUR: Final = 3_600_000_000
SECONDS_PER_HOUR: Final = 3600

ANSWERED: Final = ("active", "completed", "partial", "abandoned")
"""Statuses of sessions in which something was answered."""

_INVITED: Final = and_(~sessions.c.self_started, sessions.c.wave_id.is_not(None))


ENOUGH: Final = 20_000
"""Sessions from which a median or correlation is sure enough; of more only every n-th is read."""


def _some(connection: Connection, wave_ids: Sequence[int]) -> ColumnElement[bool]:
    """Every n-th session of these waves, so that about as many are read as are enough; the same each time."""
    query = select(func.count()).select_from(sessions).where(sessions.c.wave_id.in_(wave_ids))
    step = connection.execute(query).scalar_one() // ENOUGH + 1
    return sessions.c.id % step == 0 if step > 1 else true()


class LateCount(NamedTuple):
    """So many present answers to a question are alike, and came before or after the person's reminder."""

    wave_id: int
    flow_digest: str
    value: str
    """JSON."""
    late: bool
    answers: int


class Lag(NamedTuple):
    """So many sessions came to their end this many whole hours after the invite."""

    wave_id: int
    hours: int
    sessions: int


class Part(NamedTuple):
    """A group or stratum of a wave's audience: how many, and how many of them answered anything."""

    wave_id: int
    name: str
    audience: int
    answered: int


def late_counts(connection: Connection, wave_ids: Sequence[int], question: str) -> list[LateCount]:
    """Answers to one question by value, early and late. Only waves in which a reminder was sent."""
    reminded = select(contacts.c.wave_id).where(
        contacts.c.kind == "reminder", contacts.c.state == "sent", contacts.c.wave_id.in_(wave_ids)
    )
    after = exists(
        select(literal(1)).where(
            contacts.c.wave_id == sessions.c.wave_id,
            contacts.c.person_id == sessions.c.person_id,
            contacts.c.kind == "reminder",
            contacts.c.state == "sent",
            contacts.c.at <= answers.c.at,
        )
    )
    columns = (
        sessions.c.wave_id,
        sessions.c.flow_digest,
        answers.c.value,
        case((after, 1), else_=0).label("late"),
    )
    inner = (
        select(*columns)
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(
            _INVITED,
            sessions.c.person_id != NOBODY,
            sessions.c.wave_id.in_(reminded),
            answers.c.question == question,
            answers.c.status == "answered",
            PRESENT,
        )
        .subquery()
    )
    rows = connection.execute(select(*inner.c, func.count()).group_by(*inner.c))
    return [LateCount._make(row)._replace(late=bool(row.late)) for row in rows]


def lags(connection: Connection, wave_ids: Sequence[int]) -> list[Lag]:
    """How soon after the invite people came to the end."""
    invited = and_(
        contacts.c.wave_id == sessions.c.wave_id,
        contacts.c.person_id == sessions.c.person_id,
        contacts.c.kind == "invite",
        contacts.c.state == "sent",
        contacts.c.at <= sessions.c.ended_at,
    )
    hours = _hours(connection, sessions.c.ended_at, contacts.c.at).label("hours")
    done = and_(
        _INVITED,
        sessions.c.wave_id.in_(wave_ids),
        sessions.c.status == "completed",
        _some(connection, wave_ids),
    )
    inner = select(sessions.c.wave_id, hours).join(contacts, invited).where(done).subquery()
    rows = connection.execute(select(*inner.c, func.count()).group_by(*inner.c))
    return [Lag._make(row) for row in rows]


def _hours(
    connection: Connection, later: ColumnElement[Any], earlier: ColumnElement[Any]
) -> ColumnElement[int]:
    """Whole hours between two moments."""
    if connection.dialect.name == "sqlite":
        whole = type_coerce(later, Integer) - type_coerce(earlier, Integer)
        return as_type(whole / MICROSECONDS_PER_HOUR, Integer)
    return as_type(func.floor(func.extract("epoch", later - earlier) / SECONDS_PER_HOUR), Integer)


class Guess(NamedTuple):
    """One present answer of somebody who predicts a survey."""

    question: str
    value: str
    """JSON."""
    at: datetime


def guesses(connection: Connection, surveys: Sequence[str]) -> list[Guess]:
    """What the audiences of these surveys answered, and when: a handful of staff."""
    query = (
        select(answers.c.question, answers.c.value, answers.c.at)
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(sessions.c.survey.in_(surveys), answers.c.status == "answered", PRESENT)
    )
    return [Guess._make(row) for row in connection.execute(query)]


class Pair(NamedTuple):
    """So many sessions gave these two answers, to a topic and to the key question."""

    wave_id: int
    flow_digest: str
    question: str
    value: str
    key: str
    """Both as JSON."""
    sessions: int


def pairs(connection: Connection, wave_ids: Sequence[int], key: str, topics: Sequence[str]) -> list[Pair]:
    """Answers to topics beside the same session's answer to the key question."""
    other = answers.alias("other")
    newer = answers.alias("newer")
    replaced = exists(
        select(literal(1)).where(
            newer.c.session_id == other.c.session_id,
            newer.c.question == other.c.question,
            newer.c.revision > other.c.revision,
        )
    )
    inner = (
        select(
            sessions.c.wave_id,
            sessions.c.flow_digest,
            other.c.question,
            other.c.value,
            answers.c.value.label("key"),
        )
        .join(sessions, sessions.c.id == answers.c.session_id)
        .join(other, other.c.session_id == answers.c.session_id)
        .where(
            _INVITED,
            sessions.c.wave_id.in_(wave_ids),
            _some(connection, wave_ids),
            answers.c.question == key,
            answers.c.status == "answered",
            PRESENT,
            other.c.question.in_(topics),
            other.c.status == "answered",
            ~replaced,
        )
        .subquery()
    )
    rows = connection.execute(select(*inner.c, func.count()).group_by(*inner.c))
    return [Pair._make(row) for row in rows]


def groups(connection: Connection, wave_ids: Sequence[int]) -> list[Part]:
    """The audience by the groups that people are in; a person may be in several."""
    inner = (
        select(wave_people.c.wave_id, person_groups.c.name, _answered().label("answered"))
        .join(person_groups, person_groups.c.person_id == wave_people.c.person_id)
        .where(wave_people.c.wave_id.in_(wave_ids))
        .subquery()
    )
    return _parts(connection, inner)


def strata(connection: Connection, wave_ids: Sequence[int]) -> list[Part]:
    """The audience by stratum, where it was drawn in strata."""
    inner = (
        select(wave_people.c.wave_id, wave_people.c.stratum.label("name"), _answered().label("answered"))
        .where(wave_people.c.wave_id.in_(wave_ids), wave_people.c.stratum != "")
        .subquery()
    )
    return _parts(connection, inner)


def _parts(connection: Connection, inner: Any) -> list[Part]:
    query = select(inner.c.wave_id, inner.c.name, func.count(), func.sum(inner.c.answered))
    rows = connection.execute(query.group_by(inner.c.wave_id, inner.c.name))
    return [Part(wave, name, int(people), int(answered)) for wave, name, people, answered in rows]


def _answered() -> ColumnElement[int]:
    """1 where the person gave an answer in the wave: such a session ends otherwise than one without."""
    given = exists(
        select(literal(1)).where(
            sessions.c.wave_id == wave_people.c.wave_id,
            sessions.c.person_id == wave_people.c.person_id,
            ~sessions.c.self_started,
            sessions.c.status.in_(ANSWERED),
        )
    )
    return case((given, 1), else_=0)
