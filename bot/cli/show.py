"""How the command line shows a plan and a person: quiet tables in the association's own time."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from bot.config.model import Config
from bot.service.outlook import Outlook
from bot.service.why import Whole

LISTED_DAYS: Final = 31
"""Single invites and reasons are listed up to so many days ahead; of a year the numbers are told."""
LISTED: Final = 40
"""Invites shown one by one; the rest is in --json."""


def outlook(found: Outlook, config: Config) -> None:
    """The survey numbers, the next invites, and why the others are not asked."""
    console, zone = Console(), ZoneInfo(config.organisation.timezone)
    if not found.surveys:
        console.print(f"Nothing is planned for the next {found.days} days.")
        return
    console.print(_surveys(found))
    if found.days > LISTED_DAYS:
        return
    if found.ahead:
        console.print()
        console.print(_invites(found, zone))
        if len(found.ahead) > LISTED:
            console.print(f"… and {len(found.ahead) - LISTED} more. All of them: --json")
    if found.not_asked:
        console.print()
        for line in _first_of_each_reason(found):
            console.print(line, highlight=False)
    console.print("\nForeseen with today's members; nothing was sent.", style="dim")


def _surveys(found: Outlook) -> Table:
    table = Table(
        "Survey", "Waves", "Audience", "Wanted", "Asked", "Deferred", "Dropped", "Not asked, and why",
        box=None, pad_edge=False,
    )  # fmt: skip
    lines = {line.survey: line for line in found.strategy.surveys}
    for one in found.surveys:
        line = lines.get(one.survey)
        numbers = (
            (line.wanted, one.asked, line.deferred, line.dropped) if line else ("–", one.asked, "–", "–")
        )
        reasons = ", ".join(f"{number} {code}" for code, number in one.not_asked.items()) or "–"
        table.add_row(one.survey, str(one.waves), str(one.audience), *map(str, numbers), reasons)
    return table


def _invites(found: Outlook, zone: ZoneInfo) -> Table:
    table = Table("When", "Who", "Survey", "", box=None, pad_edge=False)
    for one in found.ahead[:LISTED]:
        state = "planned" if one.reserved else "foreseen"
        table.add_row(_moment(one.at, zone), one.name or f"#{one.person}", one.survey, state)
    return table


def _first_of_each_reason(found: Outlook) -> Iterable[str]:
    seen: set[tuple[str, str]] = set()
    for one in found.not_asked:
        if (one.survey, one.reason) not in seen:
            seen.add((one.survey, one.reason))
            yield f"{one.name or f'#{one.person}'}, {one.survey}: {one.explanation}"


def person(found: Whole, config: Config) -> None:
    """One person's ledger."""
    console, zone = Console(), ZoneInfo(config.organisation.timezone)
    console.print(
        f"[b]{found.name or 'No name'}[/b]  #{found.person}"
        + (f", member {found.member_id}" if found.member_id else "")
    )
    console.print(
        f"Language {found.language or 'unknown'}, zone {found.zone or 'unknown'}, "
        f"groups: {', '.join(found.groups) or 'none'}.",
        highlight=False,
    )
    for address in found.addresses:
        console.print(f"  {address}", highlight=False)
    console.print(_standing(found, zone), highlight=False)
    _table(
        console,
        "Contacts",
        ("When", "Survey", "What", "State"),
        (
            (_moment(one["at"], zone), one["survey"], f"{one['kind']} {one['number']}", one["state"])
            for one in found.contacts
        ),
    )
    _table(
        console,
        "Sessions",
        ("Begun", "Survey", "How it stands", "Ended"),
        (
            (_moment(one["created_at"], zone), one["survey"], one["status"], _moment(one["ended_at"], zone))
            for one in found.sessions
        ),
    )
    _table(
        console,
        "Decisions",
        ("Survey", "Wave", "Why"),
        ((p.survey, p.wave, p.explanation) for p in found.past),
    )
    _table(console, "If asked now", ("Survey", "Why"), ((c.survey, c.explanation) for c in found.coming))


def _standing(found: Whole, zone: ZoneInfo) -> str:
    parts = [
        {"less": "Wants fewer questions", "more": "Wants more questions"}.get(found.preference, "Usual pace")
    ]
    if found.stopped_at:
        parts.append(f"said stop on {_moment(found.stopped_at, zone)}")
    if found.paused_until:
        parts.append(f"pause until {_moment(found.paused_until, zone)}")
    if found.dormant:
        parts.append("dormant")
    return ", ".join(parts) + "."


def _table(console: Console, title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    if table.row_count:
        console.print(f"\n[b]{title}[/b]")
        console.print(table)


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %Y %H:%M}" if at is not None else "–"
