"""Whether a strategy fits what one member can give: what its censuses ask in the fullest quarter of a year.

Needs no database and reads no clock: slots are counted in a year of its own. Samples are left out, for how
often they reach one person depends on how many people there are; ``kuulolla plan --days 365`` knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from bot.config.document import Place
from bot.errors import Problem
from scheduler import burden, triggers
from scheduler.surveys import Audience, Policy, Recurring, Survey

QUARTERS: Final = tuple(
    datetime(2026 + month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in range(0, 13, 3)
)
"""An ordinary year; which one makes no difference that matters."""

Placed = tuple[Survey, Place]


def problems(surveys: Sequence[Placed], points: Mapping[str, float], policy: Policy) -> Iterator[Problem]:
    """A warning for each audience of which more is wanted than a member can give.

    ``points`` are what one invite of each survey costs.
    """
    for audience in dict.fromkeys(survey.audience for survey, _ in surveys):
        asked = [one for one in surveys if _asks(one[0], audience)]
        quarters = [_shares(asked, points, policy, *ends) for ends in pairwise(QUARTERS)]
        fullest = max(quarters, key=lambda shares: sum(shares.values()))
        whole = sum(fullest.values())
        if whole > 1:
            heaviest = max(fullest, key=lambda name: fullest[name])
            place = next(place for survey, place in asked if survey.id == heaviest)
            parts = ", ".join(f"{name} {share:.0%}" for name, share in fullest.items() if share)
            message = (
                f"In a quarter, {whole:.0%} of what a member can give is wanted of the same people ({parts})."
            )
            advice = "Ask less often, ask a sample, or shorten the flow. See: kuulolla plan --days 365"
            yield place.warning(message, advice)


def _asks(survey: Survey, audience: Audience) -> bool:
    """Whether everybody of an audience is asked by a survey each time."""
    everybody = survey.audience in (audience, Audience())
    return everybody and survey.kind == "census" and survey.priority > 0 and not survey.exempt


def _shares(
    surveys: Sequence[Placed],
    points: Mapping[str, float],
    policy: Policy,
    begin: datetime,
    end: datetime,
) -> dict[str, float]:
    """By survey: the share of what one member can give in these days that it wants."""
    given = burden.sustainable_points(policy, (end - begin).days)
    return {
        survey.id: sum(_slots(one, begin, end) for one in survey.triggers) * points[survey.id] / given
        for survey, _ in surveys
        if survey.id in points
    }


def _slots(trigger: object, begin: datetime, end: datetime) -> int:
    """How often a trigger opens a wave in these days, by the calendar alone."""
    if not isinstance(trigger, Recurring) or triggers.cron_problem(trigger.cron):
        return 0
    return sum(1 for _ in triggers.slots_between(trigger, begin, end))
