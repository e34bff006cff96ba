"""``kuulolla check``, ``schema`` and ``init``: what an admin needs before anything runs."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.common import config_option, json_option, to_json
from bot.errors import EXIT_USER_ERROR, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from bot.config.model import Config
    from bot.config.report import FlowReport

LISTED: Final = 100
"""Problems of one kind in the terminal; more than that are read one file at a time, or with --json."""

ANY_YEAR: Final = 2026
"""Whether a country has a calendar is the same in all years."""


@click.command()
@config_option
@json_option
def check(config_path: Path, as_json: bool) -> None:
    """Tell everything that is wrong in a configuration, and what each flow asks of people.

    Ends with 0 where the configuration can be used, with 2 where something must be mended first.
    """
    from bot.config.load import load

    config, problems = load(config_path)
    if config is not None and (unknown := _unknown_calendar(config)):
        config, problems = None, [*unknown, *problems]
    flows = _reports(config) if config is not None else ()
    if as_json:
        click.echo(_as_json(config_path, config, problems, flows))
    else:
        _show(config_path, config, problems, flows)
    if config is None:
        sys.exit(EXIT_USER_ERROR)


@click.command()
def schema() -> None:
    """Write the JSON Schema with which editors complete and check the configuration."""
    from bot.config.schema import schema as json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a commented starting configuration into FOLDER, and the key of its database."""
    from bot.config import starting
    from storage.engine import create_key

    written = starting.write(folder)
    key = folder / starting.KEY_FILE
    create_key(key)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"wrote {key} (keep a copy in a safe place: without it nobody can read the answers)")
    click.echo(f"\nNext: change the words in {written[1]}, then run\n  kuulolla check -c {written[0]}")


def _unknown_calendar(config: "Config") -> Sequence[Problem]:
    from bot.config.calendar import with_holidays
    from bot.errors import UserError

    try:
        with_holidays(config, [ANY_YEAR])
    except UserError as error:
        return error.problems
    return ()


def _reports(config: "Config") -> "tuple[FlowReport, ...]":
    from adapters.slack.blocks import LIMITS as SLACK
    from adapters.telegram.translate import LIMITS as TELEGRAM
    from bot.config.report import reports

    return reports(config, {"Telegram": TELEGRAM, "Slack": SLACK})


def _as_json(
    path: Path, config: "Config | None", problems: Sequence[Problem], flows: "Sequence[FlowReport]"
) -> str:
    found: dict[str, Any] = {
        "file": str(path),
        "ok": config is not None,
        "problems": problems,
        "flows": flows,
        "surveys": list(config.surveys) if config is not None else [],
    }
    return to_json(found)


# --- for people -------------------------------------------------------------------------------------------


def _show(
    path: Path, config: "Config | None", problems: Sequence[Problem], flows: "Sequence[FlowReport]"
) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity != "error"]
    if errors:
        console.print(f"{_count(len(errors), 'problem')} must be mended:", style="bold red")
        _list(console, errors)
    if warnings:
        console.print(f"{_count(len(warnings), 'thing')} to know:", style="bold yellow")
        _list(console, warnings)
    if config is not None:
        counts = f"{_count(len(config.flows), 'flow')}, {_count(len(config.surveys), 'survey')}"
        console.print(f"{path} can be used: {counts}.", style="bold green")
        _show_flows(console, flows)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _list(console: "Console", problems: Sequence[Problem]) -> None:
    for problem in problems[:LISTED]:
        console.print(str(problem))
    if len(problems) > LISTED:
        console.print(f"… and {len(problems) - LISTED} more; all of them: --json")
    console.print()


def _show_flows(console: "Console", flows: "Sequence[FlowReport]") -> None:
    from rich.table import Table

    table = Table("Flow", "Questions", "Longest way", "Typical way", box=None, pad_edge=False)
    for flow in flows:
        table.add_row(
            flow.id,
            str(flow.questions),
            f"{_count(flow.longest_questions, 'question')}, {_time(flow.longest_seconds)}",
            f"{flow.typical_questions:g}, {_time(flow.typical_seconds)}",
        )
    console.print()
    console.print(table)
    for flow in flows:
        notes = list(_notes(flow))
        if notes:
            console.print(f"\n{flow.id}", style="bold")
        for note in notes:
            console.print(f"  {note}")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _notes(flow: "FlowReport") -> Iterable[str]:
    if not flow.complete:
        yield "There are too many ways to follow each; conditions were taken to go either way."
    for question in flow.unreachable:
        yield f"{question} is never reached."
    for condition in flow.never:
        yield f"Never holds: {condition}"
    for language, names in flow.untranslated.items():
        yield f"Not in {language}: {', '.join(names)}"
    for fitting in flow.fittings:
        yield f"{fitting.platform}, {fitting.question or 'closing'}: {fitting.what}."
    for column in flow.columns:
        yield f"Column {column.name} {column.problem}; better: {column.suggestion}."
