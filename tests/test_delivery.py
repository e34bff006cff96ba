"""Between the transactions: who has slept or has been replaced sends nothing, and no claim is forgotten."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import msgspec
import pytest

from adapters.base import Absent, Finding, Limits, Receive
from bot.delivery import OVERSLEPT, Delivery
from bot.engine.messages import Inbound, Outgoing, RawUpdate, Receipt
from bot.reception import Line, Reception
from bot.service.dispatch import Pace
from storage import Connection
from storage.store import Store
from storage.tables import outbox
from tests.service.association import configured
from tests.service.rig import ACCOUNT, Rig

T = TypeVar("T")


@dataclass
class Wire:
    """A platform that takes everything."""

    platform: str = "chat"
    account: str = ACCOUNT
    limits: Limits = field(
        default_factory=lambda: Limits(text=4000, buttons=20, buttons_per_row=5, label=50, token_bytes=64)
    )
    entry: str = ""
    sent: list[Outgoing] = field(default_factory=list)

    def to_inbound(self, body: bytes) -> Inbound | None:
        """Nobody writes here."""
        return None

    async def connect(self) -> None:
        """It is there."""

    async def run(self, receive: Receive) -> None:
        """Nothing comes."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it."""
        self.sent.append(outgoing)
        return Receipt(f"m{len(self.sent)}")

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:
        """It keeps no history."""
        return None

    async def check(self) -> list[Finding]:
        """All is well."""
        return []

    async def close(self) -> None:
        """Nothing to close."""


class Sender:
    """A delivery whose clock is the rig's; ``ours``: whether the database says that it may send.

    Nothing is committed before ``gate`` is open; after a commit the process sleeps for ``sleep``.
    """

    def __init__(self, rig: Rig) -> None:
        self.ours = True
        self.gate = asyncio.Event()
        self.gate.set()
        self.sleep = timedelta()
        self._rig = rig
        self.wire = Wire()
        self.delivery = Delivery(
            rig.context,
            self.wire,
            self.write,
            lambda: rig.now,
            "here",
            Pace(per_second=0, per_chat_per_second=0),
            holds=lambda _: self.ours,
        )

    async def write(self, job: Callable[[Connection], T]) -> T:
        """In the writing thread."""
        await self.gate.wait()
        done = await asyncio.wrap_future(self._rig.store.submit(job))
        self._rig.now += self.sleep
        return done


@pytest.fixture
def rig(sqlite_store: Store) -> Rig:
    """Somebody has asked for help, and the answer waits to be sent."""
    rig = Rig(sqlite_store, configured())
    rig.intake(rig.stranger("Aino").inbound("text", text="help"))
    rig.apply()
    return rig


async def test_a_claim_that_was_slept_over_is_not_sent(rig: Rig) -> None:
    """Others may have sent it meanwhile; it goes back into the line, from which it is claimed anew."""
    sender = Sender(rig)
    sender.sleep = OVERSLEPT + timedelta(seconds=1)
    assert await sender.delivery.round() == 1
    sender.sleep = timedelta()
    await sender.delivery.settle_all()
    assert (sender.wire.sent, rig.values(outbox, "state", "error")) == ([], [("ready", "overslept")])

    rig.now += timedelta(seconds=1)
    assert await sender.delivery.round() == 1
    await sender.delivery.settle_all()
    assert (len(sender.wire.sent), rig.values(outbox, "state")) == (1, ["sent"])


async def test_who_has_been_replaced_claims_nothing(rig: Rig) -> None:
    """Whether a process may send is asked in the transaction of the claim."""
    sender = Sender(rig)
    sender.ours = False
    assert await sender.delivery.round() == 0
    assert rig.values(outbox, "state") == ["ready"]


async def test_who_is_replaced_while_sending_stores_what_became_of_it(rig: Rig) -> None:
    """The result is this claim's own; without it the message would be in doubt, and come twice."""
    sender = Sender(rig)
    await sender.delivery.round()
    sender.ours = False
    await sender.delivery.settle_all()
    assert (len(sender.wire.sent), rig.values(outbox, "state")) == (1, ["sent"])


async def test_a_claim_in_the_midst_of_its_commit_is_sent_before_the_end(rig: Rig) -> None:
    """Who is asked to stop just then does not leave a message of which nobody knows whether it is out."""
    sender = Sender(rig)
    sender.gate.clear()
    working = asyncio.create_task(sender.delivery.run())
    await asyncio.sleep(0)
    stopping = asyncio.create_task(sender.delivery.stop())
    await asyncio.sleep(0)
    working.cancel()
    sender.gate.set()
    await stopping

    assert (len(sender.wire.sent), rig.values(outbox, "state")) == (1, ["sent"])


async def test_replies_claimed_with_their_cause_are_sent_before_the_end(rig: Rig) -> None:
    """The same for what a poll has brought, when the poll is cancelled while it is stored."""
    sender = Sender(rig)
    reception = Reception(rig.context, sender.write, lambda: rig.now, [Line(sender.wire, sender.delivery)])
    bo = rig.stranger("Bo").inbound("text", text="help")
    update = RawUpdate(external_id=bo.external_id, chat=bo.chat, body=msgspec.json.encode(bo))
    sender.gate.clear()
    polling = asyncio.create_task(reception.take_in(sender.wire, sender.write, [update]))
    await asyncio.sleep(0)
    polling.cancel()
    await asyncio.sleep(0)
    sender.gate.set()
    await reception.finish()
    await sender.delivery.stop()

    assert (len(sender.wire.sent), rig.values(outbox, "state")) == (2, ["sent", "sent"])
