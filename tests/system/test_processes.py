"""The process as an operator sees it: how it starts, refuses to, stops, and what it writes."""

import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.process import ServerProcess, telegram_process
from tests.system.rig import BotProcess, Installation

EX_TEMPFAIL = 75
OTHER_TOKEN = "7000000001:KuulollaTokenThatNobodyAccepts00000"
SECRETS = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}|[0-9a-f]{64}")


@pytest.fixture
def tg() -> Iterator[ServerProcess]:
    """A Bot API server with a few members."""
    with telegram_process("--members", "1-50") as server:
        yield server


def _installed(folder: Path, tg: ServerProcess, *, token: str = "", more: str = "") -> Installation:
    return Installation(folder, base_url=tg.info["url"], token=token or tg.info["token"], more=more)


def _wait_for_log(bot: BotProcess, words: str) -> str:
    """The line of the log that holds these words, as soon as it is written."""
    for _ in range(100):
        found = [line for line in bot.log.read_text().splitlines() if words in line]
        if found:
            return found[0]
        bot.let_run(0.1)
    raise AssertionError(f"{words!r} was not written:\n{bot.log.read_text()}")


def test_a_second_process_on_the_same_file_leaves_with_75(tg: ServerProcess, tmp_path: Path) -> None:
    """It says in one line that another one is running, and disturbs nothing."""
    place = _installed(tmp_path, tg)
    with place.running(tg) as first:
        second = place.start()
        assert second.process.wait(20) == EX_TEMPFAIL
        assert first.process.poll() is None

    lines = second.log.read_text().splitlines()
    assert len(lines) == 1
    assert "Another Kuulolla is running" in lines[0]


def test_a_refused_token_is_one_clear_line(tg: ServerProcess, tmp_path: Path) -> None:
    """Exit code 2, no traceback, and not a letter of the token."""
    place = _installed(tmp_path, tg, token=OTHER_TOKEN)
    bot = place.start()

    assert bot.process.wait(20) == 2
    lines = bot.log.read_text().splitlines()
    assert len(lines) == 1
    assert "Telegram refuses the bot's token" in lines[0]
    assert OTHER_TOKEN.partition(":")[2] not in place.output()


def test_sigterm_under_load_ends_cleanly(tg: ServerProcess, tmp_path: Path) -> None:
    """With members answering all the time it stops within ten seconds, and no send is left in doubt."""
    place = _installed(tmp_path, tg)
    bot = place.start("tests.system.hasty")
    bot.wait_for_poll(tg)
    crowd = {"size": 40, "start": "/start kuulumiset", "done": "Kiitos", "typed": {"Kerro lisää": "hyvää"}}
    tg.control("crowd", do="start", **crowd)
    tg.control("crowd", do="wait", handled=100)

    assert bot.stop() == 0
    assert place.rows("SELECT count(*) AS n FROM outbox WHERE state IN ('sending', 'unknown')") == [{"n": 0}]
    assert "stopped" in bot.log.read_text().splitlines()[-1]


def test_sigterm_ends_a_bot_that_waits_for_the_platform(tmp_path: Path) -> None:
    """Even before the platform was ever reached."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        place = Installation(tmp_path, base_url=url, token=OTHER_TOKEN)
        bot = place.start()
        _wait_for_log(bot, "Telegram cannot be reached")

        assert bot.stop() == 0
    assert SECRETS.search(place.output()) is None


def test_no_secret_is_ever_written(tg: ServerProcess, tmp_path: Path) -> None:
    """Through refusals, broken answers, cut connections and a log in JSON, neither token nor key shows."""
    place = _installed(tmp_path, tg)
    place.file.write_text(place.file.read_text().replace('health = ""', 'health = ""\nlog = "json"'))
    for method, fault in (("setMyCommands", "html"), ("getUpdates", "garbage"), ("sendMessage", "cut")):
        tg.control("fault", method=method, fault=fault, times=2)
    with place.running(tg, "tests.system.hasty"):
        tg.member(5, "start", "kuulumiset")
        tg.member(5, "wait_for", text="Mitä kuuluu?", within=20)

    output = place.output()
    assert SECRETS.search(output) is None
    assert tg.info["token"].partition(":")[2] not in output
    assert all(json.loads(line)["level"] for line in output.splitlines())


def test_a_webhook_serves_as_well_as_polling(tg: ServerProcess, tmp_path: Path) -> None:
    """Updates that are posted to us are answered, and what waited while we were away comes first."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    more = (
        f'mode = "webhook"\nwebhook_url = "http://{listen}"\nwebhook_listen = "{listen}"\n'
        'webhook_secret = { file = "webhook.secret" }'
    )
    place = _installed(tmp_path, tg, more=more)
    place.secret("webhook.secret", "a-secret-of-some-length_1")
    tg.member(6, "start")
    bot = place.start("tests.system.hasty")
    try:
        tg.member(6, "wait_for", text="Hauskala ry", within=20)
        tg.member(5, "start", "kuulumiset")
        tg.member(5, "wait_for", text="Mitä kuuluu?", within=20)
        tg.member(5, "tap", 4)
        tg.member(5, "wait_for", text="Missä olit?", within=20)
    finally:
        assert bot.stop() == 0

    assert place.rows("SELECT question, value FROM answers") == [{"question": "mood", "value": "5"}]
    assert tg.control("stats")["asked"].get("getUpdates", 0) == 0


def test_the_health_address_tells_figures(tg: ServerProcess, tmp_path: Path) -> None:
    """On a port of its own choosing it answers with what waits; the log says where."""
    place = _installed(tmp_path, tg)
    place.file.write_text(place.file.read_text().replace('health = ""', 'health = "127.0.0.1:0"'))
    with place.running(tg) as bot:
        url = _wait_for_log(bot, "health address").partition("url=")[2]
        with urllib.request.urlopen(url) as answer:
            told = json.loads(answer.read())

    assert (told["status"], told["inbox"], told["outbox"]) == ("ok", 0, 0)
