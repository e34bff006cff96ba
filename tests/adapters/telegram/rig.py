"""A Telegram adapter on a loopback Bot API server, with one member who has pressed Start."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from adapters.telegram.client import Telegram
from bot.config.model import SecretSource, TelegramConfig
from tests.servers import faults
from tests.servers.telegram import TOKEN, FakeTelegram, Member

MEMBER = 4711
OTHER_TOKEN = "7000000001:KuulollaTokenThatNobodyAccepts00000"


async def soon(seconds: float) -> None:
    """Stand in for sleeping: give way, and go on."""
    await asyncio.sleep(0)


def adapter(
    url: str,
    token: str = TOKEN,
    *,
    mode: Literal["polling", "webhook"] = "polling",
    webhook_url: str = "",
    webhook_listen: str = "127.0.0.1:0",
    username: str = "",
    commands: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    webhook_secret: str = "",
    read_seconds: float = 5.0,
) -> Telegram:
    """Return an adapter that never really sleeps and draws the same chance each time."""
    config = TelegramConfig(
        token=SecretSource(env="TELEGRAM_TOKEN"),
        base_url=url,
        mode=mode,
        username=username,
        webhook_url=webhook_url,
        webhook_listen=webhook_listen,
    )
    return Telegram(
        config,
        token,
        commands=commands,
        webhook_secret=webhook_secret,
        chance=random.Random(0),
        sleep=soon,
        read_seconds=read_seconds,
    )


@dataclass
class TelegramRig:
    """See ``tests.adapters.contract.NetworkRig``."""

    server: FakeTelegram
    adapter: Telegram
    member: Member

    @property
    def chat(self) -> str:
        """The private chat's id is the member's."""
        return str(self.member.id)

    @property
    def secrets(self) -> Sequence[str]:
        """Both tokens, and the part after the colon."""
        return (TOKEN, OTHER_TOKEN, TOKEN.partition(":")[2])

    async def say(self, text: str) -> None:
        """The member writes."""
        await self.member.send(text)

    async def press(self, label: str) -> None:
        """The member presses a button."""
        await self.member.tap(label)

    async def shown(self) -> list[str]:
        """The bot's messages."""
        return [message.text for message in self.member.seen]

    async def buttons(self) -> list[str]:
        """What can be pressed under the newest message."""
        return self.member.seen[-1].labels if self.member.seen else []

    def refused(self) -> Telegram:
        """A token of the right shape that the server does not know."""
        return adapter(self.server.url, OTHER_TOKEN)

    async def go_down(self) -> None:
        """Refuse connections."""
        await self.server.pause()

    async def come_back(self) -> None:
        """Take connections again."""
        await self.server.resume()

    async def lose_next_answer(self) -> None:
        """Take the message, close without an answer."""
        self.server.faults.add("sendMessage", faults.drop())

    async def block(self) -> None:
        """The member blocks the bot."""
        await self.member.block()


@asynccontextmanager
async def telegram_rig() -> AsyncIterator[TelegramRig]:
    """A connected rig, closed at the end."""
    async with FakeTelegram() as server:
        telegram = adapter(server.url)
        await telegram.connect()
        try:
            yield TelegramRig(server, telegram, server.member(MEMBER, started=True))
        finally:
            await telegram.close()
