"""Topics that a person has left, and where they can be written to: what the member's own page shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from storage.tables import addresses, person_topics


def left(connection: Connection, person_id: int) -> set[str]:
    """The topics that the person has left."""
    return set(
        connection.execute(
            select(person_topics.c.topic).where(person_topics.c.person_id == person_id)
        ).scalars()
    )


def leave(connection: Connection, person_id: int, topic: str, now: datetime) -> None:
    """No more questions about this; leaving it twice changes nothing."""
    if topic not in left(connection, person_id):
        connection.execute(insert(person_topics).values(person_id=person_id, topic=topic, left_at=now))


def rejoin(connection: Connection, person_id: int, topic: str) -> None:
    """Questions about this may come again."""
    connection.execute(
        delete(person_topics).where(person_topics.c.person_id == person_id, person_topics.c.topic == topic)
    )


def places(connection: Connection, person_id: int) -> Sequence[Any]:
    """The addresses at which the person can be written to, the one heard from last first."""
    return connection.execute(
        select(addresses.c.address, addresses.c.platform)
        .where(
            addresses.c.person_id == person_id, addresses.c.unreachable.is_(None), addresses.c.account != ""
        )
        .order_by(addresses.c.seen_at.desc(), addresses.c.id)
    ).all()
