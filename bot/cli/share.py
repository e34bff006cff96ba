"""``kuulolla share``: what was said and what is done about it, told to those who were asked."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.common import config_option, context_of, json_option, load, open_store, to_json
from bot.errors import Problem, UserError

if TYPE_CHECKING:
    from bot.config.model import Config


@click.command()
@click.argument("survey", required=False)
@click.option("--text", "texts", multiple=True, metavar="LANGUAGE=TEXT", help="What is told, in a language.")
@click.option(
    "--file", "files", multiple=True, metavar="LANGUAGE=FILE", help="The same, from a text file (UTF-8)."
)
@click.option("--wave", default="", help="A round by its name; without it the last one that was not told.")
@click.option("--open", "listing", is_flag=True, help="List the rounds of which nothing was told.")
@click.option("--by", default=getpass.getuser, help="Who tells it; stands in the audit.")
@json_option
@config_option
def share(
    survey: str | None,
    texts: tuple[str, ...],
    files: tuple[str, ...],
    wave: str,
    listing: bool,
    by: str,
    as_json: bool,
    config_path: Path,
) -> None:
    """Tell those who were asked SURVEY what they said and what comes of it, each in their language.

    At most once to each person, in their hours, and not before the round is over and enough have answered.
    """
    if listing == bool(survey):
        raise click.UsageError("Name a SURVEY, or ask for --open.")
    config = load(config_path)
    if listing:
        _list(config, as_json=as_json)
        return
    said = dict(_pair(one, "--text") for one in texts)
    said |= {language: _read(Path(name)) for language, name in (_pair(one, "--file") for one in files)}
    if not said:
        raise click.UsageError("Say what is told: --text en=…")
    _share(config, survey or "", said, wave, by, as_json=as_json)


def _pair(written: str, option: str) -> tuple[str, str]:
    language, sign, rest = written.partition("=")
    if not sign:
        raise click.UsageError(f"Write {option} with its language: {option} en=…")
    return language.strip(), rest


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(Problem(message=f"{path} cannot be read: {error.strerror}.")) from None
    except UnicodeDecodeError:
        raise UserError(
            Problem(message=f"{path} is not written in UTF-8.", advice="Save it as UTF-8.")
        ) from None


def _share(config: "Config", survey: str, said: dict[str, str], wave: str, by: str, *, as_json: bool) -> None:
    from bot.service import sharing

    context, now = context_of(config), datetime.now(UTC)
    with open_store(config) as store:
        told = store.write(lambda c: sharing.share(context, c, survey, said, by=by, now=now, wave=wave))
    if as_json:
        click.echo(to_json(told))
        return
    people = "1 person" if told.people == 1 else f"{told.people} people"
    click.echo(f"'{told.wave}' of {told.survey}: " if told.wave else f"{told.survey}: ", nl=False)
    click.echo(f"{people} will be told, by the running bot, in their hours.")


def _list(config: "Config", *, as_json: bool) -> None:
    from bot.service import sharing

    with open_store(config) as store, store.read() as connection:
        found = sharing.open_loops(config, connection)
    if as_json:
        click.echo(to_json(found))
        return
    zone, now = ZoneInfo(config.organisation.timezone), datetime.now(UTC)
    for loop in found:
        due = f"promised by {loop.due_at.astimezone(zone):%Y-%m-%d}" if loop.due_at else "nothing promised"
        late = ", overdue" if loop.due_at is not None and loop.due_at < now else ""
        click.echo(
            f"{loop.survey}, '{loop.wave}': {loop.answered} answered, closed "
            f"{loop.closed_at.astimezone(zone):%Y-%m-%d}, {due}{late}."
        )
    if not found:
        click.echo("Every round was told.")
