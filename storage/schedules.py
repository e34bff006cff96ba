"""Schedules: up to which moment a rule has been looked at, and which of its slots have opened a wave."""

from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import schedule_slots, schedules


def checked_until(connection: Connection, key: str, rule: str) -> datetime | None:
    """None for a rule that is new, or was changed since the last look."""
    return connection.execute(
        select(schedules.c.checked_until).where(schedules.c.key == key, schedules.c.rule == rule)
    ).scalar()


def check(connection: Connection, key: str, rule: str, until: datetime) -> None:
    """Note that a rule has been looked at up to a moment."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    connection.execute(
        insert(schedules)
        .values(key=key, rule=rule, checked_until=until)
        .on_conflict_do_update(index_elements=[schedules.c.key], set_={"rule": rule, "checked_until": until})
    )


def rewind(connection: Connection, now: datetime) -> None:
    """No rule was looked at beyond the present moment, whatever a clock that was ahead has said."""
    ahead = update(schedules).where(schedules.c.checked_until > now)
    connection.execute(ahead.values(checked_until=now))


def take_slot(connection: Connection, key: str, slot: str, at: datetime) -> bool:
    """Whether this slot is still free; it is ours then, whatever the clocks and other processes do."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert(schedule_slots).values(key=key, slot=slot, at=at).on_conflict_do_nothing()
    # what comes back is the sign: PostgreSQL's driver does not count what an insert has done
    return connection.execute(statement.returning(schedule_slots.c.slot)).first() is not None
