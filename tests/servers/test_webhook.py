"""FakeTelegram's webhook against a real endpoint: the secret, order, retries and the end of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest

from tests.servers.clock import ManualClock
from tests.servers.telegram import TOKEN, FakeTelegram
from tests.servers.telegram.webhook import GONE_AFTER
from tests.servers.watch import Watch

SECRET = "salainen-1"


class Endpoint:
    """Answers with the given statuses in turn, then 200; remembers what it heard."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.url = ""
        self.secrets: list[str | None] = []
        self.heard: list[str] = []
        self.watch = Watch()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Take one update."""
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.heard.append(json.loads(await request.read())["message"]["text"])
        self.watch.changed()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def hears(self, count: int) -> list[str]:
        """Wait for so many requests."""
        return await self.watch.until(lambda: self.heard if len(self.heard) >= count else None)


@asynccontextmanager
async def listening(*statuses: int) -> AsyncIterator[Endpoint]:
    """Run an endpoint."""
    endpoint = Endpoint(*statuses)
    server = await asyncio.get_running_loop().create_server(web.Server(endpoint.handle), "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield endpoint
    finally:
        server.close()


async def test_updates_are_posted_with_the_secret_and_retried_in_order() -> None:
    """A chat's second message waits for its first; another chat's does not."""
    async with (
        FakeTelegram(webhook_first_retry=0.05) as tg,
        listening(503) as endpoint,
        Bot(TOKEN, base_url=tg.base_url) as bot,
    ):
        await tg.member(1).send("yksi")
        await tg.member(1).send("kaksi")
        await tg.member(2).send("muu")
        await bot.set_webhook(endpoint.url, secret_token=SECRET)
        assert await endpoint.hears(4) == ["yksi", "muu", "yksi", "kaksi"]
        assert set(endpoint.secrets) == {SECRET}
        await tg.updates.watch.until(lambda: len(tg.updates) == 0 or None)
        info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (endpoint.url, 0)
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"


async def test_updates_wait_for_polling_again_when_the_webhook_goes() -> None:
    """What was not taken is not lost."""
    async with (
        FakeTelegram(webhook_first_retry=30) as tg,
        listening(500) as endpoint,
        Bot(TOKEN, base_url=tg.base_url) as bot,
    ):
        await bot.set_webhook(endpoint.url)
        await tg.member(1).send("hei")
        await endpoint.hears(1)
        await bot.delete_webhook()
        updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message] == ["hei"]
    assert endpoint.secrets == [None]


async def test_pending_updates_can_be_dropped() -> None:
    """Only when asked for."""
    async with FakeTelegram() as tg, Bot(TOKEN, base_url=tg.base_url) as bot:
        await tg.member(1).send("hei")
        await bot.delete_webhook()
        assert len(tg.updates) == 1
        await bot.delete_webhook(drop_pending_updates=True)
        assert len(tg.updates) == 0


async def test_a_webhook_that_is_gone_for_23_hours_is_removed() -> None:
    """410 is retried until then."""
    clock = ManualClock()
    async with (
        FakeTelegram(clock=clock, webhook_first_retry=0.01) as tg,
        listening(*[410] * 99) as endpoint,
        Bot(TOKEN, base_url=tg.base_url) as bot,
    ):
        await bot.set_webhook(endpoint.url)
        await tg.member(1).send("hei")
        await endpoint.hears(2)
        assert tg.webhook.url
        clock.advance(GONE_AFTER + 60)
        await tg.watch.until(lambda: not tg.webhook.url or None)


@pytest.mark.parametrize(
    ("url", "secret", "trouble"),
    [
        ("http://example.org/x", "", "HTTPS URL must be provided"),
        ("https://example.org", "ä", "unallowed characters"),
    ],
)
async def test_a_bad_webhook_is_refused(url: str, secret: str, trouble: str) -> None:
    """Plain HTTP is refused as on the real platform unless the test allows it."""
    async with FakeTelegram(allow_http_webhook=False) as tg, Bot(TOKEN, base_url=tg.base_url) as bot:
        with pytest.raises(BadRequest, match=f"(?i){trouble}"):
            await bot.set_webhook(url, secret_token=secret)
