"""The real program on a virtual clock, driven as fast as it goes.

APScheduler ticks as it always does, only that here every tick moves the clock to the next thing that
happens: a planned moment, somebody's answer, the planner's hour.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.base import Adapter
from bot.app import App
from bot.engine.messages import RawUpdate
from bot.rehearsal.clock import VirtualClock
from bot.rehearsal.crowd import Crowd
from bot.service import moments, receive
from scheduler.jobs import Tick, start

TICK_SECONDS: Final = 0.0005
PLANNER_HOURS: Final = range(8, 20)
"""Local hours at which the planner looks; by night there is nothing to plan."""
INTERLUDE: Final = timedelta(seconds=6)
"""Virtual time that an interlude takes."""


async def _no_interlude() -> bool:
    return False


@dataclass(slots=True)
class Stage:
    """``interlude`` may stop the clock, and says whether somebody did something meanwhile; ``on_day`` is
    called when a new virtual day begins, ``on_turn`` after each round of work.
    """

    app: App
    clock: VirtualClock
    crowds: Sequence[Crowd]
    ends: datetime
    zone: ZoneInfo
    grain: timedelta = timedelta(seconds=1)
    """What happens within so short a time is done at once."""
    interlude: Callable[[], Awaitable[bool]] = _no_interlude
    on_day: Callable[[datetime], None] = lambda _: None
    on_turn: Callable[[], None] = lambda: None
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _planned: datetime | None = None
    _trouble: BaseException | None = None

    async def play(self) -> None:
        """From now to the end."""
        await self.app.connect()
        await self.app.start()
        scheduler = start({"clock": Tick(TICK_SECONDS, self._guarded)})
        try:
            await self._over.wait()
        finally:
            scheduler.shutdown(wait=False)
        if self._trouble is not None:
            raise self._trouble

    async def die(self) -> None:
        """Begin to send what waits, and leave it at that: the process is about to be killed."""
        for crowd in self.crowds:
            await crowd.hand_over(partial(self.store, crowd))
        await self.app.reception.apply()
        for line in self.app.lines:
            await line.delivery.round()
        await asyncio.sleep(0)

    async def store(self, adapter: Adapter, updates: Sequence[RawUpdate]) -> None:
        """Take in what members did, as the program does with what a platform brings."""
        now = self.clock()
        await self.app.write(
            lambda connection: receive.intake(connection, adapter.platform, adapter.account, updates, now)
        )

    async def _guarded(self) -> None:
        """A mistake ends the play instead of being tried again for ever."""
        if self._over.is_set():
            return
        try:
            await self._advance()
        except BaseException as error:
            self._trouble = error
            self._over.set()
            raise

    async def _advance(self) -> None:
        """Do what is due now; then let somebody speak, or move the clock to what comes next."""
        now = self.clock()
        if self._planned is None or now >= self._planned:
            await self.app.plan()
            await self.app.reap()
            self._planned = self._next_planning(now)
        await self.app.moments()
        for crowd in self.crowds:
            await crowd.hand_over(partial(self.store, crowd))
        await self._settle()
        self.on_turn()
        if await self.interlude():
            self.clock.move_to(now + INTERLUDE)
            return
        self._move()

    async def _settle(self) -> None:
        """Apply and deliver until nothing moves."""
        busy = True
        while busy:
            busy = await self.app.reception.apply() > 0
            for line in self.app.lines:
                await line.delivery.settle_all()
                while await line.delivery.round():
                    busy = True
                    await line.delivery.settle_all()

    def _move(self) -> None:
        before = self.clock()
        with self.app.store.read() as connection:
            due = moments.next_moment(connection)
        acts = [crowd.next_act() for crowd in self.crowds]
        coming = [moment for moment in (due, self._planned, *acts) if moment is not None]
        self.clock.move_to(min(max(min(coming), before) + self.grain, self.ends))
        if self.clock() >= self.ends:
            self._over.set()
        if self.clock().astimezone(self.zone).date() != before.astimezone(self.zone).date():
            self.on_day(self.clock())

    def _next_planning(self, now: datetime) -> datetime:
        local = (now + timedelta(hours=1)).astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
        while local.hour not in PLANNER_HOURS:
            local += timedelta(hours=1)
        return max(local, now + timedelta(minutes=1))
