"""The common part of the loopback servers: sockets, bodies, recording, faults, delay and the control door.

A subclass turns a request into an answer in `call`; it never sees HTTP. Everything that may go wrong on a
wire happens here, so that both platforms fail in the same ways.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from email.parser import HeaderParser
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from tests.servers.clock import Clock, RealClock
from tests.servers.faults import Fault, FaultScript
from tests.servers.recording import DROPPED, Recorder

HOST = "127.0.0.1"
MAX_BODY = 64 << 20  # bytes; above the 50 MB a bot may upload
CONTROL = "/_control/"

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Answer:
    """What to send back."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One request as a subclass sees it; `key` is what faults may select by (a chat)."""

    method: str
    params: dict[str, Any]
    raw: bytes
    headers: Any
    key: object = None


class LoopbackServer:
    """An HTTP server on 127.0.0.1 that records, obeys a fault script, and delays each answer."""

    def __init__(self, *, clock: Clock | None = None, delay: float = 0.0, recording: bool = True) -> None:
        self.clock: Clock = clock or RealClock()
        self.delay = delay
        self.recorder = Recorder(enabled=recording)
        self.faults = FaultScript()
        self.url = ""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- life ------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one. `url` and `port` tell which."""
        loop = asyncio.get_running_loop()
        self._web = web.Server(
            self._handle, request_factory=self._request, handler_cancellation=True, access_log=None
        )
        self._server = await loop.create_server(self._web, HOST, port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"

    async def stop(self) -> None:
        """Close every connection and end every task of this server."""
        for task in self._tasks:
            task.cancel()
        if self._server is not None:
            self._server.close()
        if self._web is not None:
            await self._web.shutdown(0.1)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def close_connections(self) -> None:
        """Cut every open connection; the server goes on listening."""
        if self._web is not None:
            for connection in list(self._web.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    async def pause(self) -> None:
        """Refuse connections, as a platform that is down; `resume` listens on the same port again."""
        if self._server is not None:
            self._server.close()
            await self.close_connections()

    async def resume(self) -> None:
        """Listen again after `pause`."""
        loop = asyncio.get_running_loop()
        if self._web is not None:
            self._server = await loop.create_server(
                self._web, HOST, self.port, backlog=1024, reuse_address=True
            )

    def spawn(self, coroutine: Any) -> asyncio.Task[Any]:
        """Run a coroutine until it ends or the server stops."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- what a platform supplies -----------------------------------------------------------------

    def read_call(self, path: str, request: web.BaseRequest) -> Call | Answer:
        """Return the call named by the path, or an answer if there is none. The body is not read yet."""
        raise AssertionError("a platform reads its own paths")

    async def serve(self, call: Call) -> Answer:
        """Do what the platform does."""
        raise AssertionError("a platform answers its own calls")

    def answered(self, call: Call, answer: Answer) -> None:
        """Called after an answer has left, delay included."""

    async def control(self, action: str, params: dict[str, Any]) -> Any:
        """Serve one call under /_control/; returns something JSON can carry."""
        raise AssertionError(f"unknown control action {action!r}")

    async def upgrade(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Serve a websocket, if the platform has one and the request asks for it."""
        return None

    # -- a request ----------------------------------------------------------------------------------

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: Any,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        if path.startswith(CONTROL):
            return await self._control(request, path.removeprefix(CONTROL), query)
        if "Upgrade" in request.headers:
            upgraded = await self.upgrade(request)
            if upgraded is not None:
                return upgraded
        call = self.read_call(path, request)
        if isinstance(call, Answer):
            return _response(call)
        call.raw = await request.read()
        _read_params(request, call, query)
        entry = self.recorder.note(self.clock.now(), call.method, call.params, call.raw)
        call.key = self.key_of(call)
        fault = self.faults.take(call.method, call.key)
        if fault is not None:
            entry.fault = fault.kind
            answer = await self._misbehave(request, call, fault)
        else:
            answer = await self.serve(call)
        if answer is None:
            self.recorder.settle(entry, DROPPED)
            return await _vanish(request)
        if self.delay:
            await asyncio.sleep(self.delay)
        self.recorder.settle(entry, answer.status)
        self.answered(call, answer)
        return _response(answer)

    def key_of(self, call: Call) -> object:
        """Return what a fault may select this call by."""
        return call.params.get("chat_id")

    async def _misbehave(self, request: web.BaseRequest, call: Call, fault: Fault) -> Answer | None:
        answer = await self.serve(call) if fault.after_effect else None
        if fault.kind == "reply":
            return Answer(fault.body, fault.status, fault.content_type, fault.headers)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return answer
        if fault.kind == "stall":
            if math.isinf(fault.seconds):
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "cut" and answer is not None:
            await _send_part(request, answer, fault.keep_bytes)
        return None

    async def _control(self, request: web.BaseRequest, action: str, query: str) -> web.StreamResponse:
        params: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
        body = await request.read()
        if body:
            params.update(decode(body))
        try:
            result = await self.control(unquote(action), params)
        except (AssertionError, KeyError, TypeError, ValueError, LookupError) as problem:
            return _response(Answer(encode({"error": f"{type(problem).__name__}: {problem}"}), 400))
        return _response(Answer(encode(result)))


def _response(answer: Answer) -> web.Response:
    return web.Response(
        body=answer.body,
        status=answer.status,
        content_type=answer.content_type,
        headers=answer.headers or None,
    )


def _read_params(request: web.BaseRequest, call: Call, query: str) -> None:
    if query:
        call.params.update(parse_qsl(query, keep_blank_values=True))
    if not call.raw:
        return
    kind = request.headers.get("Content-Type", "")
    if kind.startswith("application/json"):
        try:
            body = decode(call.raw)
        except msgspec.DecodeError:
            body = None
        if isinstance(body, dict):
            call.params.update(body)
    elif kind.startswith("multipart/"):
        call.params.update(_read_multipart(call.raw, kind))
    else:
        call.params.update(parse_qsl(call.raw.decode("utf-8", "replace"), keep_blank_values=True))


def _read_multipart(raw: bytes, kind: str) -> dict[str, Any]:
    """Return the fields; an upload becomes a dict of `file_name`, `mime_type` and `content`."""
    header = HeaderParser()
    boundary = header.parsestr(f"Content-Type: {kind}\n").get_boundary("")
    fields: dict[str, Any] = {}
    for part in raw.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        about = header.parsestr(head.decode("utf-8", "replace").strip())
        name = str(about.get_param("name", "", "Content-Disposition"))
        content = content.removesuffix(b"\r\n")
        file_name = about.get_filename()
        if file_name is None:
            fields[name] = content.decode("utf-8", "replace")
        else:
            fields[name] = {"file_name": file_name, "mime_type": about.get_content_type(), "content": content}
    return fields


async def _send_part(request: web.BaseRequest, answer: Answer, keep: int) -> None:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: min(keep, len(answer.body) - 1)])


async def _vanish(request: web.BaseRequest) -> web.StreamResponse:
    """End the connection under the request's feet; what is returned is never sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
