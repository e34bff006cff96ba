"""What simulated members meet in: for every kind of encounter that a survey asks about, one each Saturday."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from bot.config.model import Config
from bot.encounters.values import Attendee, Encounter, Mark
from scheduler.surveys import AfterEncounter

SATURDAY: Final = 5
BEGINS: Final = time(11)
ENDS: Final = time(13)
COMES: Final = 0.5
"""Chance that a member is there."""
STAYS_AWAY: Final = 0.03
"""Chance that one who had signed up does not come."""


def kinds(config: Config) -> list[str]:
    """Every kind after which somebody is asked."""
    triggers = [one for survey in config.surveys.values() for one in survey.triggers]
    return sorted({one.kind for one in triggers if isinstance(one, AfterEncounter)})


def of_day(config: Config, chance: random.Random, members: Sequence[str], day: date) -> list[Encounter]:
    """The encounters of a day with those who were there, by their numbers in the member list."""
    if day.weekday() != SATURDAY:
        return []
    zone = ZoneInfo(config.organisation.timezone)
    return [
        Encounter(
            key=f"rehearsal:{kind}:{day.isoformat()}",
            kind=kind,
            name=kind.capitalize(),
            starts=datetime.combine(day, BEGINS, zone).astimezone(UTC),
            ends=datetime.combine(day, ENDS, zone).astimezone(UTC),
            attendees=_attendees(chance, members),
        )
        for kind in kinds(config)
    ]


def _attendees(chance: random.Random, members: Sequence[str]) -> tuple[Attendee, ...]:
    found = []
    for member in members:
        draw = chance.random()
        if draw < COMES + STAYS_AWAY:
            presence = "attended" if draw < COMES else "absent"
            found.append(Attendee(marks=(Mark("id", member),), presence=presence))  # type: ignore[arg-type]
    return tuple(found)
