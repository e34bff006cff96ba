"""What reports keep: the figures that were published, so that no later one gives a small group away."""

from typing import Final

from sqlalchemy import Column, Index, String, Table, Text

from storage.tables.base import metadata
from storage.types import Key, UtcDateTime

shown_figures: Final = Table(
    "shown_figures",
    metadata,
    Column("id", Key, primary_key=True),
    Column("survey", String(64), nullable=False),
    Column("question", String(128), nullable=False, comment="Its id, type and measure."),
    Column("role", String(32), nullable=False, comment="total, open, unasked, or a wave."),
    Column("mark", Key, nullable=False, comment="Row number of the newest answer at that time."),
    Column("at", UtcDateTime, nullable=False),
    Column("people", Text, nullable=False, comment="JSON: answers by wave and mark."),
    Column("tally", Text, nullable=False, comment="JSON: the counts that were shown."),
    Index("ix_shown_figures_survey", "survey", "id"),
)
