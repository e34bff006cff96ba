"""Facts about the installation: what is wrong, and who did what."""

from typing import Final

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import metadata
from storage.types import Key, UtcDateTime

meta: Final = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Single facts about this installation, such as the platform accounts it speaks with.",
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("message", Text, nullable=False),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    UniqueConstraint("kind", "subject"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)

calls: Final = Table(
    "calls",
    metadata,
    Column("key", String(64), primary_key=True, comment="The signature of a call of another program."),
    Column("at", UtcDateTime, nullable=False),
)
