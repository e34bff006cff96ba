"""How Slack brings something to the app: over a socket or a signed request, again if nobody took it.

Events are repeated at once, after a minute and after five (the pauses are an option); presses, submissions
and commands are not, and the person sees that it failed. After Slack's documentation of the Events API.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import aiohttp

from tests.servers.slack.words import Json
from tests.servers.slack.workspace import SIGNING_SECRET
from tests.servers.wire import decode, encode

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

Kind = Literal["events_api", "interactive", "slash_commands"]
ACK_SECONDS = 3.0
RETRY_PAUSES = (0.0, 60.0, 300.0)  # seconds before the first, second and third retry


@dataclass(slots=True)
class Attempt:
    """One try: when (Unix seconds), how (socket number or address), and what came back ("ok" or why not)."""

    at: float
    via: str
    outcome: str = ""


@dataclass(slots=True)
class Delivery:
    """One thing to bring, with all its tries; `done` resolves to whether the app took it."""

    kind: Kind
    payload: Json
    done: asyncio.Future[bool]
    attempts: list[Attempt] = field(default_factory=list)
    response: Any = None

    @property
    def taken(self) -> bool:
        """Whether the app has acknowledged it."""
        return bool(self.attempts) and self.attempts[-1].outcome == "ok"


def signature(body: bytes, timestamp: int | str, secret: str = SIGNING_SECRET) -> str:
    """Return the v0 signature of a request body."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed_headers(body: bytes, now: float, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Return the two headers that prove a request at `now` (Unix seconds) to be Slack's."""
    timestamp = str(int(now))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(body, timestamp, secret),
    }


def wire_form(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """Return body and content type of a payload as the HTTP mode sends it."""
    if kind == "events_api":
        return encode(payload), "application/json"
    form = {"payload": encode(payload).decode()} if kind == "interactive" else payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class Courier:
    """Brings things to the app by HTTP if an address is set, else over the sockets."""

    def __init__(self, slack: FakeSlack, ack_seconds: float, retry_pauses: tuple[float, ...]) -> None:
        self.slack = slack
        self.ack_seconds = ack_seconds
        self.retry_pauses = retry_pauses
        self.address = ""
        self.secret = SIGNING_SECRET
        self.deliveries: list[Delivery] = []
        self._session: aiohttp.ClientSession | None = None

    def bring(
        self, kind: Kind, payload: Json, then: Callable[[Delivery], Awaitable[None]] | None = None
    ) -> Delivery:
        """Start a delivery; `then` runs when it has ended, taken or not."""
        delivery = Delivery(kind, payload, asyncio.get_running_loop().create_future())
        self.deliveries.append(delivery)
        self.slack.spawn(self._run(delivery, then))
        return delivery

    async def settle(self) -> None:
        """Wait until every delivery has ended."""
        await asyncio.gather(*(delivery.done for delivery in self.deliveries))

    async def close(self) -> None:
        """Close the HTTP client."""
        if self._session is not None:
            await self._session.close()

    async def _run(self, delivery: Delivery, then: Callable[[Delivery], Awaitable[None]] | None) -> None:
        pauses = self.retry_pauses if delivery.kind == "events_api" else ()
        reason = await self._try(delivery, 0, "")
        for number, pause in enumerate(pauses, 1):
            if reason == "ok":
                break
            await asyncio.sleep(pause)
            reason = await self._try(delivery, number, reason)
        if then is not None:
            await then(delivery)
        delivery.done.set_result(reason == "ok")
        self.slack.changed()

    async def _try(self, delivery: Delivery, number: int, reason: str) -> str:
        attempt = Attempt(self.slack.clock.now(), self.address or "socket")
        delivery.attempts.append(attempt)
        send = self._by_http if self.address else self.slack.sockets.send
        try:
            async with asyncio.timeout(self.ack_seconds):
                attempt.outcome = await send(delivery, number, reason)
        except TimeoutError:
            attempt.outcome = "http_timeout" if self.address else "timeout"
        self.slack.changed()
        return attempt.outcome

    async def _by_http(self, delivery: Delivery, number: int, reason: str) -> str:
        body, kind = wire_form(delivery.kind, delivery.payload)
        headers = signed_headers(body, self.slack.clock.now(), self.secret) | {"Content-Type": kind}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with self._session.post(self.address, data=body, headers=headers) as response:
                content = await response.read()
                delivery.response = _parsed(content)
                return "ok" if 200 <= response.status < 300 else "http_error"
        except aiohttp.ClientError:
            return "connection_failed"


def _parsed(content: bytes) -> Any:
    try:
        return decode(content) if content else None
    except ValueError:
        return content.decode("utf-8", "replace")
