"""Four weeks on a virtual clock: the real program, driven as fast as it goes.

APScheduler ticks as it always does, only that here every tick moves the clock to the next thing that
happens: a planned moment, somebody's answer, the planner's hour. While a question waits for the person at
the terminal, the clock stands still.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.base import Adapter
from adapters.console import Console
from bot.app import App
from bot.demo.clock import VirtualClock
from bot.demo.crowd import Crowd
from bot.engine.messages import RawUpdate
from bot.service import moments, receive
from scheduler.jobs import Tick, start
from storage.sessions import waiting_for

TICK_SECONDS: Final = 0.0005
TYPING: Final = timedelta(seconds=6)
"""Virtual time that an answer at the terminal takes."""
PLANNER_HOURS: Final = range(8, 20)
"""Local hours at which the planner looks; by night there is nothing to plan."""


@dataclass(slots=True)
class Stage:
    """``you`` is the person at the terminal; ``on_day`` is called when a new virtual day begins."""

    app: App
    clock: VirtualClock
    crowd: Crowd
    console: Console
    you: int
    ends: datetime
    zone: ZoneInfo
    on_day: Callable[[datetime], None] = lambda _: None
    your_turn: Callable[[], None] = lambda: None
    """Called when a line is awaited."""
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _typed: asyncio.Event = field(default_factory=asyncio.Event)
    _left: bool = False
    _planned: datetime | None = None
    _trouble: BaseException | None = None

    async def play(self) -> None:
        """From the first day to the last."""
        await self.app.connect()
        await self.app.start()
        typing = asyncio.create_task(self._listen())
        scheduler = start({"clock": Tick(TICK_SECONDS, self._guarded)})
        try:
            await self._over.wait()
        finally:
            scheduler.shutdown(wait=False)
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)
        if self._trouble is not None:
            raise self._trouble

    async def _guarded(self) -> None:
        """A mistake ends the demonstration instead of being tried again for ever."""
        if self._over.is_set():
            return
        try:
            await self._advance()
        except BaseException as error:
            self._trouble = error
            self._over.set()
            raise

    async def _advance(self) -> None:
        """Do what is due now; then wait for the terminal, or move the clock to what comes next."""
        now = self.clock()
        if self._planned is None or now >= self._planned:
            await self.app.plan()
            self._planned = self._next_planning(now)
        await self.app.moments()
        await self.crowd.hand_over(partial(self._store, self.crowd))
        await self._settle()
        if await self._your_turn():
            self.clock.move_to(now + TYPING)
            return
        self._move()

    async def _store(self, adapter: Adapter, updates: Sequence[RawUpdate]) -> None:
        now = self.clock()
        await self.app.write(
            lambda connection: receive.intake(connection, adapter.platform, adapter.account, updates, now)
        )

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

    async def _your_turn(self) -> bool:
        """Wait for a line if something is asked of you. True when something was typed."""
        if self._left or not self._waiting_for_you():
            return False
        self.your_turn()
        await self._typed.wait()
        self._typed.clear()
        return not self._left

    def _waiting_for_you(self) -> bool:
        with self.app.store.read() as connection:
            return waiting_for(connection, self.you)

    async def _listen(self) -> None:
        async def store(updates: Sequence[RawUpdate]) -> None:
            await self._store(self.console, updates)
            self._typed.set()

        await self.console.run(store)
        self._left = True
        self._typed.set()

    def _move(self) -> None:
        before = self.clock()
        with self.app.store.read() as connection:
            due = moments.next_moment(connection)
        coming = [moment for moment in (due, self.crowd.next_act(), self._planned) if moment is not None]
        self.clock.move_to(max(min(coming), before + timedelta(seconds=1)))
        if self.clock() >= self.ends:
            self._over.set()
        elif self.clock().astimezone(self.zone).date() != before.astimezone(self.zone).date():
            self.on_day(self.clock())

    def _next_planning(self, now: datetime) -> datetime:
        local = (now + timedelta(hours=1)).astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
        while local.hour not in PLANNER_HOURS:
            local += timedelta(hours=1)
        return max(local, now + timedelta(minutes=1))
