"""A file that a member sent, fetched from Slack: files.info, then its private address with the bot's token.

Only an address of Slack's own, over the same kind of connection as the Web API, is given the token.
"""

import asyncio
from typing import Final

import aiohttp

from adapters.base import NotFetched
from adapters.slack.api import Api
from adapters.slack.errors import error
from adapters.slack.payload import inner, text
from adapters.slack.translate import SOURCE
from bot.engine.messages import Failure

FETCH_SECONDS: Final = 120.0
PIECE: Final = 64 * 1024
OK: Final = 200


async def fetch(api: Api, token: str, source: str, most: int) -> bytes | NotFetched:
    """The file of at most so many bytes. Never raises."""
    if not source.startswith(SOURCE):
        return NotFetched("not_ours", again=False)
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return await _fetch(api, token, source.removeprefix(SOURCE), most)
    except Exception as problem:  # noqa: BLE001 - the table knows them all
        failed = error(problem)
        again = failed.failure in (Failure.RETRY, Failure.AMBIGUOUS)
        return NotFetched("unreachable" if again else "gone", again=again)


async def _fetch(api: Api, token: str, file: str, most: int) -> bytes | NotFetched:
    found = inner((await api.web.files_info(file=file)).data, "file")
    size, address = found.get("size"), text(found, "url_private_download") or text(found, "url_private")
    if isinstance(size, int) and size > most:
        return NotFetched("too_large", again=False)
    if not api.may_fetch(address):
        return NotFetched("foreign_address", again=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with api.get(address, headers) as response:
        # without the scope files:read Slack sends a page to sign in, not an error
        if response.status != OK or response.content_type == "text/html":
            return NotFetched("refused", again=False)
        return await _within(response, most)


async def _within(response: aiohttp.ClientResponse, most: int) -> bytes | NotFetched:
    body = bytearray()
    async for piece in response.content.iter_chunked(PIECE):
        body += piece
        if len(body) > most:
            return NotFetched("too_large", again=False)
    return bytes(body)
