"""The rights of members"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "persons",
        sa.Column(
            "quiet_days",
            sa.String(length=7),
            server_default="",
            nullable=False,
            comment="0 is Monday; never written to then.",
        ),
    )
    op.add_column(
        "persons",
        sa.Column(
            "wished_platform",
            sa.String(length=16),
            nullable=True,
            comment="Where the person wants to be written to; null: where last seen.",
        ),
    )
    op.add_column(
        "persons",
        sa.Column(
            "consent",
            sa.String(length=64),
            nullable=True,
            comment="The version of the notice agreed to; null: none, or withdrawn.",
        ),
    )
    op.add_column(
        "persons",
        sa.Column("data_sent_at", UtcDateTime(), nullable=True, comment="When /mydata last sent its files."),
    )
    op.add_column(
        "persons",
        sa.Column(
            "forget_asked_at",
            UtcDateTime(),
            nullable=True,
            comment="Said forget; waits for one confirmation.",
        ),
    )
    op.create_table(
        "person_topics",
        sa.Column("person_id", key, nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_person_topics_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "topic", name="pk_person_topics"),
        comment="Topics that a person has left; surveys about them do not ask that person.",
    )
    op.create_table(
        "notices",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_notices"),
        comment="Every text that somebody was asked to agree to, word for word.",
    )
    op.create_table(
        "consents",
        sa.Column("id", key, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column(
            "purpose",
            sa.String(length=32),
            nullable=False,
            comment="answers: being asked, and answers being kept.",
        ),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column(
            "survey",
            sa.String(length=64),
            server_default="",
            nullable=False,
            comment="What begins after a yes.",
        ),
        sa.Column("given_at", UtcDateTime(), nullable=True),
        sa.Column(
            "how", sa.String(length=16), server_default="", nullable=False, comment="button words start"
        ),
        sa.Column("refused_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_consents_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["digest"], ["notices.digest"], name="fk_consents_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_person", "consents", ["person_id", "id"])
    op.create_table(
        "link_codes",
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="Of the code; the code itself is never kept.",
        ),
        sa.Column("person_id", key, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_link_codes_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_link_codes"),
    )
    op.create_index("ix_link_codes_person_id", "link_codes", ["person_id"])
    op.create_table(
        "link_tries",
        sa.Column("id", key, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_link_tries_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_link_tries"),
        comment="Wrong codes: a sender has few tries.",
    )
    op.create_index("ix_link_tries_person", "link_tries", ["person_id", "at"])
    op.create_table(
        "merges",
        sa.Column("id", key, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column(
            "taken",
            sa.Text(),
            nullable=False,
            comment="The other person as it was, as JSON: a join can be undone.",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_merges_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("ix_merges_person_id", "merges", ["person_id"])
    op.create_table(
        "erasures",
        sa.Column(
            "entry",
            sa.String(length=32),
            nullable=False,
            comment="The random id of the line in the erasure ledger.",
        ),
        sa.Column("person_id", key, nullable=True, comment="Null once erased."),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="asked erased done"),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_erasures"),
        comment="What was asked to be forgotten, so that a crash or an older backup forgets no erasure.",
    )
    op.create_table(
        "published",
        sa.Column(
            "path",
            sa.String(length=1024),
            nullable=False,
            comment="A file that we wrote outside the database.",
        ),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="export report"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_published"),
    )
