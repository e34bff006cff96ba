"""A full disk over the real Telegram client: nothing is confirmed, people are told once, nothing is lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from adapters.telegram.client import Telegram
from bot.app import App
from bot.config.model import SecretSource, TelegramConfig
from bot.engine.messages import RawUpdate, Receipt
from bot.reception import Reception
from bot.service.context import Context
from bot.service.dispatch import Pace
from bot.texts import Texts
from storage import Connection
from storage import tables as t
from storage.store import Store
from storage.trouble import StorageFull
from tests.servers.telegram import TOKEN, FakeTelegram
from tests.service.association import configured
from tests.service.rig import Rig

WORDS = "Your answer could not be saved just now. I will ask again as soon as it can."
AT_ONCE = Pace(per_second=0, per_chat_per_second=0)


ROOM = 4_000_000_000
"""Pages: as many as SQLite ever allows."""


def limit(store: Store, pages: int | None = None) -> None:
    """Let the database grow to so many pages, or not at all: what a full disk is to SQLite."""

    def job(connection: Connection) -> None:
        most = pages or connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    store.write(job)


@contextmanager
def full(store: Store) -> Iterator[None]:
    """No room for another page, until the end of the block."""
    limit(store)
    try:
        yield
    finally:
        limit(store, ROOM)


def long_words(number: int) -> str:
    """An answer that needs a page of its own."""
    return f"{number} " + "word " * 800


async def test_a_full_disk_is_told_and_what_was_sent_meanwhile_is_stored_after(
    sqlite_store: Store,
) -> None:
    """The offset stays; each chat hears of it once; with room again the very same words arrive."""
    async with FakeTelegram() as server:
        telegram = Telegram(TelegramConfig(token=SecretSource(env="T"), base_url=server.url), TOKEN)
        context = Context(configured(), Texts.load(), {"telegram": telegram.to_inbound})
        app = App(context, sqlite_store, [(telegram, AT_ONCE)])
        await app.connect()
        running = asyncio.create_task(app.run())
        try:
            aino = server.member(5, first_name="Aino", language_code="en")
            await aino.start()
            await aino.wait_for("Hello.")
            with full(sqlite_store):
                for number in range(6):
                    await aino.send(long_words(number))
                await aino.wait_for(WORDS)
            await aino.wait_for("Shall it go to Hauskala as feedback?")
            assert [text for text in aino.transcript() if WORDS in text] == [WORDS]
        finally:
            app.stopping.set()
            await running
        rig = Rig(sqlite_store, context.config)
        assert rig.values(t.inbox, "state") == ["done"] * 7
        assert rig.values(t.outbox, "state").count("unknown") == 0


class Loudspeaker:
    """The tests' platform as an adapter: what it is given to send is only written down."""

    platform, account = "chat", "hauskala"

    def __init__(self, rig: Rig) -> None:
        self.to_inbound = rig.context.translate["chat"]
        self.said: list[tuple[str, str]] = []

    async def send(self, outgoing: Any) -> Any:
        """Say it at once."""
        self.said.append((outgoing.chat, outgoing.message.text))
        return Receipt("m")


@pytest.mark.parametrize(("minutes", "asked_again"), [(1, False), (5, True)])
async def test_after_a_disk_that_was_full_for_long_open_questions_are_put_again(
    rig: Rig, minutes: int, asked_again: bool
) -> None:
    """Presses are forgotten by the platform in 150 seconds; the bot has promised to ask again."""
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    aino.looks()
    speaker = Loudspeaker(rig)

    async def write(job: Any) -> Any:
        return await asyncio.wrap_future(rig.store.submit(job))

    reception = Reception(rig.context, write, lambda: rig.now, [])

    async def take_in(number: int) -> None:
        body = b'{"platform":"chat","account":"hauskala","external_id":"%d","address":"chat:aino",' % number
        body += b'"chat":"aino","kind":"text","text":"' + long_words(number).encode() + b'"}'
        update = RawUpdate(external_id=f"x{number}", chat="aino", body=body)
        await reception.take_in(speaker, write, [update])  # type: ignore[arg-type]

    with full(rig.store):
        refusals = 0
        for number in range(8):
            try:
                await take_in(number)
            except StorageFull:
                refusals += 1
        assert refusals > 1
        assert speaker.said == [
            ("aino", "Vastaustasi ei voitu juuri nyt tallentaa. Kysyn uudestaan heti, kun se onnistuu.")
        ]
    rig.now += timedelta(minutes=minutes)
    await take_in(99)
    assert ("again" in rig.values(t.fires, "kind")) == asked_again
    rig.tick()
    assert any("How are you?" in text for text in aino.looks()) or not asked_again
