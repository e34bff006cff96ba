"""An outage in the middle of a wave: few invites end in doubt, and the rest go out when it is over."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.delivery import Delivery
from bot.engine.messages import Outgoing, Receipt, SendError
from bot.service.dispatch import Pace
from storage import tables as t
from tests.service.rig import ACCOUNT, UNSURE, Rig

PEOPLE = 30


@dataclass
class Platform:
    """The tests' platform as an adapter that is out of order, or not."""

    works: bool = False
    platform: str = "chat"
    account: str = ACCOUNT
    sent: list[Outgoing] = field(default_factory=list)

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """Nobody knows, or it is there."""
        self.sent.append(outgoing)
        return Receipt(f"m{len(self.sent)}") if self.works else UNSURE


async def minutes_pass(rig: Rig, delivery: Delivery, minutes: int) -> None:
    """Claims, sends and results, every ten seconds of the rig's clock."""
    for _ in range(minutes * 6):
        rig.now += timedelta(seconds=10)
        while await delivery.round():
            await delivery.settle_all()


async def test_an_outage_leaves_few_invites_in_doubt(rig: Rig) -> None:
    """Ten minutes without the platform: a handful in doubt, everybody else invited afterwards, once."""
    for number in range(PEOPLE):
        rig.person(f"P{number}")
    rig.plan_wave()
    rig.fire()
    platform, heard = Platform(), rig.now

    async def write(job: Any) -> Any:
        return await asyncio.wrap_future(rig.store.submit(job))

    def last_heard() -> datetime:
        return heard

    delivery = Delivery(
        rig.context, platform, write, lambda: rig.now, "here",  # type: ignore[arg-type]
        Pace(per_second=28, per_chat_per_second=1), heard=last_heard,
    )  # fmt: skip
    await minutes_pass(rig, delivery, 10)
    doubtful = rig.values(t.outbox, "state").count("unknown")
    assert 3 <= doubtful <= 8
    platform.works, heard = True, rig.now
    await minutes_pass(rig, delivery, 1)
    heard = rig.now
    await minutes_pass(rig, delivery, 2)
    states = rig.values(t.outbox, "state")
    assert (states.count("sent"), states.count("unknown")) == (PEOPLE - doubtful, doubtful)
    assert len({outgoing.chat for outgoing in platform.sent}) == len(platform.sent) == PEOPLE
