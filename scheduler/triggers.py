"""From a trigger to a wanted moment: when a wave runs, when a newcomer is asked, and who a moment later.

Pure: nothing fires here. Slots of schedules are in ``slots``, keywords and links in ``words``; the ticks that
make the service ask are APScheduler's, elsewhere.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from scheduler.cron import CronError, cron_problem
from scheduler.slots import Due, Slot, due_slots, slots_after, slots_between
from scheduler.surveys import Anniversary, Joined, RandomMoments, Survey
from scheduler.windows import DAY, resolve
from scheduler.words import survey_for_link, survey_for_words

__all__ = [
    "CronError",
    "Due",
    "Slot",
    "WaveTimes",
    "anniversary",
    "anniversary_moment",
    "cron_problem",
    "day_of",
    "days_reached",
    "due_slots",
    "good_until",
    "jitter",
    "joined_moment",
    "random_moments",
    "runs_at",
    "slots_after",
    "slots_between",
    "survey_for_link",
    "survey_for_words",
    "wave_times",
]


EASTMOST: Final = timedelta(hours=14)
"""No clock on Earth is further ahead of UTC."""


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


def day_of(written: str, form: str) -> date | None:
    """The day that a member list writes so, or in the form 2026-05-04; None for what is no day."""
    for one in (form, "%Y-%m-%d"):
        try:
            return datetime.strptime(written, one).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    return None


def anniversary(day: date, year: int) -> date | None:
    """The day's return in a later year; None before the first. 29 February returns on the 28th otherwise."""
    if year <= day.year:
        return None
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, day.month, 28)


def anniversary_moment(trigger: Anniversary, day: date, on: date, zone: ZoneInfo) -> datetime | None:
    """When somebody is asked whose day returns on ``on``, in UTC; None if it does not."""
    return resolve(datetime.combine(on, trigger.at), zone) if anniversary(day, on.year) == on else None


def days_reached(at: time, since: datetime, now: datetime) -> tuple[date, ...]:
    """Dates whose ``at`` has come anywhere on Earth in (since, now]: it is there first at UTC+14."""
    day, found = (since + EASTMOST).date() - DAY, list[date]()
    while day <= (now + EASTMOST).date():
        if since < datetime.combine(day, at, UTC) - EASTMOST <= now:
            found.append(day)
        day += DAY
    return tuple(found)


def random_moments(
    trigger: RandomMoments, person: int, survey: str, day: date, zone: ZoneInfo
) -> tuple[datetime, ...]:
    """The moments of one person on one day, in order, in UTC; always the same ones.

    Uniform among all that keep the distance: it is taken off the span, moments are drawn in what is left, and
    it is put back between them.
    """
    opens, closes = (resolve(datetime.combine(day, one), zone) for one in (trigger.opens, trigger.closes))
    room = closes - opens - trigger.apart * (trigger.times - 1)
    if room <= timedelta():
        return ()
    drawn = sorted(jitter(person, survey, f"{day}/{number}", room) for number in range(trigger.times))
    return tuple(opens + part + trigger.apart * number for number, part in enumerate(drawn))


def jitter(person: int, survey: str, wave: int | str, spread: timedelta) -> timedelta:
    """A part of ``spread`` that is always the same for this person in this wave, in whole seconds.

    From a digest, as ``hash()`` differs from process to process. It is added before the send window is
    looked at.
    """
    digest = blake2b(f"{person}/{survey}/{wave}".encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest) * int(spread.total_seconds()) >> 64)
