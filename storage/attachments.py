"""Files that members sent and that are to be fetched from their platform and kept. Queue and register in one.

A row never holds an address, only the platform's own id of the file. The name on the disk is drawn when the
row is made, so that a file that is fetched twice is written to the same place.
"""

import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, insert, select, update

from storage.tables import attachments

WAITS: Final = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12))
"""Between tries; after the last one the file is given up."""


OURS: Final = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}")
"""What a file of ours is called; anything else in the folder is left alone."""
ENDINGS: Final = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "image/heic": "heic",
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "video/mp4": "mp4", "application/pdf": "pdf",
    "text/plain": "txt",
}  # fmt: skip
"""Endings of kinds that can be opened safely by their name; all others are called .bin."""


def file_name(mime: str) -> str:
    """A random name whose ending tells the kind, if it is one we know."""
    return f"{secrets.token_hex(16)}.{ENDINGS.get(mime.partition(';')[0].strip().lower(), 'bin')}"


class Waiting(NamedTuple):
    """A file that is to be fetched now."""

    id: int
    account: str
    source: str
    file: str
    attempts: int


def add(
    connection: Connection,
    *,
    session_id: int,
    question: str,
    revision: int,
    platform: str,
    account: str,
    source: str,
    mime: str,
    file: str,
    now: datetime,
) -> None:
    """Remember that this file is to be fetched."""
    row = {
        "session_id": session_id,
        "question": question,
        "revision": revision,
        "platform": platform,
        "account": account,
        "source": source,
        "mime": mime,
        "file": file,
        "due_at": now,
        "at": now,
    }
    connection.execute(insert(attachments), row)


def due(connection: Connection, platform: str, account: str, now: datetime, most: int) -> Sequence[Waiting]:
    """The files of this account whose moment has come, the oldest first."""
    query = (
        select(
            attachments.c.id,
            attachments.c.account,
            attachments.c.source,
            attachments.c.file,
            attachments.c.attempts,
        )
        .where(
            attachments.c.state == "waiting",
            attachments.c.due_at <= now,
            attachments.c.platform == platform,
            attachments.c.account == account,
        )
        .order_by(attachments.c.due_at, attachments.c.id)
        .limit(most)
    )
    return [Waiting._make(row) for row in connection.execute(query)]


def saved(connection: Connection, row: int, size: int) -> None:
    """The file lies on the disk."""
    connection.execute(update(attachments).where(attachments.c.id == row).values(state="saved", size=size))


def refused(connection: Connection, row: int, reason: str) -> None:
    """The file will not be kept: it is too large, or gone."""
    connection.execute(
        update(attachments).where(attachments.c.id == row).values(state="refused", reason=reason)
    )


def again(connection: Connection, waiting: Waiting, reason: str, now: datetime) -> None:
    """It did not come through; try again later, but not for ever."""
    if waiting.attempts >= len(WAITS):
        refused(connection, waiting.id, reason)
        return
    connection.execute(
        update(attachments)
        .where(attachments.c.id == waiting.id)
        .values(attempts=waiting.attempts + 1, due_at=now + WAITS[waiting.attempts], reason=reason)
    )


def nobodys(connection: Connection, names: Collection[str]) -> set[str]:
    """Those of the names on the disk that no row knows: their person was erased, or their time is over."""
    known = set(connection.execute(select(attachments.c.file)).scalars())
    return set(names) - known
