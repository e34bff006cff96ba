"""Leases with fencing tokens: on PostgreSQL, which of several processes plays a role that only one may play.

A holder that was asleep finds its token outdated in the very transaction in which it wants to act. Times are
the database's, as the processes' own clocks may differ.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from storage.tables import leases
from storage.types import UtcDateTime

TERM: Final = timedelta(seconds=30)
"""How long nothing may be heard of a holder before another process takes its place."""
RENEW_SECONDS: Final = 10.0


class LeaseLost(Exception):
    """Another process plays this role now; what we wanted to do is theirs to do."""


def take(
    connection: Connection, names: Collection[str], owner: str, term: timedelta = TERM
) -> dict[str, int]:
    """Take or renew leases; returns the fencing tokens of those that are ours, for so long.

    A lease that is over, but relied on by a transaction that has not ended, is left for the next time.
    """
    now = connection.execute(select(func.clock_timestamp(type_=UtcDateTime))).scalar_one()
    wanted = sorted(names)
    connection.execute(
        postgres_insert(leases)
        .values([{"name": name, "owner": owner, "token": 1, "until": now + term} for name in wanted])
        .on_conflict_do_nothing()
    )
    here = leases.c.name.in_(wanted)
    connection.execute(update(leases).where(here, leases.c.owner == owner).values(until=now + term))
    over = select(leases.c.name).where(here, leases.c.owner != owner, leases.c.until <= now)
    free = list(connection.execute(over.with_for_update(skip_locked=True)).scalars())
    if free:
        connection.execute(
            update(leases)
            .where(leases.c.name.in_(free))
            .values(owner=owner, token=leases.c.token + 1, until=now + term)
        )
    ours = connection.execute(select(leases.c.name, leases.c.token).where(here, leases.c.owner == owner))
    return {row.name: row.token for row in ours}


def holds(connection: Connection, name: str, token: int) -> bool:
    """Whether this token is still the present one, and stays so until the transaction ends."""
    query = select(leases.c.token).where(leases.c.name == name).with_for_update(read=True)
    return connection.execute(query).scalar() == token


def alive(connection: Connection) -> list[str]:
    """The owners of leases that are not over: every process that may send holds one."""
    return list(
        connection.execute(
            select(leases.c.owner).where(leases.c.until > func.clock_timestamp()).distinct()
        ).scalars()
    )


def give_back(connection: Connection, owner: str) -> None:
    """A process that stops lets the next one begin at once."""
    connection.execute(update(leases).where(leases.c.owner == owner).values(until=func.clock_timestamp()))
