"""What reports keep"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "shown_figures",
        sa.Column("id", key, nullable=False),
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=128), nullable=False, comment="Its id, type and measure."),
        sa.Column("role", sa.String(length=32), nullable=False, comment="total, open, unasked, or a wave."),
        sa.Column("mark", key, nullable=False, comment="Row number of the newest answer at that time."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False, comment="JSON: answers by wave and mark."),
        sa.Column("tally", sa.Text(), nullable=False, comment="JSON: the counts that were shown."),
        sa.PrimaryKeyConstraint("id", name="pk_shown_figures"),
    )
    op.create_index("ix_shown_figures_survey", "shown_figures", ["survey", "id"])
