"""Roles: what only one of several processes may do at a time, and whether it is this one.

On PostgreSQL every role is a lease, and whoever acts in a role proves it inside the transaction. On SQLite a
lock on the file lets one process in, and all roles are its own.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from bot.delivery import Write
from storage import Connection, leases
from storage.trouble import StorageTrouble

log: Final = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class Roles:
    """The roles of one process. ``shared``: other processes may work on the same database.

    A role that could not be renewed for its term is not ours any more, whether or not anybody has taken it:
    a process that the database cannot hear must leave the platforms to others.
    """

    write: Write
    owner: str
    shared: bool
    term: timedelta = leases.TERM
    clock: Callable[[], float] = time.monotonic
    """Seconds that only grow, also while this process sleeps."""
    _tokens: dict[str, int] = field(default_factory=dict)
    _good_until: float = 0.0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def ours(self, role: str) -> bool:
        """Whether the role is ours, as far as we know."""
        return not self.shared or (role in self._tokens and self.clock() < self._good_until)

    def fence(self, role: str) -> Callable[[Connection], bool]:
        """Whether the role is ours still, to be asked inside the transaction that relies on it."""
        token = self._tokens.get(role)

        def holds(connection: Connection) -> bool:
            return not self.shared or (token is not None and leases.holds(connection, role, token))

        return holds

    def still(self, role: str, connection: Connection) -> bool:
        """The same for the token as it is now: for what is begun and ended in one transaction."""
        return self.fence(role)(connection)

    def write_as(self, role: str) -> Write:
        """Write only while the role is ours; raises LeaseLost in its stead, and nothing is written."""

        async def write(job: Callable[[Connection], T]) -> T:
            holds = self.fence(role)

            def fenced(connection: Connection) -> T:
                if not holds(connection):
                    raise leases.LeaseLost(role)
                return job(connection)

            try:
                return await self.write(fenced)
            except leases.LeaseLost:
                await self._now({name: token for name, token in self._tokens.items() if name != role})
                raise

        return write

    async def renew(self, names: Collection[str]) -> None:
        """Renew what is ours and take what nobody holds. To be called several times within the term.

        Raises StorageTrouble, or TimeoutError after half a term.
        """
        if not self.shared:
            return
        began, term = self.clock(), self.term.total_seconds()
        try:
            async with asyncio.timeout(term / 2):
                tokens = await self.write(
                    lambda connection: leases.take(connection, names, self.owner, self.term)
                )
        except (StorageTrouble, TimeoutError):
            if self.clock() >= self._good_until:
                await self._now({})
            raise
        self._good_until = began + term
        await self._now(tokens)

    async def give_back(self) -> None:
        """Let other processes have our roles at once."""
        if self.shared:
            await self.write(lambda connection: leases.give_back(connection, self.owner))

    async def alive(self) -> list[str] | None:
        """The processes that may be sending now."""
        if not self.shared:
            return [self.owner]
        return await self.write(leases.alive)

    async def play(self, role: str, part: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do something for as long as the role is ours, again and again, until cancelled.

        Raises what the part raises.
        """
        while True:
            await self._until(lambda: self.ours(role))
            working = asyncio.create_task(part())
            losing = asyncio.create_task(self._until(lambda: not self.ours(role)))
            try:
                await asyncio.wait([working, losing], return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    working.result()
            finally:
                working.cancel()
                losing.cancel()
                await asyncio.gather(working, losing, return_exceptions=True)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(holds)

    async def _now(self, tokens: dict[str, int]) -> None:
        before, self._tokens = self._tokens, tokens
        if gained := sorted(tokens.keys() - before.keys()):
            log.info("this process takes over", extra={"roles": ", ".join(gained)})
        if lost := sorted(before.keys() - tokens.keys()):
            log.warning("this process stands by", extra={"roles": ", ".join(lost)})
        if before != tokens:
            async with self._changed:
                self._changed.notify_all()
