"""Leases with fencing tokens: on PostgreSQL, which of several processes plays a role that only one may play.

A holder that was asleep finds its token outdated in the very transaction in which it wants to act.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from storage.tables import leases
from storage.types import UtcDateTime

TERM: Final = timedelta(seconds=30)
RENEW_SECONDS: Final = 10


def take(connection: Connection, name: str, owner: str) -> int | None:
    """Take or renew a lease; returns its fencing token, or None while somebody else holds it.

    The time is the database's, as the processes' own clocks may differ.
    """
    now = connection.execute(select(func.clock_timestamp(type_=UtcDateTime))).scalar_one()
    connection.execute(
        postgres_insert(leases)
        .values(name=name, owner=owner, token=1, until=now + TERM)
        .on_conflict_do_nothing()
    )
    mine = leases.c.owner == owner
    connection.execute(update(leases).where(leases.c.name == name, mine).values(until=now + TERM))
    connection.execute(
        update(leases)
        .where(leases.c.name == name, ~mine, leases.c.until <= now)
        .values(owner=owner, token=leases.c.token + 1, until=now + TERM)
    )
    return connection.execute(select(leases.c.token).where(leases.c.name == name, mine)).scalar()


def holds(connection: Connection, name: str, token: int) -> bool:
    """Whether this token is still the present one. Ask inside the transaction that relies on it."""
    query = select(leases.c.token).where(leases.c.name == name).with_for_update(read=True)
    return connection.execute(query).scalar() == token


def give_back(connection: Connection, owner: str) -> None:
    """A process that stops lets the next one begin at once."""
    connection.execute(update(leases).where(leases.c.owner == owner).values(until=func.clock_timestamp()))
