"""Holds: a platform account that must be left alone for a while, by order of the platform or of our own
care.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import holds

Scope = Literal["", "first", "all"]
"""``all``: send nothing. ``first``: send no invites and reminders."""


def current(connection: Connection, key: str, now: datetime) -> Scope:
    """What must not be sent at this moment."""
    scope = connection.execute(select(holds.c.scope).where(holds.c.key == key, holds.c.until > now)).scalar()
    return scope or ""


def put(connection: Connection, key: str, until: datetime, scope: Scope, reason: str) -> None:
    """A later hold of the same account replaces the earlier one."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert(holds).values(key=key, until=until, scope=scope, reason=reason[:128])
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[holds.c.key],
            set_={
                "until": statement.excluded.until,
                "scope": statement.excluded.scope,
                "reason": statement.excluded.reason,
            },
        )
    )
