"""Triggers that want each person at a moment of their own: anniversaries, follow-ups, random moments.

Which moment that is stands in ``scheduler.triggers``; here people are found for it and enrolled.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.engine.conditions import holds
from bot.service import rounds
from bot.service.context import Context
from scheduler import triggers
from scheduler.surveys import Anniversary, FollowUp, Joined, RandomMoments, Survey
from scheduler.windows import DAY, zone_of
from storage import Connection, earlier, people, restoring, schedules, waves
from storage.people import Member
from storage.types import EPOCH

LATE: Final = timedelta(days=14)
"""A moment that was missed for so long, because the program stood still, is let go."""
MARGIN: Final = timedelta(days=2)
"""Days are those of the person's own zone, and are fetched a little wider."""


# --- anniversaries ----------------------------------------------------------------------------------------


def anniversaries(
    context: Context,
    connection: Connection,
    survey: Survey,
    number: int,
    trigger: Anniversary,
    now: datetime,
) -> int:
    """Enrol everybody whose day returns on a date that has begun somewhere since the last look."""
    days, since = _new_days(connection, survey, number, trigger, trigger.at, now)
    if not days:
        return 0
    moments: dict[int, datetime] = {}
    default = context.config.organisation.timezone
    rule = survey.audience
    for member in people.members(connection, groups=rule.groups, not_groups=rule.not_groups):
        born = _date(trigger, member, default)
        if born is None:
            continue
        for day in days:
            moment = triggers.anniversary_moment(trigger, born, day, zone_of(member.zone, default))
            if moment is not None and moment >= since and triggers.runs_at(survey, moment):
                moments[member.id] = moment
    if moments:
        rounds.by_month(context, connection, survey, moments, now)
    return len(moments)


def _date(trigger: Anniversary, member: Member, default: str) -> date | None:
    if trigger.attribute == "joined":
        zone = zone_of(member.zone, default)
        return member.joined_at.astimezone(zone).date() if member.joined_at is not None else None
    return triggers.day_of(member.attributes.get(trigger.attribute, ""), trigger.date_format)


def _new_days(
    connection: Connection, survey: Survey, number: int, trigger: object, at: time, now: datetime
) -> tuple[tuple[date, ...], datetime]:
    """Dates that have begun somewhere since the last look, and before which moment nobody is wanted.

    A rule that is new looks at the present day too, but for what of it is over.
    """
    key, rule = f"{survey.id}#{number}", repr(trigger)[:128]
    known = schedules.checked_until(connection, key, rule)
    doubted = restoring.restored_at(connection) or EPOCH
    schedules.check(connection, key, rule, max(known or now, now))
    if known is None:
        return triggers.days_reached(at, now - MARGIN, now), max(now, doubted)
    return triggers.days_reached(at, max(known, now - LATE), now), max(now - LATE, doubted)


# --- follow-ups -------------------------------------------------------------------------------------------


def follow_ups(
    context: Context, connection: Connection, survey: Survey, _: int, trigger: FollowUp, now: datetime
) -> int:
    """Enrol everybody whose earlier answer is so old now and was as the trigger says.

    One follow-up answers for all that was said before it.
    """
    default = context.config.organisation.timezone
    after = Joined(trigger.after, trigger.at)
    doubted = restoring.restored_at(connection) or EPOCH
    since, until = now - trigger.after - LATE - MARGIN, now - trigger.after + MARGIN
    moments: dict[int, datetime] = {}
    for told in earlier.ended(connection, trigger.survey, since, until, not_in=survey.id):
        moment = triggers.joined_moment(after, told.ended_at, zone_of(told.zone, default))
        fits = max(now - LATE, doubted) <= moment <= now and triggers.runs_at(survey, moment)
        if fits and holds(trigger.when, told.answers):
            moments.setdefault(told.person, moment)
    if moments:
        rounds.by_month(context, connection, survey, moments, now)
    return len(moments)


# --- random moments ---------------------------------------------------------------------------------------


def random_moments(
    context: Context,
    connection: Connection,
    survey: Survey,
    number: int,
    trigger: RandomMoments,
    now: datetime,
) -> int:
    """Open the waves of a day that has begun somewhere: one for each of its moments.

    A day that was slept through is gone: its moments would all come at once.
    """
    days, since = _new_days(connection, survey, number, trigger, trigger.opens, now)
    found = 0
    for day in days[-1:]:
        last = datetime.combine(day, trigger.closes, UTC) + triggers.EASTMOST
        if last > now and schedules.take_slot(connection, f"{survey.id}#{number}", f"{day}", now):
            found += _open_day(context, connection, survey, trigger, day, max(since, now - DAY), now)
    return found


def _open_day(
    context: Context,
    connection: Connection,
    survey: Survey,
    trigger: RandomMoments,
    day: date,
    since: datetime,
    now: datetime,
) -> int:
    rows = list(rounds.audience(connection, survey, now))
    zones = people.zones(connection, [row["person_id"] for row in rows])
    default = context.config.organisation.timezone
    moments = {
        person: triggers.random_moments(trigger, person, survey.id, day, zone_of(zone, default))
        for person, zone in zones.items()
    }
    for nth in range(trigger.times):
        wanted: list[rounds.AudienceRow] = []
        for row in rows:
            own = moments[row["person_id"]]
            if nth < len(own) and own[nth] >= since and triggers.runs_at(survey, own[nth]):
                wanted.append({**row, "wanted_at": own[nth]})
        if wanted:
            _open_moment(context, connection, survey, f"{day}#{nth + 1}", wanted, now)
    return len(rows)


def _open_moment(
    context: Context,
    connection: Connection,
    survey: Survey,
    name: str,
    wanted: list[rounds.AudienceRow],
    now: datetime,
) -> None:
    hours = survey.open_hours if survey.good_until_hours is None else survey.good_until_hours
    moments = [row["wanted_at"] for row in wanted]
    times = triggers.WaveTimes(min(moments), max(moments) + timedelta(hours=hours))
    wave = rounds.new_wave(context, connection, survey, name, times, now)
    if wave is not None:
        waves.enrol(connection, wave, wanted)
        waves.count_frame(connection, wave)
