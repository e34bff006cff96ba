"""The hook's side of HTTP: one address for signed calls of other programs, on the local listener.

What a call says is ``bot.calls``, what it leads to the service. Whoever cannot sign learns nothing here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from aiohttp import web

from bot import calls
from bot.calls import BadCall, Call

log: Final = logging.getLogger(__name__)

PATH: Final = "/hook"
READ_WITHIN: Final = 10.0
"""Seconds in which a body must have arrived."""

Take = Callable[[Call, str, datetime], Awaitable[Mapping[str, object]]]


class Hook:
    """Verifies, reads and hands over; ``take`` returns when the call is kept."""

    def __init__(self, secret: str, timezone: str, take: Take, clock: Callable[[], datetime]) -> None:
        self._secret = secret
        self._timezone = timezone
        self._take = take
        self._clock = clock

    async def answer(self, request: web.Request) -> web.Response:
        """200 when taken, also if it was taken before; else what is wrong."""
        try:
            return web.json_response(await self._taken(request))
        except BadCall as bad:
            return web.json_response({"error": bad.message}, status=bad.status)
        except web.HTTPRequestEntityTooLarge:
            return web.json_response({"error": "too large"}, status=413)
        except TimeoutError:
            return web.json_response({"error": "too slow"}, status=408)
        except Exception:
            log.exception("a call of the hook failed")
            return web.json_response({"error": "not now, try again"}, status=503)

    async def _taken(self, request: web.Request) -> Mapping[str, object]:
        async with asyncio.timeout(READ_WITHIN):
            body = await request.read()
        now = self._clock()
        key = calls.verify(self._secret, request.headers, body, now)
        if request.content_type != "application/json":
            raise BadCall(415, "send application/json")
        return await self._take(calls.read(body, self._timezone), key, now)
