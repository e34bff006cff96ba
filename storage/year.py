"""What we have cost people lately: contacts, questions and minutes, and how it was taken.

Counted over everybody; a single person is seen only where burden is followed from event to event, and leaves
this module as a pair of numbers without a name. Nothing is hidden here.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Float, Integer, Select, and_, case, func, literal, select, union_all
from sqlalchemy import cast as as_type

from storage.respondents import ANSWERED
from storage.results import PRESENT, stream
from storage.tables import NOBODY, answers, contacts, persons, sessions

SECONDS_PER_MINUTE: Final = 60

_APPROACH: Final = and_(
    contacts.c.kind.in_(("invite", "reminder")), contacts.c.state.in_(("sent", "unknown"))
)


class Cost(NamedTuple):
    """So many people were contacted, asked and kept busy so often."""

    contacts: int
    questions: int
    """Answered."""
    minutes: int
    """Of measured active time, rounded."""
    people: int


class Event(NamedTuple):
    """Something that cost a person points: a contact, or a conversation."""

    at: datetime
    points: float
    answered: bool | None
    """Of an invite: whether it was answered. None for everything else."""


def costs(connection: Connection, since: datetime) -> list[Cost]:
    """Everybody who is on the roll, by what was asked of them since then."""
    reached = (
        select(contacts.c.person_id, func.count().label("n"))
        .where(_APPROACH, contacts.c.at > since)
        .group_by(contacts.c.person_id)
        .subquery()
    )
    busy = (
        select(sessions.c.person_id, func.sum(sessions.c.seconds).label("seconds"))
        .where(sessions.c.created_at > since)
        .group_by(sessions.c.person_id)
        .subquery()
    )
    asked = (
        select(sessions.c.person_id, func.count().label("n"))
        .join(answers, answers.c.session_id == sessions.c.id)
        .where(sessions.c.created_at > since, answers.c.status == "answered", PRESENT)
        .group_by(sessions.c.person_id)
        .subquery()
    )
    spent = func.coalesce(busy.c.seconds, 0.0) / SECONDS_PER_MINUTE + 0.5
    whole = func.floor(spent) if connection.dialect.name == "postgresql" else spent  # SQLite's cast cuts
    minutes = as_type(whole, Integer)
    inner = (
        select(
            func.coalesce(reached.c.n, 0).label("contacts"),
            func.coalesce(asked.c.n, 0).label("questions"),
            minutes.label("minutes"),
        )
        .select_from(persons)
        .outerjoin(reached, reached.c.person_id == persons.c.id)
        .outerjoin(busy, busy.c.person_id == persons.c.id)
        .outerjoin(asked, asked.c.person_id == persons.c.id)
        .where(persons.c.id != NOBODY)
        .where(persons.c.id != NOBODY)
        .subquery()
    )
    rows = connection.execute(select(*inner.c, func.count()).group_by(*inner.c))
    return [Cost._make(row) for row in rows]


def outcomes(connection: Connection, since: datetime) -> dict[str, int]:
    """Sessions that an invite began since then, by how they ended or stand."""
    query = select(sessions.c.status, func.count().label("n")).where(
        sessions.c.created_at > since,
        ~sessions.c.self_started,
        sessions.c.wave_id.is_not(None),
        sessions.c.person_id != NOBODY,
    )
    return {row.status: row.n for row in connection.execute(query.group_by(sessions.c.status))}


def wishes(connection: Connection) -> dict[str, int]:
    """People by what they asked for: less, normal, more, or stop."""
    wish = case((persons.c.stopped_at.is_not(None), "stop"), else_=persons.c.preference).label("wish")
    inner = select(wish).where(persons.c.id != NOBODY).subquery()
    query = select(inner.c.wish, func.count().label("n")).group_by(inner.c.wish)
    return {row.wish: row.n for row in connection.execute(query)}


def events(connection: Connection, since: datetime) -> Iterator[Sequence[Event]]:
    """Each person's costly events since then, in their order; no person is named."""
    rows = stream(connection, _events(since))
    for _, mine in groupby(rows, key=itemgetter(0)):
        yield [
            Event(at, points, None if answered is None else bool(answered))
            for _, at, points, answered in mine
        ]


def _events(since: datetime) -> Select[*tuple[Any, ...]]:
    given = (
        select(literal(1))
        .where(
            sessions.c.wave_id == contacts.c.wave_id,
            sessions.c.person_id == contacts.c.person_id,
            ~sessions.c.self_started,
            sessions.c.status.in_(ANSWERED),
        )
        .exists()
    )
    answered = case((contacts.c.kind != "invite", None), (given, 1), else_=0)
    approaches = select(
        contacts.c.person_id, contacts.c.at, contacts.c.cost.label("points"), answered.label("answered")
    ).where(_APPROACH, contacts.c.at > since)
    talks = select(
        sessions.c.person_id,
        sessions.c.created_at.label("at"),
        as_type(sessions.c.seconds / SECONDS_PER_MINUTE, Float).label("points"),
        as_type(literal(None), Integer).label("answered"),
    ).where(sessions.c.created_at > since, sessions.c.seconds > 0)
    both = union_all(approaches, talks).subquery()
    return select(*both.c).order_by(
        both.c.person_id, both.c.at, func.coalesce(both.c.answered, -1).desc(), both.c.points
    )
