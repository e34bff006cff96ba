"""python-telegram-bot's HTTP seam on a shared aiohttp session: POST only, each phase with its own time limit.

The limits are per phase (connect, read) and never on the whole, so that a failure tells whether the request
may have left us. Nothing here repeats a request, and no message or cause carries the URL: it holds the token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict, cast

import aiohttp
import msgspec
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.engine.messages import Document

CONNECT_SECONDS: Final = 5.0
"""For a free connection, name, TCP and TLS. Whatever fails in this time was surely not sent."""
READ_SECONDS: Final = 10.0
"""Between two pieces of an answer. Telegram answers within one; with connecting it stays below 20 a send."""
CONNECTIONS: Final = 100
"""Sends in flight and the long poll. One more waits for a connection, up to CONNECT_SECONDS."""

_JSON: Final = {"Content-Type": "application/json"}
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class _Updates(TypedDict, total=False):
    result: list[msgspec.Raw]
    description: str
    parameters: dict[str, Any]


_decode_updates: Final = msgspec.json.Decoder(_Updates).decode


@dataclass(frozen=True, slots=True)
class Parameters:
    """What ``Request`` needs of python-telegram-bot's ``RequestData``: plain values, and perhaps a file."""

    parameters: Mapping[str, object]
    contains_files: bool = False


def open_session() -> aiohttp.ClientSession:
    """Return the one session of an adapter. Must be called, and later closed, inside the running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS),
    )


class Request(BaseRequest):
    """Calls of the Bot API on a session that somebody else opens and closes.

    ``read_seconds`` bounds the silence between two pieces of an answer. ``date`` is the last answer's own
    Date header, as it came.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=connect_seconds, sock_connect=connect_seconds, sock_read=read_seconds
        )
        self.date = ""

    async def call(self, url: str, params: Mapping[str, object]) -> Any:
        """Call a method by its whole URL with plain JSON values and files, and return the bare result.

        Raises what ``adapters.telegram.errors.error`` reads. This is ``BaseRequest.post`` without the objects
        that ``Bot`` would build and take apart on the way.
        """
        uploads = any(isinstance(value, Document) for value in params.values())
        return await self.post(url, cast(RequestData, Parameters(params, uploads)))

    @property
    def read_timeout(self) -> float | None:
        """Seconds of silence after which an answer is given up."""
        return self._timeout.sock_read

    async def initialize(self) -> None:
        """The session is open already."""

    async def shutdown(self) -> None:
        """The session is closed by its owner."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Decode an answer. Raises TelegramError; the payload is never logged, as the library's own does."""
        try:
            return _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise TelegramError("Invalid server response") from problem

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_timeouts: Any, **_more: Any
    ) -> tuple[int, bytes]:
        """POST the parameters as JSON, or as a form where a file is among them; return status and body.

        Time limits are those of the class.

        Raises TimedOut or NetworkError with aiohttp's exception as the cause.
        """
        given = cast("Parameters | RequestData | None", request_data) or Parameters({})
        files = given.contains_files
        if method != "POST" or (files and not isinstance(given, Parameters)):
            raise TelegramError("Only calls with plain parameters are made here.")
        params: Mapping[str, object] = given.parameters
        body = _form(params) if files else _encode(params)
        try:
            async with self._session.post(
                url, data=body, headers=None if files else _JSON, timeout=self._timeout, allow_redirects=False
            ) as response:
                self.date = response.headers.get("Date", "")
                return response.status, await response.read()
        except TimeoutError as problem:
            raise TimedOut(type(problem).__name__) from problem
        except aiohttp.ClientResponseError:
            # Its text and its request_info hold the URL.
            raise NetworkError("The answer is not HTTP.") from aiohttp.ClientPayloadError()
        except aiohttp.ClientError as problem:
            raise NetworkError(type(problem).__name__) from problem


def _form(params: Mapping[str, object]) -> aiohttp.FormData:
    """The parameters as a form; what is neither text nor a file goes as JSON, as the Bot API wants it."""
    form = aiohttp.FormData()
    for name, value in params.items():
        if isinstance(value, Document):
            form.add_field(name, value.content.encode(), filename=value.name, content_type=value.media)
        else:
            form.add_field(name, value if isinstance(value, str) else _encode(value).decode())
    return form


class UpdatesRequest(Request):
    """The same for ``getUpdates``: every update of the result stays raw JSON, well formed or not."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Decode the envelope only. Raises TelegramError where not even that can be read."""
        try:
            return cast("dict[str, Any]", _decode_updates(payload))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _decode_leniently(payload)


def _decode_leniently(payload: bytes) -> dict[str, Any]:
    """Decode what only a forgiving reader takes (broken surrogates, NaN): one update must not cost others."""
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
        if answer.get("ok"):
            answer["result"] = [msgspec.Raw(json.dumps(update).encode()) for update in answer["result"]]
    except (ValueError, AttributeError, LookupError, TypeError, RecursionError) as problem:
        raise TelegramError("Invalid server response") from problem
    return cast("dict[str, Any]", answer)
