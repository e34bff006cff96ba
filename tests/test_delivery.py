"""Delivery between its two transactions: who has slept, or has been replaced, sends nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import pytest

from adapters.base import Absent, Finding, Limits, Receive
from bot.delivery import OVERSLEPT, Delivery
from bot.engine.messages import Inbound, Outgoing, Receipt
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
    """A delivery whose clock is the rig's; ``ours``: whether the database says that it may send."""

    def __init__(self, rig: Rig) -> None:
        self.ours = True
        self.wire = Wire()
        self._store = rig.store
        self.delivery = Delivery(
            rig.context,
            self.wire,
            self.write,
            lambda: rig.now,
            "here",
            Pace(per_second=0, per_chat_per_second=0),
            holds=lambda _: self.ours,
        )

    def write(self, job: Callable[[Connection], T]) -> Awaitable[T]:
        """In the writing thread."""
        return asyncio.wrap_future(self._store.submit(job))


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
    assert await sender.delivery.round() == 1
    rig.now += OVERSLEPT + timedelta(seconds=1)
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
