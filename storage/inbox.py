"""The inbox: what came, stored before the platform is told that we have it.

The unique key (platform, account, external id) makes a second delivery harmless. A body is erased when its
row is done; the key stays for a week.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.engine.messages import RawUpdate
from storage.bulk import Bulk
from storage.tables import INBOX_NEW, inbox

POISON: Final = 5
"""Tries before a row that makes us fail is given up."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One update that waits."""

    id: int
    platform: str
    account: str
    chat: str
    received_at: datetime
    body: bytes
    attempts: int


_sqlite_add: Final = Bulk(sqlite_insert(inbox).on_conflict_do_nothing())
_postgres_add: Final = Bulk(postgres_insert(inbox).on_conflict_do_nothing())
_waiting: Final = (
    select(
        inbox.c.id,
        inbox.c.platform,
        inbox.c.account,
        inbox.c.chat,
        inbox.c.received_at,
        inbox.c.body,
        inbox.c.attempts,
    )
    .where(INBOX_NEW)
    .order_by(inbox.c.id)
)
_finish: Final = Bulk(update(inbox).where(inbox.c.id == bindparam("row")).values(state="done", body=None))


def add(
    connection: Connection, platform: str, account: str, updates: Sequence[RawUpdate], now: datetime
) -> None:
    """Store updates; those that are there already stay as they are."""
    statement = _sqlite_add if connection.dialect.name == "sqlite" else _postgres_add
    statement.run(
        connection,
        [
            {
                "platform": platform,
                "account": account,
                "external_id": item.external_id,
                "chat": item.chat,
                "received_at": now,
                "body": item.body,
            }
            for item in updates
        ],
    )


def take(connection: Connection, limit: int) -> list[InboxRow]:
    """The oldest rows that wait, in the order in which they came.

    On PostgreSQL several processes take rows at once. Each takes whole chats, which are its own until its
    transaction ends: what somebody wrote first has its effect first.
    """
    if connection.dialect.name == "sqlite":
        return [InboxRow(*row) for row in connection.execute(_waiting.limit(limit)).all()]
    taken: list[InboxRow] = []
    refused: set[int] = set()
    last = 0
    while not taken:
        page = connection.execute(_waiting.where(inbox.c.id > last).limit(limit)).all()
        if not page:
            break
        last = page[-1].id
        keys = {row.id: _chat_key(row) for row in page}
        ours = _locked(connection, set(keys.values()) - refused)
        refused |= set(keys.values()) - ours
        # looked at again under the lock: whoever held it before us may have finished them meanwhile
        mine = [row for row, key in keys.items() if key in ours]
        again = _waiting.where(inbox.c.id.in_(mine))
        taken = [InboxRow(*row) for row in connection.execute(again).all()]
    return taken


_lock: Final = text(
    "SELECT key FROM unnest(CAST(:keys AS bigint[])) AS key WHERE pg_try_advisory_xact_lock(key)"
)


def _locked(connection: Connection, keys: Collection[int]) -> set[int]:
    """Those of these chats that no other process works on; they are ours until the transaction ends."""
    return set(connection.execute(_lock, {"keys": sorted(keys)}).scalars()) if keys else set()


def _chat_key(row: Any) -> int:
    """A number for a chat, the same in every process."""
    name = f"{row.platform}:{row.account}:{row.chat}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)


def finish(connection: Connection, ids: Collection[int]) -> None:
    """These rows have had their effect: the words they carried are erased."""
    _finish.run(connection, [{"row": row} for row in ids])


def fail(connection: Connection, row: InboxRow, error: str) -> bool:
    """Count a failed try. True when it was the last one and the row is now dead."""
    dead = row.attempts + 1 >= POISON
    connection.execute(
        update(inbox)
        .where(inbox.c.id == row.id)
        .values(attempts=row.attempts + 1, error=error[:256], state="dead" if dead else "new")
    )
    return dead


def waiting(connection: Connection) -> int:
    """How many rows wait."""
    return connection.execute(select(func.count()).select_from(inbox).where(INBOX_NEW)).scalar_one()


def purge(connection: Connection, before: datetime) -> int:
    """Forget the keys of rows that were done before this moment."""
    return connection.execute(
        delete(inbox).where(inbox.c.state == "done", inbox.c.received_at < before)
    ).rowcount
