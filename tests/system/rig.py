"""A whole installation in a folder, and the bot as the process that an operator starts.

Used by everything that looks at the program from outside: it is started and ended by signals, spoken to over
loopback, and its database is read with a driver of our own. Nothing here imports the program's modules.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlcipher3 import dbapi2

from tests.servers.process import ROOT, ServerProcess

T = TypeVar("T")

START_SECONDS: Final = 30.0
"""A bot that has not begun to poll after this long never will."""
WITHIN: Final = 10.0
"""Seconds for an answer of the bot on a busy machine."""
LOOK: Final = 0.05
"""Seconds between two looks at something that tells nobody when it changes."""
STOP_SECONDS: Final = 10.0
"""What the program promises."""

SQLITE: Final = """
path = "data/kuulolla.db"
key_file = "kuulolla.key"
ballast_mb = 0
"""

PULSE: Final = """
[[flow]]
id = "pulse"
title = { fi = "Kuulumiset", sv = "Läget", en = "How it goes" }
closing = { fi = "Kiitos, {name}.", sv = "Tack, {name}.", en = "Thank you, {name}." }

[[flow.question]]
id = "mood"
type = "scale"
preset = "faces"
text = { fi = "Mitä kuuluu?", sv = "Hur mår du?", en = "How are you?" }

[[flow.question]]
id = "place"
type = "select_one"
text = { fi = "Missä olit?", sv = "Var var du?", en = "Where were you?" }
choices = [
  { id = "hall", label = { fi = "Salissa", sv = "I salen", en = "In the hall" } },
  { id = "yard", label = { fi = "Pihalla", sv = "På gården", en = "In the yard" } },
  { id = "home", label = { fi = "Kotona", sv = "Hemma", en = "At home" } },
]

[[flow.question]]
id = "tell"
type = "text"
required = false
text = { fi = "Kerro lisää", sv = "Berätta mera", en = "Tell us more" }

[[survey]]
id = "open"
flow = "pulse"
owner = "Office"
trigger = [{ link = "kuulumiset" }, { keywords = ["kuulumiset"] }]
purpose = { fi = "Jotta opimme", sv = "För att lära", en = "To learn" }

[[survey]]
id = "round"
flow = "pulse"
owner = "Office"
trigger = { by_hand = true }
reminders = { max = 0 }
purpose = { fi = "Jotta kierros onnistuu", sv = "För att rundan lyckas", en = "To make the round work" }
"""
"""A small survey that is open to everybody, and the same one as a wave that is opened by hand."""


class Installation:
    """A configuration, a key and tokens in a folder, and the commands run there.

    Telegram is configured where a ``token`` is given. ``more`` are further keys of its table, and tables of
    other platforms; ``storage`` are the keys of that table.
    The organisation lives where it is about noon, so that people may be contacted whenever a test runs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = "",
        token: str = "",
        more: str = "",
        surveys: str = PULSE,
        storage: str = SQLITE,
    ) -> None:
        self.folder = folder
        self.file = folder / "config.toml"
        self.database = folder / "data" / "kuulolla.db"
        folder.mkdir(parents=True, exist_ok=True)
        self.secret("kuulolla.key", secrets.token_hex(32))
        if token:
            self.secret("telegram.token", token)
            more = f"{_TELEGRAM.format(base_url=base_url)}{more}"
        self.file.write_text(_CONFIG.format(zone=_zone_at_noon(), storage=storage, platforms=more) + surveys)
        self.environment = _environment()
        self._logs = 0

    def secret(self, name: str, text: str) -> None:
        """Put a secret into a file that only its owner can read."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``kuulolla`` to its end, with this configuration."""
        command = [sys.executable, "-m", "bot.cli", *arguments, "-c", str(self.file)]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def start(self, module: str = "bot.cli") -> "BotProcess":
        """Start ``kuulolla run``, or a ``module`` that does the same with less patience."""
        self._logs += 1
        command = [sys.executable, "-m", module, "run", "-c", str(self.file)]
        return BotProcess(command, self._log(self._logs), self.environment)

    def _log(self, number: int) -> Path:
        return self.folder / f"run-{number}.log"

    def output(self) -> str:
        """Everything that all runs have written."""
        return "".join(self._log(number).read_text() for number in range(1, self._logs + 1))

    @contextmanager
    def running(self, tg: ServerProcess, module: str = "bot.cli") -> Iterator["BotProcess"]:
        """A bot that polls ``tg``; at the end it is stopped as an operator would."""
        bot = self.start(module)
        try:
            bot.wait_for_poll(tg)
            yield bot
        finally:
            bot.stop()

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Read the database past the program."""
        connection = dbapi2.connect(str(self.database))
        try:
            connection.execute(f"PRAGMA key = \"x'{(self.folder / 'kuulolla.key').read_text().strip()}'\"")
            connection.row_factory = dbapi2.Row
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()


class Association:
    """A bot in operation and the people around it, who live in the server's process."""

    def __init__(self, place: Installation, tg: ServerProcess) -> None:
        self.place = place
        self.tg = tg
        self._members = 0

    def member(self, *, language: str = "fi") -> "Member":
        """Somebody new, who has not pressed Start."""
        self._members += 1
        return Member(self.tg, self._members, language)


class Member:
    """A person with a Telegram client."""

    def __init__(self, tg: ServerProcess, number: int, language: str) -> None:
        self.number = number
        self.address = f"telegram:{number}"
        self._tg = tg
        self._about = {"first_name": "Aino", "language_code": language}

    def does(self, deed: str, *arguments: object) -> Any:
        """Send, start, tap, tap_old, tap_data, block, …: see ``tests.servers``."""
        return self._tg.member(self.number, deed, *arguments, about=self._about)

    def sees(self, text: str) -> dict[str, Any]:
        """Wait for the next message that holds the text: text, labels, data, edits."""
        found: dict[str, Any] = self._tg.member(self.number, "wait_for", text=text, within=WITHIN)
        return found

    def chat(self) -> list[str]:
        """The bot's messages as they look now."""
        return [message["text"] for message in self._tg.member(self.number, "seen")]


class BotProcess:
    """One run of the program. Its output goes to a file."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def wait_for_poll(self, tg: ServerProcess) -> None:
        """Wait until it has taken in all updates and asks for more."""
        try:
            tg.control("polled", within=START_SECONDS)
        except AssertionError:
            raise AssertionError(f"the bot did not start:\n{self.log.read_text()}") from None

    def let_run(self, seconds: float) -> None:
        """Watch it for so long; it must not end by itself."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"the bot ended by itself:\n{self.log.read_text()}")

    def kill_after(self, seconds: float) -> None:
        """Let it run for so long, then end it without a warning."""
        self.let_run(seconds)
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit code. A bot that needs more than the promised time is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the bot did not stop in time:\n{self.log.read_text()}") from None


def until(bot: BotProcess, probe: Callable[[], T]) -> T:
    """Wait until what is looked for is there; the bot has to go on running meanwhile."""
    for _ in range(int(WITHIN / LOOK)):
        found = probe()
        if found:
            return found
        bot.let_run(LOOK)
    raise AssertionError(f"waited {WITHIN} s in vain:\n{bot.log.read_text()}")


def _environment() -> dict[str, str]:
    """Nothing of the developer's but the way to programs."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def _zone_at_noon() -> str:
    """A zone whose clocks show about noon now. In the names of these zones the sign is turned round."""
    from datetime import UTC, datetime

    hours = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


_TELEGRAM: Final = """
[telegram]
token = {{ file = "telegram.token" }}
base_url = "{base_url}"
"""

_CONFIG: Final = """
[organisation]
name = {{ fi = "Hauskala ry", sv = "Hauskala rf", en = "Hauskala" }}
languages = ["fi", "sv", "en"]
timezone = "{zone}"
privacy = {{ fi = "Kysy toimistosta.", sv = "Fråga kansliet.", en = "Ask the office." }}
contact = "toimisto@hauskala.example"

[storage]
{storage}

{platforms}

[runtime]
health = ""

[policy.send_window]
weekday = ["00:00", "23:59"]
weekend = ["00:00", "23:59"]
"""
