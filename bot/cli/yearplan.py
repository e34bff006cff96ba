"""How the command line shows a strategy: what falls on people, which weeks are too full, what to change."""

import csv
import sys
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console

from bot.config.model import Config
from bot.service.outlook import Outlook
from scheduler.strategy import Strategy, Week

OVER_LISTED: Final = 8


def show(found: Strategy, config: Config) -> None:
    """The strategy in words."""
    if not found.surveys:
        return
    console, zone = Console(highlight=False), ZoneInfo(config.organisation.timezone)
    console.print()
    console.print(
        f"Of {_people(found.people)} each is asked at most {_times(found.most)}, the median is "
        f"{found.median:g}; {found.never} never" + (f" ({_reasons(found)})." if found.never_for else ".")
    )
    _show_weeks(console, found, zone)
    if found.advice:
        console.print("\nWhat to change:", style="bold")
        for sentence in found.advice:
            console.print(f"  {sentence}")


def _reasons(found: Strategy) -> str:
    return ", ".join(f"{number} {code}" for code, number in found.never_for.items())


def _show_weeks(console: Console, found: Strategy, zone: ZoneInfo) -> None:
    over = found.over
    if not over:
        console.print("Every week asks for less than members can give.")
        return
    console.print(f"{len(over)} of {len(found.weeks)} weeks want more than members can give:", style="yellow")
    for week in over[:OVER_LISTED]:
        console.print(f"  the week of {_day(week, zone)}: {_strain(week)}")
    if len(over) > OVER_LISTED:
        console.print(f"  … and {len(over) - OVER_LISTED} more")


def _strain(week: Week) -> str:
    return f"{week.strain:.0%}" if week.capacity else "there is nobody who could give it"


def _day(week: Week, zone: ZoneInfo) -> str:
    return f"{week.begins.astimezone(zone):%Y-%m-%d}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def as_csv(found: Outlook, config: Config) -> None:
    """One row a week, in minutes of members' time, and one column of invites for each survey."""
    zone = ZoneInfo(config.organisation.timezone)
    strategy = found.strategy
    surveys = [line.survey for line in strategy.surveys]
    counts: dict[tuple[int, str], int] = {}
    for one in found.ahead:
        place = min((one.at - strategy.begins).days // 7, len(strategy.weeks) - 1)
        counts[place, one.survey] = counts.get((place, one.survey), 0) + 1
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["week", "asked", "minutes_asked", "minutes_wanted", "minutes_people_can_give", *surveys])
    for place, week in enumerate(strategy.weeks):
        own = [counts.get((place, survey), 0) for survey in surveys]
        out.writerow([_day(week, zone), sum(own), week.load, week.wanted, week.capacity, *own])
