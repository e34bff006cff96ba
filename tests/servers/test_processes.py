"""The servers in processes of their own: started, steered over their control door, and ended."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import psutil
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.process import ROOT, ServerProcess, slack_process, telegram_process
from tests.servers.telegram import TOKEN, FakeTelegram
from tests.servers.telegram.crowd import Crowd, CrowdPlan

Json = dict[str, Any]
BUTTONS = {
    "inline_keyboard": [[{"text": "1", "callback_data": "yksi"}, {"text": "2", "callback_data": "kaksi"}]]
}


@pytest.fixture(scope="module")
def remote() -> Iterator[ServerProcess]:
    """A FakeTelegram in its own process, with members 1 to 9 who have pressed Start."""
    with telegram_process("--members", "1-9", "--overall", "30", "--per-chat", "1") as server:
        yield server


async def ask(server: ServerProcess, method: str, **params: Any) -> Json:
    """Call the Bot API of a server process."""
    url = f"{server.info['base_url']}{server.info['token']}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=params) as response:
        answer: Json = await response.json()
        return answer


async def test_a_member_acts_and_sees_over_the_control_door(remote: ServerProcess) -> None:
    """What a test in the same process would do, in JSON."""
    remote.control("reset")
    update = remote.member(1, "send", "hei")
    got = await ask(remote, "getUpdates", timeout=5)
    assert [one["update_id"] for one in got["result"]] == [update]
    await ask(remote, "sendMessage", chat_id=1, text="Mitä kuuluu?", reply_markup=BUTTONS)
    seen = remote.member(1, "wait_for", text="kuuluu")
    assert (seen["labels"], remote.member(1, "seen")) == (["1", "2"], [seen])
    remote.member(1, "tap", "2")
    got = await ask(remote, "getUpdates", offset=update + 1)
    assert got["result"][0]["callback_query"]["data"] == "kaksi"
    recorded = remote.control("requests", method="sendMessage")
    assert [(entry["params"]["text"], entry["status"]) for entry in recorded] == [("Mitä kuuluu?", 200)]


async def test_faults_limits_and_the_clock_are_set_from_outside(remote: ServerProcess) -> None:
    """The counters tell what came of them."""
    remote.control("reset")
    remote.control(
        "fault", method="sendMessage", fault="refusal", args={"code": 403, "description": "Forbidden: x"}
    )
    answers = [await ask(remote, "sendMessage", chat_id=2, text="?") for _ in range(3)]
    assert [answer.get("error_code") for answer in answers] == [403, None, 429]
    before = remote.control("health")["now"]
    assert remote.control("clock", advance=3600) >= before + 3600
    assert (await ask(remote, "sendMessage", chat_id=2, text="?"))["ok"] is True
    stats = remote.control("stats")
    assert (stats["accepted"], stats["refused"], stats["peak_per_second"]) == (2, 1, 1)
    remote.control("update", kind="message", payload={"text": "no chat"})
    remote.control("update", raw='{"update_id":1}')
    assert stats["pending_updates"] + 1 == remote.control("stats")["pending_updates"]


@pytest.mark.parametrize(
    ("action", "params", "trouble"),
    [
        ("fly", {}, "unknown control action 'fly'"),
        ("member", {"id": 1, "do": "fly"}, "a member cannot 'fly'"),
        ("member", {"id": 1, "do": "wait_for", "text": "x", "within": 0.01}, "no message fits 'x'"),
        ("fault", {"fault": "fire"}, "KeyError: 'fire'"),
        ("crowd", {"do": "figures"}, "no crowd has been started"),
    ],
)
def test_what_makes_no_sense_is_refused(
    remote: ServerProcess, action: str, params: Json, trouble: str
) -> None:
    """With a word, and the server goes on."""
    with pytest.raises(AssertionError, match=trouble):
        remote.control(action, **params)
    assert remote.control("health")["url"] == remote.url


def test_a_server_ends_with_the_test_that_started_it() -> None:
    """Its standard input closes when its parent dies, even by a kill."""
    program = (
        "from tests.servers.process import telegram_process; import sys\n"
        "server = telegram_process()\n"
        "sys.stdout.write(str(server.pid) + '\\n'); sys.stdout.flush(); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    with suppress(psutil.NoSuchProcess):
        server.wait(timeout=10)
    assert not server.is_running()


async def test_slack_runs_alone_too() -> None:
    """Posts, presses, deliveries and views over the control door."""
    with slack_process("--retry-pauses", "0.01", "--ack-seconds", "0.1") as server:
        server.member("U0AINO", "seen")
        api = AsyncWebClient(token=server.info["bot_token"], base_url=server.info["base_url"])
        button = {"type": "button", "text": {"type": "plain_text", "text": "a"}, "action_id": "x"}
        blocks = [{"type": "actions", "elements": [button]}]
        await api.chat_postMessage(channel="U0AINO", text="?", blocks=blocks)
        assert [message["labels"] for message in server.member("U0AINO", "seen")] == [["a"]]
        pressed = server.control("member", id="U0AINO", do="tap", args=["a"], settle=True)
        assert [attempt[2] for attempt in pressed["attempts"]] == ["no_connection"]
        sent = server.control("member", id="U0AINO", do="send", args=["hei"], settle=True)
        assert (sent["taken"], len(sent["attempts"]), len(server.control("deliveries"))) == (False, 2, 2)
        trigger = pressed["payload"]["trigger_id"]
        text = {"type": "input", "label": {"type": "plain_text", "text": "l"}}
        text["element"] = {"type": "plain_text_input", "action_id": "t"}
        view = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": [text]}
        await api.views_open(trigger_id=trigger, view=view | {"submit": {"type": "plain_text", "text": "ok"}})
        assert server.member("U0AINO", "view")["title"]["text"] == "t"
        assert server.control("stats")["asked"] == {"chat.postMessage": 1, "views.open": 1}


@asynccontextmanager
async def little_bot(base_url: str, *, acks: bool = True) -> AsyncIterator[None]:
    """Run a bot that asks two questions, one of them to be typed, and says thank you."""
    async with aiohttp.ClientSession() as session:

        async def call(method: str, **params: Any) -> Any:
            async with session.post(f"{base_url}{TOKEN}/{method}", json=params) as response:
                return (await response.json()).get("result")

        async def react(update: Json) -> None:
            if "callback_query" in update:
                tap = update["callback_query"]
                if acks:
                    await call("answerCallbackQuery", callback_query_id=tap["id"])
                await call("sendMessage", chat_id=tap["from"]["id"], text="Kerro lisää")
            elif update["message"]["text"] == "/start":
                chat = update["message"]["chat"]["id"]
                await call("sendMessage", chat_id=chat, text="Tervetuloa")
                await call("sendMessage", chat_id=chat, text="Mitä kuuluu?", reply_markup=BUTTONS)
            else:
                await call("sendMessage", chat_id=update["message"]["chat"]["id"], text="Kiitos")

        async def poll() -> None:
            offset = 0
            while True:
                for update in await call("getUpdates", offset=offset, timeout=10):
                    offset = update["update_id"] + 1
                    await react(update)

        polling = asyncio.create_task(poll())
        try:
            yield
        finally:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling


async def test_a_crowd_answers_as_fast_as_it_is_asked(fake_telegram: FakeTelegram) -> None:
    """Taps and typed answers, round after round, until the number that was ordered."""
    plan = CrowdPlan(size=5, done="Kiitos", typed={"Kerro lisää": "ihan hyvää"}, answers=40, pick=None)
    crowd = fake_telegram.crowd = Crowd(fake_telegram, plan)
    async with little_bot(fake_telegram.base_url):
        await crowd.start()
        figures = await crowd.wait(40)
    assert (figures["handled"], figures["given"], len(crowd.log)) == (40, 40, 40)
    assert {what for _, _, what in crowd.log} == {"yksi", "kaksi", "ihan hyvää"}
    assert 0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"]
    crowd.mark()
    assert crowd.figures()["handled"] == 0


async def test_a_crowd_lives_in_the_servers_process() -> None:
    """A benchmark starts it, lets it warm up, marks, and waits; the bot shares no CPU time with it."""
    with telegram_process("--no-recording") as server:
        async with little_bot(server.info["base_url"]):
            typed = {"Kerro lisää": "joo"}
            await server.control_async("crowd", do="start", size=5, done="Kiitos", typed=typed)
            await server.control_async("crowd", do="wait", handled=10)
            await server.control_async("crowd", do="mark")
            figures = await server.control_async("crowd", do="wait", handled=20)
            await server.control_async("crowd", do="stop")
        assert figures["handled"] >= 20
        assert figures["per_second"] > 0
        assert server.control("requests") == []


@pytest.mark.parametrize(("needs_ack", "handled"), [(True, 0), (False, 10)])
async def test_a_tap_without_an_answer_counts_only_if_the_plan_says_so(
    fake_telegram: FakeTelegram, *, needs_ack: bool, handled: int
) -> None:
    """A bot that never answers its callback queries gets nowhere with a strict crowd."""
    plan = CrowdPlan(size=2, done="Kiitos", typed={"Kerro lisää": "joo"}, answers=10, needs_ack=needs_ack)
    crowd = fake_telegram.crowd = Crowd(fake_telegram, plan)
    async with little_bot(fake_telegram.base_url, acks=False):
        await crowd.start()
        await fake_telegram.recorder.wait_for("sendMessage", 6)
        figures = await crowd.wait(handled)
    assert figures["handled"] == handled
