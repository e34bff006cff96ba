"""Who there is and where they are reached."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage.tables.base import metadata
from storage.types import Key, UtcDateTime

NOBODY: Final = 0
"""The row of ``persons``, and of ``addresses``, under which answers without an author stand: it is in no
audience, in no count of people, and can be reached nowhere. Everybody else counts from 1.
"""

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
    Column(
        "quiet_days",
        String(7),
        nullable=False,
        server_default="",
        comment="0 is Monday; never written to then.",
    ),
    Column(
        "wished_platform",
        String(16),
        comment="Where the person wants to be written to; null: where last seen.",
    ),
    Column("consent", String(64), comment="The version of the notice agreed to; null: none, or withdrawn."),
    Column("data_sent_at", UtcDateTime, comment="When /mydata last sent its files."),
    Column("forget_asked_at", UtcDateTime, comment="Said forget; waits for one confirmation."),
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
