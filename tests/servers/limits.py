"""Sending limits in sliding windows; by default none, `enforced` gives Telegram's published figures.

The windows slide: a message is refused if it would be one too many within any second (or minute) that
ends now. Figures after the Bot API FAQ ("broadcasting to users"), where they are called approximate.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

OVERALL_PER_SECOND = 30
PER_CHAT_PER_SECOND = 1
PER_GROUP_PER_MINUTE = 20


@dataclass(slots=True)
class SendLimits:
    """Counts messages in sliding windows; None switches a limit off. Refused ones do not count."""

    overall: int | None = None
    per_chat: int | None = None
    per_group: int | None = None
    accepted: int = 0
    refused: int = 0
    peak: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    _recent: deque[float] = field(default_factory=deque)
    _chats: dict[object, deque[float]] = field(default_factory=dict)

    @classmethod
    def enforced(cls) -> SendLimits:
        """Return all three limits at their published figures."""
        return cls(OVERALL_PER_SECOND, PER_CHAT_PER_SECOND, PER_GROUP_PER_MINUTE)

    def admit(self, chat: object, now: float, *, group: bool) -> int:
        """Count a message and return 0, or return the seconds to wait (at least 1) and count a refusal."""
        _forget(self._recent, now - 1.0)
        wait = _wait(self._recent, self.overall, 1.0, now)
        window, limit = (60.0, self.per_group) if group else (1.0, self.per_chat)
        if limit is not None:
            times = self._chats.setdefault(chat, deque())
            _forget(times, now - window)
            wait = max(wait, _wait(times, limit, window, now))
            if not wait:
                times.append(now)
        if wait:
            self.refused += 1
            return max(1, math.ceil(wait))
        self._recent.append(now)
        self.accepted += 1
        self.peak = max(self.peak, len(self._recent))
        self.first_at = self.first_at or now
        self.last_at = now
        return 0

    def reset(self) -> None:
        """Forget all counts; the limits stay."""
        self._recent.clear()
        self._chats.clear()
        self.accepted = self.refused = self.peak = 0
        self.first_at = self.last_at = 0.0


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()


def _wait(times: deque[float], limit: int | None, window: float, now: float) -> float:
    if limit is None or len(times) < limit:
        return 0.0
    return times[0] + window - now
