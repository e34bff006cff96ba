"""Whether the wall clock can be believed: it is held against a clock that only grows.

Pure: both times are arguments. A jump is told once; for a while after it the clock should begin nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BACK: Final = timedelta(seconds=60)
FORWARD: Final = timedelta(minutes=10)
"""A wall clock that jumps so far between two looks is not believed for a while."""
MISTRUST: Final = timedelta(minutes=2)


@dataclass(slots=True)
class ClockWatch:
    """Look at both clocks often; ``seconds`` are those of one that only grows."""

    _last: tuple[datetime, float] | None = None
    _steady_from: float = 0.0

    def jump(self, now: datetime, seconds: float) -> timedelta | None:
        """How far the wall clock (aware UTC) has jumped since the last look; None: it goes as it should."""
        last, self._last = self._last, (now, seconds)
        if last is None:
            self._steady_from = seconds
            return None
        jump = (now - last[0]) - timedelta(seconds=seconds - last[1])
        if -BACK <= jump <= FORWARD:
            return None
        self._steady_from = seconds + MISTRUST.total_seconds()
        return jump

    def steady(self, seconds: float) -> bool:
        """Whether the clock has gone as it should for long enough."""
        return seconds >= self._steady_from
