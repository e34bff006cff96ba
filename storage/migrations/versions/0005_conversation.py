"""More kinds of questions"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "answers",
        sa.Column(
            "detail",
            sa.Text(),
            nullable=True,
            comment="JSON: order of the choices, version of a consent text, what file it is, how it was drawn.",
        ),
    )
    op.create_table(
        "draws",
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column(
            "persons", sa.Integer(), nullable=False, comment="How many sessions have drawn from its pools."
        ),
        sa.PrimaryKeyConstraint("survey", name="pk_draws"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", key, nullable=False),
        sa.Column("session_id", key, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column(
            "source",
            sa.String(length=512),
            nullable=False,
            comment="The platform's own id of the file; no address.",
        ),
        sa.Column("mime", sa.String(length=100), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.String(length=7),
            server_default="waiting",
            nullable=False,
            comment="waiting saved refused",
        ),
        sa.Column(
            "file",
            sa.String(length=64),
            nullable=True,
            comment="Its name in the folder of files, made by us.",
        ),
        sa.Column("size", sa.Integer(), nullable=True, comment="Bytes on the disk."),
        sa.Column(
            "reason", sa.String(length=32), nullable=True, comment="Why it is not kept: too_large, gone …"
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "due_at", UtcDateTime(), nullable=False, comment="When it is to be fetched, or fetched again."
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_attachments_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_session_id", "attachments", ["session_id"])
    op.create_index(
        "ix_attachments_waiting",
        "attachments",
        ["due_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
