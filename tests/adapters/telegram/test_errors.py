"""The table of errors, row by row: provoked on a real socket where that can be done, as values where not.

The same rows are driven through our request class (aiohttp) and through python-telegram-bot's own (httpx), so
that a new version of either that renames or regroups its exceptions makes this fail.
"""

import asyncio
import builtins
import json
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import Any

import aiohttp
import httpx
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from adapters.telegram.errors import CAUSES, DETAIL, PROXY_WAIT, error, redacted
from adapters.telegram.request import Request, open_session
from bot.engine.messages import Failure, SendError
from tests.servers.faults import Fault
from tests.servers.telegram import TOKEN
from tests.servers.telegram.methods import (
    CHAT_NOT_FOUND,
    NO_MESSAGE_TO_EDIT,
    NOT_MODIFIED,
    QUERY_TOO_OLD,
)
from tests.servers.telegram.words import blocked, refusal, server_error, too_many

RETRY, AMBIGUOUS, PERMANENT = Failure.RETRY, Failure.AMBIGUOUS, Failure.PERMANENT
STOP, DROP, DONE = Failure.STOP, Failure.DROP, Failure.DONE

Call = Callable[[str], Awaitable[object]]
"""Makes one sendMessage against a base URL; raises what the library raises."""


@asynccontextmanager
async def ours(read_seconds: float = 5.0, connect_seconds: float = 5.0) -> AsyncIterator[Call]:
    """Our request class."""
    async with open_session() as session:
        request = Request(session, read_seconds=read_seconds, connect_seconds=connect_seconds)

        async def call(url: str) -> object:
            return await request.call(f"{url}/bot{TOKEN}/sendMessage", {"chat_id": 1, "text": "?"})

        yield call


@asynccontextmanager
async def theirs(read_seconds: float = 5.0, connect_seconds: float = 5.0) -> AsyncIterator[Call]:
    """The library's own."""
    request = HTTPXRequest(read_timeout=read_seconds, connect_timeout=connect_seconds)
    await request.initialize()

    async def call(url: str) -> object:
        bot = Bot(TOKEN, base_url=f"{url}/bot", request=request)
        return await bot.send_message(1, "?")

    try:
        yield call
    finally:
        await request.shutdown()


CLIENTS = {"ours": ours, "theirs": theirs}


async def failure(call: Call, url: str) -> SendError:
    """Return what the exception of the call means."""
    try:
        result = await call(url)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the table must know it
        meaning = error(exc)
        assert TOKEN not in meaning.detail
        return meaning
    raise AssertionError(f"the call worked: {result!r}")


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    """A bare socket that does whatever the handler does; every connection is cut at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side is gone, or the test is over
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


async def take(reader: asyncio.StreamReader) -> None:
    """Read one whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0].partition(b":")[2]) if lengths else 0)


def answering(fault: Fault) -> Handler:
    """Answer with the status, headers and body of a fault of the fake server."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await take(reader)
        head = [f"HTTP/1.1 {fault.status} X", f"Content-Type: {fault.content_type}"]
        head += [f"Content-Length: {len(fault.body)}", "Connection: close"]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + fault.body)
        await writer.drain()

    return handler


def raw(*pieces: bytes) -> Handler:
    """Read the request, write these bytes, close."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await take(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return handler


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a greeting that was never understood."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the request and say nothing until the other side gives up."""
    await take(reader)
    await reader.read()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the request and reset the connection."""
    await take(reader)
    writer.transport.abort()


def reply(status: int, body: bytes, kind: str = "application/json") -> Fault:
    """Any answer at all."""
    return Fault("reply", False, status, body, kind)


PAGE = b"<html><body><h1>Error</h1></body></html>"

ANSWERS: dict[str, tuple[Fault, Failure, str, dict[str, Any]]] = {
    "500 with a JSON body": (server_error(), AMBIGUOUS, "server_error", {}),
    "502 with HTML": (reply(502, PAGE, "text/html"), AMBIGUOUS, "no_json", {}),
    "504 without a body": (reply(504, b"", "text/html"), AMBIGUOUS, "no_json", {}),
    "500 with HTML": (reply(500, PAGE, "text/html"), AMBIGUOUS, "no_json", {}),
    "200 with a broken body": (reply(200, b'{"ok":true,"resu'), AMBIGUOUS, "broken_answer", {}),
    "200 with an empty body": (reply(200, b""), AMBIGUOUS, "broken_answer", {}),
    "200 without a result": (reply(200, b'{"ok":true}'), AMBIGUOUS, "broken_answer", {}),
    "200 with a list": (reply(200, b"[1]"), AMBIGUOUS, "broken_answer", {}),
    "302 to somewhere": (reply(302, b"", "text/html"), AMBIGUOUS, "no_json", {}),
    "429 with retry_after": (too_many(35), RETRY, "flood", {"retry_after": 35.0, "hold_account": True}),
    "429 with an hour": (too_many(3600), RETRY, "flood", {"retry_after": 3600.0, "hold_account": True}),
    "429 without retry_after": (
        refusal(429, "Too Many Requests"),
        RETRY,
        "flood",
        {"retry_after": PROXY_WAIT, "hold_account": True},
    ),
    "429 from a proxy": (
        reply(429, PAGE, "text/html"),
        RETRY,
        "flood",
        {"retry_after": PROXY_WAIT, "hold_account": True},
    ),
    "403 blocked": (blocked(), PERMANENT, "blocked", {"unreachable": True}),
    "403 deactivated": (
        refusal(403, "Forbidden: user is deactivated"),
        PERMANENT,
        "deactivated",
        {"unreachable": True},
    ),
    "403 kicked": (
        refusal(403, "Forbidden: bot was kicked from the supergroup chat"),
        PERMANENT,
        "kicked",
        {"unreachable": True},
    ),
    "403 cannot initiate": (
        refusal(403, "Forbidden: bot can't initiate conversation with a user"),
        PERMANENT,
        "not_started",
        {"unreachable": True},
    ),
    "403 with other words": (
        refusal(403, "Forbidden: bot is not a member of the chat"),
        PERMANENT,
        "forbidden",
        {"unreachable": True},
    ),
    "403 from a proxy": (reply(403, PAGE, "text/html"), AMBIGUOUS, "no_json", {}),
    "400 from a proxy": (reply(400, PAGE, "text/html"), AMBIGUOUS, "no_json", {}),
    "400 migrated": (
        refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100987),
        RETRY,
        "migrated",
        {"moved_to": "-100987"},
    ),
    "400 not modified": (refusal(400, NOT_MODIFIED), DONE, "not_modified", {}),
    "400 edit target gone": (
        refusal(400, NO_MESSAGE_TO_EDIT),
        PERMANENT,
        "edit_target_gone",
        {"send_as_new": True},
    ),
    "400 cannot be edited": (
        refusal(400, "Bad Request: message can't be edited"),
        PERMANENT,
        "edit_refused",
        {"send_as_new": True},
    ),
    "400 query too old": (refusal(400, QUERY_TOO_OLD), DROP, "tap_too_old", {}),
    "400 query id invalid": (refusal(400, "Bad Request: QUERY_ID_INVALID"), DROP, "tap_too_old", {}),
    "400 entities": (
        refusal(400, "Bad Request: can't parse entities: Unsupported start tag"),
        PERMANENT,
        "entities",
        {},
    ),
    "400 chat not found": (refusal(400, CHAT_NOT_FOUND), PERMANENT, "chat_not_found", {}),
    "400 too long": (refusal(400, "Bad Request: message is too long"), PERMANENT, "too_long", {}),
    "400 too long, in capitals": (refusal(400, "Bad Request: MESSAGE_TOO_LONG"), PERMANENT, "too_long", {}),
    "400 button data": (refusal(400, "Bad Request: BUTTON_DATA_INVALID"), PERMANENT, "button_data", {}),
    "400 with other words": (
        refusal(400, "Bad Request: message text is empty"),
        PERMANENT,
        "bad_request",
        {"detail": "Message text is empty"},
    ),
    "413 with a JSON body": (refusal(413, "Request Entity Too Large"), PERMANENT, "too_large", {}),
    "413 with HTML": (reply(413, PAGE, "text/html"), PERMANENT, "too_large", {}),
    "401": (refusal(401, "Unauthorized"), STOP, "token_refused", {}),
    "404": (refusal(404, "Not Found"), STOP, "token_refused", {}),
    "409": (refusal(409, "Conflict: terminated by other getUpdates request"), AMBIGUOUS, "conflict", {}),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("label", ANSWERS)
async def test_an_answer_means(label: str, client: str) -> None:
    """Status and words, on a real socket, become class and code."""
    fault, expected, code, more = ANSWERS[label]
    async with listening(answering(fault)) as url, CLIENTS[client]() as call:
        meaning = await failure(call, url)
    assert (meaning.failure, meaning.code) == (expected, code)
    assert {name: getattr(meaning, name) for name in more} == more
    untold = {"unreachable", "send_as_new", "hold_account", "moved_to", "retry_after"} - more.keys()
    assert [name for name in untold if getattr(meaning, name)] == []


WIRE: dict[str, tuple[Handler, Failure, set[str]]] = {
    "cut after the request": (raw(), AMBIGUOUS, {"cut"}),
    "reset after the request": (reset, AMBIGUOUS, {"cut"}),
    "cut within the head": (raw(b"HTTP/1.1 200 OK\r\nContent-Le"), AMBIGUOUS, {"cut"}),
    "cut within the body": (
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"ok":'),
        AMBIGUOUS,
        {"cut"},
    ),
    "no HTTP at all": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), AMBIGUOUS, {"cut"}),
    "a stall after the request": (stall, AMBIGUOUS, {"read_timeout"}),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("label", WIRE)
async def test_a_failing_wire_means(label: str, client: str) -> None:
    """Once the request has left, nobody knows."""
    handler, expected, codes = WIRE[label]
    async with listening(handler) as url, CLIENTS[client](read_seconds=0.2) as call:
        meaning = await failure(call, url)
    assert (meaning.failure, meaning.code in codes) == (expected, True), meaning


def free_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_refused_connection_was_not_sent(client: str) -> None:
    """TCP refused."""
    async with CLIENTS[client]() as call:
        meaning = await failure(call, f"http://127.0.0.1:{free_port()}")
    assert (meaning.failure, meaning.code) == (RETRY, "unreachable_server")


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_failed_handshake_was_not_sent(client: str) -> None:
    """TLS against something that does not speak it."""
    async with listening(plain) as url, CLIENTS[client]() as call:
        meaning = await failure(call, url.replace("http:", "https:"))
    assert (meaning.failure, meaning.code) == (RETRY, "unreachable_server")


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_connection_that_never_opens_was_not_sent(client: str) -> None:
    """A full accept queue leaves the handshake unanswered."""
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for queued in waiting:
            queued.setblocking(False)
            queued.connect_ex(full.getsockname())
        try:
            async with CLIENTS[client](connect_seconds=0.2) as call:
                meaning = await failure(call, f"http://127.0.0.1:{full.getsockname()[1]}")
        finally:
            for queued in waiting:
                queued.close()
    assert (meaning.failure, meaning.code) == (RETRY, "connect_timeout")


async def test_a_full_pool_was_not_sent() -> None:
    """Waiting in vain for a free connection."""
    async with (
        listening(stall) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session,
    ):
        request = Request(session, connect_seconds=0.2)
        first = asyncio.create_task(request.call(f"{url}/a", {}))
        await asyncio.sleep(0)
        meaning = await failure(lambda _: request.call(f"{url}/b", {}), url)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert (meaning.failure, meaning.code) == (RETRY, "connect_timeout")


async def test_the_librarys_full_pool_was_not_sent() -> None:
    """The same with httpx."""
    request = HTTPXRequest(connection_pool_size=1, pool_timeout=0.2)
    await request.initialize()
    async with listening(stall) as url:
        first = asyncio.create_task(request.post(f"{url}/a"))
        await asyncio.sleep(0)
        meaning = await failure(lambda _: request.post(f"{url}/b"), url)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    await request.shutdown()
    assert (meaning.failure, meaning.code) == (RETRY, "connect_timeout")


# --- what no loopback socket can provoke ------------------------------------------------------------------


def wrapped(outer: TelegramError, cause: BaseException | None) -> TelegramError:
    """Return the exception as the library raises it."""
    outer.__cause__ = cause
    return outer


KEY = aiohttp.client_reqrep.ConnectionKey("h", 443, True, True, None, None, None)

VALUES: dict[str, tuple[BaseException, Failure, str]] = {
    "DNS": (aiohttp.ClientConnectorDNSError(KEY, OSError("no such name")), RETRY, "dns"),
    "DNS, wrapped": (
        wrapped(NetworkError("x"), aiohttp.ClientConnectorDNSError(KEY, OSError())),
        RETRY,
        "dns",
    ),
    "a bad certificate": (
        aiohttp.ClientConnectorCertificateError(KEY, Exception("expired")),
        RETRY,
        "certificate",
    ),
    "a whole time limit": (TimeoutError(), AMBIGUOUS, "timeout"),
    "an answer of the wrong kind": (
        aiohttp.ClientResponseError(None, ()),  # type: ignore[arg-type]  # nothing of it is read
        AMBIGUOUS,
        "broken_answer",
    ),
    "an error of the operating system": (aiohttp.ClientOSError(), AMBIGUOUS, "cut"),
    "httpx: write timeout": (wrapped(TimedOut(), httpx.WriteTimeout("")), AMBIGUOUS, "write_timeout"),
    "httpx: write error": (wrapped(NetworkError("x"), httpx.WriteError("")), AMBIGUOUS, "cut"),
    "httpx: proxy": (wrapped(NetworkError("x"), httpx.ProxyError("")), AMBIGUOUS, "proxy"),
    "a cause nobody has met": (wrapped(NetworkError("x"), RuntimeError()), AMBIGUOUS, "server_error"),
    "an exception nobody has met": (RuntimeError(), AMBIGUOUS, "unknown"),
    "a subclass of Forbidden to come": (type("New", (Forbidden,), {})("x"), PERMANENT, "forbidden"),
    "a bare error of the library": (TelegramError("x"), AMBIGUOUS, "broken_answer"),
    "another shape": (KeyError("result"), AMBIGUOUS, "broken_answer"),
    "conflict": (Conflict("x"), AMBIGUOUS, "conflict"),
    "413 as later Pythons call it": (NetworkError("Content Too Large (413)"), PERMANENT, "too_large"),
}


@pytest.mark.parametrize("label", VALUES)
def test_an_exception_means(label: str) -> None:
    """What cannot be provoked here is built by hand."""
    exc, expected, code = VALUES[label]
    meaning = error(exc)
    assert (meaning.failure, meaning.code) == (expected, code)


def test_every_cause_is_a_real_exception() -> None:
    """The table names classes; each of them must exist in aiohttp, httpx or Python."""
    known = {*dir(aiohttp), *dir(httpx), *dir(builtins)}
    assert sorted(CAUSES.keys() - known) == []


def test_retry_after_is_read_in_both_forms() -> None:
    """The library gives seconds or a span, depending on its version and an environment variable."""
    assert error(RetryAfter(timedelta(seconds=7))).retry_after == 7.0
    assert error(RetryAfter(8)).retry_after == 8.0


def test_retry_after_as_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator who keeps the old form gets the same wait."""
    monkeypatch.setenv("PTB_TIMEDELTA", "false")
    with pytest.warns(DeprecationWarning, match="retry_after"):
        assert error(RetryAfter(9)).retry_after == 9.0


@pytest.mark.parametrize(
    "exc",
    [
        BadRequest(f"Something new about {TOKEN} on\ntwo lines " + "x" * 500),
        InvalidToken(f"The token `{TOKEN}` was rejected by the server."),
        NetworkError(f"https://api.telegram.org/bot{TOKEN}/sendMessage"),
        ChatMigrated(-5),
    ],
)
def test_no_detail_holds_a_token_or_a_line_break(exc: TelegramError) -> None:
    """The platform's own words are kept on one line, cut and redacted."""
    detail = error(exc).detail
    assert TOKEN not in detail
    assert "\n" not in detail
    assert 0 < len(detail) <= DETAIL


def test_redaction_leaves_the_rest() -> None:
    """Only what looks like a token goes."""
    assert redacted(f"before {TOKEN}\n after 12:30") == "before *** after 12:30"


async def test_no_exception_of_ours_carries_the_address() -> None:
    """Neither text nor causes of a failed call hold the URL: a traceback may be pasted anywhere."""
    for handler in (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), raw(), answering(reply(502, PAGE)), stall):
        async with listening(handler) as url, ours(read_seconds=0.2) as call:
            with pytest.raises(TelegramError) as caught:
                await call(url)
        text = "".join(traceback.format_exception(caught.value))
        assert TOKEN not in text
        assert TOKEN not in repr(caught.value.__cause__)


def test_fixtures_speak_json() -> None:
    """The answers above that should be JSON are."""
    bodies = [fault.body for fault, *_ in ANSWERS.values() if fault.content_type == "application/json"]
    assert sum(1 for body in bodies if body.startswith(b'{"ok":false')) >= 20
    assert all(json.loads(body) for body in bodies if body.endswith(b"}"))
