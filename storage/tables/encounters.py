"""What people met us in, and who was there."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, text

from storage.tables.base import metadata
from storage.tables.people import persons
from storage.types import Key, UtcDateTime

encounters: Final = Table(
    "encounters",
    metadata,
    Column("id", Key, primary_key=True),
    Column(
        "key",
        String(128),
        nullable=False,
        unique=True,
        comment="Source and its own id: a second import finds it.",
    ),
    Column(
        "kind",
        String(32),
        nullable=False,
        comment="course event shift article group support, or another of the admin.",
    ),
    Column(
        "series",
        String(128),
        nullable=False,
        server_default="",
        comment="What recurs: the same for each occurrence.",
    ),
    Column("name", String(256), nullable=False),
    Column("place", String(256), nullable=False, server_default=""),
    Column(
        "zone",
        String(64),
        nullable=False,
        server_default="",
        comment="Where it is held; empty: that of the organisation.",
    ),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("cancelled", Boolean, nullable=False, server_default=text("false")),
    Column(
        "source",
        String(128),
        nullable=False,
        server_default="",
        comment="The file, folder or link it came from.",
    ),
    Column(
        "digest",
        String(16),
        nullable=False,
        server_default="",
        comment="Of what was imported: unchanged is skipped.",
    ),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_encounters_kind_ends_at", "kind", "ends_at"),
)

attendance: Final = Table(
    "attendance",
    metadata,
    Column("encounter_id", ForeignKey(encounters.c.id, ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    Column(
        "role",
        String(32),
        nullable=False,
        server_default="",
        comment="attendee, volunteer, staff … as imported.",
    ),
    Column("state", String(8), nullable=False, comment="expected attended absent"),
    Column("source", String(128), nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False, comment="When this was last said."),
)
