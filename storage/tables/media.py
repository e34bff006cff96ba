"""What belongs to kinds of answers: draws from a survey's pools, and files that are fetched and kept."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text

from storage.tables.asking import sessions
from storage.tables.base import metadata
from storage.types import Key, UtcDateTime

draws: Final = Table(
    "draws",
    metadata,
    Column("survey", String(64), primary_key=True),
    Column("persons", Integer, nullable=False, comment="How many sessions have drawn from its pools."),
)

attachments: Final = Table(
    "attachments",
    metadata,
    Column("id", Key, primary_key=True),
    Column("session_id", ForeignKey(sessions.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("question", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("source", String(512), nullable=False, comment="The platform's own id of the file; no address."),
    Column("mime", String(100), nullable=False, server_default=""),
    Column("state", String(7), nullable=False, server_default="waiting", comment="waiting saved refused"),
    Column("file", String(64), comment="Its name in the folder of files, made by us."),
    Column("size", Integer, comment="Bytes on the disk."),
    Column("reason", String(32), comment="Why it is not kept: too_large, gone …"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due_at", UtcDateTime, nullable=False, comment="When it is to be fetched, or fetched again."),
    Column("at", UtcDateTime, nullable=False),
    Index(
        "ix_attachments_waiting",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
