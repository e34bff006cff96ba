"""Speaking up, care and closing the loop"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "links",
        sa.Column("id", key, nullable=False),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the token in hex; the token itself is kept nowhere.",
        ),
        sa.Column("purpose", sa.String(length=8), nullable=False, comment="ask check_in"),
        sa.Column("survey", sa.String(length=64), server_default="", nullable=False),
        sa.Column("encounter_id", key, nullable=True),
        sa.Column(
            "most", sa.Integer(), nullable=True, comment="So many people may follow it; null: any number."
        ),
        sa.Column(
            "used",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="People who followed it.",
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounters.id"], name="fk_links_encounter_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("digest", name="uq_links_digest"),
    )
    op.create_index("ix_links_encounter_id", "links", ["encounter_id"])
    op.create_table(
        "link_uses",
        sa.Column("link_id", key, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False, comment="When they first followed it."),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_link_uses_link_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_link_uses_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "person_id", name="pk_link_uses"),
    )
    op.create_index("ix_link_uses_person_id", "link_uses", ["person_id"])
    op.create_table(
        "link_misses",
        sa.Column("person_id", key, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_link_misses_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_link_misses"),
        comment="Tokens that lead nowhere, by who tried them, in an hour.",
    )
    op.create_table(
        "voices",
        sa.Column("id", key, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="feedback words score"),
        sa.Column("person_id", key, nullable=False),
        sa.Column("session_id", key, nullable=True, comment="Where it was said; null outside any session."),
        sa.Column("survey", sa.String(length=64), server_default="", nullable=False),
        sa.Column("question", sa.String(length=64), server_default="", nullable=False),
        sa.Column("encounter_id", key, nullable=True),
        sa.Column(
            "feeling", sa.String(length=8), server_default="", nullable=False, comment="good mixed bad"
        ),
        sa.Column("words", sa.Text(), server_default="", nullable=False, comment="As they were written."),
        sa.Column(
            "file", sa.Text(), server_default="", nullable=False, comment="The platform's own id of a photo."
        ),
        sa.Column("may_reply", sa.Boolean(), nullable=False),
        sa.Column(
            "recipient",
            sa.String(length=128),
            server_default="",
            nullable=False,
            comment="The admin it is for, by name.",
        ),
        sa.Column(
            "count",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Said so often, seen as one.",
        ),
        sa.Column(
            "state", sa.String(length=5), server_default="open", nullable=False, comment="open taken done"
        ),
        sa.Column("taken_by", sa.String(length=128), server_default="", nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounters.id"], name="fk_voices_encounter_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_voices_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_voices"),
        comment="What somebody must hear: feedback unasked, words that worry, low scores.",
    )
    op.create_index("ix_voices_person_id", "voices", ["person_id"])
    op.create_index("ix_voices_state", "voices", ["state", "kind"])
    op.create_index("ix_voices_session_id", "voices", ["session_id"])
    op.create_table(
        "voice_replies",
        sa.Column("id", key, nullable=False),
        sa.Column("voice_id", key, nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["voice_id"], ["voices.id"], name="fk_voice_replies_voice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_voice_replies"),
    )
    op.create_index("ix_voice_replies_voice_id", "voice_replies", ["voice_id"])
    op.create_table(
        "asides",
        sa.Column("person_id", key, nullable=False),
        sa.Column(
            "kind",
            sa.String(length=8),
            nullable=False,
            comment="feedback; reply: what follows is one.",
        ),
        sa.Column("voice_id", key, nullable=True),
        sa.Column("state", sa.Text(), server_default="", nullable=False, comment="The session as JSON."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_asides_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["voice_id"], ["voices.id"], name="fk_asides_voice_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name="pk_asides"),
        comment="What is talked about beside any session, one thing at a time: it costs nobody a turn.",
    )
    op.create_index("ix_asides_voice_id", "asides", ["voice_id"])
    op.create_table(
        "shares",
        sa.Column("id", key, nullable=False),
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column("wave_id", key, nullable=True),
        sa.Column("texts", sa.Text(), nullable=False, comment="JSON: language -> what is told."),
        sa.Column("chart", sa.LargeBinary(), nullable=True, comment="PNG"),
        sa.Column("people", sa.Integer(), nullable=False, comment="How many it was meant for."),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name="fk_shares_wave_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.UniqueConstraint("wave_id", name="uq_shares_wave_id"),
        comment="What was told back to those who were asked.",
    )
    op.create_index("ix_shares_survey", "shares", ["survey"])
