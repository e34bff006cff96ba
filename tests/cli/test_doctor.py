"""``kuulolla doctor``: every part that may be broken, and what it says about it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Finding
from bot.cli import doctor, main
from bot.config import load_or_raise
from bot.config.model import Config, Runtime
from bot.health import Health
from storage.lock import FileLock
from storage.store import open_sqlite
from tests.cli.association import TOKEN as OTHER_TOKEN
from tests.cli.association import settle
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.servers.telegram import TOKEN, FakeTelegram

TELEGRAM = '\n[telegram]\ntoken = {{ file = "telegram.token" }}\nbase_url = "{url}"\n'
SLACK = """
[slack]
bot_token = {{ file = "bot.token" }}
app_token = {{ file = "app.token" }}
base_url = "{url}"
"""


def installed(folder: Path, more: str = "", token: str = TOKEN) -> Config:
    """A configuration with these platforms, and its tokens."""
    path = settle(folder, more)
    for name, secret in (("telegram.token", token), ("bot.token", BOT_TOKEN), ("app.token", APP_TOKEN)):
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    return load_or_raise(path)


async def examined(config: Config) -> dict[str, Finding]:
    """The findings by subject; of several on one subject the last."""
    return {finding.subject: finding for finding in await doctor._examined(config)}


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main([str(argument) for argument in ("doctor", *arguments)])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


# --- platforms --------------------------------------------------------------------------------------------


async def test_both_platforms_in_order(
    tmp_path: Path, fake_telegram: FakeTelegram, fake_slack: FakeSlack
) -> None:
    """Tokens, scopes, clock and socket are looked at, and nothing is sent."""
    config = installed(
        tmp_path, TELEGRAM.format(url=fake_telegram.url) + SLACK.format(url=fake_slack.base_url)
    )
    found = await examined(config)
    assert {"telegram token", "clock", "Slack bot token", "Slack scopes", "Slack app token"} <= set(found)
    assert not [finding for finding in found.values() if finding.state == "problem"]


async def test_a_refused_token_is_a_problem(tmp_path: Path, fake_telegram: FakeTelegram) -> None:
    """The right shape is not enough; the advice says where to get another, and no finding holds it."""
    config = installed(tmp_path, TELEGRAM.format(url=fake_telegram.url), token=OTHER_TOKEN)
    found = (await examined(config))["telegram token"]
    assert (found.state, "BotFather" in found.advice) == ("problem", True)
    assert OTHER_TOKEN.partition(":")[2] not in str(found)


@pytest.mark.parametrize(("token", "words"), [("geheim", "not a Telegram bot token"), ("", "empty")])
async def test_what_is_no_token_is_a_problem(tmp_path: Path, token: str, words: str) -> None:
    """Told without asking anybody; the other parts are still looked at."""
    config = installed(tmp_path, TELEGRAM.format(url="http://127.0.0.1:1"), token=token)
    found = await examined(config)
    assert (found["telegram"].state, words in found["telegram"].message) == ("problem", True)
    assert "geheim" not in str(found)
    assert found["key file"].state == "ok"


async def test_a_missing_token_hides_nothing_else(tmp_path: Path, fake_slack: FakeSlack) -> None:
    """One platform's secret is gone, the other platform is asked all the same."""
    config = installed(
        tmp_path, TELEGRAM.format(url="http://127.0.0.1:1") + SLACK.format(url=fake_slack.base_url)
    )
    (tmp_path / "telegram.token").unlink()
    found = await examined(config)
    assert (found["telegram"].state, found["Slack bot token"].state) == ("problem", "ok")


async def test_a_network_that_is_down_is_told(tmp_path: Path) -> None:
    """Nobody listens at either platform's address."""
    url = "http://127.0.0.1:1"
    config = installed(tmp_path, TELEGRAM.format(url=url) + SLACK.format(url=url))
    found = await examined(config)
    assert "network" in found["telegram token"].advice
    assert "network" in found["Slack bot token"].advice


async def test_an_adapter_that_breaks_is_told(tmp_path: Path) -> None:
    """A mistake of ours in one look does not end the others."""

    class Breaks:
        platform = "telegram"
        account = ""
        closed = False

        async def check(self) -> list[Finding]:
            raise KeyError("geheim")

        async def close(self) -> None:
            self.closed = True

    adapter = Breaks()
    (found,) = await doctor._asked(adapter)  # type: ignore[arg-type]
    assert (found.state, found.message, adapter.closed) == (
        "problem",
        "It could not be asked: KeyError.",
        True,
    )


async def test_a_token_of_another_bot_is_a_problem(tmp_path: Path, fake_telegram: FakeTelegram) -> None:
    """The database remembers which bot it belongs to."""
    from storage import meta

    config = installed(tmp_path, TELEGRAM.format(url=fake_telegram.url))
    with open_sqlite(config.storage.path, config.storage.key_file) as store:
        store.write(lambda c: meta.put(c, "account.telegram", "4"))
    assert (await examined(config))["telegram account"].state == "problem"


# --- the running bot --------------------------------------------------------------------------------------


def _at(config: Config, url: str) -> Config:
    return replace(config, runtime=Runtime(health=url.removeprefix("http://").removesuffix("/health")))


async def test_a_running_bot_is_recognised(tmp_path: Path) -> None:
    """Its health address answers with figures."""

    async def figures() -> dict[str, object]:
        return {"inbox": 3, "outbox": 4}

    health = Health("127.0.0.1:0", figures)
    config = _at(installed(tmp_path), await health.start())
    found = (await examined(config))["bot"]
    await health.stop()
    assert (found.state, found.message) == ("ok", "It is running: 3 messages to apply, 4 to send.")


async def test_an_ill_bot_is_a_problem(tmp_path: Path) -> None:
    """Its health address answers that it is not well."""

    async def broken() -> dict[str, object]:
        raise OSError

    health = Health("127.0.0.1:0", broken)
    config = _at(installed(tmp_path), await health.start())
    found = (await examined(config))["bot"]
    await health.stop()
    assert (found.state, "answers 503" in found.message) == ("problem", True)


async def test_a_stranger_at_the_health_address_is_told(tmp_path: Path) -> None:
    """Something answers there that is not the bot."""

    async def figures() -> dict[str, object]:
        return {"other": 1}

    health = Health("127.0.0.1:0", figures)
    config = _at(installed(tmp_path), await health.start())
    found = (await examined(config))["bot"]
    await health.stop()
    assert "another program answers" in found.message


async def test_a_bot_that_does_not_run_is_a_warning(tmp_path: Path) -> None:
    """Nobody holds the database, and nobody answers."""
    found = (await examined(_at(installed(tmp_path), "127.0.0.1:1")))["bot"]
    assert (found.state, found.advice) == ("warning", "Start it: kuulolla run")


async def test_a_taken_health_address_is_a_problem(tmp_path: Path) -> None:
    """Something listens there that speaks no HTTP: the bot could not start."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        found = (await examined(_at(installed(tmp_path), address)))["bot"]
    assert (found.state, "another program listens at" in found.message) == ("problem", True)


async def test_a_bot_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    """Somebody holds the database, and the health address is silent."""
    config = _at(installed(tmp_path), "127.0.0.1:1")
    with FileLock(config.storage.path):
        found = (await examined(config))["bot"]
    assert (found.state, "It holds the database" in found.message) == ("problem", True)


async def test_without_a_health_address_the_lock_tells(tmp_path: Path) -> None:
    """Whoever holds the database runs."""
    config = installed(tmp_path)
    assert "cannot be told" in (await examined(config))["bot"].message
    with FileLock(config.storage.path):
        assert (await examined(config))["bot"].message == "It is running."


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_lists_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each thing, advice below it, and the sum; warnings alone end with 0."""
    code, out, err = run(capsys, "-c", installed(tmp_path).file)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("ok       configuration")
    assert lines[1].split(maxsplit=2)[:2] == ["warning", "platforms"]
    assert lines[2].strip() == "Add [telegram] or [slack]."
    assert lines[-1] == "No problems, 1 warning."


def test_a_problem_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For scripts."""
    config = installed(tmp_path)
    config.storage.key_file.chmod(0o666)
    code, out, _ = run(capsys, "-c", config.file)
    assert (code, out.splitlines()[-1]) == (2, "1 problem, 1 warning.")


def test_the_findings_may_be_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs."""
    config = installed(tmp_path)
    code, out, _ = run(capsys, "--json", "-c", config.file)
    found = json.loads(out)
    assert (code, found["ok"]) == (0, True)
    assert {"subject", "state", "message", "advice"} == set(found["findings"][0])
    config.storage.key_file.unlink()
    code, out, _ = run(capsys, "--json", "-c", config.file)
    assert (code, json.loads(out)["ok"]) == (2, False)


@pytest.mark.parametrize("content", ["not toml", "", "[organisation]\nname = 5\n[telegram]\n"])
def test_a_broken_configuration_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    """Every problem of it as a finding, and no traceback."""
    (tmp_path / "config.toml").write_text(content)
    code, out, err = run(capsys, "-c", tmp_path / "config.toml")
    assert (code, err, out.startswith("problem  configuration")) == (2, "", True)


def test_a_missing_configuration_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for a file that is not there."""
    code, out, err = run(capsys, "-c", tmp_path / "none.toml")
    assert (code, err, out.startswith("problem  configuration")) == (2, "", True)


def test_there_is_more_to_know_about_some_configurations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Warnings of check are pointed at, not repeated."""
    path = installed(tmp_path).file
    path.write_text(path.read_text().replace('contact = "toimisto"\n', ""))
    assert "kuulolla check -c" in run(capsys, "-c", path)[1]
