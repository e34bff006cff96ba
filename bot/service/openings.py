"""Openings: each kind of trigger beside what looks whether its moment has come. Also closes what is over."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.service import dated, pulses, rounds, stopping
from bot.service.context import Context
from scheduler.surveys import (
    AfterEncounter,
    Anniversary,
    At,
    FollowUp,
    Joined,
    RandomMoments,
    Recurring,
    Survey,
)
from storage import Connection

Opener = Callable[[Context, Connection, Survey, int, Any, datetime], int]
"""Context, transaction, survey, number of the trigger, trigger, now (aware UTC) -> how many were wanted."""

OPENERS: Final[Mapping[type, Opener]] = {
    At: rounds.by_schedule,
    Recurring: rounds.by_schedule,
    Joined: rounds.newcomers,
    AfterEncounter: pulses.open_due,
    Anniversary: dated.anniversaries,
    FollowUp: dated.follow_ups,
    RandomMoments: dated.random_moments,
}
"""Keywords and links are begun by people, a wave by hand by an admin, a hook by another program."""


def turn(context: Context, connection: Connection, now: datetime) -> None:
    """Close what is over, open what is due, and look which samples have answers enough."""
    rounds.close_over(connection, now)
    for survey in context.config.surveys.values():
        if survey.priority == 0:
            continue
        for number, trigger in enumerate(survey.triggers):
            opener = OPENERS.get(type(trigger))
            if opener is not None:
                opener(context, connection, survey, number, trigger, now)
    stopping.look(context, connection, now)
