"""The audit: who passed a rule, or did something that cannot be undone, and why. Rows are only added."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.tables import audit


def add(connection: Connection, actor: str, action: str, subject: str, reason: str, now: datetime) -> None:
    """``actor`` is an admin's name or ``kuulolla``; ``reason`` is what they wrote."""
    row = {"at": now, "actor": actor[:128], "action": action[:64], "subject": subject[:128], "reason": reason}
    connection.execute(insert(audit).values(**row))


def entries(connection: Connection, action: str) -> list[Any]:
    """What was done, newest first."""
    return list(connection.execute(select(audit).where(audit.c.action == action).order_by(audit.c.id.desc())))
