"""The queue of updates of one bot, with the confirmation, expiry and conflict rules of getUpdates.

Rules after the Bot API documentation and the open-source Bot API server (Client.cpp, TQueue): an offset
confirms what lies below it, one too far ahead falls back to the head, a negative one forgets all but the
newest, and of two waiting pollers the older one is turned away.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from typing import Any, NamedTuple

from tests.servers.clock import Clock
from tests.servers.watch import Watch
from tests.servers.wire import encode

DAY = 86_400.0
TTL = DAY  # seconds an update is kept; Bot API server
TTL_BY_KIND = {"callback_query": 150.0, "inline_query": 30.0}  # the same source
MAX_LIMIT = 100
MAX_TIMEOUT = 50  # seconds
GATHER = 0.001  # seconds the server waits for company after an update wakes a poll; LONG_POLL_WAIT_AFTER
AHEAD = 10  # ids beyond the tail that are still taken as "all confirmed"; TQueue
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"


class Update(NamedTuple):
    """One update as it lies in the queue; `body` is its finished JSON."""

    id: int
    kind: str
    expires_at: float
    chat: int
    body: bytes


class ConflictError(Exception):
    """The poll is turned away with 409; the text is the description."""


class UpdateQueue:
    """Updates that no offset has confirmed yet."""

    def __init__(
        self, clock: Clock, first_id: int | None = None, chance: random.Random | None = None
    ) -> None:
        self.clock = clock
        self.chance = chance or random.Random(0)
        self.next_id = first_id if first_id is not None else self.chance.randrange(10**8, 10**9)
        self.allowed: frozenset[str] | None = None
        self.dropped_as_expired = 0
        self.watch = Watch()
        self._updates: deque[Update] = deque()
        self._verbatim: list[bytes] = []
        self._poll: asyncio.Future[str | None] | None = None
        self._last_push = clock.now()
        self._next_expiry = math.inf

    def __len__(self) -> int:
        return len(self._updates)

    # -- what members do ----------------------------------------------------------------------------

    def push(self, kind: str, payload: Any, chat: int = 0) -> int | None:
        """Queue an update and return its id, or None if the bot does not want its kind."""
        if self.allowed is None:
            if kind in NOT_BY_DEFAULT:
                return None
        elif kind not in self.allowed:
            return None
        now = self.clock.now()
        if not self._updates and now - self._last_push > 7 * DAY:
            self.next_id = self.chance.randrange(1, self.next_id + 1)
        self._last_push = now
        number = self.next_id
        self.next_id += 1
        body = encode({"update_id": number, kind: payload})
        expires_at = now + TTL_BY_KIND.get(kind, TTL)
        self._next_expiry = min(self._next_expiry, expires_at)
        self._updates.append(Update(number, kind, expires_at, chat, body))
        self._wake()
        return number

    def push_raw(self, body: bytes) -> None:
        """Deliver these bytes as one update in the next answer, once, whatever its id or shape."""
        self._verbatim.append(body)
        self._wake()

    def restart_ids(self, at: int) -> None:
        """Give the next update this id, as the platform does after a week of silence."""
        if self._updates:
            raise ValueError("the platform restarts ids only when its queue is empty")
        self.next_id = at

    def forget(self) -> None:
        """Drop everything that waits (`drop_pending_updates`)."""
        self._updates.clear()
        self._verbatim.clear()

    # -- what the bot does ----------------------------------------------------------------------------

    def allow(self, kinds: list[str] | None) -> None:
        """Remember the kinds the bot wants; None keeps the last list, an empty one is the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    async def get(self, offset: int, limit: int, seconds: int) -> bytes:
        """Return a JSON array of updates; wait up to so many `seconds` for the first one.

        Raises ConflictError when another poll takes over.
        """
        limit = limit if 1 <= limit <= MAX_LIMIT else MAX_LIMIT
        self._confirm(offset)
        found = self.take(limit)
        if found or seconds <= 0:
            return found_array(found)
        self.abort(OTHER_POLL)
        poll: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        self.watch.changed()
        try:
            conflict = await asyncio.wait_for(poll, min(seconds, MAX_TIMEOUT))
        except TimeoutError:
            conflict = None
        finally:
            if self._poll is poll:
                self._poll = None
        if conflict is not None:
            raise ConflictError(conflict)
        return found_array(self.take(limit))

    def take(self, limit: int) -> list[bytes]:
        """Return up to `limit` bodies from the head without confirming them."""
        self.drop_expired()
        verbatim, self._verbatim = self._verbatim, []
        found = [update.body for update, _ in zip(self._updates, range(limit), strict=False)]
        self.watch.changed()
        return verbatim + found

    def waiting(self) -> tuple[Update, ...]:
        """Return what lies in the queue, oldest first."""
        self.drop_expired()
        return tuple(self._updates)

    def first_not_in(self, busy: set[int]) -> Update | None:
        """Return the oldest update of a chat that is not in `busy`."""
        self.drop_expired()
        return next((update for update in self._updates if update.chat not in busy), None)

    def holds(self, number: int) -> bool:
        """Whether this update still waits."""
        self.drop_expired()
        return any(update.id == number for update in self._updates)

    def confirm_one(self, number: int) -> None:
        """Forget one update: a webhook took it."""
        self._updates = deque(update for update in self._updates if update.id != number)
        self.watch.changed()

    def abort(self, description: str) -> None:
        """Turn the waiting poll away."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(description)
        self._poll = None

    @property
    def polled(self) -> bool:
        """Whether somebody waits in a long poll right now."""
        return self._poll is not None

    def drop_expired(self) -> None:
        """Forget what the platform would no longer keep."""
        now = self.clock.now()
        if self._next_expiry <= now:
            kept = deque(update for update in self._updates if update.expires_at > now)
            self.dropped_as_expired += len(self._updates) - len(kept)
            self._updates = kept
            self._next_expiry = min((update.expires_at for update in kept), default=math.inf)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._updates) > -offset:
                self._updates.popleft()
        elif 0 < offset <= self.next_id + AHEAD:
            while self._updates and self._updates[0].id < offset:
                self._updates.popleft()
            self.watch.changed()

    def _wake(self) -> None:
        self.watch.changed()
        if self._poll is not None:
            asyncio.get_running_loop().call_later(GATHER, self._answer, self._poll)

    @staticmethod
    def _answer(poll: asyncio.Future[str | None]) -> None:
        if not poll.done():
            poll.set_result(None)


def found_array(bodies: list[bytes]) -> bytes:
    """Return the bodies as one JSON array."""
    return b"[" + b",".join(bodies) + b"]"
