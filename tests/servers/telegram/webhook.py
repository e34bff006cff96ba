"""Delivery of updates to a webhook: the secret header, order within a chat, retries until expiry.

After the Bot API server's WebhookActor: anything but 2xx is retried with a doubling delay that Retry-After
overrules, other chats go on meanwhile, and 410 for 23 hours takes the webhook away.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.schemas.telegram import Params
from tests.servers.telegram.updates import WEBHOOK_SET

if TYPE_CHECKING:
    from tests.servers.telegram.server import FakeTelegram
    from tests.servers.telegram.updates import Update

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_RETRY = 1.0  # seconds; doubled after every further failure
LONGEST_RETRY = 60.0
LONGEST_RETRY_AFTER = 3600.0
GONE_AFTER = 23 * 3600.0  # seconds of HTTP 410 after which the webhook is removed
SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class Webhook:
    """The webhook of one bot: not set, or delivering in the background."""

    def __init__(self, world: FakeTelegram, first_retry: float = FIRST_RETRY) -> None:
        self.world = world
        self.first_retry = first_retry
        self.url = ""
        self.secret = ""
        self.connections = 40
        self.deliveries: list[tuple[int, int]] = []
        self.last_error = ""
        self.last_error_at = 0.0
        self._gone_since = 0.0
        self._task: asyncio.Task[Any] | None = None

    def deliver_to(self, url: str, secret: str, connections: int, http_allowed: bool) -> str:
        """Start delivering to `url`; returns the Bot API's refusal or an empty string."""
        if not url:
            self.clear()
            return ""
        if not url.startswith("https://") and not http_allowed:
            return "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
        if len(secret) > 256 or not SECRET_CHARACTERS.issuperset(secret):
            return "Bad Request: secret token contains unallowed characters"
        self.clear()
        self.url, self.secret, self.connections = url, secret, connections
        self.world.updates.abort(WEBHOOK_SET)
        self._task = self.world.spawn(self._deliver())
        return ""

    def clear(self) -> None:
        """Stop delivering; updates wait for getUpdates again."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self.url = self.secret = ""
        self.world.changed()

    def info(self) -> Params:
        """Return the Bot API's WebhookInfo object."""
        about: Params = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.updates.waiting()),
        }
        if self.url:
            about |= {"max_connections": self.connections, "ip_address": "127.0.0.1"}
        if self.last_error:
            about |= {"last_error_date": int(self.last_error_at), "last_error_message": self.last_error}
        if self.world.updates.allowed is not None:
            about["allowed_updates"] = sorted(self.world.updates.allowed)
        return about

    async def _deliver(self) -> None:
        busy: set[int] = set()
        updates, room = self.world.updates, asyncio.Semaphore(self.connections)
        limit = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=limit) as session, asyncio.TaskGroup() as group:
            while True:
                update = await updates.watch.until(lambda: updates.first_not_in(busy), within=None)
                await room.acquire()
                busy.add(update.chat)
                group.create_task(self._one(session, update, busy, room))

    async def _one(
        self, session: aiohttp.ClientSession, update: Update, busy: set[int], room: asyncio.Semaphore
    ) -> None:
        pause, failures = self.first_retry, 0
        try:
            while self.world.updates.holds(update.id):
                status, retry_after = await self._post(session, update)
                if 200 <= status < 300:
                    self.world.updates.confirm_one(update.id)
                    return
                if self._given_up(status):
                    return
                if failures:
                    pause = min(pause * 2, LONGEST_RETRY)
                failures += 1
                await asyncio.sleep(min(retry_after, LONGEST_RETRY_AFTER) or pause)
        finally:
            busy.discard(update.chat)
            room.release()
            self.world.updates.watch.changed()

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> tuple[int, float]:
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: self.secret} if self.secret else {})
        status, retry_after = 0, 0.0
        try:
            async with session.post(self.url, data=update.body, headers=headers) as response:
                status = response.status
                asked = response.headers.get("Retry-After", "")
                retry_after = float(asked) if asked.isdigit() else 0.0
                reason = f"Wrong response from the webhook: {status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError):
            reason = "Connection refused"
        self.deliveries.append((update.id, status))
        if not 200 <= status < 300:
            self.last_error, self.last_error_at = reason, self.world.clock.now()
        self.world.changed()
        return status, retry_after

    def _given_up(self, status: int) -> bool:
        now = self.world.clock.now()
        if status != 410:
            self._gone_since = 0.0
            return False
        self._gone_since = self._gone_since or now
        if now <= self._gone_since + GONE_AFTER:
            return False
        self.world.spawn(self._remove())
        return True

    async def _remove(self) -> None:
        self.clear()
