"""Encounters and who was there"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "encounters",
        sa.Column("id", key, nullable=False),
        sa.Column(
            "key",
            sa.String(length=128),
            nullable=False,
            comment="Source and its own id: a second import finds it.",
        ),
        sa.Column(
            "kind",
            sa.String(length=32),
            nullable=False,
            comment="course event shift article group support, or another of the admin.",
        ),
        sa.Column(
            "series",
            sa.String(length=128),
            server_default="",
            nullable=False,
            comment="What recurs: the same for each occurrence.",
        ),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("place", sa.String(length=256), server_default="", nullable=False),
        sa.Column(
            "zone",
            sa.String(length=64),
            server_default="",
            nullable=False,
            comment="Where it is held; empty: that of the organisation.",
        ),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "source",
            sa.String(length=128),
            server_default="",
            nullable=False,
            comment="The file, folder or link it came from.",
        ),
        sa.Column(
            "digest",
            sa.String(length=16),
            server_default="",
            nullable=False,
            comment="Of what was imported: unchanged is skipped.",
        ),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_encounters"),
        sa.UniqueConstraint("key", name="uq_encounters_key"),
    )
    op.create_index("ix_encounters_kind_ends_at", "encounters", ["kind", "ends_at"])
    op.create_table(
        "attendance",
        sa.Column("encounter_id", key, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column(
            "role",
            sa.String(length=32),
            server_default="",
            nullable=False,
            comment="attendee, volunteer, staff … as imported.",
        ),
        sa.Column("state", sa.String(length=8), nullable=False, comment="expected attended absent"),
        sa.Column("source", sa.String(length=128), server_default="", nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False, comment="When this was last said."),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounters.id"], name="fk_attendance_encounter_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_attendance_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("encounter_id", "person_id", name="pk_attendance"),
    )
    op.create_index("ix_attendance_person_id", "attendance", ["person_id"])
    for table, comment in (
        ("waves", "The one encounter it asks about."),
        ("sessions", "The one of the wave, or the one whose link was followed."),
    ):
        op.add_column(table, sa.Column("encounter_id", key, nullable=True, comment=comment))
        op.create_index(f"ix_{table}_encounter_id", table, ["encounter_id"])
    op.add_column(
        "contacts",
        sa.Column(
            "piggyback",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Offered while the person was here.",
        ),
    )
    op.create_table(
        "calls",
        sa.Column(
            "key", sa.String(length=64), nullable=False, comment="The signature of a call of another program."
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_calls"),
    )
    op.create_table(
        "answer_times",
        sa.Column("flow", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False, comment="How many the median is of."),
        sa.Column("seconds", sa.Float(), nullable=False, comment="Median of the measured active time."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("flow", "question", name="pk_answer_times"),
        comment="What a question really takes, learned from the newest answers.",
    )
