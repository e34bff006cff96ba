"""Webhook mode: a stranger gets nothing, a full disk gets a second try, and 200 means stored."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from adapters.telegram.client import Telegram
from adapters.telegram.translate import ALLOWED_UPDATES
from adapters.telegram.webhook import BODY, SECRET_HEADER, path_of
from bot.errors import UserError
from tests.adapters.contract import Inbox
from tests.adapters.telegram.rig import MEMBER, adapter
from tests.servers.telegram import FakeTelegram, refusal

SECRET = "a-webhook-secret_0123456789"
UPDATE = {"update_id": 5, "message": {"chat": {"id": 4711, "type": "private"}}}


@dataclass
class Hook:
    """A running webhook and a client that pretends to be Telegram."""

    telegram: Telegram
    inbox: Inbox
    session: aiohttp.ClientSession

    async def post(
        self,
        body: Any = UPDATE,
        *,
        path: str = "/behind/proxy/" + path_of(SECRET),
        secret: str | None = SECRET,
        kind: str = "application/json",
        method: str = "POST",
    ) -> int:
        """Return the status of one request."""
        headers = {"Content-Type": kind} | ({SECRET_HEADER: secret} if secret is not None else {})
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        url = f"http://127.0.0.1:{self.telegram.webhook_port}{path}"
        async with self.session.request(method, url, data=data, headers=headers) as response:
            assert await response.read() == b""
            return response.status


async def until_set(server: FakeTelegram) -> None:
    """Wait until setWebhook has been answered."""
    await server.recorder.wait_for("setWebhook")


@asynccontextmanager
async def running(server: FakeTelegram, webhook_url: str = "https://example.org/tg") -> AsyncIterator[Hook]:
    """Run an adapter in webhook mode for the length of a block."""
    telegram = adapter(server.url, mode="webhook", webhook_url=webhook_url, webhook_secret=SECRET)
    inbox = Inbox()
    task = asyncio.create_task(telegram.run(inbox.receive))
    try:
        async with aiohttp.ClientSession() as session:
            await until_set(server)
            yield Hook(telegram, inbox, session)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await telegram.close()


@asynccontextmanager
async def hooked() -> AsyncIterator[Hook]:
    """A webhook whose platform never calls by itself."""
    async with FakeTelegram() as server, running(server) as hook:
        yield hook


async def test_the_webhook_is_announced_with_secret_and_path() -> None:
    """The path is not in the configuration: it follows from the secret, and nobody can guess it."""
    async with FakeTelegram() as server, running(server, "https://example.org/tg/"):
        (call,) = server.recorder.of("setWebhook")
    assert call.params["url"] == f"https://example.org/tg/{path_of(SECRET)}"
    assert call.params["secret_token"] == SECRET
    assert call.params["allowed_updates"] == list(ALLOWED_UPDATES)
    assert call.params.get("drop_pending_updates") in (False, None)


async def test_an_update_is_answered_after_it_is_stored() -> None:
    """200 means committed, and the bytes are those that came."""
    async with hooked() as hook:
        assert await hook.post() == 200
        assert hook.telegram.heard_at is not None
    (update,) = hook.inbox.updates
    assert (update.external_id, update.chat, json.loads(update.body)) == ("5", "4711", UPDATE)


async def test_an_update_that_cannot_be_stored_is_asked_for_again() -> None:
    """503: Telegram keeps it and tries again."""
    async with hooked() as hook:
        hook.inbox.refuse = 1
        assert [await hook.post(), await hook.post()] == [503, 200]
    assert len(hook.inbox.updates) == 1


async def test_twenty_copies_are_one_update() -> None:
    """Every copy is confirmed; the inbox's key keeps one."""
    async with hooked() as hook:
        assert {await hook.post() for _ in range(20)} == {200}
    assert len(hook.inbox.updates) == 1


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET.upper(), "ä"])
async def test_a_wrong_secret_is_forbidden(secret: str | None) -> None:
    """Whoever found the path still has no word to say."""
    async with hooked() as hook:
        assert await hook.post(secret=secret) == 403
    assert hook.inbox.updates == []


@pytest.mark.parametrize("path", ["/", "/webhook", "/tg/" + path_of("other"), "/" + path_of(SECRET) + "/x"])
async def test_other_paths_do_not_exist(path: str) -> None:
    """Not even with the right secret."""
    async with hooked() as hook:
        assert await hook.post(path=path) == 404
    assert hook.inbox.updates == []


async def test_only_posts_are_taken() -> None:
    """A browser gets a bare status."""
    async with hooked() as hook:
        assert await hook.post(method="GET") == 405


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_only_json_is_taken(kind: str) -> None:
    """Nothing else is even read."""
    async with hooked() as hook:
        assert await hook.post(kind=kind) == 415


async def pieces(count: int) -> AsyncIterator[bytes]:
    """A body of unknown length."""
    for _ in range(count):
        yield b" " * 65_536


async def test_too_much_is_refused() -> None:
    """With a length told before, and with one that shows only on the way."""
    async with hooked() as hook:
        assert await hook.post(io.BytesIO(b" " * (BODY + 1))) == 413
        assert await hook.post(pieces(17)) == 413
        assert await hook.post() == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff\xfe"])
async def test_what_is_no_update_is_a_bad_request(body: bytes) -> None:
    """Not stored, not confirmed as an update."""
    async with hooked() as hook:
        assert await hook.post(body) == 400
    assert hook.inbox.updates == []


async def test_members_reach_the_bot_through_the_webhook() -> None:
    """From a member's client to the inbox, the platform calling by itself, one commit failing."""
    async with FakeTelegram(webhook_first_retry=0.01) as server:
        member = server.member(MEMBER)
        telegram = adapter(server.url, mode="webhook", webhook_secret=SECRET)
        inbox = Inbox()
        inbox.refuse = 1
        task = asyncio.create_task(telegram.run(inbox.receive))
        await until_set(server)
        server.webhook.deliver_to(
            f"http://127.0.0.1:{telegram.webhook_port}/{path_of(SECRET)}", SECRET, 40, http_allowed=True
        )
        await member.start("token")
        await member.send("moi")
        updates = await inbox.wait(2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await telegram.close()
        statuses = [status for _, status in server.webhook.deliveries]
    read = [inbound for update in updates if (inbound := telegram.to_inbound(update.body))]
    assert [(inbound.kind, inbound.text) for inbound in read] == [("command", "start"), ("text", "moi")]
    assert statuses == [503, 200, 200]


async def test_an_address_in_use_is_the_admins_to_mend() -> None:
    """One clear error that names the setting."""
    async with FakeTelegram() as server:
        telegram = adapter(server.url, mode="webhook", webhook_listen=f"127.0.0.1:{server.port}")
        with pytest.raises(UserError, match=r"telegram\.webhook_listen"):
            await telegram.run(Inbox().receive)
        await telegram.close()


async def test_an_address_that_telegram_refuses_is_the_admins_to_mend() -> None:
    """Not tried for ever, and said in Telegram's words."""
    async with FakeTelegram() as server:
        server.faults.add(
            "setWebhook", refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        )
        telegram = adapter(server.url, mode="webhook", webhook_url="http://example.org")
        with pytest.raises(UserError, match="https url must be provided"):
            await telegram.run(Inbox().receive)
        await telegram.close()


async def test_each_start_has_its_own_secret_unless_one_is_given() -> None:
    """Nothing to configure, nothing to leak."""
    secrets = set()
    for _ in range(2):
        async with FakeTelegram() as server:
            telegram = adapter(server.url, mode="webhook", webhook_url="https://example.org")
            task = asyncio.create_task(telegram.run(Inbox().receive))
            await until_set(server)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await telegram.close()
            (call,) = server.recorder.of("setWebhook")
            secrets.add((call.params["secret_token"], call.params["url"]))
    assert len(secrets) == 2
