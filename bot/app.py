"""The composition root: puts store, service, adapters, delivery and ticks together, and takes them apart
cleanly.

Everything that talks to the outside is made here and nowhere else.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from adapters.base import Adapter
from bot.delivery import Delivery, Write
from bot.engine.messages import RawUpdate
from bot.service import dispatch, moments, planning, receive, rounds, upkeep
from bot.service.context import Context
from bot.service.dispatch import Pace
from scheduler.jobs import Tick, start
from scheduler.plans import Plan
from storage import Connection, leases
from storage.store import Store

log: Final = logging.getLogger(__name__)
T = TypeVar("T")

STOP_WITHIN: Final = 8.0
"""Seconds for the sends in hand when we are asked to stop; the whole stop takes at most ten."""
BACK: Final = timedelta(seconds=60)
FORWARD: Final = timedelta(minutes=10)
"""A wall clock that jumps so far between two ticks is not trusted with invites for a while."""
MISTRUST: Final = timedelta(minutes=2)


def utc_now() -> datetime:
    """The wall clock, aware UTC. Everything below gets its time as an argument."""
    return datetime.now(UTC)


class LeaseLost(Exception):
    """Another process plays this role now; what we wanted to do is theirs to do."""


@dataclass(slots=True)
class Line:
    """One platform account: its adapter and the loop that sends for it."""

    adapter: Adapter
    delivery: Delivery


@dataclass(slots=True)
class App:
    """One running process. ``adapters`` maps each adapter to the pace its account may send at."""

    context: Context
    store: Store
    adapters: Sequence[tuple[Adapter, Pace]]
    clock: Callable[[], datetime] = utc_now
    ticks: Mapping[str, float] = field(
        default_factory=lambda: {"moments": 1.0, "plan": 20.0, "reap": 5.0, "lease": 10.0, "upkeep": 3600.0}
    )
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    lines: list[Line] = field(default_factory=list)
    _applying: asyncio.Event = field(default_factory=asyncio.Event)
    _roles: dict[str, int | None] = field(default_factory=dict)
    _last_tick: tuple[datetime, float] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, job: Callable[[Connection], T]) -> Awaitable[T]:
        """Hand a job to the writing thread; await its commit."""
        return asyncio.wrap_future(self.store.submit(job))

    def _write_as(self, role: str) -> Write:
        """Write only while a role is ours: on PostgreSQL its fencing token is checked inside the
        transaction.
        """

        def write(job: Callable[[Connection], T]) -> Awaitable[T]:
            token = self._roles.get(role)

            def fenced(connection: Connection) -> T:
                if self.store.path is None and (token is None or not leases.holds(connection, role, token)):
                    raise LeaseLost(role)
                return job(connection)

            return self.write(fenced)

        return write

    async def connect(self) -> None:
        """Reach every platform and make its line. Raises UserError for a refused token."""
        for adapter, pace in self.adapters:
            await adapter.connect()
            await self.write(upkeep.adopt(adapter.platform, adapter.account))
            delivery = Delivery(
                self.context,
                adapter,
                self._write_as(f"send {adapter.platform}"),
                self.clock,
                self.owner,
                pace,
                allowed=self._may_send(adapter),
            )
            self.lines.append(Line(adapter, delivery))

    async def start(self) -> None:
        """What must be right before the first message: whose sends were cut off, which roles are ours."""
        alive = None if self.store.path is None else (self.owner,)
        now = self.clock()
        cut_off = await self.write(
            lambda connection: dispatch.reap(self.context, connection, now, owner_alive=alive)
        )
        if cut_off:
            log.warning("sends were cut off by the last stop", extra={"rows": cut_off})
        await self._renew()

    async def run(self) -> None:
        """Everything, until ``stopping`` is set; then claim nothing more, finish the sends in hand, and
        end.
        """
        await self.start()
        work = [asyncio.create_task(self._apply_forever(), name="apply")]
        for line in self.lines:
            name = line.adapter.platform
            work.append(asyncio.create_task(self._intake_forever(line), name=f"intake {name}"))
            work.append(asyncio.create_task(line.delivery.run(), name=f"delivery {name}"))
        scheduler = start(
            {
                "moments": Tick(self.ticks["moments"], self.moments),
                "plan": Tick(self.ticks["plan"], self.plan),
                "reap": Tick(self.ticks["reap"], self.reap),
                "lease": Tick(self.ticks["lease"], self._renew),
                "upkeep": Tick(self.ticks["upkeep"], self.upkeep),
            }
        )
        self._applying.set()
        log.info("running", extra={"platforms": [line.adapter.platform for line in self.lines]})
        stop = asyncio.create_task(self.stopping.wait())
        try:
            done, _ = await asyncio.wait([stop, *work], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                task.result()
        finally:
            scheduler.shutdown(wait=False)
            await self._wind_down([stop, *work])

    async def _wind_down(self, work: Sequence[asyncio.Task[object]]) -> None:
        for task in work:
            if not task.get_name().startswith("delivery"):
                task.cancel()
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await asyncio.gather(*(line.delivery.stop() for line in self.lines))
        except TimeoutError:
            log.warning(
                "some sends did not finish in time; they are in doubt and will be looked at on the next start"
            )
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for line in self.lines:
            await line.adapter.close()
        if self.store.path is None:
            await self.write(lambda connection: leases.give_back(connection, self.owner))
        log.info("stopped")

    # --- intake and application ---

    async def _intake_forever(self, line: Line) -> None:
        platform = line.adapter.platform
        write = self._write_as(f"poll {platform}")

        async def store(updates: Sequence[RawUpdate]) -> None:
            now, account = self.clock(), line.adapter.account
            await write(lambda connection: receive.intake(connection, platform, account, updates, now))
            self._applying.set()

        while self.store.path is None and self._roles.get(f"poll {platform}") is None:  # noqa: ASYNC110
            await asyncio.sleep(1)  # the lease changes hands in the database, which sets no event here
        await line.adapter.run(store)

    async def _apply_forever(self) -> None:
        while True:
            await self._applying.wait()
            self._applying.clear()
            try:
                while await self.apply():
                    pass
            except Exception:
                log.exception("the database cannot be written; what came stays in the inbox")
                await asyncio.sleep(1)
                self._applying.set()

    async def apply(self) -> int:
        """Give waiting messages their effect and let the replies go. Returns how many there were."""
        now = self.clock()
        applied = await self.write(lambda connection: receive.apply(self.context, connection, now))
        for tap in applied.taps:
            for line in self.lines:
                if line.adapter.platform == tap.platform:
                    line.delivery.acknowledge(tap)
        if applied.rows:
            self.wake()
        return applied.rows

    def wake(self) -> None:
        """Something may have come into the outbox."""
        for line in self.lines:
            line.delivery.wake()

    # --- ticks ---

    async def moments(self) -> None:
        """Due moments and deadlines."""
        now = self.clock()
        await self._watch_clock(now)
        while (
            await self.write(lambda connection: moments.fire(self.context, connection, now)) >= moments.MOST
        ):
            pass
        self.wake()
        self._applying.set()

    async def plan(self) -> None:
        """Triggers, waves and the planner, by the one process that holds the planner's role."""
        if self.store.path is None and self._roles.get("plan") is None:
            return
        now, write = self.clock(), self._write_as("plan")
        await write(lambda connection: rounds.turn(self.context, connection, now))
        found = await asyncio.to_thread(self._look, now)
        for step in planning.steps(found, now):
            await write(step)
        if found.fires:
            await self.moments()

    def _look(self, now: datetime) -> Plan:
        with self.store.read() as connection:
            return planning.look(self.context, connection, now)

    async def reap(self) -> None:
        """Sends whose sender is gone, and invites in doubt."""
        now = self.clock()
        await self.write(lambda connection: dispatch.reap(self.context, connection, now))
        for line in self.lines:
            await line.delivery.resolve_doubts()

    async def upkeep(self) -> None:
        """Forget what need not be kept."""
        now = self.clock()
        await self.write(lambda connection: upkeep.tidy(connection, now))
        while emptied := await self.write(lambda connection: upkeep.forget(self.context, connection, now)):
            log.info("answers were erased, as their time was over", extra={"sessions": emptied})

    async def _watch_clock(self, now: datetime) -> None:
        monotonic = asyncio.get_running_loop().time()
        last, self._last_tick = self._last_tick, (now, monotonic)
        if last is None or self.clock is not utc_now:
            return
        jump = (now - last[0]) - timedelta(seconds=monotonic - last[1])
        if jump < -BACK or jump > FORWARD:
            log.warning("the clock jumped; invites wait a moment", extra={"seconds": jump.total_seconds()})
            accounts = [(line.adapter.platform, line.adapter.account) for line in self.lines]
            await self.write(upkeep.mistrust_clock(accounts, jump, now, now + MISTRUST))

    # --- roles ---

    async def _renew(self) -> None:
        """On PostgreSQL processes share the work and single roles are leases. On SQLite they are ours."""
        if self.store.path is not None:
            return
        names = ["plan"]
        for line in self.lines:
            names += [f"poll {line.adapter.platform}", f"send {line.adapter.platform}"]
        self._roles = await self.write(
            lambda connection: {name: leases.take(connection, name, self.owner) for name in names}
        )

    def _may_send(self, adapter: Adapter) -> Callable[[], bool]:
        return lambda: self.store.path is not None or self._roles.get(f"send {adapter.platform}") is not None
