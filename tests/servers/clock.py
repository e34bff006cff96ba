"""The servers' idea of time: real by default, or moved by hand so that 24 hours pass in no time.

It governs dates, expiries and rate windows. It does not govern the event loop: a long poll and a
configured delay always wait in real seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time as Unix seconds (UTC)."""

    def now(self) -> float:
        """Return Unix seconds."""
        ...


class RealClock:
    """Wall time that never steps: anchored once, then carried by the monotonic clock."""

    __slots__ = ("_anchor",)

    def __init__(self) -> None:
        self._anchor = time.time() - time.monotonic()

    def now(self) -> float:
        """Return Unix seconds."""
        return self._anchor + time.monotonic()


class ManualClock:
    """Stands still until `advance` is called."""

    __slots__ = ("_now",)

    def __init__(self, start: datetime | float = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self._now = start.timestamp() if isinstance(start, datetime) else start

    def now(self) -> float:
        """Return Unix seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move by `seconds`; negative steps back."""
        self._now += seconds


class ShiftedClock(RealClock):
    """Real time plus a shift that `advance` adds to: what a server in its own process uses."""

    __slots__ = ("_shift",)

    def __init__(self) -> None:
        super().__init__()
        self._shift = 0.0

    def now(self) -> float:
        """Return Unix seconds."""
        return super().now() + self._shift

    def advance(self, seconds: float) -> None:
        """Add `seconds` to the shift."""
        self._shift += seconds
