"""``kuulolla link``: links and QR codes for posters, newsletters and check-in tables."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from bot.cli.common import config_option, context_of, json_option, load, open_store, to_json
from bot.errors import Problem, UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.service.links import Made
    from storage.links import Link

OPERATOR: Final = "operator"
"""Who is said to have done it in the audit: whoever may use the command line of this machine."""
SCALE: Final = 12
"""Pixels of one module of a QR code: sharp on a printed page of A4."""
KINDS: Final = (".svg", ".png")


@click.command()
@click.argument("survey", required=False)
@click.option("--encounter", default="", help="What the answers are about: an encounter's number or name.")
@click.option("--check-in", "check_in", default="", help="Record who is at this encounter, and ask nothing.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How long it works."
)
@click.option("--most", type=click.IntRange(1, 1_000_000), help="How many people may follow it.")
@click.option("--qr", type=click.Path(path_type=Path, dir_okay=False), help="Write a QR code: .svg or .png.")
@click.option("--list", "listing", is_flag=True, help="Show all links.")
@click.option("--withdraw", type=click.IntRange(1), help="The number of a link that shall work no longer.")
@json_option
@config_option
def link(
    survey: str | None,
    encounter: str,
    check_in: str,
    days: int,
    most: int | None,
    qr: Path | None,
    listing: bool,
    withdraw: int | None,
    as_json: bool,
    config_path: Path,
) -> None:
    """Make a link by which anybody, without being on any list, is asked SURVEY at once, with consent first.

    It is told once and kept nowhere: make a new one if it is lost.
    """
    wanted = [name for name, given in (("SURVEY", survey), ("--check-in", check_in), ("--list", listing),
                                       ("--withdraw", withdraw)) if given]  # fmt: skip
    if len(wanted) != 1:
        raise click.UsageError("Name one of SURVEY, --check-in, --list, --withdraw.")
    config, now = load(config_path), datetime.now(UTC)
    if listing:
        _list(config, now, as_json=as_json)
    elif withdraw is not None:
        _withdraw(config, withdraw, now)
    else:
        if qr is not None:
            _check(qr)
        made = _make(config, survey or "", encounter, check_in, timedelta(days=days), most, now)
        if qr is not None:
            _draw(qr, made)
        click.echo(to_json(made)) if as_json else _show(made, config, qr)


def _make(
    config: "Config",
    survey: str,
    encounter: str,
    check_in: str,
    lasts: timedelta,
    most: int | None,
    now: datetime,
) -> "Made":
    from bot.service import links

    context = context_of(config)
    with open_store(config) as store:
        if check_in:
            return store.write(
                lambda c: links.make_check_in(context, c, encounter=check_in, most=most, by=OPERATOR, now=now)
            )
        return store.write(
            lambda c: links.make(
                context, c, survey=survey, encounter=encounter, lasts=lasts, most=most, by=OPERATOR, now=now
            )
        )


def _check(path: Path) -> None:
    if path.suffix.lower() not in KINDS:
        raise UserError(Problem(message=f"{path} is neither .svg nor .png.", advice="Write poster.svg."))
    if path.exists():
        raise UserError(Problem(message=f"{path} exists already.", advice="Choose another name."))


def _draw(path: Path, made: "Made") -> None:
    """The first address that carries the token; without any, the token itself."""
    import segno

    carrying = [entry for entry in made.entries.values() if made.token in entry]
    code = segno.make(carrying[0] if carrying else made.token, error="m", micro=False)
    drawn = io.BytesIO()
    code.save(drawn, kind=path.suffix.lower().removeprefix("."), scale=SCALE)
    try:
        with path.open("xb") as file:
            file.write(drawn.getvalue())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from None


def _show(made: "Made", config: "Config", qr: Path | None) -> None:
    click.echo(f"Link {made.number}: {made.about}, {_until(made.expires_at, config)}.")
    for platform, entry in made.entries.items():
        if made.token in entry:
            click.echo(f"  {platform}: {entry}")
        else:
            click.echo(f"  {platform}: open {entry} and write: {made.token}")
    if not made.entries:
        click.echo(f"  People write this to the bot: {made.token}")
        click.echo("  (The addresses are known once the bot has run.)")
    if qr is not None:
        click.echo(f"  QR code: {qr}")


def _until(at: datetime | None, config: "Config") -> str:
    return (
        f"until {at.astimezone(ZoneInfo(config.organisation.timezone)):%Y-%m-%d %H:%M}" if at else "for good"
    )


def _list(config: "Config", now: datetime, *, as_json: bool) -> None:
    from bot.service import links

    with open_store(config) as store, store.read() as connection:
        found = links.listed(connection)
    if as_json:
        click.echo(to_json([_told(one, now) for one in found]))
    elif not found:
        click.echo("There are no links.")
    else:
        _table(found, config, now)


def _told(one: "Link", now: datetime) -> dict[str, object]:
    return {
        "number": one.id, "purpose": one.purpose, "survey": one.survey, "encounter": one.encounter,
        "state": _state(one, now), "used": one.used, "most": one.most, "expires_at": one.expires_at,
    }  # fmt: skip


def _state(one: "Link", now: datetime) -> str:
    if one.withdrawn_at is not None:
        return "withdrawn"
    if one.expires_at is not None and one.expires_at <= now:
        return "expired"
    return "full" if one.most is not None and one.used >= one.most else "works"


def _table(found: "Sequence[Link]", config: "Config", now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Link", "Leads to", "Encounter", "People", "State", "", box=None, pad_edge=False)
    for one in found:
        people = f"{one.used} of {one.most}" if one.most else str(one.used)
        leads = one.survey or "check-in"
        table.add_row(
            str(one.id), leads, one.encounter or "–", people, _state(one, now), _until(one.expires_at, config)
        )
    Console().print(table)


def _withdraw(config: "Config", number: int, now: datetime) -> None:
    from bot.service import links

    with open_store(config) as store:
        store.write(lambda c: links.withdraw(c, number, OPERATOR, now))
    click.echo(f"Link {number} works no longer. Whoever follows it is told so kindly.")
