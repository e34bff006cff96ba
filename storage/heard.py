"""What people said of their own accord, and what was told back to those who were asked. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, exists, literal, or_, select

from storage.tables import contacts, shares, voices, waves


class Voice(NamedTuple):
    """One piece of feedback, without its words and its person."""

    said_at: datetime
    feeling: str
    """good, mixed or bad; empty where it was not said."""
    state: str
    """open, taken or done."""
    person: int


class Told(NamedTuple):
    """One message in which results were told back."""

    survey: str
    wave_id: int | None
    """The round that it is about; None: all before it."""
    texts: str
    """JSON: language -> text."""
    people: int
    at: datetime


class Ended(NamedTuple):
    """One round that asked somebody and is over."""

    survey: str
    wave_id: int
    closed_at: datetime


def feedback(connection: Connection, since: datetime) -> Sequence[Voice]:
    """Feedback that nobody asked for, the oldest first."""
    query = (
        select(voices.c.said_at, voices.c.feeling, voices.c.state, voices.c.person_id)
        .where(voices.c.kind == "feedback", voices.c.said_at > since)
        .order_by(voices.c.said_at)
    )
    return [Voice._make(row) for row in connection.execute(query)]


def told_back(connection: Connection) -> Sequence[Told]:
    """What was told back, the oldest first."""
    query = select(shares.c.survey, shares.c.wave_id, shares.c.texts, shares.c.people, shares.c.at)
    return [Told._make(row) for row in connection.execute(query.order_by(shares.c.at))]


def ended(connection: Connection, since: datetime, now: datetime) -> Sequence[Ended]:
    """Rounds that closed since then and had sent an invite, the oldest first."""
    asked = exists(
        select(literal(1)).where(
            contacts.c.wave_id == waves.c.id,
            contacts.c.kind == "invite",
            contacts.c.state.in_(("sent", "unknown")),
        )
    )
    over = or_(waves.c.state != "open", waves.c.closes_at <= now)
    query = (
        select(waves.c.survey, waves.c.id, waves.c.closes_at)
        .where(and_(over, waves.c.closes_at > since, asked))
        .order_by(waves.c.closes_at)
    )
    return [Ended._make(row) for row in connection.execute(query)]
