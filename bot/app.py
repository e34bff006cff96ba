"""The composition root: puts store, service, adapters, delivery and ticks together, and takes them apart
cleanly.

Everything that talks to the outside is made here and nowhere else.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from adapters.base import Adapter
from bot.delivery import Delivery, Write
from bot.engine.messages import RawUpdate
from bot.fetching import Fetcher
from bot.reception import Line, Reception
from bot.roles import Roles
from bot.service import (
    anonymity,
    digest,
    dispatch,
    erasure,
    moments,
    openings,
    planning,
    rounds,
    silence,
    upkeep,
)
from bot.service.clocks import MISTRUST, ClockWatch
from bot.service.context import Context
from bot.service.dispatch import Pace
from scheduler.jobs import Tick, start
from storage import Connection, ballast, epochs, erasing, leases
from storage.erased import Ledger
from storage.erasing import Asked
from storage.store import Store
from storage.trouble import StorageTrouble

log: Final = logging.getLogger(__name__)
T = TypeVar("T")

STOP_WITHIN: Final = 8.0
"""Seconds for the sends in hand when we are asked to stop; the whole stop takes at most ten."""
NOTED_EVERY: Final = timedelta(seconds=30)
"""How often it is written down that a platform was heard."""
PLANNING: Final = "plan"
"""The role of whoever plans, cleans up, and looks for sends that were cut off."""


def utc_now() -> datetime:
    """The wall clock, aware UTC. Everything below gets its time as an argument."""
    return datetime.now(UTC)


@dataclass(slots=True)
class App:
    """One running process. ``adapters`` maps each adapter to the pace its account may send at."""

    context: Context
    store: Store
    adapters: Sequence[tuple[Adapter, Pace]]
    clock: Callable[[], datetime] = utc_now
    ticks: Mapping[str, float] = field(
        default_factory=lambda: {
            "moments": 1.0,
            "plan": 20.0,
            "reap": 5.0,
            "lease": leases.RENEW_SECONDS,
            "upkeep": 3600.0,
            "erase": 5.0,
            "fetch": 5.0,
        }
    )
    erased: Ledger | None = None
    """The erasure ledger; without one nobody can be erased."""
    polled: Mapping[str, Callable[[], datetime | None]] = field(default_factory=dict)
    """By platform that loses what it cannot hand over in time: when it was last heard, aware UTC."""
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    lines: list[Line] = field(default_factory=list)
    reception: Reception = field(init=False)
    roles: Roles = field(init=False)
    monotonic: Callable[[], float] | None = None
    """Seconds that only grow; None: the event loop's, beside the real wall clock alone."""
    _clocks: ClockWatch = field(default_factory=ClockWatch)
    _heard: dict[str, datetime] = field(default_factory=dict)
    _ballast: bool | None = None
    """Whether it is there; None until it has been seen."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.roles = Roles(self.write, self.owner, shared=self.store.path is None)
        self.reception = Reception(self.context, self.write, self.clock, self.lines)

    def write(self, job: Callable[[Connection], T]) -> Awaitable[T]:
        """Hand a job to the writing thread; await its commit."""
        return asyncio.wrap_future(self.store.submit(job))

    async def connect(self) -> None:
        """Reach every platform and make its line. Raises UserError for a refused token."""
        for adapter, pace in self.adapters:
            await adapter.connect()
            await self.write(upkeep.adopt(adapter.platform, adapter.account, adapter.entry))
            delivery = Delivery(
                self.context,
                adapter,
                self.write,
                self.clock,
                self.owner,
                pace,
                allowed=partial(self.roles.ours, _sending(adapter)),
                holds=partial(self.roles.still, _sending(adapter)),
                heard=self.polled.get(adapter.platform),
            )
            self.lines.append(Line(adapter, delivery))

    async def start(self) -> None:
        """What must be right before the first message: whose sends were cut off, which roles are ours."""
        await self.renew()
        await self._reap_cut_off()

    async def run(self) -> None:
        """Everything, until ``stopping`` is set; then claim nothing more, finish the sends in hand, and
        end.
        """
        await self.start()
        work = [asyncio.create_task(self.reception.run(), name="apply")]
        for line in self.lines:
            name = line.adapter.platform
            work.append(asyncio.create_task(self._intake_forever(line), name=f"intake {name}"))
            work.append(asyncio.create_task(line.delivery.run(), name=f"delivery {name}"))
        scheduler = start(
            {
                "moments": Tick(self.ticks["moments"], self.moments),
                "plan": Tick(self.ticks["plan"], self.plan),
                "reap": Tick(self.ticks["reap"], self.reap),
                "lease": Tick(self.ticks["lease"], self.renew),
                "upkeep": Tick(self.ticks["upkeep"], self.upkeep),
                "erase": Tick(self.ticks["erase"], self.erase),
                "fetch": Tick(self.ticks["fetch"], self.fetch),
            }
        )
        self.reception.wake()
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
                await self.reception.finish()
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
        try:
            await self.roles.give_back()
        except StorageTrouble as trouble:
            log.warning("our roles could not be given back: %s", trouble)
        log.info("stopped")

    # --- intake ---

    async def _intake_forever(self, line: Line) -> None:
        role = _polling(line.adapter)
        write = self.roles.write_as(role)

        async def store(updates: Sequence[RawUpdate]) -> None:
            await self.reception.take_in(line.adapter, write, updates)

        await self.roles.play(role, lambda: line.adapter.run(store))

    def wake(self) -> None:
        """Something may have come into the outbox."""
        for line in self.lines:
            line.delivery.wake()

    # --- ticks ---

    async def moments(self) -> None:
        """Due moments and deadlines."""
        now = self.clock()
        if not await self._steady(now):
            return
        while (
            await self.write(lambda connection: moments.fire(self.context, connection, now)) >= moments.MOST
        ):
            pass
        self.wake()
        self.reception.wake()

    async def plan(self) -> None:
        """Triggers, waves and the planner, by the one process that holds the planner's role."""
        if not self.roles.ours(PLANNING):
            return
        now, write = self.clock(), self.roles.write_as(PLANNING)
        if not await self._steady(now):
            return
        await write(lambda connection: openings.turn(self.context, connection, now))
        if await write(lambda connection: digest.send_due(self.context, connection, now)):
            self.wake()
        enrolments = (step for _, step in rounds.enrolments(self.context, self.store))
        await self._write_all(enrolments, write)
        found = await asyncio.to_thread(self._look, now)
        if found is None:
            return
        await self._write_all(planning.steps(self.context, self.store, found, now), write)
        if found.invites:
            await self.moments()

    async def _write_all(self, steps: Iterator[Callable[[Connection], None]], write: Write) -> None:
        """What the steps read, they read in another thread; each is a transaction of its own."""
        while (step := await asyncio.to_thread(next, steps, None)) is not None:
            await write(step)

    def _look(self, now: datetime) -> planning.Look | None:
        with self.store.read() as connection:
            return planning.look(self.context, connection, now)

    async def reap(self) -> None:
        """Sends whose sender is gone, invites in doubt, a disk that was full, a platform that was silent."""
        await self._watch_disk()
        await self._watch_silence()
        await self._reap_cut_off()
        for line in self.lines:
            await line.delivery.resolve_doubts()

    async def _reap_cut_off(self) -> None:
        if not self.roles.ours(PLANNING):
            return
        now, alive, write = self.clock(), await self.roles.alive(), self.roles.write_as(PLANNING)
        cut_off = await write(
            lambda connection: dispatch.reap(self.context, connection, now, owner_alive=alive)
        )
        if cut_off:
            log.warning("sends were cut off", extra={"rows": cut_off})

    async def upkeep(self) -> None:
        """Forget what need not be kept; learn how long questions take."""
        self.context.relearn()
        if not self.roles.ours(PLANNING):
            return
        now = self.clock()
        await self.write(lambda connection: upkeep.tidy(connection, now))
        await self.write(lambda connection: upkeep.learn(self.context, connection, now))
        await self.write(lambda connection: upkeep.pass_on(self.context, connection, now))
        if gone := await self.write(lambda connection: upkeep.expire(connection, now)):
            log.info("kept no longer", extra=gone)
        while emptied := await self.write(lambda connection: upkeep.forget(self.context, connection, now)):
            log.info("answers were erased, as their time was over", extra={"sessions": emptied})
        await self.shuffle()

    async def shuffle(self) -> None:
        """Answers of anonymous surveys lose their authors; what could still link them is destroyed after."""
        now = self.clock()
        pools = await self.write(lambda connection: anonymity.shuffle(self.context, connection, now))
        if await asyncio.to_thread(self._end_epochs) or pools:
            await asyncio.to_thread(erasing.scrub, self.store)

    def _end_epochs(self) -> int:
        with self.store.read() as connection:
            return epochs.forget_others(connection)

    async def erase(self) -> None:
        """Carry out what members asked to be forgotten, step by step, until nothing of it is left."""
        if self.erased is None or not self.roles.ours(PLANNING):
            return
        for asked in await asyncio.to_thread(self._erasures):
            if asked.state == "asked":
                job = erasure.carry_out(self.context, self.erased, asked, self.clock())
                await self.roles.write_as(PLANNING)(job)
                self.wake()
                log.info("somebody was erased", extra={"entry": asked.entry[:8]})
            elif await self.write(partial(erasing.said_goodbye, entry=asked.entry)) and (
                await asyncio.to_thread(erasing.scrub, self.store)
            ):
                await self.write(partial(erasing.finish, entry=asked.entry))

    async def fetch(self) -> None:
        """Files that members sent come to us, where the admin wants it so; those of nobody any more go."""
        fetcher = Fetcher(self.context.config.media, self.store, self.write, self.clock)
        if self.context.config.media.keep == "download":
            for line in self.lines:
                if self.roles.ours(_sending(line.adapter)):
                    await fetcher.fetch(line.adapter)
        if self.roles.ours(PLANNING):
            await asyncio.to_thread(fetcher.sweep)

    def _erasures(self) -> Sequence[Asked]:
        with self.store.read() as connection:
            return erasure.waiting(connection)

    async def _watch_disk(self) -> None:
        """A ballast that was there and is gone: the disk was full. It is laid in again once there is room."""
        path, before = self.store.path, self._ballast
        if path is None:
            return
        there = ballast.place(path).exists()
        if before is False and not there:
            there = ballast.ensure(path, self.context.config.storage.ballast_mb)
        if before is not None and there is not before:
            log.warning("there is room on the disk again" if there else "the disk was full")
            await self.write(upkeep.disk(self.clock(), room=there))
        if there or before:
            self._ballast = there

    async def _watch_silence(self) -> None:
        """Note when a polled platform was heard; a long silence has cost presses: questions are put again."""
        for platform, heard_at in self.polled.items():
            at, noted = heard_at(), self._heard.get(platform)
            if at is None or (noted is not None and at - noted < NOTED_EVERY):
                continue
            self._heard[platform] = at
            note = partial(silence.heard, self.context, platform=platform, at=at, now=self.clock())
            again = await self.write(note)
            if again:
                log.warning("open questions were put again after a silence", extra={"questions": again})
                self.wake()

    async def _steady(self, now: datetime) -> bool:
        """Whether the clock may begin something: a wrong one would end sessions and close waves for good."""
        if self.monotonic is None and self.clock is not utc_now:
            return True
        seconds = (self.monotonic or asyncio.get_running_loop().time)()
        jump = self._clocks.jump(now, seconds)
        if jump is not None:
            log.warning("the clock jumped; moments wait a while", extra={"seconds": jump.total_seconds()})
            accounts = [(line.adapter.platform, line.adapter.account) for line in self.lines]
            await self.write(upkeep.mistrust_clock(accounts, jump, now, now + MISTRUST))
        return self._clocks.steady(seconds)

    async def renew(self) -> None:
        """On PostgreSQL processes share the work and single roles are leases. On SQLite they are ours."""
        names = [PLANNING]
        for line in self.lines:
            names += [_polling(line.adapter), _sending(line.adapter)]
        await self.roles.renew(names)


def _polling(adapter: Adapter) -> str:
    return f"poll {adapter.platform}"


def _sending(adapter: Adapter) -> str:
    return f"send {adapter.platform}"
