"""From a trigger to a wanted moment: when a wave runs, when a newcomer is asked, and who a moment later.

Pure: nothing fires here. Slots of schedules are in ``slots``, keywords and links in ``words``; the ticks that
make the service ask are APScheduler's, elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from scheduler.cron import CronError, cron_problem
from scheduler.slots import Due, Slot, due_slots, slots_after, slots_between
from scheduler.surveys import Joined, Survey
from scheduler.windows import DAY, resolve
from scheduler.words import survey_for_link, survey_for_words

__all__ = [
    "CronError",
    "Due",
    "Slot",
    "WaveTimes",
    "cron_problem",
    "due_slots",
    "good_until",
    "jitter",
    "joined_moment",
    "runs_at",
    "slots_after",
    "slots_between",
    "survey_for_link",
    "survey_for_words",
    "wave_times",
]


@dataclass(frozen=True, slots=True)
class WaveTimes:
    """Aware UTC; the wave is open from ``opens`` on and closed at ``closes``."""

    opens: datetime
    closes: datetime


def wave_times(survey: Survey, opens: datetime) -> WaveTimes | None:
    """How long a wave that begins at ``opens`` runs; None where the survey's own dates leave it no time."""
    closes = opens + timedelta(hours=survey.open_hours)
    if survey.close_at is not None:
        closes = min(closes, survey.close_at)
    return WaveTimes(opens, closes) if runs_at(survey, opens) and opens < closes else None


def runs_at(survey: Survey, moment: datetime) -> bool:
    """Whether the survey's own dates allow somebody to be wanted at this moment."""
    too_early = survey.open_at is not None and moment < survey.open_at
    too_late = survey.close_at is not None and moment >= survey.close_at
    return not too_early and not too_late


def good_until(survey: Survey, wanted: datetime, closes: datetime) -> datetime:
    """Until when an invite that is wanted at ``wanted`` makes sense: never beyond the close of its wave.

    Without hours of its own as long as a round is open, also where one wave gathers a month of newcomers.
    """
    hours = survey.open_hours if survey.good_until_hours is None else survey.good_until_hours
    return min(closes, wanted + timedelta(hours=hours))


def joined_moment(trigger: Joined, joined: datetime, zone: ZoneInfo) -> datetime:
    """When somebody who joined at ``joined`` is asked, by the wall clock of their zone.

    Whole days are calendar days, so that the time of day stays over a change of the clocks; the rest of
    ``after`` is elapsed time. With ``at`` it is that time of the day reached, or of the next day if it lies
    before joining.
    """
    local = joined.astimezone(zone).replace(tzinfo=None)
    whole = timedelta(days=trigger.after.days)
    if trigger.at is None:
        return resolve(local + whole, zone) + (trigger.after - whole)
    wanted = datetime.combine((local + trigger.after).date(), trigger.at)
    return resolve(wanted if local <= wanted else wanted + DAY, zone)


def jitter(person: int, survey: str, wave: int | str, spread: timedelta) -> timedelta:
    """A part of ``spread`` that is always the same for this person in this wave, in whole seconds.

    From a digest, as ``hash()`` differs from process to process. It is added before the send window is
    looked at.
    """
    digest = blake2b(f"{person}/{survey}/{wave}".encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest) * int(spread.total_seconds()) >> 64)
