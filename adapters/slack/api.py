"""Slack's Web API on one shared session: each phase with its own time limit, and nothing ever sent twice.

Slack's library repeats a call after a dropped connection unless told otherwise, which posts a message twice;
here it is told otherwise, in one place. Every method raises what that library and aiohttp raise.
"""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.payload import Raw, inner, objects, text
from adapters.slack.translate import carries, is_person
from bot.engine.messages import Document

CONNECT_SECONDS: Final = 5.0
"""For a free connection, name, TCP and TLS. Whatever fails in this time was surely not sent."""
READ_SECONDS: Final = 10.0
"""Between two pieces of an answer."""
CONNECTIONS: Final = 100
HISTORY: Final = 100
"""Messages read back: far more than a direct message gets between a send and its look-up."""
CHANNELS: Final = 50_000
"""Most direct messages remembered by person, some 10 MB."""
HOOKS: Final = ".slack.com"
"""Where a tap's ``response_url`` or an upload may point to; else nowhere but to the host of ``base_url``."""


class NotShared(Exception):
    """A file was surely not shared; the cause says why."""


class Api:
    """The two clients of an app, the bot's and the app's own. Must be made and closed inside the loop."""

    def __init__(
        self, base_url: str, bot_token: str, app_token: str = "", *, read_seconds: float = READ_SECONDS
    ) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=read_seconds
            ),
        )
        self._host = urlsplit(base_url).netloc
        self._channels: OrderedDict[str, str] = OrderedDict()
        self.web = AsyncWebClient(bot_token, base_url, session=self._session, retry_handlers=[])
        self.app = AsyncWebClient(app_token, base_url, session=self._session, retry_handlers=[])

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def call(self, method: str, parameters: Mapping[str, Any]) -> AsyncSlackResponse:
        """Call a writing method, by POST and as JSON."""
        return await self.web.api_call(method, json=dict(parameters))

    async def channel(self, chat: str) -> str:
        """Return the direct message's channel; for a person it is opened first, and remembered."""
        if not is_person(chat):
            return chat
        known = self._channels.get(chat)
        if known is not None:
            self._channels.move_to_end(chat)
            return known
        found = text((await self.call("conversations.open", {"users": chat})).data, "channel", "id")
        if not found:
            raise ValueError("conversations.open named no channel")
        self._channels[chat] = found
        if len(self._channels) > CHANNELS:
            self._channels.popitem(last=False)
        return found

    async def user(self, person: str) -> Raw:
        """Return what Slack knows of a person, with the locale."""
        response = await self.web.users_info(user=person, include_locale=True)
        return inner(response.data, "user")

    async def find(self, channel: str, key: str) -> str:
        """Return the ``ts`` of the message that was sent under this outbox key; empty if there is none."""
        response = await self.web.conversations_history(
            channel=channel, limit=HISTORY, include_all_metadata=True
        )
        messages = objects(inner(response.data).get("messages"))
        return next((text(message, "ts") for message in messages if carries(message, key)), "")

    def may_fetch(self, address: str) -> bool:
        """Whether this is an address of Slack's own, which may be shown the bot's token."""
        return self._ours(address)

    def get(
        self, address: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Read an address, without following it anywhere else."""
        return self._session.get(address, headers=headers, allow_redirects=False)

    async def respond(self, url: str, message: Mapping[str, Any]) -> bool:
        """Answer a tap at its ``response_url`` and return whether Slack took it."""
        if not self._ours(url):
            return False
        async with self._session.post(url, json=dict(message), allow_redirects=False) as response:
            return response.status == 200  # noqa: PLR2004 - HTTP's own word for "yes"

    async def upload(self, channel: str, document: Document, comment: str) -> str:
        """Share a file in a direct message and return its id: ask for an address, upload, complete.

        Raises ``NotShared`` for whatever happens before the last step; until then nobody sees anything.
        """
        content = document.content.encode()
        try:
            wanted = {"filename": document.name, "length": str(len(content))}
            place = (await self.web.api_call("files.getUploadURLExternal", data=wanted)).data
            url, file = text(place, "upload_url"), text(place, "file_id")
            if not self._ours(url):
                raise ValueError("files.getUploadURLExternal named a foreign address")
            async with self._session.post(url, data=content, allow_redirects=False) as response:
                if response.status != 200:  # noqa: PLR2004 - HTTP's own word for "yes"
                    raise ValueError("the upload was refused")
        except Exception as problem:
            raise NotShared from problem
        done = {
            "files": [{"id": file, "title": document.name}],
            "channel_id": channel,
            "initial_comment": comment,
        }
        await self.call("files.completeUploadExternal", done)
        return file

    def _ours(self, url: str) -> bool:
        """Whether an address is Slack's: under its domain, or on the host that we were told to use."""
        target = urlsplit(url)
        return target.netloc == self._host or (
            target.scheme == "https" and (target.hostname or "").endswith(HOOKS)
        )

    async def socket_url(self) -> str:
        """Return the address of a new Socket Mode connection. Good for one connection, soon."""
        return text((await self.app.apps_connections_open(app_token=self.app.token or "")).data, "url")
