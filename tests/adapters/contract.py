"""What every platform owes the rest of the program, as test classes that each adapter's tests inherit.

A platform supplies a ``rig``: its adapter, connected to a server on loopback (or to nothing, for a terminal),
and one member who is there to be written to; it is the async fixture ``rig`` of the inheriting class.
``NetworkContract`` adds what only a platform on the other side of a network can get wrong.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Protocol

import pytest

from adapters.base import Absent, Adapter
from bot.engine.messages import (
    Button,
    Delivery,
    Failure,
    Outbound,
    Outgoing,
    RawUpdate,
    Receipt,
    SendError,
)
from bot.errors import UserError
from tests.servers.watch import Watch

WITHIN = 5.0  # seconds; everything here takes milliseconds
MARKUP = "Kiitos <b>Aino</b> & <!channel> *kaikki* _te_ `x` <@U1> [a](tg://user?id=1) &lt;"


class Rig(Protocol):
    """One platform with one member, ready to talk."""

    @property
    def adapter(self) -> Adapter:
        """The adapter, connected."""

    @property
    def chat(self) -> str:
        """Where the member can be written to, as an ``Outgoing`` names it."""

    async def say(self, text: str) -> None:
        """The member writes."""

    async def press(self, label: str) -> None:
        """The member presses the newest button with this label."""

    async def shown(self) -> list[str]:
        """The texts of the bot's messages as the member sees them now, oldest first."""

    async def buttons(self) -> list[str]:
        """The labels the member could press now, in order."""


class NetworkRig(Rig, Protocol):
    """A platform behind a network that can fail."""

    @property
    def secrets(self) -> Sequence[str]:
        """Tokens that must not show up anywhere."""

    def refused(self) -> Adapter:
        """Another adapter of the same platform, with a token of the right shape that the platform refuses."""

    async def go_down(self) -> None:
        """The platform refuses connections from now on."""

    async def come_back(self) -> None:
        """The platform is there again."""

    async def lose_next_answer(self) -> None:
        """The next message is taken, but its answer never arrives."""

    async def block(self) -> None:
        """The member can no longer be written to."""


class Inbox:
    """A store that keeps updates in memory, or refuses them."""

    def __init__(self) -> None:
        self.updates: list[RawUpdate] = []
        self.refusals = 0
        self.refuse = 0
        self._watch = Watch()

    async def receive(self, updates: Sequence[RawUpdate]) -> None:
        """Keep each update once, as the real inbox does."""
        if self.refuse:
            self.refuse -= 1
            self.refusals += 1
            raise OSError("the disk is full")
        known = {update.external_id for update in self.updates}
        self.updates.extend(update for update in updates if update.external_id not in known)
        self._watch.changed()

    async def wait(self, count: int) -> list[RawUpdate]:
        """Wait until so many updates are kept."""
        return await self._watch.until(lambda: self.updates if len(self.updates) >= count else None, WITHIN)


@asynccontextmanager
async def taking_in(adapter: Adapter) -> AsyncIterator[Inbox]:
    """Run the adapter's intake for the length of a block; it must neither fail nor end by itself."""
    inbox = Inbox()
    task = asyncio.create_task(adapter.run(inbox.receive))
    try:
        yield inbox
        assert not task.done(), task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, WITHIN)


def outgoing(
    rig: Rig,
    message: Outbound,
    *,
    key: str = "1:0",
    delivery: Delivery = Delivery.QUESTION,
) -> Outgoing:
    """Return a message to the member."""
    return Outgoing(key=key, delivery=delivery, chat=rig.chat, op="send", message=message)


async def sent(rig: Rig, message: Outbound) -> Receipt:
    """Send a message that must arrive."""
    receipt = await rig.adapter.send(outgoing(rig, message))
    assert isinstance(receipt, Receipt), receipt
    return receipt


QUESTION = Outbound(
    text="Miten menee?",
    buttons=(Button("q:1:a", "Hyvin"), Button("q:1:b", "Huonosti")),
    controls=(Button("q:1:skip", "Ohita"),),
)


class AdapterContract:
    """Holds for every adapter."""

    async def test_it_knows_its_account(self, rig: Rig) -> None:
        """After connecting, platform and account are known: they are part of every key."""
        assert rig.adapter.platform
        assert rig.adapter.account

    def test_its_limits_are_usable(self, rig: Rig) -> None:
        """The engine's tokens fit, and there is room for words and buttons."""
        limits = rig.adapter.limits
        assert limits.token_bytes >= 64
        assert min(limits.text, limits.buttons, limits.buttons_per_row, limits.label) >= 2

    async def test_what_a_member_says_is_stored_and_can_be_read(self, rig: Rig) -> None:
        """Text arrives whole, under the platform's id, from the member's address and chat."""
        async with taking_in(rig.adapter) as inbox:
            await rig.say("Hyvää huomenta, ÄÖ 👩‍👧 <b>")
            (update,) = await inbox.wait(1)
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        assert (inbound.kind, inbound.text) == ("text", "Hyvää huomenta, ÄÖ 👩‍👧 <b>")
        assert (inbound.platform, inbound.account) == (rig.adapter.platform, rig.adapter.account)
        assert inbound.address.startswith(f"{rig.adapter.platform}:")
        assert inbound.external_id == update.external_id
        assert inbound.chat == update.chat == rig.chat

    async def test_messages_keep_their_order(self, rig: Rig) -> None:
        """First said, first stored; no two under one id."""
        async with taking_in(rig.adapter) as inbox:
            for number in range(5):
                await rig.say(f"sana {number}")
            updates = await inbox.wait(5)
        texts = [inbound.text for update in updates if (inbound := rig.adapter.to_inbound(update.body))]
        assert texts == [f"sana {number}" for number in range(5)]
        assert len({update.external_id for update in updates}) == 5

    async def test_what_could_not_be_stored_comes_again(self, rig: Rig) -> None:
        """A refused commit confirms nothing: the update is there on the next try."""
        async with taking_in(rig.adapter) as inbox:
            inbox.refuse = 1
            await rig.say("älä hukkaa tätä")
            (update,) = await inbox.wait(1)
        assert inbox.refusals == 1
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        assert inbound.text == "älä hukkaa tätä"

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b"7", b'"x"', b"{}", b'{"update_id":1}', b"\xff\xfe", b'{"a":"\\ud83d"}'],
    )
    def test_what_cannot_be_read_is_let_go(self, rig: Rig, body: bytes) -> None:
        """Malformed updates are None, never an exception: one of them must not stop a chat."""
        assert rig.adapter.to_inbound(body) is None

    async def test_a_message_arrives_with_its_buttons(self, rig: Rig) -> None:
        """The member sees the text, the answers in order, and the controls after them."""
        receipt = await sent(rig, QUESTION)
        assert receipt.ref
        assert (await rig.shown())[-1].startswith("Miten menee?")
        assert await rig.buttons() == ["Hyvin", "Huonosti", "Ohita"]

    async def test_a_tap_carries_the_token_of_its_button(self, rig: Rig) -> None:
        """What comes back is exactly what was given, and names the message."""
        async with taking_in(rig.adapter) as inbox:
            receipt = await sent(rig, QUESTION)
            await rig.press("Huonosti")
            (update,) = await inbox.wait(1)
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        assert (inbound.kind, inbound.token, inbound.ref) == ("tap", "q:1:b", receipt.ref)
        assert inbound.chat == update.chat == rig.chat

    async def test_an_edit_replaces_text_and_buttons(self, rig: Rig) -> None:
        """After an answer the chosen one stays to be read and the buttons are gone."""
        receipt = await sent(rig, QUESTION)
        before = len(await rig.shown())
        edit = replace(
            outgoing(rig, Outbound(text="Miten menee? – Hyvin"), key="1:1", delivery=Delivery.EDIT),
            op="edit",
            ref=receipt.ref,
        )
        assert isinstance(await rig.adapter.send(edit), Receipt)
        shown = await rig.shown()
        assert (len(shown), shown[-1]) == (before, "Miten menee? – Hyvin")
        assert await rig.buttons() == []

    async def test_a_tap_is_acknowledged(self, rig: Rig) -> None:
        """The answer to a tap is taken."""
        async with taking_in(rig.adapter) as inbox:
            await sent(rig, QUESTION)
            await rig.press("Hyvin")
            (update,) = await inbox.wait(1)
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        answer = replace(
            outgoing(rig, Outbound(text=""), key="1:2", delivery=Delivery.ACKNOWLEDGE),
            op="acknowledge",
            ref=inbound.interaction,
        )
        assert isinstance(await rig.adapter.send(answer), Receipt)

    async def test_markup_is_shown_as_it_was_written(self, rig: Rig) -> None:
        """No tag, mention or escape in a text or label means anything to the platform."""
        await sent(rig, Outbound(text=MARKUP, buttons=(Button("q:1:a", "<b> & *a*"),)))
        assert (await rig.shown())[-1] == MARKUP
        assert await rig.buttons() == ["<b> & *a*"]

    async def test_a_long_text_arrives_whole(self, rig: Rig) -> None:
        """What is beyond the platform's limit comes in parts; the buttons are under the last."""
        words = " ".join(f"sana{number}" for number in range(2000))
        await sent(rig, Outbound(text=words, buttons=(Button("q:1:a", "Ok"),)))
        assert " ".join(await rig.shown()).split() == words.split()
        assert await rig.buttons() == ["Ok"]

    async def test_a_button_that_could_not_be_answered_is_not_sent(self, rig: Rig) -> None:
        """A token that is too long is our own mistake and refused before the platform sees it."""
        bad = Outbound(text="?", buttons=(Button("x" * (rig.adapter.limits.token_bytes + 1), "Ok"),))
        before = await rig.shown()
        result = await rig.adapter.send(outgoing(rig, bad))
        assert isinstance(result, SendError)
        assert result.failure is Failure.PERMANENT
        assert await rig.shown() == before

    async def test_looking_up_never_invents_a_delivery(self, rig: Rig) -> None:
        """A message nobody sent is absent or cannot be told; it is never found."""
        never = outgoing(rig, QUESTION, key="nobody:sent:this")
        assert await rig.adapter.look_up(never) in (None, Absent())

    async def test_the_doctor_gets_findings_with_advice(self, rig: Rig) -> None:
        """Whatever is not well comes with what to do about it."""
        for finding in await rig.adapter.check():
            assert finding.subject
            assert finding.message
            assert finding.state == "ok" or finding.advice

    async def test_it_can_be_closed_twice(self, rig: Rig) -> None:
        """Closing what is closed is no error."""
        await rig.adapter.close()
        await rig.adapter.close()


class NetworkContract(AdapterContract):
    """Holds for every adapter whose platform is on the other side of a network."""

    async def test_a_refused_token_is_the_admins_to_mend(self, rig: NetworkRig) -> None:
        """One clear error without the token in it, and no endless trying."""
        adapter = rig.refused()
        try:
            with pytest.raises(UserError) as caught:
                await asyncio.wait_for(adapter.connect(), WITHIN)
        finally:
            await adapter.close()
        assert not [secret for secret in rig.secrets if secret in str(caught.value)]

    async def test_a_platform_that_is_down_was_surely_not_reached(self, rig: NetworkRig) -> None:
        """Refused connections are tried again; only a cut of one that was still open may leave a doubt."""
        await rig.go_down()
        await rig.adapter.send(outgoing(rig, QUESTION))
        result = await rig.adapter.send(outgoing(rig, QUESTION))
        assert isinstance(result, SendError)
        assert result.failure is Failure.RETRY

    async def test_intake_outlives_an_outage(self, rig: NetworkRig) -> None:
        """Network trouble is waited out; afterwards updates come as before."""
        async with taking_in(rig.adapter) as inbox:
            await rig.say("ennen")
            await inbox.wait(1)
            await rig.go_down()
            await rig.come_back()
            await rig.say("jälkeen")
            updates = await inbox.wait(2)
        texts = [inbound.text for update in updates if (inbound := rig.adapter.to_inbound(update.body))]
        assert texts == ["ennen", "jälkeen"]

    async def test_a_lost_answer_leaves_us_in_doubt(self, rig: NetworkRig) -> None:
        """The message may have arrived (it has), so this is neither success nor a plain retry."""
        await rig.lose_next_answer()
        result = await rig.adapter.send(outgoing(rig, QUESTION))
        assert isinstance(result, SendError)
        assert result.failure is Failure.AMBIGUOUS
        assert len(await rig.shown()) == 1

    async def test_a_member_who_left_is_unreachable(self, rig: NetworkRig) -> None:
        """Surely not sent, no use in trying again, and the address is marked."""
        await rig.block()
        result = await rig.adapter.send(outgoing(rig, QUESTION))
        assert isinstance(result, SendError)
        assert (result.failure, result.unreachable) == (Failure.PERMANENT, True)

    async def test_no_secret_shows(self, rig: NetworkRig) -> None:
        """Neither the adapter's own text, nor its findings, nor its errors hold a token."""
        adapter = rig.adapter
        words = [repr(adapter), str(adapter), *map(repr, await adapter.check())]
        await rig.go_down()
        words += [
            repr(await adapter.send(outgoing(rig, QUESTION))),
            *map(repr, await adapter.check()),
        ]
        assert [secret for secret in rig.secrets if any(secret in word for word in words)] == []
