"""Calls of other programs that were taken: by their keys, so that a repeated one has no second effect."""

from datetime import datetime

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import calls


def first(connection: Connection, key: str, now: datetime) -> bool:
    """Whether this is the first time; it is noted."""
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = make(calls).values(key=key, at=now).on_conflict_do_nothing().returning(calls.c.key)
    return connection.execute(statement).first() is not None


def purge(connection: Connection, before: datetime) -> None:
    """Forget the keys of calls that are too old to be taken anyway."""
    connection.execute(delete(calls).where(calls.c.at < before))
