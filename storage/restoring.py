"""What a restored database cannot know: whom the bot has asked since the backup was made.

An invite reaches a person at most once per wave, whatever happens. So everything that may have gone out
between the backup and now counts as gone. Whoever knows that the bot has not run since need not call this.
"""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, or_, select, update

from storage import meta
from storage.tables import contacts, fires, outbox, schedules, wave_people, waves

RESTORED_AT: Final = "restored_at"
"""The fact that says when; ISO 8601."""
_ASKING: Final = ("contact", "reminder", "dormant")
"""Fires that write to somebody unasked."""
_at_most_once: Final = ("I", "F")
"""Deliveries of which a second copy may never go out."""
_invites_in_line: Final = (outbox.c.delivery.in_(_at_most_once), outbox.c.state.in_(("ready", "sending")))


class Doubted(NamedTuple):
    """What was given up."""

    invites: int
    """Invites and reminders that were planned or in line, and count as sent."""
    people: int
    """People of open waves who had not been asked yet, and will not be in these waves."""


def mistrust(connection: Connection, reason: int, now: datetime) -> Doubted:
    """Count as gone whatever may have gone out by ``now``; ``reason`` is told of people who are not asked."""
    invites = _doubt_contacts(connection, now)
    connection.execute(
        update(outbox)
        .where(*_invites_in_line)
        .values(state="unknown", error="restored", settled_at=now, payload="")
    )
    connection.execute(
        update(fires)
        .where(fires.c.state == "waiting", fires.c.kind.in_(_ASKING), fires.c.due_at <= now)
        .values(state="dropped")
    )
    people = _give_up_waiting(connection, reason, now)
    connection.execute(update(schedules).where(schedules.c.checked_until < now).values(checked_until=now))
    meta.put(connection, RESTORED_AT, now.isoformat())
    return Doubted(invites, people)


def _doubt_contacts(connection: Connection, now: datetime) -> int:
    """Contacts whose moment has come, or whose message was in line, were perhaps made."""
    in_line = select(outbox.c.contact_id).where(*_invites_in_line, outbox.c.contact_id.is_not(None))
    perhaps = connection.execute(
        update(contacts)
        .where(contacts.c.state == "reserved", or_(contacts.c.at <= now, contacts.c.id.in_(in_line)))
        .values(state="unknown")
        .returning(contacts.c.wave_id, contacts.c.person_id, contacts.c.kind)
    ).all()
    for row in perhaps:
        if row.kind == "invite":
            connection.execute(
                update(wave_people)
                .where(wave_people.c.wave_id == row.wave_id, wave_people.c.person_id == row.person_id)
                .values(state="asked", reason=0, decided_at=now)
            )
    return len(perhaps)


def _give_up_waiting(connection: Connection, reason: int, now: datetime) -> int:
    """Whoever was waiting in an open wave was perhaps asked in it."""
    open_waves = select(waves.c.id).where(waves.c.state == "open")
    return connection.execute(
        update(wave_people)
        .where(wave_people.c.wave_id.in_(open_waves), wave_people.c.state == "frame")
        .values(state="dropped", reason=reason, earliest=None, decided_at=now)
    ).rowcount


def restored_at(connection: Connection) -> datetime | None:
    """Up to when somebody may have been asked without our knowing; None where that cannot be."""
    found = meta.get(connection, RESTORED_AT)
    return datetime.fromisoformat(found) if found is not None else None
