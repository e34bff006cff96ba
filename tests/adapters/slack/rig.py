"""A Slack adapter on a loopback workspace, with one member who can be written to."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from adapters.slack.client import Slack
from adapters.slack.pace import Pace
from bot.config.model import SecretSource, SlackConfig
from tests.servers import faults
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack, Member
from tests.servers.watch import WITHIN

OTHER_TOKEN = "xoxb-000000-nobody-accepts-this"
RETRIES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Slack repeats at once, after a minute and after five; here it is as patient, but quicker."""
PACE = Pace(ping=5.0, open=2.0, look=0.02, finish=0.5, first=0.01, longest=0.05, hold=0.2, stagger=60.0)


async def quick(seconds: float) -> None:
    """Stand in for sleeping: what takes a minute never comes, all else comes soon."""
    if seconds >= PACE.stagger:
        await asyncio.get_running_loop().create_future()
    await asyncio.sleep(min(seconds, 0.01))


def adapter(
    slack: FakeSlack,
    token: str = BOT_TOKEN,
    *,
    app_token: str = APP_TOKEN,
    mode: Literal["socket", "http"] = "socket",
    clock: Callable[[], float] | None = None,
    pace: Pace = PACE,
    sleep: Callable[[float], object] = quick,
    read_seconds: float = 5.0,
) -> Slack:
    """Return an adapter that hardly sleeps and draws the same chance each time."""
    config = SlackConfig(
        bot_token=SecretSource(env="SLACK_BOT_TOKEN"),
        base_url=slack.base_url,
        mode=mode,
        listen="127.0.0.1:0",
    )
    return Slack(
        config,
        token,
        app_token=app_token,
        signing_secret=SIGNING_SECRET,
        clock=clock or slack.clock.now,
        pace=pace,
        chance=random.Random(0),
        sleep=sleep,  # type: ignore[arg-type]
        read_seconds=read_seconds,
    )


@dataclass
class SlackRig:
    """See ``tests.adapters.contract.NetworkRig``."""

    server: FakeSlack
    adapter: Slack
    member: Member
    mode: Literal["socket", "http"] = "socket"

    @property
    def chat(self) -> str:
        """The direct message's channel."""
        return self.member.channel

    @property
    def secrets(self) -> Sequence[str]:
        """Every token and the secret."""
        return (BOT_TOKEN, APP_TOKEN, OTHER_TOKEN, SIGNING_SECRET)

    async def listening(self) -> None:
        """Wait until the adapter can be reached: nobody repeats a press that finds nobody."""
        if self.mode == "socket":
            await self.server.sockets.connected()
            return
        await asyncio.wait_for(self.adapter.listening.wait(), WITHIN)
        self.server.use_http(f"http://127.0.0.1:{self.adapter.port}/slack/events")

    async def say(self, text: str) -> None:
        """The member writes."""
        if self.mode == "http":
            await self.listening()
        await self.member.send(text)

    async def press(self, label: str) -> None:
        """The member presses a button."""
        await self.listening()
        await self.member.tap(label)

    async def shown(self) -> list[str]:
        """The bot's messages."""
        return [message.shown for message in self.member.seen]

    async def buttons(self) -> list[str]:
        """What can be pressed under the newest message."""
        return self.member.seen[-1].labels if self.member.seen else []

    def refused(self) -> Slack:
        """A token of the right shape that the server does not know."""
        return adapter(self.server, OTHER_TOKEN)

    async def go_down(self) -> None:
        """Refuse connections."""
        await self.server.pause()

    async def come_back(self) -> None:
        """Take connections again."""
        await self.server.resume()

    async def lose_next_answer(self) -> None:
        """Take the message, close without an answer."""
        self.server.faults.add("chat.postMessage", faults.drop())

    async def block(self) -> None:
        """The member's account is closed."""
        self.member.person.trouble = "user_disabled"


@asynccontextmanager
async def slack_rig(mode: Literal["socket", "http"] = "socket") -> AsyncIterator[SlackRig]:
    """A connected rig, closed at the end."""
    async with FakeSlack(ack_seconds=0.5, retry_pauses=RETRIES) as server:
        member = server.member()
        slack = adapter(server, mode=mode)
        await slack.connect()
        try:
            yield SlackRig(server, slack, member, mode)
        finally:
            await slack.close()
