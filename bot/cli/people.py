"""``kuulolla people import``: the member list comes in, and the admin learns whom the bot can reach."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli.common import config_option, context_of, json_option, load, open_store, to_json
from bot.cli.importing import carry_out, opened
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.roster.match import Reach
    from bot.service.roster import Report


@click.group()
def people() -> None:
    """The people whom the bot knows."""


@people.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Look at the list and tell what would change; change nothing.")
@json_option
@config_option
def import_(file: Path, dry_run: bool, as_json: bool, config_path: Path) -> None:
    """Import the member list FILE (CSV, UTF-8). Which column is what stands in [people].

    Every row is checked first; if one cannot be used, nothing is imported. The same list may be imported
    again at any time, also while the bot runs: what has changed is changed, and nobody is lost. Whoever said
    stop stays stopped.
    """
    from bot.service.roster import Import

    config = load(config_path)
    try:
        with opened(file) as handle, open_store(config) as store:
            task = Import(config, store, handle, file.name, datetime.now(UTC))
            carry_out(task.look(), task.write, dry_run=dry_run)
    except UserError as refused:
        if as_json:
            click.echo(to_json({"file": file.name, "imported": False, "problems": refused.problems}))
            sys.exit(refused.exit_code)
        raise
    if task.report is not None:
        click.echo(to_json(task.report) if as_json else "\n".join(filter(None, _lines(task.report, config))))


# --- what the admin reads ---------------------------------------------------------------------------------


def _lines(report: "Report", config: "Config") -> Iterator[str]:
    form = "".join(f", {note}" for note in report.notes)
    yield f"{report.file}: {_count(report.people)}, columns separated by {report.separator}{form}."
    verb = "" if report.imported else "would be "
    yield f"  {report.new:,} {verb}new, {report.changed:,} {verb}changed, {report.unchanged:,} as they were."
    if report.repeated:
        yield f"  Rows that only repeat others, passed over: {report.repeated:,}."
    if report.absent:
        yield f"  Known here but not in the list, left as they are: {_count(report.absent)}."
    for warning in report.warnings:
        yield f"  {warning}"
    yield "Who can be asked:" if report.people else ""
    for reach, sentence in _REACH.items():
        number = report.reach.get(reach, 0)
        if number:
            yield f"  {number:>7,} {sentence.format(link=_link(config))}"
    if not report.imported:
        yield "Nothing was changed (dry run)."


_REACH: "Final[dict[Reach, str]]" = {
    "now": "can be written to now.",
    "press_start": "must press Start first, as Telegram asks: send them {link}.",
    "connect": "can be written to once the bot has been in their Slack.",
    "no_address": "cannot be reached until the list has an address for them.",
    "unreachable": "cannot be reached any more: they blocked the bot or left.",
    "stopped": "said stop, and stay so.",
}


def _link(config: "Config") -> str:
    if config.telegram is None or not config.telegram.username:
        return "the bot's link"
    return f"https://t.me/{config.telegram.username}"


def _count(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


# --- one person, several places ---------------------------------------------------------------------------


@people.command()
@click.argument("one")
@click.argument("other")
@config_option
def link(one: str, other: str, config_path: Path) -> None:
    """Make ONE and OTHER the same person. Members do it themselves with /link.

    Each is a member number, an address such as telegram:123, a name, or #id. It can be undone with unlink.
    """
    import getpass

    from bot.service import joining, why

    config = load(config_path)
    with open_store(config) as store:
        with store.read() as connection:
            pair = why.find_person(connection, one), why.find_person(connection, other)
        if pair[0] == pair[1]:
            raise UserError(f"'{one}' and '{other}' are the same person already.")
        context, now = context_of(config), datetime.now(UTC)
        stays = store.write(lambda c: joining.join(context, c, *pair, getpass.getuser(), now))
    click.echo(f"They are one person now: #{stays}.")


@people.command()
@click.argument("address")
@config_option
def unlink(address: str, config_path: Path) -> None:
    """Take ADDRESS (telegram:123) from its person: whoever was joined by mistake is back as before."""
    import getpass

    from bot.service import joining

    config = load(config_path)
    with open_store(config) as store:
        now = datetime.now(UTC)
        other = store.write(lambda c: joining.unlink(c, address, getpass.getuser(), now))
    click.echo(f"{address} is a person of its own now: #{other}.")
