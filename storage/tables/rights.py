"""What members decide about themselves: topics left, consent, places joined, what is to be forgotten.

Nothing here outlives its person, but for ``erasures``, which holds a random number and a time.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.tables.base import metadata
from storage.tables.people import persons
from storage.types import Key, UtcDateTime

person_topics: Final = Table(
    "person_topics",
    metadata,
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("left_at", UtcDateTime, nullable=False),
    comment="Topics that a person has left; surveys about them do not ask that person.",
)

notices: Final = Table(
    "notices",
    metadata,
    Column("digest", String(32), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("content", Text, nullable=False),
    Column("first_used_at", UtcDateTime, nullable=False),
    comment="Every text that somebody was asked to agree to, word for word.",
)

consents: Final = Table(
    "consents",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False),
    Column("purpose", String(32), nullable=False, comment="answers: being asked, and answers being kept."),
    Column("version", String(64), nullable=False),
    Column("digest", ForeignKey(notices.c.digest), nullable=False),
    Column("platform", String(16), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("survey", String(64), nullable=False, server_default="", comment="What begins after a yes."),
    Column("given_at", UtcDateTime),
    Column("how", String(16), nullable=False, server_default="", comment="button words start"),
    Column("refused_at", UtcDateTime),
    Column("withdrawn_at", UtcDateTime),
    Index("ix_consents_person", "person_id", "id"),
)

link_codes: Final = Table(
    "link_codes",
    metadata,
    Column("digest", String(64), primary_key=True, comment="Of the code; the code itself is never kept."),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

link_tries: Final = Table(
    "link_tries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_link_tries_person", "person_id", "at"),
    comment="Wrong codes: a sender has few tries.",
)

merges: Final = Table(
    "merges",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", ForeignKey(persons.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(128), nullable=False),
    Column(
        "taken", Text, nullable=False, comment="The other person as it was, as JSON: a join can be undone."
    ),
)

erasures: Final = Table(
    "erasures",
    metadata,
    Column("entry", String(32), primary_key=True, comment="The random id of the line in the erasure ledger."),
    Column("person_id", Key, comment="Null once erased."),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False, comment="asked erased done"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    comment="What was asked to be forgotten, so that a crash or an older backup forgets no erasure.",
)

published: Final = Table(
    "published",
    metadata,
    Column("path", String(1024), primary_key=True, comment="A file that we wrote outside the database."),
    Column("kind", String(16), nullable=False, comment="export report"),
    Column("at", UtcDateTime, nullable=False),
)
