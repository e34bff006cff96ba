"""What analysts read beside the answers: sessions, contacts and people, row by row, in batches.

Nothing here writes, and nothing is hidden: these rows
are the admin's full data, short of names and addresses.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from storage.results import stream
from storage.tables import NOBODY, contacts, person_groups, persons, sessions, wave_people, waves


class SessionRow(NamedTuple):
    """One session."""

    session: str
    person: int
    survey: str
    wave: str | None
    self_started: bool
    flow_digest: str
    status: str
    created_at: datetime
    ended_at: datetime | None
    seconds: float
    """Measured active time."""


class ContactRow(NamedTuple):
    """One approach to a person."""

    person: int
    survey: str
    wave: str | None
    kind: str
    number: int
    state: str
    at: datetime
    cost: float


class PersonRow(NamedTuple):
    """One person."""

    person: int
    member_id: str | None
    language: str | None
    zone: str | None
    joined_at: datetime | None
    preference: str
    stopped_at: datetime | None
    attributes: str
    """JSON object of texts."""
    groups: tuple[str, ...]


class StratumRow(NamedTuple):
    """One person of a wave's audience."""

    wave: str
    person: int
    stratum: str
    answered: bool
    """The session that the invite began was completed."""


_session_columns = (
    sessions.c.public_id,
    sessions.c.person_id,
    sessions.c.survey,
    waves.c.name,
    sessions.c.self_started,
    sessions.c.flow_digest,
)


def session_rows(connection: Connection, surveys: Sequence[str]) -> Iterator[SessionRow]:
    """Every session of these surveys, in the order in which they began."""
    query = (
        select(
            *_session_columns,
            sessions.c.status,
            sessions.c.created_at,
            sessions.c.ended_at,
            sessions.c.seconds,
        )
        .select_from(sessions.outerjoin(waves, waves.c.id == sessions.c.wave_id))
        .where(sessions.c.survey.in_(surveys))
        .order_by(sessions.c.id)
    )
    return (SessionRow._make(row) for row in stream(connection, query))


def contact_rows(connection: Connection, surveys: Sequence[str]) -> Iterator[ContactRow]:
    """Every contact made or planned for these surveys, oldest first."""
    query = (
        select(
            contacts.c.person_id,
            contacts.c.survey,
            waves.c.name,
            contacts.c.kind,
            contacts.c.number,
            contacts.c.state,
            contacts.c.at,
            contacts.c.cost,
        )
        .select_from(contacts.outerjoin(waves, waves.c.id == contacts.c.wave_id))
        .where(contacts.c.survey.in_(surveys))
        .order_by(contacts.c.at, contacts.c.id)
    )
    return (ContactRow._make(row) for row in stream(connection, query))


def strata(connection: Connection, survey: str) -> list[StratumRow]:
    """Everybody in the audiences of a survey's waves, with the stratum that they were drawn from."""
    done = (
        select(sessions.c.wave_id, sessions.c.person_id)
        .where(sessions.c.survey == survey, sessions.c.status == "completed", ~sessions.c.self_started)
        .distinct()
        .subquery()
    )
    same = and_(done.c.wave_id == wave_people.c.wave_id, done.c.person_id == wave_people.c.person_id)
    query = (
        select(waves.c.name, wave_people.c.person_id, wave_people.c.stratum, done.c.person_id.is_not(None))
        .select_from(wave_people.join(waves, waves.c.id == wave_people.c.wave_id).outerjoin(done, same))
        .where(waves.c.survey == survey)
    )
    return [StratumRow._make(row) for row in connection.execute(query)]


def person_rows(connection: Connection) -> Iterator[PersonRow]:
    """Everybody, by number."""
    groups: dict[int, list[str]] = {}
    for row in connection.execute(select(person_groups).order_by(person_groups.c.name)):
        groups.setdefault(row.person_id, []).append(row.name)
    query = (
        select(
            persons.c.id,
            persons.c.member_id,
            persons.c.language,
            persons.c.zone,
            persons.c.joined_at,
            persons.c.preference,
            persons.c.stopped_at,
            persons.c.attributes,
        )
        .where(persons.c.id != NOBODY)
        .order_by(persons.c.id)
    )
    return (PersonRow._make((*row, tuple(groups.get(row.id, ())))) for row in stream(connection, query))
