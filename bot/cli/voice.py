"""``kuulolla feedback`` and ``kuulolla alerts``: what members say unasked, what worries, and what is done."""

import getpass
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import click

from bot.cli.common import config_option, context_of, json_option, load, open_store, to_json
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.service.context import Context
    from storage import Connection
    from storage.voices import Kind, Voice

T = TypeVar("T")

FEEDBACK: "Final[tuple[Kind, ...]]" = ("feedback",)
WORRIES: "Final[tuple[Kind, ...]]" = ("words", "score")
SHOWN: Final = 60
"""Characters of somebody's words in a list."""

number_argument = click.argument("number", type=click.IntRange(1))
by_option = click.option("--by", default=getpass.getuser, help="Who does it; stands in the audit.")
text_option = click.option("--text", required=True, help="What the person reads.")


# --- feedback ---------------------------------------------------------------------------------------------


@click.group()
def feedback() -> None:
    """What members say unasked. Nobody's address is shown, and nobody's name."""


@feedback.command(name="list")
@click.option("--all", "done", is_flag=True, help="Also what is done with.")
@json_option
@config_option
def list_(done: bool, as_json: bool, config_path: Path) -> None:
    """What waits, the newest first."""
    config = load(config_path)
    found = _listed(config, FEEDBACK, done=done)
    click.echo(to_json([_told(one) for one in found])) if as_json else _table(found, config, "feedback")


@feedback.command()
@number_argument
@config_option
def show(number: int, config_path: Path) -> None:
    """One voice whole, with the replies to it."""
    from bot.service import voices
    from storage import voices as rows

    config = load(config_path)
    with open_store(config) as store, store.read() as connection:
        voice = voices.find(connection, number, FEEDBACK)
        click.echo(voices.told(context_of(config), voice, "en"))
        for reply in rows.replies(connection, number):
            click.echo(f"\n{_moment(reply.at, config)}, {reply.by}:\n{reply.words}")


@feedback.command(name="reply")
@number_argument
@text_option
@by_option
@config_option
def reply_(number: int, text: str, by: str, config_path: Path) -> None:
    """Reply through the running bot, in the organisation's name."""
    _reply(load(config_path), number, FEEDBACK, text, by)


@feedback.command(name="done")
@number_argument
@by_option
@config_option
def done_(number: int, by: str, config_path: Path) -> None:
    """It is done with."""
    _finish(load(config_path), number, FEEDBACK, by)


@feedback.command()
@json_option
@config_option
def tally(as_json: bool, config_path: Path) -> None:
    """Good and bad by month, open and closed."""
    from storage import voices as rows

    config = load(config_path)
    with open_store(config) as store, store.read() as connection:
        found = rows.tallies(connection)
    zone = ZoneInfo(config.organisation.timezone)
    months: dict[str, dict[str, int]] = {}
    for one in found:
        month = months.setdefault(f"{one.said_at.astimezone(zone):%Y-%m}", dict.fromkeys(TALLIED, 0))
        month[one.feeling or "unsaid"] += 1
        month["closed" if one.state == "done" else "open"] += 1
    if as_json:
        click.echo(to_json(months))
    elif not months:
        click.echo("There is no feedback yet.")
    else:
        _grid(("Month", *TALLIED), [(month, *map(str, counts.values())) for month, counts in months.items()])


TALLIED: Final = ("good", "mixed", "bad", "unsaid", "open", "closed")


# --- alerts -----------------------------------------------------------------------------------------------


@click.command()
@click.option("--take", type=click.IntRange(1), help="The number of one that you see to.")
@click.option("--reply", type=click.IntRange(1), help="The number of one that you reply to, with --text.")
@click.option("--done", type=click.IntRange(1), help="The number of one that is done with.")
@click.option("--text", default="", help="What the person reads.")
@by_option
@json_option
@config_option
def alerts(
    take: int | None,
    reply: int | None,
    done: int | None,
    text: str,
    by: str,
    as_json: bool,
    config_path: Path,
) -> None:
    """What needs a person: words that worry, low scores, and what is wrong with the installation."""
    config = load(config_path)
    if take is not None:
        _take(config, take, by)
    elif reply is not None:
        _reply(config, reply, WORRIES, text, by)
    elif done is not None:
        _finish(config, done, WORRIES, by)
    else:
        _alerts(config, as_json=as_json)


def _alerts(config: "Config", *, as_json: bool) -> None:
    from storage import alerts as technical

    found = _listed(config, WORRIES, done=False)
    with open_store(config) as store, store.read() as connection:
        wrong = technical.open_alerts(connection)
    if as_json:
        others = [{"kind": one.kind, "message": one.message, "last_at": one.last_at} for one in wrong]
        click.echo(to_json({"voices": [_told(one) for one in found], "alerts": others}))
        return
    _table(found, config, "alerts")
    for one in wrong:
        click.echo(f"{_moment(one.last_at, config)}  {one.kind}: {one.message}")


def _take(config: "Config", number: int, by: str) -> None:
    from bot.service import voices

    def job(_: "Context", connection: "Connection", now: datetime) -> bool:
        return voices.take(connection, voices.find(connection, number, WORRIES), by, now)

    taken = _write(config, job)
    click.echo(f"#{number} is yours." if taken else f"#{number} was taken before.")


# --- what both do -----------------------------------------------------------------------------------------


def _write(config: "Config", job: "Callable[[Context, Connection, datetime], T]") -> T:
    context, now = context_of(config), datetime.now(UTC)
    with open_store(config) as store:
        return store.write(lambda connection: job(context, connection, now))


def _listed(config: "Config", kinds: "Sequence[Kind]", *, done: bool) -> "list[Voice]":
    from storage import voices as rows

    with open_store(config) as store, store.read() as connection:
        return rows.listed(connection, kinds, done=done)


def _reply(config: "Config", number: int, kinds: "Sequence[Kind]", text: str, by: str) -> None:
    from bot.service import voices
    from storage.work import Work

    def job(context: "Context", connection: "Connection", now: datetime) -> None:
        work = Work(connection, now)
        voices.reply(context, work, voices.find(connection, number, kinds), text, by, now)
        work.flush()

    _write(config, job)
    click.echo(f"Your reply to #{number} is in line; the running bot sends it.")


def _finish(config: "Config", number: int, kinds: "Sequence[Kind]", by: str) -> None:
    from bot.service import voices

    def job(_: "Context", connection: "Connection", now: datetime) -> bool:
        return voices.finish(connection, voices.find(connection, number, kinds), by, now)

    if not _write(config, job):
        raise UserError(f"#{number} was done with before.")
    click.echo(f"#{number} is done.")


def _told(voice: "Voice") -> dict[str, Any]:
    return {
        "number": voice.id, "kind": voice.kind, "said_at": voice.said_at, "feeling": voice.feeling,
        "encounter": voice.encounter or "", "survey": voice.survey, "question": voice.question,
        "words": voice.words, "may_reply": voice.may_reply, "times": voice.count, "state": voice.state,
        "taken_by": voice.taken_by,
    }  # fmt: skip


def _table(found: "Sequence[Voice]", config: "Config", what: str) -> None:
    if not found:
        click.echo(f"There are no open {what}." if what == "alerts" else "No feedback waits.")
        return
    rows = []
    for one in found:
        words = " ".join(one.words.split())
        about = one.feeling or (f"{one.survey} {one.question}".strip() if one.kind == "score" else one.kind)
        state = f"{one.state}, {one.taken_by}" if one.taken_by else one.state
        shown = words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
        rows.append((f"#{one.id}", _moment(one.said_at, config), about, one.encounter or "–", state, shown))
    _grid(("", "When", "What", "Encounter", "State", "Words"), rows)


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*head, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)


def _moment(at: datetime, config: "Config") -> str:
    return f"{at.astimezone(ZoneInfo(config.organisation.timezone)):%Y-%m-%d %H:%M}"
