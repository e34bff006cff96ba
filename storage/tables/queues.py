"""The durable queues and what paces them: what came, what goes, what must happen at a moment."""

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.asking import contacts, sessions, waves
from storage.tables.base import metadata
from storage.tables.people import persons
from storage.types import Key, UtcDateTime

inbox: Final = Table(
    "inbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("external_id", String(256), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("body", LargeBinary, comment="The update as it came; erased when applied."),
    Column("state", String(4), nullable=False, server_default="new", comment="new done dead"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", String(256)),
    UniqueConstraint("platform", "account", "external_id"),
    Index(
        "ix_inbox_new",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    sqlite_autoincrement=True,
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("dedup_key", String(64), nullable=False, unique=True),
    Column("delivery", String(1), nullable=False, comment="Q E C I A"),
    Column("platform", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("chat", String(128), nullable=False),
    Column(
        "lane",
        String(1),
        nullable=False,
        comment="s sends, e edits, c acknowledgements: order holds in a lane.",
    ),
    Column("op", String(12), nullable=False),
    Column("payload", Text, nullable=False, comment="The neutral message as JSON; wiped after delivery."),
    Column("ref", String(256), nullable=False, server_default=""),
    Column("target_key", String(64), comment="For an edit: the outbox key of the message to change."),
    Column("language", String(8), nullable=False, server_default=""),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE")),
    Column("session_id", ForeignKey(sessions.c.id, ondelete="CASCADE")),
    Column("turn", Integer, comment="For a prompt: valid only while the session waits at this turn."),
    Column("contact_id", ForeignKey(contacts.c.id, ondelete="CASCADE")),
    Column("priority", Integer, nullable=False, comment="0 replies, 1 invites and reminders."),
    Column("state", String(9), nullable=False, server_default="ready"),
    Column("not_before", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column(
        "doubts", Integer, nullable=False, server_default=text("0"), comment="Sends that perhaps arrived."
    ),
    Column("claim_token", String(32)),
    Column("claimed_at", UtcDateTime),
    Column("owner", String(64)),
    Column("platform_ref", String(256)),
    Column("error", String(128)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Index(
        "ix_outbox_waiting",
        "platform",
        "account",
        "priority",
        "id",
        sqlite_where=text("state IN ('ready', 'sending')"),
        postgresql_where=text("state IN ('ready', 'sending')"),
    ),
    Index(
        "ix_outbox_doubtful",
        "state",
        "settled_at",
        sqlite_where=text("state = 'unknown'"),
        postgresql_where=text("state = 'unknown'"),
    ),
    Index("ix_outbox_session", "session_id"),
    Index("ix_outbox_contact", "contact_id"),
    sqlite_autoincrement=True,
)

late_results: Final = Table(
    "late_results",
    metadata,
    Column("id", Key, primary_key=True),
    Column("outbox_id", Key, nullable=False),
    Column("claim_token", String(32), nullable=False),
    Column("result", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    comment="Results that came after their claim was given to somebody else; kept, never applied.",
)

fires: Final = Table(
    "fires",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(12), nullable=False, comment="contact reminder timeout open dormant again"),
    Column(
        "scope", String(96), nullable=False, comment="What it is for: wave and person, session and number."
    ),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("wave_id", ForeignKey(waves.c.id, ondelete="CASCADE"), index=True),
    Column("session_id", ForeignKey(sessions.c.id, ondelete="CASCADE"), index=True),
    Column("survey", String(64), nullable=False),
    Column("number", Integer, nullable=False, server_default=text("0")),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False, server_default="waiting", comment="waiting done dropped"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("kind", "scope"),
    Index(
        "ix_fires_due",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

schedules: Final = Table(
    "schedules",
    metadata,
    Column("key", String(96), primary_key=True, comment="Survey and number of its trigger."),
    Column("rule", String(128), nullable=False),
    Column("checked_until", UtcDateTime, nullable=False, comment="Slots up to here are dealt with."),
)

schedule_slots: Final = Table(
    "schedule_slots",
    metadata,
    Column("key", String(96), primary_key=True),
    Column("slot", String(32), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("wave_id", ForeignKey(waves.c.id, ondelete="SET NULL")),
)

rate_buckets: Final = Table(
    "rate_buckets",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("key", String(96), primary_key=True, comment="Platform and account."),
    Column("until", UtcDateTime, nullable=False),
    Column("scope", String(8), nullable=False, comment="all, or first: invites and reminders only."),
    Column("reason", String(128), nullable=False),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("token", Key, nullable=False, comment="Fencing token: grows with every change of owner."),
    Column("until", UtcDateTime, nullable=False),
)

# --- conditions of the partial indexes ---
# They stand in a statement as they stand in the index, with nothing bound: a database uses a partial index
# only where it can prove the condition, and of a parameter it can prove nothing.

INBOX_NEW: Final = text("inbox.state = 'new'")
OUTBOX_WAITING: Final = text("outbox.state IN ('ready', 'sending')")
OUTBOX_DOUBTFUL: Final = text("outbox.state = 'unknown'")
FIRES_WAITING: Final = text("fires.state = 'waiting'")
