"""What was asked of whom, and what they said: flows, waves, contacts, sessions, answers."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import metadata
from storage.tables.people import addresses, persons
from storage.types import Key, UtcDateTime

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
    Column("state", String(8), nullable=False, server_default="open"),  # opening open closed
    Column("quota", Integer, comment="Answers wanted of a sample; null for a census."),
    Column("frame_size", Integer, nullable=False, server_default=text("0")),
    Column("seed", Key, nullable=False),
    Column("encounter_id", Key, index=True, comment="The one encounter it asks about."),
    Column("enough_at", UtcDateTime, comment="When a sample was found to have answers enough."),
    Column(
        "looked",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Answers there were when that was last looked at.",
    ),
    Column(
        "ring_start",
        Float,
        nullable=False,
        server_default=text("0"),
        comment="Where its panel begins among the permanent random numbers, 0 to 1.",
    ),
    Column(
        "anonymous_k",
        Integer,
        comment="So many answers at least are shuffled together; null: answers stand with their person.",
    ),
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
    Column("probability", Float, comment="Of having been drawn, in the tick that drew them."),
    Column("form", Integer, comment="Which of the survey's split forms they get, from 0."),
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
    Column(
        "piggyback",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Offered while the person was here.",
    ),
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
    Column(
        "encounter_id", Key, index=True, comment="The one of the wave, or the one whose link was followed."
    ),
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
    Column(
        "detail",
        Text,
        comment="JSON: order of the choices, version of a consent text, what file it is, how it was drawn.",
    ),
    UniqueConstraint("session_id", "question", "revision"),
)

answer_times: Final = Table(
    "answer_times",
    metadata,
    Column("flow", String(64), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("answers", Integer, nullable=False, comment="How many the median is of."),
    Column("seconds", Float, nullable=False, comment="Median of the measured active time."),
    Column("at", UtcDateTime, nullable=False),
    comment="What a question really takes, learned from the newest answers.",
)

# --- conditions of the partial indexes ---
# They stand in a statement as they stand in the index, with nothing bound: a database uses a partial index
# only where it can prove the condition, and of a parameter it can prove nothing.

SESSIONS_WAITING: Final = text("sessions.status IN ('invited', 'active')")
