"""The tables. The guards stand here, in keys and indexes, not in code that might be passed by.

Every time column is UTC; every JSON column is text, so that both databases store the same bytes.
"""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import Key, UtcDateTime

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta: Final = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Single facts about this installation, such as the platform accounts it speaks with.",
)

persons: Final = Table(
    "persons",
    metadata,
    Column("id", Key, primary_key=True),
    Column("member_id", String(128), unique=True, comment="The association's own number, if imported."),
    Column("name", String(256), nullable=False, server_default=""),
    Column("language", String(8), comment="Null until known; then texts come in it."),
    Column("language_chosen", Boolean, nullable=False, server_default=text("false")),
    Column("zone", String(64)),
    Column("attributes", Text, nullable=False, server_default="{}"),
    Column("joined_at", UtcDateTime, comment="Joined the association."),
    Column("created_at", UtcDateTime, nullable=False),
    Column("preference", String(8), nullable=False, server_default="normal"),
    Column("stopped_at", UtcDateTime, comment="Said stop. Only the person can take it back."),
    Column("return_asked_at", UtcDateTime, comment="Said start after stop; waits for one confirmation."),
    Column("paused_until", UtcDateTime),
    Column("dormant_at", UtcDateTime),
    Column("opens", String(5), comment="The person's own hours, HH:MM on their wall clock."),
    Column("closes", String(5)),
    Column("prn", Key, nullable=False, comment="Permanent random number, 63 bits."),
    Column(
        "turn", Key, nullable=False, comment="Place in the turn queue: the day last asked; ties go by prn."
    ),
    Column("burden", Float, nullable=False, server_default=text("0")),
    Column("burden_at", UtcDateTime),
    Column("ignored_in_row", Integer, nullable=False, server_default=text("0")),
    Column("outcome", String(16), nullable=False, server_default=""),
    Column("outcome_at", UtcDateTime),
    Column(
        "outcomes", Text, nullable=False, server_default="{}", comment="Kind of outcome -> its last moment."
    ),
)

person_groups: Final = Table(
    "person_groups",
    metadata,
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", String(128), primary_key=True, index=True),
)

addresses: Final = Table(
    "addresses",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("address", String(128), nullable=False, unique=True),
    Column("platform", String(16), nullable=False),
    Column("account", String(64), nullable=False, comment="Which of our bots reaches it; empty until known."),
    Column("chat", String(128), nullable=False),
    Column("unreachable", String(64), comment="Why it cannot be written to; null while it can."),
    Column("created_at", UtcDateTime, nullable=False),
    Column(
        "seen_at", UtcDateTime, comment="Last heard from here; questions go where the person last answered."
    ),
)

flows: Final = Table(
    "flows",
    metadata,
    Column("digest", String(16), primary_key=True),
    Column("flow", String(64), nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("first_used_at", UtcDateTime, nullable=False),
    comment="Every version of a flow that was ever asked; a running session keeps its own.",
)

waves: Final = Table(
    "waves",
    metadata,
    Column("id", Key, primary_key=True),
    Column("survey", String(64), nullable=False),
    Column("name", String(64), nullable=False, comment="The slot or moment that opened it."),
    Column("flow_digest", ForeignKey(flows.c.digest), nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False, server_default="open"),
    Column("quota", Integer, comment="Answers wanted of a sample; null for a census."),
    Column("frame_size", Integer, nullable=False, server_default=text("0")),
    Column("seed", Key, nullable=False),
    UniqueConstraint("survey", "name"),
    Index("ix_waves_open", "state", "closes_at"),
)

wave_people: Final = Table(
    "wave_people",
    metadata,
    Column("wave_id", ForeignKey(waves.c.id, ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    Column("stratum", String(128), nullable=False, server_default=""),
    Column("wanted_at", UtcDateTime, nullable=False),
    Column(
        "state", String(10), nullable=False, server_default="frame", comment="frame planned asked dropped"
    ),
    Column("reason", Integer, comment="The last verdict's code; 0 is selected."),
    Column("mask", Key, nullable=False, server_default=text("0")),
    Column("earliest", UtcDateTime),
    Column("detail", Text, nullable=False, server_default="{}"),
    Column("decided_at", UtcDateTime),
    Index("ix_wave_people_state", "wave_id", "state"),
    comment="The audience as it was fixed at opening, and why each of them was or was not asked.",
)

contacts: Final = Table(
    "contacts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False),
    Column("wave_id", ForeignKey(waves.c.id, ondelete="CASCADE")),
    Column("survey", String(64), nullable=False),
    Column("kind", String(16), nullable=False, comment="invite reminder results dormant_check self"),
    Column("number", Integer, nullable=False, server_default=text("1")),
    Column("state", String(10), nullable=False, comment="reserved sent unknown released"),
    Column(
        "at", UtcDateTime, nullable=False, comment="When it was sent; while reserved, when it was planned."
    ),
    Column("cost", Float, nullable=False),
    UniqueConstraint("wave_id", "person_id", "kind", "number"),
    Index("ix_contacts_person_at", "person_id", "at"),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(16), nullable=False, unique=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False),
    Column("address_id", ForeignKey(addresses.c.id, ondelete="CASCADE"), nullable=False),
    Column("survey", String(64), nullable=False),
    Column("wave_id", ForeignKey(waves.c.id, ondelete="CASCADE")),
    Column("flow_digest", ForeignKey(flows.c.digest), nullable=False),
    Column("status", String(12), nullable=False),
    Column("turn", Integer, nullable=False, server_default=text("0")),
    Column("state", Text, nullable=False, comment="The session as JSON."),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("prompt_key", String(64), comment="The outbox key of the prompt that stands open."),
    Column("self_started", Boolean, nullable=False),
    Column(
        "seconds", Float, nullable=False, server_default=text("0"), comment="Measured active time so far."
    ),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime, comment="When it expires; moves with every answer."),
    Column("ended_at", UtcDateTime),
    Index(
        "uq_sessions_waiting",
        "person_id",
        unique=True,
        sqlite_where=text("status IN ('invited', 'active')"),
        postgresql_where=text("status IN ('invited', 'active')"),
    ),
    Index(
        "ix_sessions_deadline",
        "deadline",
        sqlite_where=text("status IN ('invited', 'active')"),
        postgresql_where=text("status IN ('invited', 'active')"),
    ),
    Index("ix_sessions_survey", "survey", "wave_id"),
    Index("ix_sessions_person", "person_id", "created_at"),
)

answers: Final = Table(
    "answers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("session_id", ForeignKey(sessions.c.id, ondelete="CASCADE"), nullable=False),
    Column("question", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("value", Text, nullable=False, comment="JSON"),
    Column("other", Text, nullable=False, server_default=""),
    Column("seconds", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("inbox_id", Key, comment="The update that brought it; null for a timeout."),
    UniqueConstraint("session_id", "question", "revision"),
)

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

# --- conditions of the partial indexes ---
# They stand in a statement as they stand in the index, with nothing bound: a database uses a partial index
# only where it can prove the condition, and of a parameter it can prove nothing.

INBOX_NEW: Final = text("inbox.state = 'new'")
OUTBOX_WAITING: Final = text("outbox.state IN ('ready', 'sending')")
OUTBOX_DOUBTFUL: Final = text("outbox.state = 'unknown'")
FIRES_WAITING: Final = text("fires.state = 'waiting'")
SESSIONS_WAITING: Final = text("sessions.status IN ('invited', 'active')")
