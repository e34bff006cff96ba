"""Slack's requests over HTTP: check the signature, take in, and only then answer 200.

It listens on loopback behind the operator's proxy. A request that is not Slack's is answered with a bare
status; nothing of a body is logged.
"""

import asyncio
import logging
from binascii import a2b_qp
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from aiohttp import web

from adapters.slack.grouping import NotStored
from adapters.slack.intake import Intake
from adapters.slack.payload import text
from adapters.slack.verify import refusal

PATH: Final = "/slack/events"
"""One path for events, taps, windows and commands; the manifest names it."""
BODY: Final = 1024 * 1024
"""Bytes. A window with its 250 kB state is the greatest there is."""
FIELDS: Final = 50
"""Most fields of a command's form; Slack sends about fifteen."""

_log: Final = logging.getLogger(__name__)


class Endpoint:
    """Answers Slack's POSTs. ``app`` is the id of our app, where known; ``clock`` gives Unix time."""

    def __init__(self, *, secret: str, app: str, intake: Intake, clock: Callable[[], float]) -> None:
        self._secret = secret.encode()
        self._app = app
        self._intake = intake
        self._clock = clock

    async def serve(self, host: str, port: int, ready: Callable[[int], None]) -> None:
        """Listen until cancelled; ``ready`` is told the port, which differs from ``port`` where that is 0."""
        runner = web.ServerRunner(web.Server(self.handle, access_log=None))
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            ready(runner.addresses[0][1])
            await asyncio.get_running_loop().create_future()
        finally:
            await runner.cleanup()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        if request.path != PATH:
            return web.Response(status=404)
        if request.method != "POST":
            return web.Response(status=405)
        if (request.content_length or 0) > BODY:
            return web.Response(status=413)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        headers = request.headers
        refused = refusal(
            secret=self._secret,
            timestamp=headers.get("X-Slack-Request-Timestamp", ""),
            signature=headers.get("X-Slack-Signature", ""),
            body=body,
            now=self._clock(),
        )
        if refused:
            _log.warning("A request was refused: %s", refused)
            return web.Response(status=401)
        return await self._verified(body)

    async def _verified(self, body: bytes) -> web.Response:
        try:
            content = payload(body)
            raw = msgspec.json.decode(content, type=dict[str, Any])
        except ValueError:  # msgspec's and the decoding errors of text are its kinds
            return web.Response(status=400)
        if text(raw, "type") == "url_verification":
            return _json({"challenge": text(raw, "challenge")})
        if "ssl_check" in raw:
            return web.Response()
        if self._app and text(raw, "api_app_id") not in ("", self._app):
            _log.warning("A request for another app was refused.")
            return web.Response(status=401)
        try:
            said = await self._intake.take(raw, content)
        except NotStored:
            return web.Response(status=503)
        return _json(said) if said else web.Response()


def payload(body: bytes) -> bytes:
    """Return the JSON object of a request: events come bare, taps and windows in a form, commands as one.

    Raises ValueError for what is none of these.
    """
    if body.startswith(b"{"):
        return body
    if body.startswith(b"payload="):
        return _unquoted(body[8:].partition(b"&")[0])
    fields = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS)
    return msgspec.json.encode(dict(fields))


def _unquoted(value: bytes) -> bytes:
    """Return a form's value without its escapes, as ``unquote_to_bytes`` does, at a twentieth of its time.

    An escape of quoted-printable differs from a form's in its first letter only, and C reads that one. What
    would mean something else there stands in no form of Slack's; where it does, the slow way reads it.
    """
    spaced = value.replace(b"+", b" ")
    if b"=" in spaced or b"\n" in spaced:
        return unquote_to_bytes(spaced)
    return a2b_qp(spaced.replace(b"%", b"="))


def _json(said: dict[str, Any]) -> web.Response:
    return web.Response(body=msgspec.json.encode(said), content_type="application/json")
