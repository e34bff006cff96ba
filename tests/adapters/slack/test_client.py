"""The Slack adapter beyond the contract: windows, profiles, doubts, refusals; over sockets on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from adapters.base import Absent
from adapters.slack import api, client, matters
from adapters.slack.client import Slack
from adapters.slack.examination import clock
from bot.config.model import SecretSource, SlackConfig
from bot.engine.messages import (
    Button,
    Delivery,
    Document,
    Failure,
    Outbound,
    Outgoing,
    Profile,
    Receipt,
    SendError,
)
from bot.errors import UserError
from bot.texts import Texts
from tests.adapters.contract import QUESTION, Inbox, taking_in
from tests.adapters.slack.rig import OTHER_TOKEN, PACE, SlackRig, adapter, slack_rig
from tests.servers import faults
from tests.servers.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    TEAM_ID,
    FakeSlack,
    ratelimited,
    slack_error,
)

WORDS = Texts.load()
OPEN = WORDS("slack.window.open", "fi")
LONG = Outbound(text="Kerro <lisää>", controls=QUESTION.controls, form="long_text", form_token="q:2:form")
MANY = Outbound(
    text="Mihin osallistuit?",
    buttons=(Button("q:3:a", "Kurssi"), Button("q:3:b", "Retki", chosen=True), Button("q:3:c", "Kahvila")),
    controls=(Button("q:3:done", "Valmis"),),
    form="multiple",
    form_token="q:3:form",
)


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[SlackRig]:
    """One member and a connected adapter on Socket Mode."""
    async with slack_rig() as rig:
        yield rig


def message(content: Outbound = QUESTION, **fields: Any) -> Outgoing:
    """Return a message to Aino."""
    about: dict[str, Any] = {"key": "17:0", "delivery": Delivery.QUESTION, "chat": "D0AINO", "op": "send"}
    return Outgoing(message=content, language="fi", **about | fields)


async def send(rig: SlackRig, content: Outbound, **fields: Any) -> Receipt:
    """Send what must arrive."""
    receipt = await rig.adapter.send(message(content, **fields))
    assert isinstance(receipt, Receipt), receipt
    return receipt


def kinds(rig: SlackRig, inbox: Inbox) -> list[str]:
    """What the inbox holds, read as the worker does."""
    return [inbound.kind for update in inbox.updates if (inbound := rig.adapter.to_inbound(update.body))]


# --- who and where ----------------------------------------------------------------------------------------


async def test_a_person_without_a_known_channel_is_written_to(rig: SlackRig) -> None:
    """The direct message is opened once and remembered."""
    for key in ("1:0", "1:1"):
        await send(rig, QUESTION, chat="U0AINO", key=key)
    assert len(await rig.shown()) == 2
    assert rig.server.recorder.asked["conversations.open"] == 1


async def test_nothing_is_in_doubt_while_the_channel_is_opened(rig: SlackRig) -> None:
    """A lost answer to that is no lost message: it is simply tried again."""
    rig.server.faults.add("conversations.open", faults.drop())
    result = await rig.adapter.send(message(chat="U0AINO"))
    assert isinstance(result, SendError)
    assert (result.failure, await rig.shown()) == (Failure.RETRY, [])


async def test_a_channel_without_a_name_is_no_crash(rig: SlackRig) -> None:
    """An answer of another shape is tried again too."""
    rig.server.faults.add("conversations.open", faults.garbage(b'{"ok":true}'))
    result = await rig.adapter.send(message(chat="U0AINO"))
    assert isinstance(result, SendError)
    assert result.failure is Failure.RETRY


async def test_a_stranger_is_known_by_name_language_and_zone(rig: SlackRig) -> None:
    """The profile is asked for once and stored with what the person said."""
    async with taking_in(rig.adapter) as inbox:
        await rig.say("moi")
        await rig.say("taas")
        updates = await inbox.wait(2)
    for update in updates:
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        assert inbound.profile == Profile(name="aino", language="fi", zone="Europe/Helsinki")
    assert rig.server.recorder.asked["users.info"] == 1


@pytest.mark.parametrize("fault", [slack_error("user_not_found"), ratelimited(60), faults.stall()])
async def test_a_missing_profile_holds_nothing_up(rig: SlackRig, fault: faults.Fault) -> None:
    """The words count; who said them can be learnt next time."""
    rig.server.faults.add("users.info", fault)
    async with taking_in(rig.adapter) as inbox:
        await rig.say("moi")
        (update,) = await inbox.wait(1)
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        assert (inbound.text, inbound.profile) == ("moi", Profile())


# --- windows ----------------------------------------------------------------------------------------------


async def test_a_long_answer_comes_from_a_window(rig: SlackRig) -> None:
    """The button opens it, the submission is the answer, and the tap itself is nobody's business."""
    async with taking_in(rig.adapter) as inbox:
        receipt = await send(rig, LONG)
        await rig.press(OPEN)
        await rig.member.wait_for_view("Kerro <lisää>")
        await rig.member.submit_view({"text": "Sain apua & <iloa>\nkiitos"})
        (update,) = await inbox.wait(1)
    inbound = rig.adapter.to_inbound(update.body)
    assert inbound is not None
    assert (inbound.kind, inbound.token, inbound.fields) == (
        "form",
        "q:2:form",
        {"text": ("Sain apua & <iloa>\nkiitos",)},
    )
    assert (inbound.ref, inbound.chat) == (receipt.ref, "D0AINO")
    assert rig.member.troubles == []


async def test_several_choices_come_from_a_window(rig: SlackRig) -> None:
    """What was ticked before is ticked in the window; what is ticked there comes back as tokens."""
    async with taking_in(rig.adapter) as inbox:
        await send(rig, MANY)
        await rig.press(OPEN)
        window = await rig.member.wait_for_view("Mihin osallistuit?")
        (_, boxes) = window.body["blocks"]
        assert [option["value"] for option in boxes["element"]["initial_options"]] == ["q:3:b"]
        await rig.member.submit_view({"choices.0": ["Kurssi", "Kahvila"]})
        (update,) = await inbox.wait(1)
    inbound = rig.adapter.to_inbound(update.body)
    assert inbound is not None
    assert (inbound.token, inbound.fields) == ("q:3:form", {"choices": ("q:3:a", "q:3:c")})


async def test_a_toggle_beside_the_window_is_an_ordinary_tap(rig: SlackRig) -> None:
    """Who does not want a window presses the choices themselves."""
    async with taking_in(rig.adapter) as inbox:
        await send(rig, MANY)
        await rig.press("Kurssi")
        await inbox.wait(1)
        assert kinds(rig, inbox) == ["tap"]


@pytest.mark.parametrize("name", ["expired_trigger_id", "exchanged_trigger_id"])
async def test_a_window_that_comes_too_late_is_offered_again(rig: SlackRig, name: str) -> None:
    """No dead end: the same prompt with a word of why, and its button works."""
    rig.server.faults.add("views.open", slack_error(name))
    async with taking_in(rig.adapter) as inbox:
        await send(rig, LONG)
        await rig.press(OPEN)
        await rig.member.wait_for(WORDS("slack.window.again", "fi"))
        await rig.press(OPEN)
        await rig.member.wait_for_view("Kerro <lisää>")
        await rig.member.submit_view({"text": "hyvin"})
        (update,) = await inbox.wait(1)
    inbound = rig.adapter.to_inbound(update.body)
    assert inbound is not None
    assert (inbound.kind, inbound.token) == ("form", "q:2:form")


async def test_a_window_refused_for_another_reason_is_not_offered_again(rig: SlackRig) -> None:
    """The message with its button is still there; a copy would mend nothing."""
    rig.server.faults.add("views.open", slack_error("internal_error"))
    async with taking_in(rig.adapter):
        await send(rig, LONG)
        await rig.press(OPEN)
        await rig.server.courier.settle()
        await rig.server.recorder.watch.until(
            lambda: rig.server.recorder.answered[("views.open", 200)] or None
        )
        assert len(await rig.shown()) == 1


async def test_a_repeated_tap_opens_one_window(rig: SlackRig) -> None:
    """A request that is played again opens nothing and says nothing."""
    async with taking_in(rig.adapter):
        await send(rig, LONG)
        await rig.press(OPEN)
        await rig.member.wait_for_view("Kerro <lisää>")
        again = rig.server.courier.bring("interactive", rig.server.courier.deliveries[-1].payload)
        assert await again.done
    assert rig.server.recorder.asked["views.open"] == 1
    assert len(await rig.shown()) == 1


async def test_memory_of_windows_channels_and_parts_has_limits(
    rig: SlackRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it the oldest is forgotten, which costs one call or one window more."""
    monkeypatch.setattr(matters, "WINDOWS", 1)
    monkeypatch.setattr(client, "BEGUN", 1)
    monkeypatch.setattr(api, "CHANNELS", 1)
    rig.server.member("U0MAIJA", name="maija")
    for chat in ("U0AINO", "U0MAIJA", "U0AINO"):
        await send(rig, QUESTION, chat=chat)
    assert rig.server.recorder.asked["conversations.open"] == 3
    async with taking_in(rig.adapter):
        for _ in range(2):
            await send(rig, LONG)
            await rig.press(OPEN)
            await rig.member.wait_for_view("Kerro <lisää>")
            await rig.member.close_view()
    long = Outbound(text="sana " * 2500)
    for key in ("a", "b"):
        rig.server.faults.add("chat.postMessage", faults.slow(0))
        rig.server.faults.add("chat.postMessage", ratelimited(1))
        await rig.adapter.send(message(long, key=key))
    before = len(await rig.shown())
    await send(rig, long, key="a")
    assert len(await rig.shown()) == before + 2


# --- commands and edits -----------------------------------------------------------------------------------


async def test_a_slash_command_is_stored(rig: SlackRig) -> None:
    """In the direct message the answer itself follows, so nothing is said on the spot."""
    async with taking_in(rig.adapter) as inbox:
        await rig.listening()
        delivery = await rig.member.slash("/kuulolla", "Later ensi viikolla")
        (update,) = await inbox.wait(1)
        assert await delivery.done
        assert delivery.response is None
    inbound = rig.adapter.to_inbound(update.body)
    assert inbound is not None
    assert (inbound.kind, inbound.text, inbound.argument) == ("command", "later", "ensi viikolla")
    assert inbound.chat == update.chat == "U0AINO"


async def test_a_slash_command_in_a_channel_is_answered_where_it_was_typed(rig: SlackRig) -> None:
    """One line in the person's language, for their eyes only, says that the answer is elsewhere."""
    async with taking_in(rig.adapter) as inbox:
        await rig.listening()
        delivery = await rig.member.slash("/kuulolla", "help")
        await inbox.wait(1)
        form = delivery.payload | {"channel_name": "general", "channel_id": "C0GENERAL", "trigger_id": "1.2"}
        elsewhere = rig.server.courier.bring("slash_commands", form)
        assert await elsewhere.done
    said = WORDS("slack.command.seen", "fi")
    assert elsewhere.response == {"response_type": "ephemeral", "text": said}


async def test_an_edited_message_is_told(rig: SlackRig) -> None:
    """The new words, and which message they replace."""
    async with taking_in(rig.adapter) as inbox:
        await rig.say("hyvn")
        await rig.member.edit("hyvin <3")
        await inbox.wait(2)
        inbounds = [rig.adapter.to_inbound(update.body) for update in inbox.updates]
    assert [(inbound.kind, inbound.text) for inbound in inbounds if inbound] == [
        ("text", "hyvn"),
        ("edit", "hyvin <3"),
    ]


# --- acknowledging ----------------------------------------------------------------------------------------


async def test_nothing_is_acknowledged_before_it_is_committed(rig: SlackRig) -> None:
    """While the store is busy Slack hears nothing."""
    entered, committed = asyncio.Event(), asyncio.Event()

    async def receive(_updates: object) -> None:
        entered.set()
        await committed.wait()

    task = asyncio.create_task(rig.adapter.run(receive))
    await rig.listening()
    delivery = await rig.member.send("moi")
    await entered.wait()
    assert rig.server.sockets.connections[0].acks == []
    committed.set()
    assert await delivery.done
    assert len(delivery.attempts) == 1
    task.cancel()


async def test_a_slow_commit_is_not_acknowledged() -> None:
    """After two seconds (here less) the payload is given back; its repetition is applied."""
    async with FakeSlack(ack_seconds=0.5, retry_pauses=(0.0, 0.05, 0.1)) as server:
        slack = adapter(server, pace=replace(PACE, receive=0.3))
        member = server.member()
        await slack.connect()
        stored: list[str] = []

        async def receive(updates: Any) -> None:
            stored.append(updates[0].external_id)
            if len(stored) == 1:
                await asyncio.get_running_loop().create_future()

        task = asyncio.create_task(slack.run(receive))
        await server.sockets.connected()
        delivery = await member.send("moi")
        assert await delivery.done
        assert [attempt.outcome for attempt in delivery.attempts] == ["timeout", "ok"]
        assert len(set(stored)) == 1
        task.cancel()
        await slack.close()


async def test_words_for_the_presser_are_shown_to_nobody_else(rig: SlackRig) -> None:
    """An acknowledgement with words stands beside the message, for one person."""
    async with taking_in(rig.adapter) as inbox:
        await send(rig, QUESTION)
        await rig.press("Hyvin")
        (update,) = await inbox.wait(1)
    inbound = rig.adapter.to_inbound(update.body)
    assert inbound is not None
    late = message(Outbound(text="Tähän on jo vastattu."), op="acknowledge", ref=inbound.interaction)
    assert await rig.adapter.send(late) == Receipt()
    shown = rig.member.seen[-1]
    assert (shown.shown, shown.only_for) == ("Tähän on jo vastattu.", "U0AINO")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/x",
        "http://hooks.slack.com/x",
        "https://slack.com.evil.example/x",
        "https://evilslack.com/",
        "//x",
        "https://[",
    ],
)
async def test_words_go_nowhere_but_to_slack(rig: SlackRig, address: str) -> None:
    """An address that is not Slack's is not called, whoever gave it."""
    result = await rig.adapter.send(message(Outbound(text="x"), op="acknowledge", ref=address))
    assert isinstance(result, SendError)
    assert result.failure is Failure.DROP


async def test_words_too_late_are_dropped(rig: SlackRig) -> None:
    """An address used up or unknown is no failure that anybody has to see to."""
    ref = f"{rig.server.url}/actions/{TEAM_ID}/0/gone"
    result = await rig.adapter.send(message(Outbound(text="x"), op="acknowledge", ref=ref))
    assert result == SendError(failure=Failure.DROP, code="response_refused")


# --- doubts -----------------------------------------------------------------------------------------------


async def test_a_lost_answer_is_found_in_the_history(rig: SlackRig) -> None:
    """Taken by Slack, answer lost: the key finds the message, and it was posted once."""
    rig.server.faults.add("chat.postMessage", faults.drop())
    result = await rig.adapter.send(message())
    assert isinstance(result, SendError)
    assert result.failure is Failure.AMBIGUOUS
    await send(rig, QUESTION, key="18:0")
    first = rig.member.seen[0]
    assert await rig.adapter.look_up(message()) == Receipt(first.ts)
    assert await rig.adapter.look_up(message(chat="U0AINO")) == Receipt(first.ts)
    assert len(await rig.shown()) == 2


async def test_a_lost_request_is_not_in_the_history(rig: SlackRig) -> None:
    """Never taken by Slack: surely absent."""
    rig.server.faults.add("chat.postMessage", faults.drop(after_effect=False))
    await rig.adapter.send(message())
    assert await rig.adapter.look_up(message()) == Absent()


@pytest.mark.parametrize("fault", [slack_error("missing_scope"), faults.drop(), ratelimited(60)])
async def test_a_history_that_cannot_be_read_proves_nothing(rig: SlackRig, fault: faults.Fault) -> None:
    """No look, no answer."""
    await send(rig, QUESTION)
    rig.server.faults.add("conversations.history", fault, times=2)  # aiohttp repeats a dropped GET once
    assert await rig.adapter.look_up(message()) is None


async def test_a_long_text_goes_on_where_it_was_broken_off(rig: SlackRig) -> None:
    """The parts that arrived do not arrive twice."""
    words = " ".join(f"sana{number}" for number in range(2500))
    long = Outbound(text=words, buttons=QUESTION.buttons)
    rig.server.faults.add("chat.postMessage", faults.slow(0))
    rig.server.faults.add("chat.postMessage", ratelimited(1))
    result = await rig.adapter.send(message(long))
    assert isinstance(result, SendError)
    assert result.failure is Failure.RETRY
    await send(rig, long)
    assert " ".join(await rig.shown()).split() == words.split()


async def test_an_ok_without_a_message_is_doubtful(rig: SlackRig) -> None:
    """Slack says yes but not which message: perhaps it was sent."""
    rig.server.faults.add("chat.postMessage", faults.garbage(b'{"ok":true}'))
    result = await rig.adapter.send(message())
    assert result == SendError(failure=Failure.AMBIGUOUS, code="broken_answer")


async def test_a_message_to_edit_that_is_gone_is_sent_as_new(rig: SlackRig) -> None:
    """The person deleted it, or it never was."""
    result = await rig.adapter.send(message(op="edit", ref="1.000001"))
    assert isinstance(result, SendError)
    assert (result.failure, result.send_as_new) == (Failure.PERMANENT, True)


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_uninstalled"},
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0KUULOLLA"]}},
    ],
)
async def test_after_uninstallation_nothing_is_sent(rig: SlackRig, event: dict[str, Any]) -> None:
    """The account stops at once, without a single refused call."""
    async with taking_in(rig.adapter) as inbox:
        await rig.listening()
        assert await rig.server.event(event).done
        stopped = await rig.adapter.send(message())
        assert stopped == SendError(failure=Failure.STOP, code=event["type"])
        assert inbox.updates == []
    assert rig.server.recorder.asked["chat.postMessage"] == 0


async def test_another_workspace_may_go(rig: SlackRig) -> None:
    """The app's end in somebody else's workspace is not its end in ours."""
    async with taking_in(rig.adapter):
        await rig.listening()
        gone = rig.server.event({"type": "app_uninstalled"})
        gone.payload["team_id"] = "T0OTHER"
        assert await gone.done
        await send(rig, QUESTION)


async def test_somebodys_own_token_is_not_ours(rig: SlackRig) -> None:
    """A person's revoked permission does not stop the bot."""
    async with taking_in(rig.adapter):
        await rig.listening()
        event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0AINO"], "bot": []}}
        assert await rig.server.event(event).done
        await send(rig, QUESTION)


@pytest.mark.parametrize("payload", [{"team_id": "T0OTHER"}, {"event": {"type": "reaction_added"}}])
async def test_what_is_not_for_us_is_acknowledged_and_let_go(rig: SlackRig, payload: dict[str, Any]) -> None:
    """Another workspace's event and one we did not ask for leave no trace, and need no repetition."""
    async with taking_in(rig.adapter) as inbox:
        await rig.say("moi")
        await inbox.wait(1)
        other = rig.server.courier.deliveries[0].payload | {"event_id": "Ev0"} | payload
        delivery = rig.server.courier.bring("events_api", other)
        assert await delivery.done
        assert (len(delivery.attempts), len(inbox.updates)) == (1, 1)


async def test_a_refused_app_token_is_the_admins_to_mend() -> None:
    """The bot's token alone is not enough for Socket Mode."""
    async with FakeSlack() as server:
        slack = adapter(server, app_token="xapp-1-nobody-accepts-this")
        with pytest.raises(UserError, match=r"slack\.app_token"):
            await slack.connect()
        await slack.close()


async def test_an_outage_at_the_start_is_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    """Connecting goes on when Slack is there again."""
    async with FakeSlack() as server:
        slack = adapter(server)
        server.faults.add("auth.test", faults.html(502), times=3)
        await slack.connect()
        assert (slack.account, server.recorder.asked["auth.test"]) == (TEAM_ID, 4)
        await slack.close()


GOOD = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SIGNING_SECRET}


@pytest.mark.parametrize(
    ("mode", "wrong"),
    [
        ("socket", {"bot_token": APP_TOKEN}),
        ("socket", {"bot_token": ""}),
        ("socket", {"app_token": BOT_TOKEN}),
        ("socket", {"app_token": ""}),
        ("http", {"signing_secret": ""}),
        ("http", {"signing_secret": "kuulolla"}),
        ("socket", {"bot_token": BOT_TOKEN + "\n"}),
    ],
)
def test_what_is_no_token_is_refused_before_it_is_used(mode: Any, wrong: dict[str, str]) -> None:
    """The error names the setting and where to find the right value, and repeats none of it."""
    given = GOOD | wrong
    config = SlackConfig(bot_token=SecretSource(env="X"), mode=mode)
    (name,) = wrong
    with pytest.raises(UserError, match=rf"slack\.{name}") as caught:
        Slack(
            config, given["bot_token"], app_token=given["app_token"], signing_secret=given["signing_secret"]
        )
    assert not [value for value in wrong.values() if value and value in str(caught.value)]


# --- the doctor -------------------------------------------------------------------------------------------


def states(findings: Any) -> dict[str, str]:
    """Return how each subject stands."""
    return {finding.subject: finding.state for finding in findings}


async def test_the_doctor_finds_a_healthy_workspace(rig: SlackRig) -> None:
    """Token, scopes, clock and socket are well."""
    assert states(await rig.adapter.check()) == {
        "Slack bot token": "ok",
        "Slack scopes": "ok",
        "Slack clock": "ok",
        "Slack app token": "ok",
    }


async def test_the_doctor_misses_scopes() -> None:
    """Those that are not granted are named, with what to do."""
    async with FakeSlack(scopes=frozenset({"chat:write", "users:read"})) as server:
        slack = adapter(server)
        found = {finding.subject: finding for finding in await slack.check()}
        await slack.close()
    missing = "commands, files:read, files:write, im:history, im:write, reactions:read"
    assert found["Slack scopes"].message == f"missing: {missing}"
    assert "manifest" in found["Slack scopes"].advice


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_the_doctor_needs_slacks_time_to_compare(date: str) -> None:
    """An answer without a date is said to be one."""
    found = clock(date, 0.0, signed=True)
    assert (found.state, found.message) == ("warning", "Slack told no time.")


@pytest.mark.parametrize(
    ("mode", "drift", "state"),
    [("socket", 40, "warning"), ("socket", -400, "warning"), ("http", 400, "problem"), ("http", 10, "ok")],
)
async def test_the_doctor_compares_clocks(mode: Any, drift: float, state: str) -> None:
    """A wrong clock is a nuisance, and fatal where signatures are checked."""
    async with FakeSlack() as server:
        slack = adapter(server, mode=mode, clock=lambda: server.clock.now() + drift)
        found = {finding.subject: finding for finding in await slack.check()}
        await slack.close()
    assert found["Slack clock"].state == state
    assert ("behind" in found["Slack clock"].message) == (drift == -400)


async def test_the_doctor_tells_refusal_from_silence() -> None:
    """A refused token is a problem, a network that is down a warning; neither hides behind a traceback."""
    async with FakeSlack() as server:
        refused = adapter(server, OTHER_TOKEN)
        wrong_app = adapter(server, app_token="xapp-1-nobody")
        assert states(await refused.check()) == {"Slack bot token": "problem"}
        assert states(await wrong_app.check())["Slack app token"] == "problem"
        await server.pause()
        assert states(await refused.check()) == {"Slack bot token": "warning"}
        await refused.close()
        await wrong_app.close()


# --- files ------------------------------------------------------------------------------------------------

DATA = Document("omat-tiedot.html", "text/html", "<p>Äijä &amp; co</p>")
FILE = Outbound(text="Tietosi <luettavaksi>", document=DATA)


async def test_a_file_is_asked_for_uploaded_and_shared(rig: SlackRig) -> None:
    """Slack's three steps, and every byte is there, in the direct message of who asked."""
    await send(rig, FILE, delivery=Delivery.FILE)
    (file,) = rig.server.files.values()
    assert (file.name, file.content, file.channel) == (DATA.name, DATA.content.encode(), "D0AINO")
    assert file.comment == "Tietosi &lt;luettavaksi&gt;"


async def test_a_file_that_was_not_shared_may_be_tried_again(rig: SlackRig) -> None:
    """Until the last step nobody has seen it, so a cut before it is no doubt."""
    rig.server.faults.add("files.getUploadURLExternal", faults.drop())
    failed = await rig.adapter.send(message(FILE, delivery=Delivery.FILE))
    assert isinstance(failed, SendError)
    assert failed.failure is Failure.RETRY
    assert [file.channel for file in rig.server.files.values() if file.channel] == []


async def test_a_file_whose_sharing_was_cut_is_in_doubt(rig: SlackRig) -> None:
    """It may be there; it is not shared twice."""
    rig.server.faults.add("files.completeUploadExternal", faults.drop())
    failed = await rig.adapter.send(message(FILE, delivery=Delivery.FILE))
    assert isinstance(failed, SendError)
    assert failed.failure is Failure.AMBIGUOUS


async def test_an_app_that_may_not_send_files_still_sends_words(rig: SlackRig) -> None:
    """An app installed before files were thought of: the admin is told what to do, and nothing stops."""
    rig.server.scopes -= {"files:write"}
    failed = await rig.adapter.send(message(FILE, delivery=Delivery.FILE))
    assert isinstance(failed, SendError)
    assert (failed.failure, failed.code) == (Failure.PERMANENT, "files_not_allowed")
    await send(rig, QUESTION)
