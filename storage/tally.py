"""Counts for an admin's digest: what was asked and answered lately, what is planned. Never an answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.tables import contacts, sessions, voices


@dataclass(frozen=True, slots=True)
class Lately:
    """What happened after a moment."""

    asked: int
    answered: int
    declined: int
    feelings: dict[str, int]
    """Feedback unasked by how it felt; "" where nobody said."""


def lately(connection: Connection, since: datetime) -> Lately:
    """Invites that arrived (or perhaps did), conversations that ended, and feedback."""
    invited = select(func.count()).select_from(contacts).where(
        contacts.c.kind == "invite", contacts.c.state.in_(("sent", "unknown")), contacts.c.at > since
    )  # fmt: skip
    ended = (
        select(sessions.c.status, func.count()).where(sessions.c.ended_at > since).group_by(sessions.c.status)
    )
    felt = (
        select(voices.c.feeling, func.count())
        .where(voices.c.kind == "feedback", voices.c.said_at > since)
        .group_by(voices.c.feeling)
    )
    outcomes = {row[0]: row[1] for row in connection.execute(ended)}
    return Lately(
        asked=connection.execute(invited).scalar_one(),
        answered=outcomes.get("completed", 0) + outcomes.get("partial", 0),
        declined=outcomes.get("declined", 0),
        feelings={row[0]: row[1] for row in connection.execute(felt)},
    )


def planned(connection: Connection, until: datetime) -> dict[str, int]:
    """Invites that are planned until a moment, by survey, the most first."""
    query = (
        select(contacts.c.survey, func.count())
        .where(contacts.c.kind == "invite", contacts.c.state == "reserved", contacts.c.at <= until)
        .group_by(contacts.c.survey)
        .order_by(func.count().desc(), contacts.c.survey)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
