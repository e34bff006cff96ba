"""Answers on their way to having no author."""

from typing import Final

from sqlalchemy import Column, ForeignKey, String, Table, Text

from storage.tables.asking import flows, waves
from storage.tables.base import metadata

anonymous_pool: Final = Table(
    "anonymous_pool",
    metadata,
    Column(
        "id",
        String(32),
        primary_key=True,
        comment="Random: rows are kept in its order, not in that of coming.",
    ),
    Column("wave_id", ForeignKey(waves.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("flow_digest", ForeignKey(flows.c.digest), nullable=False),
    Column("sealed", Text, nullable=False, comment="The answers under the epoch's key, padded."),
    sqlite_with_rowid=False,
    comment="Complete answers of anonymous waves, until enough of them are shuffled together.",
)
