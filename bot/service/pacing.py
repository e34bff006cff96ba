"""How fast an account may send: evenly spaced moments, from buckets that all processes share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage import Connection, outbox
from storage.outbox import Candidate

HORIZON: Final = timedelta(milliseconds=120)
"""How far ahead a claim reaches: what is claimed and not yet sent would be in doubt after a crash."""
EARLY: Final = timedelta(milliseconds=60)
"""So long before the next free moment the next claim is made, so that a slow commit makes no send late."""
CATCH_UP: Final = timedelta(milliseconds=500)
"""So much of a delay of ours is made up for; what is longer is lost, so that no flood follows a pause."""
CLOSEST: Final = 0.97
"""While a delay is made up for, messages follow at so much of their spacing: 28 a second become 28.9."""
CHAT_SPARE: Final = 1.05
"""Within one chat so much more than the spacing: a message that left a little late is followed in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an account may send; 0 means as fast as it goes."""

    per_second: float
    per_chat_per_second: float


class Budget:
    """When each row may go: evenly spaced on the account, at least so far apart within one chat.

    Buckets hold the next free moment and live in the database, so that several processes share them. An
    account has two: when its next message is due, which may lie behind us after a delay, and the soonest
    moment for it. Edits are not messages and pass freely.
    """

    def __init__(self, connection: Connection, account: str, pace: Pace, now: datetime) -> None:
        self._connection, self._account, self._now = connection, account, now
        self._free = not pace.per_second and not pace.per_chat_per_second
        self._step = _spacing(pace.per_second)
        self._chat_step = _spacing(pace.per_chat_per_second) * CHAT_SPARE
        self._due: datetime | None = None
        self._soonest = now
        self._chats: dict[str, datetime] = {}
        self._filled: dict[str, datetime] = {}
        self._later: list[tuple[int, datetime]] = []
        self.spent = False

    def _sane(self, moment: datetime, step: timedelta) -> datetime:
        """A bucket that seems to be full for longer than one can be was filled by a clock that was wrong."""
        return moment if moment <= self._now + HORIZON + step else self._now

    def load(self, chats: Iterable[str]) -> None:
        """Look up the buckets of these chats."""
        keys = {f"{self._account}/{chat}" for chat in chats} - self._chats.keys()
        if not keys or self._free:
            return
        own = {self._account, self._soonest_key}
        self._chats |= outbox.buckets(self._connection, keys | own)
        if self._due is None:
            due, soonest = (
                self._sane(self._chats.get(key, self._now), self._step)
                for key in (self._account, self._soonest_key)
            )
            self._due, self._soonest = max(due, self._now - CATCH_UP), soonest

    @property
    def _soonest_key(self) -> str:
        return f"{self._account}#soonest"

    @property
    def _next(self) -> datetime:
        """The next free moment of the account."""
        return max(self._due or self._now, self._soonest, self._now)

    def moment(self, row: Candidate) -> datetime | None:
        """When this row may go, in the next moment; None: not yet."""
        if row.lane != "s" or self._due is None:
            return self._now
        chat = self._sane(self._chats.get(f"{self._account}/{row.chat}", self._now), self._chat_step)
        if chat > self._now + HORIZON:
            self._later.append((row.id, chat))
            return None
        if self._next > self._now + HORIZON:
            self.spent = True
            return None
        return max(self._next, chat)

    def take(self, row: Candidate, moment: datetime) -> None:
        """The row goes at this moment."""
        if row.lane == "s" and self._due is not None:
            self._due += self._step
            self._soonest = moment + self._step * CLOSEST
            self._filled[f"{self._account}/{row.chat}"] = moment + self._chat_step

    @property
    def look_at(self) -> datetime | None:
        """When a row that had to wait now may go; None where none had to."""
        waiting = [chat for _, chat in self._later]
        if self.spent:
            waiting.append(max(self._next - EARLY, self._now))
        return min(waiting, default=None)

    def close(self) -> None:
        """Write the buckets down, and let those wait whose chat is not free yet."""
        if self._due is not None and self._filled:
            self._filled |= {self._account: self._due, self._soonest_key: self._soonest}
        outbox.fill_buckets(self._connection, self._filled)
        outbox.postpone(self._connection, self._later)


def _spacing(per_second: float) -> timedelta:
    return timedelta(seconds=1 / per_second) if per_second else timedelta()
