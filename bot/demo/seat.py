"""The seat of the person at the terminal: while a question waits for them, the clock stands still."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.console import Console
from bot.engine.messages import RawUpdate
from bot.rehearsal.stage import Stage
from storage.sessions import waiting_for


@dataclass(slots=True)
class Seat:
    """``person`` is who sits there; ``your_turn`` is called when a line is awaited."""

    console: Console
    person: int
    your_turn: Callable[[], None] = lambda: None
    _typed: asyncio.Event = field(default_factory=asyncio.Event)
    _left: bool = False

    async def play(self, stage: Stage) -> None:
        """The stage's whole play, with somebody at the terminal."""
        listening = asyncio.create_task(self._listen(stage))
        stage.interlude = lambda: self._turn(stage)
        try:
            await stage.play()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _turn(self, stage: Stage) -> bool:
        """Wait for a line if something is asked. True when something was typed."""
        if self._left or not self._asked(stage):
            return False
        self.your_turn()
        await self._typed.wait()
        self._typed.clear()
        return not self._left

    def _asked(self, stage: Stage) -> bool:
        with stage.app.store.read() as connection:
            return waiting_for(connection, self.person)

    async def _listen(self, stage: Stage) -> None:
        async def store(updates: Sequence[RawUpdate]) -> None:
            await stage.store(self.console, updates)
            self._typed.set()

        await self.console.run(store)
        self._left = True
        self._typed.set()
