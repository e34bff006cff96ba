"""A file that a member sent, fetched over the Bot API: getFile, then its address, which holds the token.

The address is used once, here, and stands in no log, no exception and no answer.
"""

import asyncio
from typing import Final

import aiohttp
from telegram.error import BadRequest, TelegramError

from adapters.base import NotFetched
from adapters.telegram.attachments import SOURCE
from adapters.telegram.request import CONNECT_SECONDS, Request

FETCH_SECONDS: Final = 120.0
"""For twenty megabytes, the most that Telegram gives a bot."""
PIECE: Final = 64 * 1024
GONE: Final = frozenset({400, 403, 404, 410})


async def fetch(
    session: aiohttp.ClientSession, request: Request, base_url: str, file_url: str, source: str, most: int
) -> bytes | NotFetched:
    """The file of at most so many bytes. ``base_url`` and ``file_url`` hold the token. Never raises."""
    if not source.startswith(SOURCE):
        return NotFetched("not_ours", again=False)
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            found = await request.call(f"{base_url}/getFile", {"file_id": source.removeprefix(SOURCE)})
            path = found.get("file_path") if isinstance(found, dict) else None
            if not isinstance(path, str) or ".." in path or "://" in path:
                return NotFetched("no_path", again=False)
            if isinstance(size := found.get("file_size"), int) and size > most:
                return NotFetched("too_large", again=False)
            return await _read(session, f"{file_url}/{path}", most)
    except BadRequest as problem:
        large = "too big" in str(problem).lower()
        return NotFetched("too_large" if large else "gone", again=False)
    except (TelegramError, aiohttp.ClientError, TimeoutError):
        return NotFetched("unreachable", again=True)


async def _read(session: aiohttp.ClientSession, url: str, most: int) -> bytes | NotFetched:
    limit = aiohttp.ClientTimeout(total=FETCH_SECONDS, connect=CONNECT_SECONDS)
    async with session.get(url, timeout=limit, allow_redirects=False) as response:
        if response.status in GONE:
            return NotFetched("gone", again=False)
        if response.status != 200:  # noqa: PLR2004 - HTTP's own word for "yes"
            return NotFetched("unreachable", again=True)
        return await within(response, most)


async def within(response: aiohttp.ClientResponse, most: int) -> bytes | NotFetched:
    """The body of an answer, unless it is longer than said; then no more of it is read."""
    body = bytearray()
    async for piece in response.content.iter_chunked(PIECE):
        body += piece
        if len(body) > most:
            return NotFetched("too_large", again=False)
    return bytes(body)
