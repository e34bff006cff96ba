"""The webhook endpoint: check who calls, have the update committed, and only then answer 200.

It listens on loopback behind the operator's proxy. Whatever is wrong with a request is answered with a bare
status; nothing of its body is logged or looked at beyond its id and its chat.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from adapters.base import Receive
from adapters.telegram.translate import raw_update

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name (Bot API, setWebhook)
BODY: Final = 1024 * 1024
"""Bytes; the greatest update there can be is a fraction of that."""
PATH_LETTERS: Final = 32
STOP_SECONDS: Final = 5.0
"""For requests in hand when the program ends; what is cut comes again."""

_log: Final = logging.getLogger(__name__)


def path_of(secret: str) -> str:
    """Return the path that belongs to a secret: nobody can guess it, and every process finds the same one."""
    return hashlib.sha256(b"kuulolla webhook path\0" + secret.encode()).hexdigest()[:PATH_LETTERS]


class Endpoint:
    """Answers Telegram's POSTs. ``heard`` is called for every update that was committed."""

    def __init__(self, secret: str, receive: Receive, heard: Callable[[], None]) -> None:
        self._secret = secret
        self._path = path_of(secret)
        self._receive = receive
        self._heard = heard
        self._runner = web.ServerRunner(
            web.Server(self.handle, access_log=None), shutdown_timeout=STOP_SECONDS
        )

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, which differs from ``port`` where that is 0. Raises OSError."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Finish the requests in hand and close."""
        await self._runner.cleanup()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        if not _same(request.path.rsplit("/", 1)[-1], self._path):
            return web.Response(status=404)
        if request.method != "POST":
            return web.Response(status=405)
        if not _same(request.headers.get(SECRET_HEADER, ""), self._secret):
            return web.Response(status=403)
        if request.content_type != "application/json":
            return web.Response(status=415)
        if (request.content_length or 0) > BODY:
            return web.Response(status=413)
        return await self._take(request)

    async def _take(self, request: web.BaseRequest) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        try:
            msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return web.Response(status=400)
        try:
            await self._receive([raw_update(body)])
        except Exception as problem:  # noqa: BLE001 - whatever the store says, Telegram shall send it again
            _log.error("An update could not be stored: %s", type(problem).__name__)
            return web.Response(status=503)
        self._heard()
        return web.Response()


def _same(given: str, expected: str) -> bool:
    """Compare in constant time; a header may hold bytes that are no text."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
