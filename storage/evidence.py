"""What a rehearsal holds against what its members saw: bare rows, with no rule of the policy in the query."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from storage.tables import contacts, fires, inbox, outbox, sessions, wave_people, waves

AT_ONCE = 400


class Made(NamedTuple):
    """The contact behind a message."""

    contact: int
    kind: str
    survey: str
    wave: int | None
    person: int
    piggyback: bool = False
    """Offered to somebody who had just finished something: no hours to keep, and no message that counts."""


class Run(NamedTuple):
    """One session."""

    person: int
    survey: str
    wave: int | None
    status: str
    self_started: bool
    begun_at: datetime
    ended_at: datetime | None
    seconds: float


def made(connection: Connection, keys: Iterable[str]) -> dict[str, Made]:
    """The contacts of these outbox keys."""
    found: dict[str, Made] = {}
    query = select(
        outbox.c.dedup_key, contacts.c.id, contacts.c.kind, contacts.c.survey, contacts.c.wave_id,
        contacts.c.person_id, contacts.c.piggyback,
    ).join(contacts, contacts.c.id == outbox.c.contact_id)  # fmt: skip
    for some in _in_parts(list(keys)):
        rows = connection.execute(query.where(outbox.c.dedup_key.in_(some)))
        found |= {row[0]: Made(*row[1:]) for row in rows}
    return found


def runs(connection: Connection) -> list[Run]:
    """Every session that ever was."""
    query = select(
        sessions.c.person_id, sessions.c.survey, sessions.c.wave_id, sessions.c.status,
        sessions.c.self_started, sessions.c.created_at, sessions.c.ended_at, sessions.c.seconds,
    ).order_by(sessions.c.created_at)  # fmt: skip
    return [Run(*row) for row in connection.execute(query)]


def left_over(connection: Connection, now: datetime, patience: timedelta) -> dict[str, int]:
    """How much should have been done so long ago and was not, by what it is."""
    late = now - patience
    counts = {
        "messages not applied": select(func.count()).select_from(inbox).where(inbox.c.state != "done"),
        "messages not sent": select(func.count())
        .select_from(outbox)
        .where(outbox.c.state.in_(("ready", "sending")), outbox.c.not_before < late),
        "moments not dealt with": select(func.count())
        .select_from(fires)
        .where(fires.c.state == "waiting", fires.c.due_at < late),
        "sessions past their end": select(func.count())
        .select_from(sessions)
        .where(sessions.c.status.in_(("invited", "active")), sessions.c.deadline < late),
        "people of closed waves without a reason": select(func.count())
        .select_from(wave_people)
        .join(waves, waves.c.id == wave_people.c.wave_id)
        .where(waves.c.closes_at < late, wave_people.c.reason.is_(None)),
    }
    found = {name: int(connection.execute(query).scalar_one()) for name, query in counts.items()}
    return {name: number for name, number in found.items() if number}


def _in_parts(keys: list[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(keys[first : first + AT_ONCE]) for first in range(0, len(keys), AT_ONCE))


def waves_opened(connection: Connection) -> int:
    """How many waves there have been."""
    return int(connection.execute(select(func.count()).select_from(waves)).scalar_one())
