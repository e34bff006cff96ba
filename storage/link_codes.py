"""One-time codes that join two chats of one person: kept as digests, claimed once, guessed in vain."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.tables import link_codes, link_tries

GOOD_FOR: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)
MOST_TRIES: Final = 10
"""Wrong codes of one sender in an hour: of 2^40 codes that finds one in a hundred thousand million."""


def _digest(code: str) -> str:
    return sha256(f"kuulolla link {code}".encode()).hexdigest()


def new(connection: Connection, person_id: int, code: str, now: datetime) -> None:
    """Keep a new code; an earlier one of the same person is good for nothing any more."""
    connection.execute(delete(link_codes).where(link_codes.c.person_id == person_id))
    connection.execute(
        insert(link_codes).values(digest=_digest(code), person_id=person_id, expires_at=now + GOOD_FOR)
    )


def claim(connection: Connection, code: str, now: datetime) -> int | None:
    """Whose code this is; None for one that is wrong, old or used. Only the first claim finds it."""
    found: int | None = connection.execute(
        update(link_codes)
        .where(
            link_codes.c.digest == _digest(code),
            link_codes.c.expires_at > now,
            link_codes.c.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(link_codes.c.person_id)
    ).scalar()
    return found


def tried_too_often(connection: Connection, person_id: int, now: datetime) -> bool:
    """Whether this sender has to wait before the next try."""
    tries = connection.execute(
        select(func.count())
        .select_from(link_tries)
        .where(link_tries.c.person_id == person_id, link_tries.c.at > now - HOUR)
    ).scalar_one()
    return tries >= MOST_TRIES


def missed(connection: Connection, person_id: int, now: datetime) -> None:
    """A wrong code."""
    connection.execute(insert(link_tries).values(person_id=person_id, at=now))


def purge(connection: Connection, now: datetime) -> None:
    """Forget codes that are over and tries that count no more."""
    connection.execute(delete(link_codes).where(link_codes.c.expires_at < now))
    connection.execute(delete(link_tries).where(link_tries.c.at < now - HOUR))
