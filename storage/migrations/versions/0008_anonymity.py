"""Answers without an author"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "anonymous_pool",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="Random: rows are kept in its order, not in that of coming.",
        ),
        sa.Column("wave_id", key, nullable=False),
        sa.Column("flow_digest", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False, comment="The answers under the epoch's key, padded."),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name="fk_anonymous_pool_wave_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["flow_digest"], ["flows.digest"], name="fk_anonymous_pool_flow_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_anonymous_pool"),
        comment="Complete answers of anonymous waves, until enough of them are shuffled together.",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_anonymous_pool_wave_id", "anonymous_pool", ["wave_id"])
    op.add_column(
        "waves",
        sa.Column(
            "anonymous_k",
            sa.Integer(),
            nullable=True,
            comment="So many answers at least are shuffled together; null: answers stand with their person.",
        ),
    )
