"""Socket Mode: two connections that are never renewed together, and the patience with which they are opened.

Each is one client of Slack's library, used for one connection only: left to itself, that client closes the
old socket before it opens the new one, and tries again at once whatever Slack said. Here the new one comes
first, and one gate with one waiting time stands before every opening.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSMessage
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.errors import error
from adapters.slack.grouping import NotStored
from adapters.slack.pace import Pace, Sleep
from bot.engine.messages import Failure

COUNT: Final = 2
"""Connections: while one is renewed or broken the other carries on. Slack allows ten."""
REFUSED: Final = frozenset({"link_disabled", "too_many_websockets"})
"""Reasons of a ``disconnect`` frame that trying again at once would make worse."""

_log: Final = logging.getLogger(__name__)
_quiet: Final = logging.getLogger("slack_sdk.socket_mode.connection")
"""For the library's own lines: its tracebacks carry the ticket in the socket's address."""
_quiet.setLevel(logging.CRITICAL + 1)

Take = Callable[[dict[str, Any], bytes], Awaitable[dict[str, Any]]]
"""``Intake.take``."""


class _Frame(msgspec.Struct):
    type: str = ""
    reason: str = ""


class Refused(Exception):
    """Slack ended a connection before it greeted us; the reason is its own word."""


class _Client(SocketModeClient):
    """The library's client without its own ideas of when and how often to connect."""

    async def connect(self) -> None:
        """Try once, and raise what aiohttp raises."""
        assert self.wss_uri is not None
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri,
            autoping=False,
            heartbeat=self.ping_interval,
            proxy=self.proxy,
            ssl=self.web_client.ssl if self.web_client.ssl is not None else True,
        )
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
        """Leave it to ``Lines``."""


class Connection:
    """One socket from greeting to end. ``ending`` tells why it is to be replaced; until closed it goes on."""

    def __init__(self, web: AsyncWebClient, app_token: str, take: Take, pace: Pace) -> None:
        self.ending: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._greeted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._take = take
        self._pace = pace
        self._busy: set[asyncio.Task[Any]] = set()
        self._client = _Client(
            app_token,
            logger=_quiet,
            web_client=web,
            auto_reconnect_enabled=False,
            ping_interval=pace.ping,
            on_message_listeners=[self._frame],
        )
        self._client.socket_mode_request_listeners.append(self._request)
        self._looking: asyncio.Task[None] | None = None

    async def open(self, url: str) -> None:
        """Connect to the address that ``apps.connections.open`` gave, and wait for the greeting.

        Raises Refused, TimeoutError, or what aiohttp raises; the connection is closed then.
        """
        self._client.wss_uri = url
        try:
            async with asyncio.timeout(self._pace.open):
                await self._client.connect()
                await asyncio.wait({self._greeted, self.ending}, return_when=asyncio.FIRST_COMPLETED)
            if not self._greeted.done():
                raise Refused(self.ending.result())
        except BaseException:
            await self.close()
            raise
        self._looking = asyncio.create_task(self._look())

    def end(self, reason: str) -> None:
        """Have this connection replaced."""
        if not self.ending.done():
            self.ending.set_result(reason)

    async def close(self) -> None:
        """Let what is being taken in come to its end, then close."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._pace.finish)
        client = self._client
        client.closed = True
        tasks = [
            task
            for task in (
                client.message_processor,
                client.message_receiver,
                client.current_session_monitor,
                self._looking,
                *self._busy,
            )
            if task is not None
        ]
        for task in tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.look):
                if client.current_session is not None:
                    await client.current_session.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.aiohttp_client_session.close()

    async def _look(self) -> None:
        while await self._client.is_connected():  # noqa: ASYNC110 - the library tells nobody of a lost socket
            await asyncio.sleep(self._pace.look)
        self.end("lost")

    async def _frame(self, message: WSMessage) -> None:
        try:
            frame = msgspec.json.decode(message.data, type=_Frame)
        except ValueError:
            return
        if frame.type == "hello" and not self._greeted.done():
            self._greeted.set_result(frame.type)
        elif frame.type == "disconnect":
            self.end(frame.reason or "disconnect")

    async def _request(self, _client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            said = await self._take(request.payload, msgspec.json.encode(request.payload))
            await self._client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id, payload=said or None)
            )
        except (NotStored, ConnectionError) as problem:
            _log.info("An envelope is not acknowledged: %s", type(problem).__name__)  # it comes again
        except Exception as problem:  # noqa: BLE001 - our own fault; the other envelopes must go on
            _log.error("An envelope could not be read: %s", type(problem).__name__)
        finally:
            self._busy.discard(task)


class Lines:
    """The connections of one app.

    ``locate`` gives the address of a new socket, raising what Slack's library raises; ``make`` a connection.
    """

    def __init__(
        self,
        locate: Callable[[], Awaitable[str]],
        make: Callable[[], Connection],
        *,
        pace: Pace,
        chance: random.Random,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._locate = locate
        self._make = make
        self._pace = pace
        self._chance = chance
        self._sleep = sleep
        self._gate = asyncio.Lock()
        self._open: set[Connection] = set()
        self._failures = 0
        self._not_before = 0.0
        self._refused_until = 0.0

    async def run(self) -> None:
        """Keep the connections up until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for place in range(COUNT):
                    group.create_task(self._line(place * self._pace.stagger))
        finally:
            await asyncio.gather(*map(self._closed, list(self._open)))

    def renew(self, reason: str) -> None:
        """Replace every connection, one after the other."""
        for connection in self._open:
            connection.end(reason)

    async def _line(self, delay: float) -> None:
        await self._sleep(delay)
        connection = await self._opened()
        while True:
            reason = await asyncio.shield(connection.ending)
            _log.info("A Slack connection ends: %s", reason)
            if reason in REFUSED:
                self._hold(reason)
                await self._closed(connection)
            replacement = await self._opened()
            await self._closed(connection)
            connection = replacement

    async def _opened(self) -> Connection:
        """Open one connection, however long it takes; never two at a time."""
        async with self._gate:
            while True:
                await self._sleep(max(0.0, self._not_before - _now()))
                if _now() < self._refused_until:
                    self._not_before = _now() + self._pace.hold
                try:
                    url = await self._locate()
                    connection = self._make()
                    await connection.open(url)
                except Refused as refusal:
                    self._hold(str(refusal))
                    continue
                except Exception as problem:  # noqa: BLE001 - everything that can go wrong here is waited out
                    self._not_before = max(self._not_before, _now() + self._wait(problem))
                    continue
                self._failures = 0
                self._open.add(connection)
                return connection

    async def _closed(self, connection: Connection) -> None:
        if connection in self._open:
            await connection.close()
            self._open.discard(connection)

    def _hold(self, reason: str) -> None:
        _log.error("Slack refuses connections: %s", reason)
        self._not_before = max(self._not_before, _now() + self._pace.hold)
        self._refused_until = _now() + 2 * self._pace.hold

    def _wait(self, problem: Exception) -> float:
        """Seconds before the next try: what Slack says, else doubling, shortened by chance."""
        failed = error(problem)
        _log.log(
            logging.ERROR if failed.failure is Failure.STOP else logging.WARNING,
            "Slack's socket cannot be opened: %s",
            failed.code,
        )
        longest = min(self._pace.longest, self._pace.first * 2.0 ** min(self._failures, 10))
        self._failures += 1
        if failed.failure is Failure.STOP:
            return self._pace.longest
        return failed.retry_after or longest * (1 + self._chance.random()) / 2


def _now() -> float:
    return asyncio.get_running_loop().time()
