"""``kuulolla demo``: be one member of a fictional association for four weeks that pass in seconds."""

import asyncio
import io
import os
import random
import shutil
import signal
import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO
from zoneinfo import ZoneInfo

import click

from adapters.console import clean_line
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.demo.membership import You
    from bot.texts import Texts
    from storage.store import Store

EXAMPLE: Final = Path(__file__).parents[2] / "config.example.toml"
BEGINS: Final = datetime(2026, 9, 1, 17, 58, tzinfo=ZoneInfo("Europe/Helsinki"))
"""A Tuesday, two minutes before the weekly pulse."""
WEEKS: Final = 4
MARKER: Final = ".kuulolla-demo"
"""Tells that a folder is a demo's, and may be replaced by the next."""
SEED: Final = 2026
LANGUAGES: Final = ("fi", "sv", "en")
SCRIPT: Final = {
    "fi": "1\n4\nihmiset\nTeetä saisi olla enemmän.\n",
    "sv": "1\n4\nmänniskorna\nLite mer te vore bra.\n",
    "en": "1\n4\nthe people\nA little more tea would be good.\n",
}
"""What the scripted member says where there is neither terminal nor input."""


@click.command()
@click.option("--language", type=click.Choice(LANGUAGES), help="The language you are spoken to in.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another number, other people.")
@click.option(
    "--weeks",
    type=click.IntRange(1, 26),
    default=WEEKS,
    show_default=True,
    help="How much time is to pass.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the database and the page are written; an earlier demo there is replaced.",
)
def demo(language: str | None, seed: int, weeks: int, folder: Path) -> None:
    """Some weeks of Hauskala, an association that does not exist. You are one of its sixty members."""
    from bot.demo.membership import You
    from bot.texts import Texts
    from storage.store import open_sqlite

    config = _config(folder)
    language = language or _language_of_the_terminal()
    # `make demo | head`: whoever has seen enough ends it without a word
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    you = You(name="Kaino", language=language)
    texts = Texts.load()
    lines = _input(language)
    with open_sqlite(config.storage.path, config.storage.key_file) as store:
        click.echo(texts("demo.hello", language) + "\n")
        ends = BEGINS + timedelta(weeks=weeks)
        asyncio.run(_play(config, store, texts, you, seed, lines, ends))
        click.echo("\n" + texts("demo.over", language) + "\n")
        _results(config, store, texts, you, folder, ends)


def _config(folder: Path) -> "Config":
    """The example configuration, with its database in a folder of its own that begins empty."""
    from bot.cli.common import load
    from bot.config.calendar import with_holidays
    from bot.config.model import StorageConfig
    from storage.engine import create_key

    _clear(folder)
    database, key_file = folder / "data" / "kuulolla.db", folder / "kuulolla.key"
    storage = StorageConfig(path=database, key_file=key_file, ballast_mb=0)
    create_key(storage.key_file)
    example = with_holidays(load(EXAMPLE), [BEGINS.year])
    return replace(example, storage=storage, telegram=None, slack=None)


def _clear(folder: Path) -> None:
    """Begin with an empty folder, but never empty one that is not an earlier demo's."""
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()):
        if not marker.exists():
            raise UserError(f"{folder} is not empty and not from an earlier demo. Choose another with --dir.")
        shutil.rmtree(folder)
    (folder / "data").mkdir(parents=True)
    marker.touch()


def _language_of_the_terminal() -> str:
    wish = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "")[:2]
    return wish if wish in LANGUAGES else "en"


def _input(language: str) -> TextIO:
    """The terminal, what is piped in, or the script."""
    if sys.stdin is None or sys.stdin.closed:
        return InTurn(SCRIPT[language])
    if sys.stdin.isatty():
        return sys.stdin
    piped = sys.stdin.read()
    return InTurn(piped if piped.strip() else SCRIPT[language])


async def _play(
    config: "Config", store: "Store", texts: "Texts", you: "You", seed: int, lines: TextIO, ends: datetime
) -> None:
    from adapters.console import Console
    from bot.app import App
    from bot.demo import membership
    from bot.demo.seat import Seat
    from bot.engine.flow import in_language
    from bot.rehearsal import meetings
    from bot.rehearsal.clock import VirtualClock
    from bot.rehearsal.crowd import Crowd
    from bot.rehearsal.stage import Stage
    from bot.service import encounters
    from bot.service.context import Context
    from bot.service.dispatch import Pace

    clock = VirtualClock(BEGINS)
    people = membership.residents(seed)
    crowd = Crowd([one.persona for one in people], clock)
    console = Console(
        membership.YOU,
        speaker=in_language(config.organisation.name, you.language),
        reader=lines,
        writer=sys.stdout,
    )
    number = store.write(lambda connection: membership.enrol(connection, config, people, you, seed, clock()))
    context = Context(config, texts, {"crowd": crowd.to_inbound, "console": console.to_inbound})
    unlimited = Pace(per_second=0, per_chat_per_second=0)
    app = App(context, store, [(crowd, unlimited), (console, unlimited)], clock=clock)
    stage = Stage(
        app=app,
        clock=clock,
        crowds=[crowd],
        ends=ends,
        zone=ZoneInfo(config.organisation.timezone),
    )
    weeks, chance = _Weeks(texts, you.language), random.Random(seed)
    volunteers = [membership.member_id(one.persona.key) for one in people if one.closeness == "volunteer"]

    def day(now: datetime) -> None:
        weeks(now)
        for met in meetings.of_day(config, chance, volunteers, now.astimezone(stage.zone).date()):
            store.write(partial(encounters.record_one, context, one=met, source="demo", now=now))

    stage.on_day = day
    seat = Seat(console, number, your_turn=lines.go_on if isinstance(lines, InTurn) else lambda: None)
    await seat.play(stage)


class InTurn(io.StringIO):
    """Lines that come one by one, each when it is asked for, as a person would type them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._turns = threading.Semaphore(0)

    def go_on(self) -> None:
        """Let one more line be read."""
        self._turns.release()

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # the stubs know bytes alone
        """Wait for the turn. A line that says nothing takes no turn: nobody would be asked again after it."""
        self._turns.acquire()
        line = super().readline(size)
        while line and not clean_line(line):
            line = super().readline(size)
        return line


class _Weeks:
    """Tells that time passes, a line a week."""

    def __init__(self, texts: "Texts", language: str) -> None:
        self._texts = texts
        self._language = language

    def __call__(self, moment: datetime) -> None:
        from bot.engine.dates import show

        local = moment.astimezone(BEGINS.tzinfo)
        if local.weekday() == BEGINS.weekday():
            click.echo(self._texts("demo.week", self._language, date=show(local.date(), self._language)))


def _results(
    config: "Config", store: "Store", texts: "Texts", you: "You", folder: Path, ends: datetime
) -> None:
    """The closing table and the page."""
    from reports import page, summary

    with store.read() as connection:
        click.echo(summary.table(connection, config, you.language, now=ends))
        path = page.write(connection, config, folder / "report", you.language, now=ends)
    click.echo("\n" + texts("demo.page", you.language, path=str(path)))
