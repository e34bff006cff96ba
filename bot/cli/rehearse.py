"""``kuulolla rehearse``: simulated members live through the configuration, on a virtual clock."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from bot.cli.common import config_option, json_option, load_with_holidays, to_json
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.rehearsal.run import Lived, Order, Outcome

MORNING: Final = time(6)
"""When a rehearsal begins on its first day, on the organisation's wall clock."""
SHOWN: Final = 10
"""People shown one by one; all of them with --each."""


@click.command()
@click.option("--days", type=click.IntRange(1, 1100), default=180, show_default=True)
@click.option("--members", type=click.IntRange(1, 20_000), default=500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, other people.")
@click.option(
    "--from",
    "first_day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day. Default: today.",
)
@click.option("--faults", is_flag=True, help="Answers get lost, platforms are away, the process is killed.")
@click.option("--each", is_flag=True, help="Show every member.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the rehearsal's database in this new folder, to look at it with report, why and export.",
)
@json_option
@config_option
def rehearse(
    days: int,
    members: int,
    seed: int,
    first_day: datetime | None,
    faults: bool,
    each: bool,
    keep: Path | None,
    as_json: bool,
    config_path: Path,
) -> None:
    """Let simulated MEMBERS live through DAYS of your surveys, and hold every promise against it.

    Everything is the real program, but for the clock and the platforms; your own database is not touched. How
    the members behave is invented, and set in [rehearsal]. Ends with 1 where a promise was broken.
    """
    from bot.rehearsal.run import Order

    config = load_with_holidays(config_path)
    if not config.surveys:
        raise UserError("There is nothing to rehearse: the configuration has no survey.")
    order = Order(begins=_morning(first_day, config), days=days, members=members, seed=seed, faults=faults)
    with _place(keep) as folder, _progress() as told:
        outcome = _rehearsed(config, order, folder, told)
    if as_json:
        click.echo(to_json(_facts(outcome)))
    else:
        _show(outcome, each=each)
        if keep is not None:
            click.echo(f"\nThe rehearsal's database is {keep / 'kuulolla.db'}, its key beside it.")
    if outcome.broken:
        raise SystemExit(1)


def _morning(first_day: datetime | None, config: "Config") -> datetime:
    zone = ZoneInfo(config.organisation.timezone)
    day = (first_day or datetime.now(zone)).date()
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def _rehearsed(config: "Config", order: "Order", folder: Path, told: Callable[[float], None]) -> "Outcome":
    from bot.config.model import StorageConfig
    from bot.rehearsal.run import rehearse as play
    from storage.engine import create_key
    from storage.store import open_sqlite

    path, key_file = folder / "kuulolla.db", folder / "kuulolla.key"
    create_key(key_file)
    storage = StorageConfig(path=path, key_file=key_file, ballast_mb=0)
    apart = replace(config, storage=storage, telegram=None, slack=None)
    return play(apart, order, lambda: open_sqlite(path, key_file), told)


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    """A new folder that stays, or one that goes."""
    if keep is not None:
        try:
            keep.mkdir(parents=True)
        except OSError as error:
            raise UserError(f"{keep} cannot be made: {error.strerror}.") from None
        yield keep
        return
    folder = Path(tempfile.mkdtemp(prefix="kuulolla-rehearsal-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as bar:
        line = bar.add_task("Rehearsing", total=1.0)
        yield lambda share: bar.update(line, completed=share)


# --- what the admin reads ---------------------------------------------------------------------------------


def _show(outcome: "Outcome", *, each: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console, order = Console(), outcome.order
    restarts = "1 restart" if outcome.kills == 1 else f"{outcome.kills} restarts"
    console.print(
        f"{order.days} days, {len(outcome.lived)} members, seed {order.seed}, "
        f"{outcome.waves} waves, {restarts}{', with faults' if order.faults else ''}.\n",
        highlight=False,
    )
    table = Table("What a member lived through", "None", "Median", "Most", box=None, pad_edge=False)
    for name, values in _spread(outcome.lived):
        none = sum(value == 0 for value in values)
        table.add_row(name, str(none), f"{median(values):g}", f"{max(values):g}")
    console.print(table)
    console.print()
    console.print(_people(outcome.lived, each=each))
    console.print()
    if not outcome.broken:
        console.print("✓ Every promise was kept.", style="green")
    for promise, examples in outcome.broken.items():
        console.print(f"✗ Broken: {promise}", style="bold red")
        for example in examples:
            console.print(f"    {example}", highlight=False)


def _spread(lived: Sequence["Lived"]) -> Iterator[tuple[str, list[float]]]:
    yield "Invites", [one.contacts["invite"] for one in lived]
    yield "Reminders", [one.contacts["reminder"] for one in lived]
    yield "Surveys completed", [one.statuses["completed"] for one in lived]
    yield "Minutes of answering", [round(one.minutes, 1) for one in lived]


def _people(lived: Sequence["Lived"], *, each: bool) -> Any:
    from rich.table import Table

    order = sorted(lived, key=lambda one: (-one.contacts.total(), one.member.persona.key))
    table = Table("Member", "Groups", "Invites", "Reminders", "Ended", "Minutes", box=None, pad_edge=False)
    for one in order if each else order[:SHOWN]:
        ended = ", ".join(f"{number} {status}" for status, number in one.statuses.most_common()) or "–"
        table.add_row(
            one.member.persona.name,
            ", ".join(one.member.groups),
            str(one.contacts["invite"]),
            str(one.contacts["reminder"]),
            ended,
            f"{one.minutes:.1f}",
        )
    if not each and len(order) > SHOWN:
        table.add_row(f"… and {len(order) - SHOWN} more: --each")
    return table


def _facts(outcome: "Outcome") -> dict[str, Any]:
    order = outcome.order
    return {
        "begins": order.begins,
        "days": order.days,
        "seed": order.seed,
        "faults": order.faults,
        "waves": outcome.waves,
        "restarts": outcome.kills,
        "broken": outcome.broken,
        "members": [
            {
                "member": one.member.persona.key,
                "groups": one.member.groups,
                "zone": one.member.zones[-1][1],
                "contacts": one.contacts,
                "ended": one.statuses,
                "minutes": round(one.minutes, 2),
            }
            for one in outcome.lived
        ],
    }
