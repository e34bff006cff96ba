"""Planning a whole strategy"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "waves",
        sa.Column(
            "enough_at",
            UtcDateTime(timezone=True),
            nullable=True,
            comment="When a sample was found to have answers enough.",
        ),
    )
    op.add_column(
        "waves",
        sa.Column(
            "looked",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Answers there were when that was last looked at.",
        ),
    )
    op.add_column(
        "waves",
        sa.Column(
            "ring_start",
            sa.Float(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Where its panel begins among the permanent random numbers, 0 to 1.",
        ),
    )
    op.add_column(
        "wave_people",
        sa.Column(
            "probability",
            sa.Float(),
            nullable=True,
            comment="Of having been drawn, in the tick that drew them.",
        ),
    )
    op.add_column(
        "wave_people",
        sa.Column(
            "form", sa.Integer(), nullable=True, comment="Which of the survey's split forms they get, from 0."
        ),
    )
