"""Sending: once on the wire, in parts where the text is long, and always a value that tells how it went."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from adapters.telegram import client
from bot.engine.messages import Button, Delivery, Document, Failure, Outbound, Outgoing, Receipt, SendError
from tests.adapters.telegram.rig import MEMBER, TelegramRig, adapter, telegram_rig
from tests.servers import faults
from tests.servers.telegram import FakeTelegram, SendLimits, blocked, too_many

LONG = "\n\n".join(f"kappale {number} " + "sana " * 300 for number in range(6))
"""Three messages."""
PARTS = 3


def question(
    text: str = "Miten menee?", key: str = "7:0", delivery: Delivery = Delivery.QUESTION
) -> Outgoing:
    """Return a message with one button to the member."""
    message = Outbound(text=text, buttons=(Button("t:1", "Ok"),))
    return Outgoing(key=key, delivery=delivery, chat=str(MEMBER), op="send", message=message)


async def refused(rig: TelegramRig, outgoing: Outgoing) -> SendError:
    """Send what must not simply work."""
    result = await rig.adapter.send(outgoing)
    assert isinstance(result, SendError), result
    return result


async def test_a_send_is_one_request() -> None:
    """Nothing is repeated or asked beside it."""
    async with telegram_rig() as rig:
        before = sum(rig.server.recorder.asked.values())
        assert await rig.adapter.send(question()) == Receipt(str(rig.member.seen[-1].id))
        assert sum(rig.server.recorder.asked.values()) == before + 1


@pytest.mark.parametrize(
    ("fault", "failure", "code", "arrived"),
    [
        (faults.drop(), Failure.AMBIGUOUS, "cut", 1),
        (faults.drop(after_effect=False), Failure.AMBIGUOUS, "cut", 0),
        (faults.cut(), Failure.AMBIGUOUS, "cut", 1),
        (faults.html(502, after_effect=True), Failure.AMBIGUOUS, "no_json", 1),
        (faults.garbage(), Failure.AMBIGUOUS, "broken_answer", 1),
        (faults.garbage(b'{"ok":true,"result":{}}'), Failure.AMBIGUOUS, "broken_answer", 1),
        (faults.garbage(b'{"ok":true,"result":{"message_id":"9"}}'), Failure.AMBIGUOUS, "broken_answer", 1),
        (too_many(35), Failure.RETRY, "flood", 0),
    ],
)
async def test_a_failed_send_was_tried_once(
    fault: faults.Fault, failure: Failure, code: str, arrived: int
) -> None:
    """Whatever happens on the wire, there is one request, and nobody repeats it behind our back."""
    async with telegram_rig() as rig:
        rig.server.faults.add("sendMessage", fault)
        meaning = await refused(rig, question())
        assert (meaning.failure, meaning.code) == (failure, code)
        assert rig.server.recorder.asked["sendMessage"] == 1
        assert len(rig.member.seen) == arrived


async def test_a_stall_is_given_up() -> None:
    """Silence after the request: in doubt, and the next send works."""
    async with FakeTelegram() as server:
        telegram = adapter(server.url, read_seconds=0.1)
        server.member(MEMBER, started=True)
        server.faults.add("sendMessage", faults.stall())
        result = await telegram.send(question())
        assert isinstance(result, SendError)
        assert (result.failure, result.code) == (Failure.AMBIGUOUS, "read_timeout")
        assert isinstance(await telegram.send(question()), Receipt)
        await telegram.close()


async def test_a_send_ends_in_time_whatever_trickles_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A total over all phases and parts; when it strikes, nobody knows."""
    monkeypatch.setattr(client, "SEND_SECONDS", 0.1)
    async with telegram_rig() as rig:
        rig.server.faults.add("sendMessage", faults.stall())
        meaning = await refused(rig, question())
        assert (meaning.failure, meaning.code) == (Failure.AMBIGUOUS, "timeout")


async def test_a_cancelled_send_is_cancelled() -> None:
    """Shutting down is not swallowed."""
    async with telegram_rig() as rig:
        rig.server.faults.add("sendMessage", faults.stall())
        task = asyncio.create_task(rig.adapter.send(question()))
        await rig.member.wait_for("Miten menee?")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_group_that_moved_is_told_with_its_new_id() -> None:
    """The caller rewrites the address and sends again."""
    async with telegram_rig() as rig:
        group = rig.server.group(-100)
        rig.server.upgrade_group(group, -100200300)
        meaning = await refused(rig, replace(question(), chat="-100"))
        assert (meaning.failure, meaning.moved_to) == (Failure.RETRY, "-100200300")


async def test_an_edit_that_changes_nothing_is_done() -> None:
    """The wanted state holds."""
    async with telegram_rig() as rig:
        receipt = await rig.adapter.send(question())
        assert isinstance(receipt, Receipt)
        edit = replace(question("Miten menee? – Ok"), op="edit", ref=receipt.ref)
        assert isinstance(await rig.adapter.send(edit), Receipt)
        assert (await refused(rig, edit)).failure is Failure.DONE


async def test_an_edit_of_a_lost_message_asks_to_be_sent_as_new() -> None:
    """The member deleted the chat; what they chose is told anew."""
    async with telegram_rig() as rig:
        meaning = await refused(rig, replace(question(), op="edit", ref="99999"))
        assert meaning.send_as_new


async def test_a_tap_answered_too_late_is_dropped() -> None:
    """Worthless after some seconds, and no trouble to anybody."""
    async with telegram_rig() as rig:
        answer = Outgoing(
            key="7:1",
            delivery=Delivery.ACKNOWLEDGE,
            chat=str(MEMBER),
            op="acknowledge",
            ref="123",
            message=Outbound(text=""),
        )
        assert (await refused(rig, answer)).failure is Failure.DROP


# --- texts in parts ---------------------------------------------------------------------------------------


async def test_parts_arrive_in_order_with_the_buttons_under_the_last() -> None:
    """The receipt names the last: it is the one to edit later."""
    async with telegram_rig() as rig:
        receipt = await rig.adapter.send(question(LONG))
        assert [message.labels for message in rig.member.seen] == [[], [], ["Ok"]]
        assert " ".join(" ".join(message.text for message in rig.member.seen).split()) == " ".join(
            LONG.split()
        )
        assert receipt == Receipt(str(rig.member.seen[-1].id))


async def test_parts_keep_telegrams_pace() -> None:
    """One message a second in a chat: a pause before each further part."""
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    async with telegram_rig() as rig:
        rig.adapter._sleep = note
        await rig.adapter.send(question(LONG))
    assert pauses == [client.PART_SECONDS] * (PARTS - 1)
    assert SendLimits.enforced().per_chat == 1
    assert client.PART_SECONDS > 1


@dataclass
class Break:
    """Misbehave at one ``sendMessage``, counted from 1."""

    at: int
    fault: faults.Fault
    seen: int = 0

    def take(self, method: str, chat: object = None) -> faults.Fault | None:
        """As the server asks its fault script."""
        self.seen += method == "sendMessage"
        return self.fault if self.seen == self.at and method == "sendMessage" else None


PAGE = faults.html(502)
AFTER = faults.html(502, after_effect=True)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (too_many(3), Failure.RETRY),
        (PAGE, Failure.AMBIGUOUS),
        (blocked(), Failure.PERMANENT),
    ],
)
async def test_a_failed_part_decides_for_the_whole(fault: faults.Fault, failure: Failure) -> None:
    """The class of the part that failed; later parts are not sent after it."""
    async with telegram_rig() as rig:
        rig.server.faults.take = Break(2, fault).take  # type: ignore[method-assign]  # the second, not the next
        meaning = await refused(rig, question(LONG))
        assert meaning.failure is failure
        assert len(rig.member.seen) == 1


@pytest.mark.parametrize(
    ("fault", "copies"), [(too_many(3), [1, 1, 1]), (PAGE, [1, 1, 1]), (AFTER, [1, 2, 1])]
)
async def test_the_next_try_goes_on_with_the_part_that_failed(fault: faults.Fault, copies: list[int]) -> None:
    """What surely arrived is not sent again; what was in doubt is there once or twice."""
    async with telegram_rig() as rig:
        rig.server.faults.take = Break(2, fault).take  # type: ignore[method-assign]  # the second, not the next
        await refused(rig, question(LONG))
        assert isinstance(await rig.adapter.send(question(LONG)), Receipt)
        seen = [message.text for message in rig.member.seen]
    assert [seen.count(text) for text in dict.fromkeys(seen)] == copies


async def test_an_invite_in_parts_is_in_doubt_once_its_first_part_has_left() -> None:
    """A retry after a restart would begin anew, and an invite must not come twice."""
    invite = question(LONG, delivery=Delivery.INVITE)
    async with telegram_rig() as rig:
        rig.server.faults.take = Break(2, too_many(3)).take  # type: ignore[method-assign]  # see above
        meaning = await refused(rig, invite)
        assert (meaning.failure, meaning.code) == (Failure.AMBIGUOUS, "partly_sent")
        rig.server.faults.take = Break(1, too_many(3)).take  # type: ignore[method-assign]  # see above
        assert (await refused(rig, replace(invite, key="7:9"))).failure is Failure.RETRY


async def test_two_texts_do_not_mix_up_their_parts() -> None:
    """Progress belongs to one outbox key."""
    async with telegram_rig() as rig:
        rig.server.faults.take = Break(2, too_many(3)).take  # type: ignore[method-assign]  # see above
        await refused(rig, question(LONG, key="7:0"))
        await rig.adapter.send(question(LONG, key="8:0"))
        assert len(rig.member.seen) == 1 + PARTS


async def test_progress_is_remembered_for_so_many_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long outage does not fill the memory; what is forgotten begins anew."""
    monkeypatch.setattr(client, "BEGUN", 2)
    async with telegram_rig() as rig:
        for number in range(3):
            rig.server.faults.take = Break(2, too_many(3)).take  # type: ignore[method-assign]  # see above
            await refused(rig, question(LONG, key=f"{number}:0"))
        await rig.adapter.send(question(LONG, key="0:0"))
        await rig.adapter.send(question(LONG, key="2:0"))
        assert len(rig.member.seen) == 3 + PARTS + (PARTS - 1)


DATA = Document("omat-tiedot.json", "application/json", '{"nimi": "Äijä"}')


def file() -> Outgoing:
    """Return a file to the member."""
    message = Outbound(text="Tietosi", document=DATA)
    return Outgoing(key="7:9", delivery=Delivery.FILE, chat=str(MEMBER), op="send", message=message)


async def test_a_file_arrives_as_it_is() -> None:
    """Its name, its type and every byte, with the words as its caption, in one request."""
    async with telegram_rig() as rig:
        result = await rig.adapter.send(file())
        assert isinstance(result, Receipt)
        (kept,) = rig.server.files.values()
        assert (kept.name, kept.mime_type) == (DATA.name, DATA.media)
        assert kept.content == DATA.content.encode()
        assert rig.member.seen[-1].text == "Tietosi"
        assert len(rig.server.recorder.of("sendDocument")) == 1


@pytest.mark.parametrize("fault", [faults.drop(), faults.cut(), faults.html(502, after_effect=True)])
async def test_a_file_in_doubt_is_not_repeated(fault: faults.Fault) -> None:
    """One request, and the doubt is told."""
    async with telegram_rig() as rig:
        rig.server.faults.add("sendDocument", fault)
        assert (await refused(rig, file())).failure is Failure.AMBIGUOUS
        assert len(rig.server.recorder.of("sendDocument")) == 1
