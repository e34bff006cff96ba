"""Socket Mode as the app sees it: tickets, hello, envelopes and acks, refreshes, and the ways it fails.

After Slack's documentation of Socket Mode and the frames that its SDKs read.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from tests.servers.slack.delivery import Delivery
from tests.servers.slack.words import Json
from tests.servers.slack.workspace import APP_ID
from tests.servers.watch import WITHIN
from tests.servers.wire import decode, encode

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0
PATH = "/link/"


class Connection:
    """One websocket. `silent`: gets no events any more but answers pings; `frozen`: not even those."""

    def __init__(self, number: int, socket: web.WebSocketResponse) -> None:
        self.number = number
        self.socket = socket
        self.silent = False
        self.frozen = False
        self.acks: list[Json] = []

    async def send(self, frame: Json) -> None:
        """Send one JSON frame, unless the connection is dead in secret."""
        if not self.silent and not self.frozen and not self.socket.closed:
            await self.socket.send_str(encode(frame).decode())

    async def disconnect(self, reason: str, *, close: bool = True) -> None:
        """Send a disconnect frame (warning, refresh_requested, link_disabled, too_many_websockets)."""
        await self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-loopback"}})
        if close:
            await self.socket.close()


class Sockets:
    """All websockets of the app."""

    def __init__(self, slack: FakeSlack, most: int = MOST_CONNECTIONS) -> None:
        self.slack = slack
        self.most = most
        self.connections: list[Connection] = []
        self.opened = 0
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = itertools.count()

    def new_url(self) -> str:
        """Return an address with a ticket that opens one websocket within thirty seconds."""
        ticket = secrets.token_hex(12)
        self._tickets[ticket] = self.slack.clock.now() + TICKET_SECONDS
        return f"{self.slack.url.replace('http', 'ws', 1)}{PATH}?ticket={ticket}&app_id={APP_ID}"

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one websocket until it closes."""
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if self.slack.clock.now() >= until:
            return web.Response(status=408, text="ticket is used or too old")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.opened += 1
        connection = Connection(self.opened, socket)
        if len(self.connections) >= self.most:
            await connection.disconnect("too_many_websockets")
            return socket
        self.connections.append(connection)
        await connection.send(self._hello())
        self.slack.changed()
        try:
            await self._read(connection)
        finally:
            self.connections.remove(connection)
            self.slack.changed()
        return socket

    async def send(self, delivery: Delivery, number: int, reason: str) -> str:
        """Send an envelope over one connection and wait for its ack; returns "ok" or why not."""
        if not self.connections:
            return "no_connection"
        connection = self.connections[next(self._turn) % len(self.connections)]
        delivery.attempts[-1].via = f"socket {connection.number}"
        envelope = str(uuid4())
        frame: Json = {
            "envelope_id": envelope,
            "type": delivery.kind,
            "accepts_response_payload": delivery.kind != "events_api",
            "payload": delivery.payload,
        }
        if delivery.kind == "events_api":
            frame |= {"retry_attempt": number, "retry_reason": reason}
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = ack
        try:
            await connection.send(frame)
            delivery.response = await ack
        except ConnectionError:
            return "connection_failed"
        finally:
            self._waiting.pop(envelope, None)
        return "ok"

    async def connected(self, count: int = 1, within: float | None = WITHIN) -> None:
        """Wait until so many websockets are open."""
        await self.slack.watch.until(
            lambda: len(self.connections) >= count or None,
            within,
            otherwise=lambda: f"{len(self.connections)} websockets are open",
        )

    async def reconnected(self, total: int) -> None:
        """Wait until so many websockets have been opened since the start, and one is open."""
        await self.slack.watch.until(
            lambda: (self.opened >= total and bool(self.connections)) or None,
            otherwise=lambda: f"{self.opened} websockets have been opened",
        )

    async def disconnect(self, reason: str, *, close: bool = True) -> None:
        """Send a disconnect frame on every connection."""
        for connection in list(self.connections):
            await connection.disconnect(reason, close=close)

    def silence(self, *, frozen: bool = False) -> None:
        """Let every connection die in secret: no events, and no pongs either if `frozen`."""
        for connection in self.connections:
            connection.silent = True
            connection.frozen = frozen

    async def cut(self) -> None:
        """Drop every websocket without a word."""
        for connection in list(self.connections):
            await connection.socket.close(drain=False)

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING and not connection.frozen:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                frame = decode(message.data)
                connection.acks.append(frame)
                waiting = self._waiting.get(frame.get("envelope_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame.get("payload"))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": "applink-loopback",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": APP_ID},
        }
