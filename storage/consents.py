"""Consent: which text somebody was asked to agree to, in which language, where, when and how they answered.

Rows are only added and closed. The person's own column holds the version that counts now, for the quick look.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import consents, notices

ANSWERS: Final = "answers"
"""The purpose: being asked, and answers being kept."""
DIGEST_BYTES: Final = 16


def keep_notice(connection: Connection, version: str, language: str, content: str, now: datetime) -> str:
    """Store a text word for word, once; returns its digest."""
    digest = blake2b(f"{version}\n{language}\n{content}".encode(), digest_size=DIGEST_BYTES).hexdigest()
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    row = {"digest": digest, "version": version, "language": language, "content": content}
    connection.execute(make(notices).values(**row, first_used_at=now).on_conflict_do_nothing())
    return digest


def ask(
    connection: Connection, person_id: int, version: str, digest: str, platform: str, now: datetime
) -> None:
    """Somebody is asked; a question of theirs that is still open is not asked twice."""
    if pending(connection, person_id) is None:
        _add(connection, person_id, version, digest, platform, now)


def _add(
    connection: Connection,
    person_id: int,
    version: str,
    digest: str,
    platform: str,
    now: datetime,
    **more: Any,
) -> None:
    connection.execute(
        insert(consents).values(
            person_id=person_id, purpose=ANSWERS, version=version, digest=digest, platform=platform,
            asked_at=now, **more,
        )
    )  # fmt: skip


def pending(connection: Connection, person_id: int) -> int | None:
    """The question that waits for a yes or a no."""
    found: int | None = connection.execute(
        select(consents.c.id)
        .where(
            consents.c.person_id == person_id, consents.c.given_at.is_(None), consents.c.refused_at.is_(None)
        )
        .order_by(consents.c.id.desc())
    ).scalar()
    return found


def answer(connection: Connection, row: int, now: datetime, how: str, *, given: bool) -> None:
    """A yes or a no to what was asked."""
    moment = {"given_at" if given else "refused_at": now}
    connection.execute(update(consents).where(consents.c.id == row).values(how=how, **moment))


def give(
    connection: Connection, person_id: int, version: str, digest: str, platform: str, now: datetime, how: str
) -> None:
    """Asked and given in one act, which said what it meant."""
    _add(connection, person_id, version, digest, platform, now, given_at=now, how=how)


def withdraw(connection: Connection, person_id: int, now: datetime) -> None:
    """Whatever was given counts no more from now on."""
    connection.execute(
        update(consents)
        .where(
            consents.c.person_id == person_id,
            consents.c.given_at.is_not(None),
            consents.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def history(connection: Connection, person_id: int) -> Sequence[Any]:
    """Everything that was asked and answered, the newest first."""
    return connection.execute(
        select(consents).where(consents.c.person_id == person_id).order_by(consents.c.id.desc())
    ).all()
