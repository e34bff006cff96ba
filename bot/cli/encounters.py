"""``kuulolla encounters``: what people met us in comes in from lists and calendars, and is shown."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from bot.cli.common import config_option, context_of, json_option, load_with_holidays, open_store, to_json
from bot.cli.importing import carry_out, opened
from bot.errors import Problem, UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.encounters.values import Encounter
    from bot.service.encounters import Report
    from storage import Connection
    from storage.encounters import Met

CALENDARS: Final = frozenset({".ics", ".ical", ".ifb", ".icalendar"})
MAX_FILES: Final = 500
"""Calendars in one folder."""


@click.group()
def encounters() -> None:
    """Events, shifts, courses: what people met you in, and who was there."""


@encounters.command(name="import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--kind", default="", help="What they are: event, shift, course …")
@click.option(
    "--preset", type=click.Choice(["meetup", "eventbrite"]), default=None, help="Whose export it is."
)
@click.option("--about", default="", help="The known encounter that all rows are about: #id, key or name.")
@click.option("--name", default="", help="With --starts: the new encounter that all rows are about.")
@click.option("--starts", default="", help="When it began, as date_format in [encounters] says.")
@click.option("--minutes", type=click.IntRange(1, 44_640), default=None, help="How long it lasted.")
@click.option("--dry-run", is_flag=True, help="Look and tell what would change; change nothing.")
@json_option
@config_option
def import_(
    path: Path,
    kind: str,
    preset: str | None,
    about: str,
    name: str,
    starts: str,
    minutes: int | None,
    dry_run: bool,
    as_json: bool,
    config_path: Path,
) -> None:
    """Import PATH: an attendee list (CSV), a calendar (.ics), or a folder of calendars.

    Everything is checked first; if something cannot be used, nothing is imported. The same file again
    changes nothing; what was moved moves the questions that wait, what was called off removes them.
    """
    from bot.service.encounters import Import

    config, now = load_with_holidays(config_path), datetime.now(UTC)
    try:
        with open_store(config) as store:
            task = Import(context_of(config), store, path.name, now)
            if path.is_dir() or path.suffix.lower() in CALENDARS:
                look = task.look_at_calendars(_calendars(path), kind=kind)
                carry_out(look, task.write, dry_run=dry_run)
            else:
                with store.read() as connection:
                    whole = _about(connection, config, about, (name, starts, minutes, kind))
                with opened(path) as handle:
                    rows = task.look_at_list(handle, preset=preset or "", kind=kind, about=whole)
                    carry_out(rows, task.write, dry_run=dry_run)
    except UserError as refused:
        if as_json:
            click.echo(to_json({"file": path.name, "imported": False, "problems": refused.problems}))
            sys.exit(refused.exit_code)
        raise
    if task.report is not None:
        click.echo(to_json(task.report) if as_json else "\n".join(_lines(task.report)))


def _calendars(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents, in the order of the names. Raises UserError."""
    files = [path]
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix.lower() in CALENDARS)
        if not files:
            raise UserError(f"There is no calendar (.ics) in {path}.")
        if len(files) > MAX_FILES:
            raise UserError(f"There are more than {MAX_FILES} calendars in {path}. Split the folder.")
    for file in files:
        from bot.encounters.outline import MAX_BYTES

        with opened(file) as handle:
            yield file.name, handle.read(MAX_BYTES + 1)


def _about(
    connection: "Connection", config: "Config", known: str, new: tuple[str, str, int | None, str]
) -> "Encounter | None":
    """The encounter that a list is about, where the command line says so. Raises UserError."""
    name, starts, minutes, kind = new
    if known and (name or starts):
        raise UserError(
            "--about names a known encounter, --name and --starts a new one. Give one of the two."
        )
    if known:
        return _as_told(_one(connection, known))
    if not name and not starts:
        return None
    if not (name and starts):
        raise UserError("A new encounter needs both --name and --starts.")
    return _new(config, name, starts, minutes or config.encounters.minutes, kind)


def _new(config: "Config", name: str, starts: str, minutes: int, kind: str) -> "Encounter":
    from bot.encounters.listing import moment
    from bot.encounters.values import Encounter, key_of
    from bot.engine.folding import fold

    zone, form = ZoneInfo(config.organisation.timezone), config.encounters.date_format
    begun = moment(starts, (form,), zone, None)
    if begun is None:
        example = datetime(2026, 12, 31, 18, tzinfo=UTC).strftime(form)
        raise UserError(Problem(message=f"--starts is no moment. Write for example '{example}'."))
    kind = fold(kind) or config.encounters.kind
    return Encounter(
        key=key_of("list", kind, f"{begun:%Y-%m-%dT%H%MZ}", fold(name)),
        kind=kind, name=name, starts=begun, ends=begun + timedelta(minutes=minutes),
    )  # fmt: skip


def _as_told(met: "Met") -> "Encounter":
    """A known encounter as a file would tell of it, unchanged."""
    from bot.encounters.values import Encounter

    return Encounter(
        key=met.key, kind=met.kind, name=met.name, starts=met.starts_at, ends=met.ends_at,
        series=met.series, place=met.place, zone=met.zone, cancelled=met.cancelled,
    )  # fmt: skip


def _one(connection: "Connection", wanted: str) -> "Met":
    from storage import encounters as rows
    from storage import presence

    found = presence.named(connection, wanted)
    if not found:
        raise UserError(f"There is no encounter '{wanted}'. See: kuulolla encounters list.")
    if len(found) > 1:
        ids = ", ".join(f"#{met.id}" for met in found[:10])
        raise UserError(f"'{wanted}' may be any of {len(found)}: {ids}. Give one of these instead.")
    return rows.get(connection, found[0].id)


# --- what the admin reads ---------------------------------------------------------------------------------


def _lines(report: "Report") -> Iterator[str]:
    form = "".join(f", {note}" for note in report.notes)
    yield f"{report.file}: {_count(report.encounters, 'encounter')}{form}."
    verb = "" if report.imported else "would be "
    yield (
        f"  {report.new:,} {verb}new, {report.changed:,} {verb}changed, {report.cancelled:,} {verb}called "
        f"off, {report.unchanged:,} as they were."
    )
    for state, sentence in _PRESENCE.items():
        number = report.presence.get(state, 0)
        if number:
            yield f"  {number:>7,} {sentence}"
    if report.unknown:
        yield f"  {report.unknown:>7,} are not known here: nothing tells which member they are."
    if report.shared:
        yield f"  {report.shared:>7,} share their address or number with others, and are passed over."
    for warning in report.warnings:
        yield f"  {warning}"
    if not report.imported:
        yield "Nothing was changed (dry run)."


_PRESENCE: Final = {
    "attended": "came.",
    "expected": 'are expected; whether they came is not said (presence = "expected" asks them too).',
    "absent": "did not come, and are not asked.",
}


@encounters.command(name="list")
@click.option(
    "--days", type=click.IntRange(0, 800), default=30, show_default=True, help="Before and after today."
)
@click.option("--kind", default="", help="Only of this kind.")
@json_option
@config_option
def list_(days: int, kind: str, as_json: bool, config_path: Path) -> None:
    """The encounters around today, with how many came."""
    from storage import encounters as rows

    config, now = load_with_holidays(config_path), datetime.now(UTC)
    around = timedelta(days=days)
    with open_store(config) as store, store.read() as connection:
        found = rows.between(connection, now - around, now + around, kind=kind)
        counts = rows.counts(connection, [met.id for met in found])
    if as_json:
        click.echo(to_json([{"encounter": met, "presence": counts.get(met.id, {})} for met in found]))
        return
    if not found:
        click.echo(f"No encounter is known within {days} days of today.")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("", "When", "What", "Kind", "Came", "Expected", "Absent", box=None, pad_edge=False)
    zone = ZoneInfo(config.organisation.timezone)
    for met in found:
        present = counts.get(met.id, {})
        numbers = [str(present.get(state, 0)) for state in ("attended", "expected", "absent")]
        name = f"{met.name} (called off)" if met.cancelled else met.name
        table.add_row(
            f"#{met.id}", f"{met.starts_at.astimezone(zone):%Y-%m-%d %H:%M}", name, met.kind, *numbers
        )
    Console().print(table)


@encounters.command()
@click.argument("encounter")
@json_option
@config_option
def show(encounter: str, as_json: bool, config_path: Path) -> None:
    """One ENCOUNTER (#id, key or name): who was there, and what was asked about it."""
    from bot.service import encounters as service

    config = load_with_holidays(config_path)
    with open_store(config) as store, store.read() as connection:
        found = service.card(connection, _one(connection, encounter))
    if as_json:
        click.echo(to_json(found))
        return
    zone, met = ZoneInfo(config.organisation.timezone), found.encounter
    where = f", {met.place}" if met.place else ""
    click.echo(f"{met.name}{' (called off)' if met.cancelled else ''}  #{met.id}  {met.kind}{where}")
    click.echo(
        f"{met.starts_at.astimezone(zone):%Y-%m-%d %H:%M} – {met.ends_at.astimezone(zone):%Y-%m-%d %H:%M}  "
        f"key {met.key}, from {met.source or 'elsewhere'}"
    )
    for one in found.people:
        role = f", {one.role}" if one.role else ""
        click.echo(f"  {one.name or f'#{one.person}'}: {one.state}{role}")
    for wave in found.waves:
        states = ", ".join(f"{number} {state}" for state, number in sorted(wave.states.items()))
        click.echo(f"  Asked by {wave.survey}: {states or 'nobody yet'}.")


def _count(number: int, thing: str) -> str:
    return f"1 {thing}" if number == 1 else f"{number:,} {thing}s"
