"""What a server was asked: every request, written down before it is answered or mishandled.

The list can be switched off for long benchmarks; the counters always run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.servers.watch import WITHIN, Watch

OPEN = 0  # a request that has no answer yet
DROPPED = -1  # a request whose answer never left, or left in part


@dataclass(slots=True)
class Recorded:
    """One request. `status` is the HTTP status sent, OPEN or DROPPED; `fault` names what was done to it."""

    at: float
    method: str
    params: dict[str, Any]
    raw: bytes
    status: int = OPEN
    fault: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON-ready values, without the raw bytes."""
        return {
            "at": self.at,
            "method": self.method,
            "params": self.params,
            "status": self.status,
            "fault": self.fault,
        }


class Recorder:
    """The list of requests and their counts by method and by (method, status)."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self.requests: list[Recorded] = []
        self.asked: Counter[str] = Counter()
        self.answered: Counter[tuple[str, int]] = Counter()
        self.watch = Watch()

    def note(self, at: float, method: str, params: dict[str, Any], raw: bytes) -> Recorded:
        """Write a request down; `at` is Unix seconds of the server's clock."""
        entry = Recorded(at, method, params, raw)
        self.asked[method] += 1
        self.watch.changed()
        if self.enabled:
            self.requests.append(entry)
        return entry

    def settle(self, entry: Recorded, status: int) -> None:
        """Write down how the request ended."""
        entry.status = status
        self.answered[entry.method, status] += 1
        self.watch.changed()

    def of(self, method: str) -> list[Recorded]:
        """Return the recorded requests of one method, oldest first."""
        return [entry for entry in self.requests if entry.method == method]

    async def wait_for(self, method: str, count: int = 1, within: float | None = WITHIN) -> list[Recorded]:
        """Wait until `count` requests of `method` have ended, and return all of them."""

        def probe() -> list[Recorded] | None:
            done = [entry for entry in self.of(method) if entry.status != OPEN]
            return done if len(done) >= count else None

        return await self.watch.until(probe, within, lambda: f"requests so far: {dict(self.asked)}")

    def clear(self) -> None:
        """Forget everything."""
        self.requests.clear()
        self.asked.clear()
        self.answered.clear()
