"""What people said of the encounters they had with us, person by person, for a map of whom we meet where.

Nothing here is hidden; the reader puts people into sets and lets no small one out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select

from storage.results import PRESENT, UNASKED, stream
from storage.tables import (
    NOBODY,
    answers,
    attendance,
    contacts,
    encounters,
    person_groups,
    sessions,
    waves,
)


class Said(NamedTuple):
    """One present answer to one of the questions asked for."""

    flow_digest: str
    question: str
    value: str
    """JSON."""
    person: int
    """Below 0 where nobody knows who it was: each of these is a person of their own."""
    at: datetime
    self_started: bool


def said(connection: Connection, survey: str, questions: Sequence[str], now: datetime) -> Iterator[Said]:
    """Answers of a survey to these questions. Waves that are still open are left out."""
    over = or_(UNASKED, _closed(now))
    query = (
        select(
            sessions.c.flow_digest,
            answers.c.question,
            answers.c.value,
            case((sessions.c.person_id == NOBODY, -sessions.c.id), else_=sessions.c.person_id),
            sessions.c.created_at,
            UNASKED.label("self_started"),
        )
        .join(sessions, sessions.c.id == answers.c.session_id)
        .outerjoin(waves, waves.c.id == sessions.c.wave_id)
        .where(
            sessions.c.survey == survey,
            answers.c.question.in_(questions),
            answers.c.status == "answered",
            PRESENT,
            over,
        )
    )
    return (Said._make(row) for row in stream(connection, query))


def _closed(now: datetime) -> ColumnElement[bool]:
    return or_(waves.c.state != "open", waves.c.closes_at <= now)


def asked(connection: Connection, surveys: Sequence[str], since: datetime) -> Iterator[tuple[str, int]]:
    """Survey and person of each invite that was sent since then, and of each conversation begun unasked."""
    invited = select(contacts.c.survey, contacts.c.person_id).where(
        contacts.c.survey.in_(surveys),
        contacts.c.kind == "invite",
        contacts.c.state.in_(("sent", "unknown")),
        contacts.c.at > since,
    )
    came = select(sessions.c.survey, sessions.c.person_id).where(
        sessions.c.survey.in_(surveys), sessions.c.self_started, sessions.c.created_at > since
    )
    return ((row[0], row[1]) for row in connection.execute(invited.union(came)))


def attended(connection: Connection, since: datetime, now: datetime) -> Iterator[tuple[str, int]]:
    """Kind of encounter and person, of everybody who was there since then."""
    query = (
        select(encounters.c.kind, attendance.c.person_id)
        .join(encounters, encounters.c.id == attendance.c.encounter_id)
        .where(
            attendance.c.state == "attended",
            encounters.c.cancelled.is_(False),
            and_(encounters.c.ends_at > since, encounters.c.ends_at <= now),
        )
        .distinct()
    )
    return ((row[0], row[1]) for row in connection.execute(query))


def kinds(connection: Connection, since: datetime) -> list[str]:
    """Kinds of the encounters there were since then, by name."""
    query = select(encounters.c.kind).where(encounters.c.ends_at > since, encounters.c.cancelled.is_(False))
    return sorted(connection.execute(query.distinct()).scalars())


def roll(connection: Connection) -> Iterator[tuple[str, int]]:
    """Group and person of everybody who is in a group."""
    return (
        (row[0], row[1])
        for row in connection.execute(select(person_groups.c.name, person_groups.c.person_id))
    )
