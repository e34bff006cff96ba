"""Speaking up and being heard: links for passers-by, feedback and worries, and what was told back."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from storage.tables.asking import waves
from storage.tables.base import metadata
from storage.tables.encounters import encounters
from storage.tables.people import persons
from storage.types import Key, UtcDateTime

links: Final = Table(
    "links",
    metadata,
    Column("id", Key, primary_key=True),
    Column(
        "digest",
        String(64),
        nullable=False,
        unique=True,
        comment="SHA-256 of the token in hex; the token itself is kept nowhere.",
    ),
    Column("purpose", String(8), nullable=False, comment="ask check_in"),
    Column("survey", String(64), nullable=False, server_default=""),
    Column("encounter_id", ForeignKey(encounters.c.id, ondelete="CASCADE"), index=True),
    Column("most", Integer, comment="So many people may follow it; null: any number."),
    Column("used", Integer, nullable=False, server_default=text("0"), comment="People who followed it."),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("withdrawn_at", UtcDateTime),
)

link_uses: Final = Table(
    "link_uses",
    metadata,
    Column("link_id", ForeignKey(links.c.id, ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False, comment="When they first followed it."),
)

link_misses: Final = Table(
    "link_misses",
    metadata,
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("count", Integer, nullable=False),
    comment="Tokens that lead nowhere, by who tried them, in an hour.",
)

voices: Final = Table(
    "voices",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(8), nullable=False, comment="feedback words score"),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("session_id", Key, comment="Where it was said; null outside any session."),
    Column("survey", String(64), nullable=False, server_default=""),
    Column("question", String(64), nullable=False, server_default=""),
    Column("encounter_id", ForeignKey(encounters.c.id, ondelete="SET NULL")),
    Column("feeling", String(8), nullable=False, server_default="", comment="good mixed bad"),
    Column("words", Text, nullable=False, server_default="", comment="As they were written."),
    Column("file", Text, nullable=False, server_default="", comment="The platform's own id of a photo."),
    Column("may_reply", Boolean, nullable=False),
    Column(
        "recipient", String(128), nullable=False, server_default="", comment="The admin it is for, by name."
    ),
    Column("count", Integer, nullable=False, server_default=text("1"), comment="Said so often, seen as one."),
    Column("state", String(5), nullable=False, server_default="open", comment="open taken done"),
    Column("taken_by", String(128), nullable=False, server_default=""),
    Column("said_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Index("ix_voices_state", "state", "kind"),
    Index("ix_voices_session_id", "session_id"),
    comment="What somebody must hear: feedback unasked, words that worry, low scores.",
)

voice_replies: Final = Table(
    "voice_replies",
    metadata,
    Column("id", Key, primary_key=True),
    Column("voice_id", ForeignKey(voices.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("by", String(128), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

asides: Final = Table(
    "asides",
    metadata,
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), nullable=False, comment="feedback; reply: what follows is one."),
    Column("voice_id", ForeignKey(voices.c.id, ondelete="CASCADE"), index=True),
    Column("state", Text, nullable=False, server_default="", comment="The session as JSON."),
    Column("at", UtcDateTime, nullable=False),
    comment="What is talked about beside any session, one thing at a time: it costs nobody a turn.",
)

shares: Final = Table(
    "shares",
    metadata,
    Column("id", Key, primary_key=True),
    Column("survey", String(64), nullable=False, index=True),
    Column("wave_id", ForeignKey(waves.c.id, ondelete="CASCADE"), unique=True),
    Column("texts", Text, nullable=False, comment="JSON: language -> what is told."),
    Column("chart", LargeBinary, comment="PNG"),
    Column("people", Integer, nullable=False, comment="How many it was meant for."),
    Column("by", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    comment="What was told back to those who were asked.",
)
