"""Alerts: what needs a person, in the table and in the log. The same condition again only counts up."""

import logging
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import alerts

log: Final = logging.getLogger(__name__)


def raise_(connection: Connection, kind: str, subject: str, message: str, now: datetime) -> None:
    """``message`` never holds a member's words."""
    log.error(message, extra={"alert": kind})
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert(alerts).values(
        kind=kind, subject=subject[:128], message=message, first_at=now, last_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[alerts.c.kind, alerts.c.subject],
            set_={"message": message, "last_at": now, "count": alerts.c.count + 1, "closed_at": None},
        )
    )


def open_alerts(connection: Connection) -> list[Any]:
    """Newest first."""
    return list(
        connection.execute(
            select(alerts).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.last_at.desc())
        )
    )


def close(connection: Connection, kind: str, subject: str, now: datetime) -> None:
    """The condition is over."""
    connection.execute(
        update(alerts)
        .where(alerts.c.kind == kind, alerts.c.subject == subject[:128], alerts.c.closed_at.is_(None))
        .values(closed_at=now)
    )
