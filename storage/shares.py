"""What was told back to those who were asked, and which rounds still wait for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, insert, select

from storage.tables import contacts, sessions, shares, waves

ANSWERED: Final = ("completed", "partial")


@dataclass(frozen=True, slots=True)
class Share:
    """What was told, by language."""

    id: int
    survey: str
    wave_id: int | None
    texts: dict[str, str]
    at: datetime


def add(connection: Connection, texts: dict[str, str], **values: Any) -> int:
    """Keep what is told; returns its number. Raises IntegrityError for a wave that was told."""
    row = {"texts": msgspec.json.encode(texts).decode(), **values}
    key = connection.execute(insert(shares).values(**row)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def get(connection: Connection, number: int) -> Share | None:
    """What was told under this number."""
    query = select(shares.c.id, shares.c.survey, shares.c.wave_id, shares.c.texts, shares.c.at)
    row = connection.execute(query.where(shares.c.id == number)).one_or_none()
    if row is None:
        return None
    texts = msgspec.json.decode(row.texts, type=dict[str, str])
    return Share(row.id, row.survey, row.wave_id, texts, row.at)


def told_at(connection: Connection, survey: str) -> datetime | None:
    """When something of this survey was told last that belonged to no wave."""
    query = select(func.max(shares.c.at)).where(shares.c.survey == survey, shares.c.wave_id.is_(None))
    return connection.execute(query).scalar()


def untold(connection: Connection) -> list[Any]:
    """Closed waves with answers of which nothing was told: rows with id, survey, name, closes_at, answered.

    The oldest first.
    """
    answered = (
        select(sessions.c.wave_id, func.count().label("answered"))
        .where(sessions.c.status.in_(ANSWERED), sessions.c.wave_id.is_not(None))
        .group_by(sessions.c.wave_id)
        .subquery()
    )
    query = (
        select(waves.c.id, waves.c.survey, waves.c.name, waves.c.closes_at, answered.c.answered)
        .join(answered, answered.c.wave_id == waves.c.id)
        .outerjoin(shares, shares.c.wave_id == waves.c.id)
        .where(waves.c.state == "closed", shares.c.id.is_(None))
        .order_by(waves.c.closes_at, waves.c.id)
    )
    return list(connection.execute(query))


def asked(connection: Connection, wave_id: int) -> list[int]:
    """Everybody whom an invite of this wave has reached, or perhaps reached, by number."""
    query = select(contacts.c.person_id).where(
        contacts.c.wave_id == wave_id,
        contacts.c.kind == "invite",
        contacts.c.state.in_(("sent", "unknown")),
    )
    return sorted(connection.execute(query).scalars())


def came(connection: Connection, survey: str, since: datetime | None) -> tuple[list[int], int]:
    """Everybody who came to this survey by themselves after a moment, and how many of them answered."""
    mine = select(sessions.c.person_id).where(sessions.c.survey == survey, sessions.c.wave_id.is_(None))
    if since is not None:
        mine = mine.where(sessions.c.created_at > since)
    answered = select(func.count(func.distinct(sessions.c.person_id))).where(
        sessions.c.survey == survey,
        sessions.c.wave_id.is_(None),
        sessions.c.status.in_(ANSWERED),
        *([sessions.c.created_at > since] if since is not None else []),
    )
    people = sorted(set(connection.execute(mine).scalars()))
    return people, connection.execute(answered).scalar_one()


def everything(connection: Connection) -> list[Any]:
    """Everything that was told, newest first, for reports: rows with survey, wave, people, by and at."""
    query = (
        select(shares.c.survey, waves.c.name.label("wave"), shares.c.people, shares.c.by, shares.c.at)
        .outerjoin(waves, waves.c.id == shares.c.wave_id)
        .order_by(shares.c.id.desc())
    )
    return list(connection.execute(query))
