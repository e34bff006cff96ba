"""Taking in: nothing is confirmed that is not stored, and no trouble ends the loop."""

import asyncio
import json
import logging
import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from adapters.telegram.polling import (
    CONFLICT_WAITS,
    FIRST_WAIT,
    LONGEST_WAIT,
    POLL_SECONDS,
    STAND_BY,
    Backoff,
    Poller,
)
from adapters.telegram.request import UpdatesRequest
from adapters.telegram.translate import ALLOWED_UPDATES
from bot.engine.messages import RawUpdate
from bot.errors import UserError
from tests.adapters.contract import Inbox, taking_in
from tests.adapters.telegram.rig import OTHER_TOKEN, TelegramRig, adapter, telegram_rig
from tests.servers import faults
from tests.servers.telegram import TOKEN, FakeTelegram, refusal, too_many

# --- the loop, with a script instead of a network ---------------------------------------------------------


class Over(BaseException):
    """The script has ended."""


class Script:
    """Plays answers to getUpdates and writes down what was asked, stored and waited for."""

    def __init__(self, *answers: Exception | Sequence[int] | bytes) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.stored: list[str] = []
        self.refuse = 0
        self.waits: list[float] = []
        self.heard = 0

    async def get_updates(self, params: dict[str, object]) -> Sequence[msgspec.Raw]:
        """Play the next answer."""
        self.asked.append(params)
        if not self.answers:
            raise Over
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, bytes):
            return [msgspec.Raw(answer)]
        return [msgspec.Raw(b'{"update_id":%d}' % number) for number in answer]

    async def receive(self, updates: Sequence[RawUpdate]) -> None:
        """Store, or fail."""
        if self.refuse:
            self.refuse -= 1
            raise OSError("no space left on device: INSERT INTO inbox VALUES ('secret words')")
        self.stored += [update.external_id for update in updates]

    def hear(self) -> None:
        """Count answered polls."""
        self.heard += 1

    async def wait(self, seconds: float) -> None:
        """Write the wait down."""
        if seconds:
            self.waits.append(seconds)

    async def play(self) -> None:
        """Run the loop to the end of the script."""
        backoff = Backoff(random.Random(0))
        poller = Poller(self.get_updates, self.receive, backoff=backoff, heard=self.hear, sleep=self.wait)
        with pytest.raises(Over):
            await poller.run()

    @property
    def offsets(self) -> list[object]:
        """The offsets asked with; None where there was none."""
        return [params.get("offset") for params in self.asked]


async def test_the_first_poll_has_no_offset_and_the_next_confirms_what_is_stored() -> None:
    """Boot takes what nobody has confirmed; then one above the last."""
    script = Script([7, 8], [], [9])
    await script.play()
    assert script.offsets == [None, 9, 9, 10]
    assert script.stored == ["7", "8", "9"]
    assert script.heard == 3


async def test_every_poll_asks_for_all_kinds_and_waits_long() -> None:
    """The server remembers the list of the last caller, whoever that was."""
    script = Script([7])
    await script.play()
    assert [(ask["allowed_updates"], ask["timeout"], ask["limit"]) for ask in script.asked] == [
        (ALLOWED_UPDATES, POLL_SECONDS, 100)
    ] * 2


async def test_what_was_not_stored_is_not_confirmed(caplog: pytest.LogCaptureFixture) -> None:
    """The same offset is asked again, after a wait, and the log keeps the store's words to itself."""
    script = Script([7], [7, 8])
    script.refuse = 1
    await script.play()
    assert script.offsets == [None, None, 9]
    assert script.stored == ["7", "8"]
    assert len(script.waits) == 1
    assert "OSError" in caplog.text
    assert "secret words" not in caplog.text


async def test_lower_ids_are_taken_like_any_other() -> None:
    """After an idle week ids may begin again anywhere; the offset follows the last one."""
    script = Script([900_000_000], [5], [6])
    await script.play()
    assert script.offsets == [None, 900_000_001, 6, 7]
    assert script.stored == ["900000000", "5", "6"]


async def test_an_update_without_an_id_is_stored_and_does_not_spin() -> None:
    """It cannot be confirmed by its own id; the loop waits before it asks again."""
    script = Script(b'{"message": 1}', [4])
    await script.play()
    assert script.offsets == [None, None, 5]
    assert [number.partition(":")[0] for number in script.stored] == ["sha256", "4"]
    assert len(script.waits) == 1


async def test_trouble_is_waited_out_with_longer_and_longer_waits(caplog: pytest.LogCaptureFixture) -> None:
    """Each wait is between half and all of a doubling bound; one line per outage, one when it is over."""
    caplog.set_level(logging.INFO)
    script = Script(*[NetworkError("x")] * 8, [1], NetworkError("x"), [2])
    await script.play()
    bounds = [min(LONGEST_WAIT, FIRST_WAIT * 2**n) for n in range(8)] + [FIRST_WAIT]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(script.waits, bounds, strict=True))
    assert caplog.text.count("cannot be polled") == 2
    assert caplog.text.count("answers again") == 2


@pytest.mark.parametrize(
    "trouble", [TelegramError("Invalid server response"), KeyError("result"), TypeError(), ValueError()]
)
async def test_odd_answers_are_trouble_too(trouble: Exception) -> None:
    """A broken body, another shape: wait and ask again."""
    script = Script(trouble, [1])
    await script.play()
    assert (script.stored, len(script.waits)) == (["1"], 1)


async def test_a_flood_answer_is_obeyed_to_the_second() -> None:
    """429 says how long."""
    script = Script(RetryAfter(35), [1])
    await script.play()
    assert script.waits == [35.0]


async def test_another_poller_is_waited_out_and_then_left_alone() -> None:
    """A moment once, thirty seconds three times, then standing by: few refusals, then quiet."""
    script = Script(*[Conflict("x")] * 6, [1], Conflict("x"))
    await script.play()
    assert CONFLICT_WAITS == (1.0, 30.0, 30.0, 30.0)
    assert script.waits == [*CONFLICT_WAITS, STAND_BY, STAND_BY, 1.0]


async def test_a_revoked_token_stops_the_loop() -> None:
    """Nothing but another token helps: one clear error, not a try a second."""
    script = Script(InvalidToken("Unauthorized"))
    poller = Poller(
        script.get_updates,
        script.receive,
        backoff=Backoff(random.Random(0)),
        heard=script.hear,
        sleep=script.wait,
    )
    with pytest.raises(UserError, match="refuses the bot's token"):
        await poller.run()
    assert len(script.asked) == 1


async def test_a_proxys_error_page_is_not_a_revoked_token() -> None:
    """404 with HTML comes from something in between, and passes."""
    page = InvalidToken("Not Found (404). Parsing the server response failed")
    page.__cause__ = TelegramError("Invalid server response")
    script = Script(page, [1])
    await script.play()
    assert script.stored == ["1"]


# --- the whole adapter against a server -------------------------------------------------------------------


async def test_a_webhook_is_taken_away_and_what_waited_is_kept() -> None:
    """Polling and a webhook exclude one another."""
    async with telegram_rig() as rig:
        rig.server.webhook.url = "https://example.org/old"
        await rig.say("odotin")
        async with taking_in(rig.adapter) as inbox:
            await inbox.wait(1)
        asked = rig.server.recorder.of("deleteWebhook")
        assert [call.params.get("drop_pending_updates") for call in asked] == [False]
        assert rig.server.webhook.url == ""
        assert rig.adapter.heard_at is not None


async def test_one_malformed_object_costs_no_other() -> None:
    """All of a batch is stored as it came, the offset moves, and the bad one is counted when read."""
    async with telegram_rig() as rig:
        await rig.say("ennen")
        rig.server.inject("message", {"message_id": "x", "chat": []})
        rig.server.inject("callback_query", ["no"])
        await rig.say("jälkeen")
        async with taking_in(rig.adapter) as inbox:
            updates = await inbox.wait(4)
            await rig.server.updates.watch.until(lambda: True if not len(rig.server.updates) else None)
        read = [rig.adapter.to_inbound(update.body) for update in updates]
    assert [inbound.text for inbound in read if inbound] == ["ennen", "jälkeen"]
    assert dict(rig.adapter.ignored) == {"malformed": 2}
    assert json.loads(updates[1].body)["message"] == {"message_id": "x", "chat": []}


@pytest.mark.parametrize(
    "body",
    [
        b'{"update_id":1,"message":{"text":"\\ud83d"}}',
        b'{"update_id":1,"message":{"text":"\xff"}}',
        b'{"update_id":1,"message":NaN}',
    ],
)
async def test_text_that_no_strict_reader_takes_costs_no_other(body: bytes) -> None:
    """Broken surrogates, broken UTF-8, NaN: the rest of the batch is read all the same."""
    async with telegram_rig() as rig:
        rig.server.updates.push_raw(body)
        await rig.say("minä tulen perille")
        async with taking_in(rig.adapter) as inbox:
            updates = await inbox.wait(2)
        read = [rig.adapter.to_inbound(update.body) for update in updates]
    assert [inbound.text for inbound in read if inbound and inbound.text != "\ufffd"] == [
        "minä tulen perille"
    ]


@pytest.mark.parametrize(
    "payload", [b'{"ok":true,"result":[{]}', b"[]", b'{"ok":true,"result":7}', b"[" * 100_000]
)
def test_an_answer_beyond_repair_is_trouble(payload: bytes) -> None:
    """No reader takes it: TelegramError, for the loop to wait out."""
    with pytest.raises(TelegramError, match="Invalid server response"):
        UpdatesRequest.parse_json_payload(payload)


async def test_intake_goes_on_after_every_kind_of_trouble() -> None:
    """Errors, pages of proxies, cuts, floods: afterwards everything is there, once."""
    async with telegram_rig() as rig:
        for fault in (
            faults.html(502),
            faults.drop(after_effect=False),
            faults.garbage(after_effect=False),
            refusal(500, "Internal Server Error"),
            too_many(1),
            refusal(409, "Conflict: terminated by other getUpdates request"),
        ):
            rig.server.faults.add("getUpdates", fault)
        await rig.say("silti")
        async with taking_in(rig.adapter) as inbox:
            (update,) = await inbox.wait(1)
        assert rig.server.recorder.asked["getUpdates"] >= 7
    inbound = rig.adapter.to_inbound(update.body)
    assert inbound is not None
    assert inbound.text == "silti"


async def test_a_token_revoked_while_running_ends_the_intake() -> None:
    """The caller learns it once; the adapter does not go on asking."""
    async with telegram_rig() as rig:
        rig.server.faults.add("getUpdates", refusal(401, "Unauthorized"), times=None)
        with pytest.raises(UserError, match="token"):
            await asyncio.wait_for(rig.adapter.run(Inbox().receive), 5)
        assert rig.server.recorder.asked["getUpdates"] == 1


async def test_groups_and_foreign_commands_are_counted_and_let_go() -> None:
    """What is ignored is not unseen: the counts tell why."""
    async with telegram_rig() as rig:
        await rig.member.send("hei kaikki", chat=rig.server.group(-100123))
        await rig.say("/help@toinen_bot")
        async with taking_in(rig.adapter) as inbox:
            updates = await inbox.wait(2)
    assert [rig.adapter.to_inbound(update.body) for update in updates] == [None, None]
    assert dict(rig.adapter.ignored) == {"group": 1, "bot": 1}


# --- connecting -------------------------------------------------------------------------------------------


async def test_connecting_learns_the_name_and_registers_commands_by_language() -> None:
    """One list for each language and one for everybody else."""
    commands = {"fi": [("stop", "Lopeta kysely")], "sv": [("stop", "Sluta")], "": [("stop", "Stop asking")]}
    async with FakeTelegram() as server:
        telegram = adapter(server.url + "/", commands=commands)
        assert telegram.account == "7000000001"
        await telegram.connect()
        await telegram.close()
        assert telegram.username == "hauskala_bot"
        assert server.commands == {
            ("default", language): [{"command": name, "description": words} for name, words in listed]
            for language, listed in commands.items()
        }


async def test_commands_that_are_refused_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The menu is a convenience; the commands work without it."""
    async with FakeTelegram() as server:
        telegram = adapter(server.url, commands={"fi": [("Väärin!", "x")], "": [("stop", "Stop")]})
        await telegram.connect()
        await telegram.close()
        assert list(server.commands) == [("default", "")]
    assert "could not be registered" in caplog.text


async def test_a_token_refused_at_the_commands_is_still_refused() -> None:
    """Revoked between two calls."""
    async with FakeTelegram() as server:
        server.faults.add("setMyCommands", refusal(401, "Unauthorized"))
        telegram = adapter(server.url, commands={"": [("stop", "Stop")]})
        with pytest.raises(UserError, match="token"):
            await telegram.connect()
        await telegram.close()


async def test_connecting_waits_until_the_platform_is_there(caplog: pytest.LogCaptureFixture) -> None:
    """A start during an outage is no failed start."""
    async with FakeTelegram() as server:
        server.faults.add("getMe", faults.html(502), times=2)
        server.faults.add("getMe", too_many(3))
        telegram = adapter(server.url)
        await asyncio.wait_for(telegram.connect(), 5)
        await telegram.close()
        assert server.recorder.asked["getMe"] == 4
    assert caplog.text.count("cannot be reached") == 1


@pytest.mark.parametrize(
    "token", ["", "abc", "123456789", "123456789:short", "bot123:" + "x" * 35, TOKEN + "\n"]
)
def test_what_is_no_token_is_refused_before_any_call(token: str) -> None:
    """A copying mistake is told at once, without repeating the token."""
    with pytest.raises(UserError) as caught:
        adapter("http://127.0.0.1:9", token)
    assert not token.strip() or token.strip() not in str(caught.value).replace("123456789:AA", "")


async def test_the_library_stays_silent_below_warning(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG python-telegram-bot writes tokens and messages; its loggers are pinned."""
    logging.getLogger("telegram").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    async with telegram_rig() as rig:
        await rig.say("salaisuus")
        async with taking_in(rig.adapter) as inbox:
            await inbox.wait(1)
        await rig.adapter.check()
    assert TOKEN not in caplog.text
    assert "salaisuus" not in caplog.text


# --- the doctor -------------------------------------------------------------------------------------------


async def states(rig: TelegramRig) -> dict[str, str]:
    """Return subject -> state."""
    return {finding.subject: finding.state for finding in await rig.adapter.check()}


async def test_the_doctor_looks_at_token_groups_intake_and_clock() -> None:
    """One line for each."""
    async with telegram_rig() as rig:
        assert await states(rig) == {
            "telegram token": "ok",
            "telegram groups": "warning",
            "telegram polling": "ok",
            "clock": "ok",
        }


async def test_the_doctor_sees_a_webhook_in_the_way() -> None:
    """In polling mode a webhook means that somebody else used the bot."""
    async with telegram_rig() as rig:
        rig.server.webhook.url = "https://example.org/x"
        assert (await states(rig))["telegram polling"] == "warning"


async def test_the_doctor_tells_a_refused_token_from_a_bad_network() -> None:
    """Both are problems, with different advice."""
    async with FakeTelegram() as server:
        telegram = adapter(server.url, OTHER_TOKEN)
        (refused,) = await telegram.check()
        await server.pause()
        (down,) = await telegram.check()
        await telegram.close()
    assert (refused.state, down.state) == ("problem", "problem")
    assert "BotFather" in refused.advice
    assert "network" in down.advice
