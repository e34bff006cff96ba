"""One commit for all payloads that wait: while one is under way, those that come are gathered for the next.

Slack hands payloads over one by one, each with its own acknowledgement; a commit costs nearly the same for
one as for thirty. Nothing is held back: a payload that comes alone is stored at once.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from adapters.base import Receive
from bot.engine.messages import RawUpdate

MOST: Final = 100
"""Rows in one commit, as in one batch of Telegram's."""


class NotStored(Exception):
    """The payload is not committed: do not acknowledge it."""


class Grouping:
    """Hands rows to ``receive``, many at a time; one call is under way at most, so order is kept."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._waiting: list[tuple[RawUpdate, asyncio.Future[None]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def store(self, row: RawUpdate) -> None:
        """Return once the row is committed. Raises NotStored if it could not be, or not in time."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store())
        await stored

    async def close(self) -> None:
        """Wait until everything handed in is stored or refused."""
        if self._storing is not None:
            await self._storing

    async def _store(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            problem = await self._try([row for row, _ in group])
            for _, stored in group:
                if stored.done():  # its sender has given up meanwhile
                    continue
                if problem is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(NotStored(type(problem).__name__))
        self._storing = None

    async def _try(self, rows: Sequence[RawUpdate]) -> Exception | None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._receive(rows)
        except Exception as problem:  # noqa: BLE001 - whatever the store says, the answer is the same
            return problem
        return None
