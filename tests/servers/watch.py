"""Waiting for something to become true without sleeping: whoever changes state calls `changed`.

Costs nothing while nobody waits, so it may sit on the path of every request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")  # the syntax of Python 3.12 is not ours yet
WITHIN = 5.0  # seconds; a loopback answer takes milliseconds, so five seconds mean "never"


class Watch:
    """A set of probes, run again each time the state changes."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def changed(self) -> None:
        """Run the probes of everybody who waits."""
        if self._waiting:
            for check in tuple(self._waiting):
                check()

    async def until(
        self,
        probe: Callable[[], T | None],
        within: float | None = WITHIN,
        otherwise: Callable[[], str] = lambda: "nothing more is known",
    ) -> T:
        """Return the first value of `probe` that is not None.

        Raises AssertionError after `within` real seconds, with what `otherwise` tells.
        """
        value = probe()
        if value is not None:
            return value
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def check() -> None:
            found = probe()
            if found is not None and not future.done():
                future.set_result(found)

        self._waiting.append(check)
        try:
            return await asyncio.wait_for(future, within)
        except TimeoutError:
            raise AssertionError(f"waited {within} s in vain: {otherwise()}") from None
        finally:
            self._waiting.remove(check)
