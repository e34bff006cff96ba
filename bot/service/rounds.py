"""Rounds: opening waves on schedule, for newcomers and by hand, fixing their audience, and closing them."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from bot.engine.conditions import holds
from bot.errors import Problem, UserError
from bot.service.context import Context
from scheduler import drawing, sampling, triggers
from scheduler.surveys import At, Joined, Recurring, Survey
from scheduler.verdicts import Reason
from scheduler.windows import zone_of
from storage import Connection, audit, contacts, fires, people, restoring, schedules, sessions, waves
from storage.people import PRN_BITS, Member
from storage.store import Store
from storage.types import EPOCH
from storage.waves import Wave

JOINED_LATE: Final = timedelta(days=14)
"""Somebody who joined so long before the moment could be noticed is not asked any more."""


AT_ONCE: Final = 2000
"""People enrolled in one transaction: so few that nobody's answer waits long behind them."""


class AudienceRow(TypedDict):
    """A person's place in the audience of a wave."""

    person_id: int
    wanted_at: datetime
    stratum: str


def by_schedule(
    context: Context,
    connection: Connection,
    survey: Survey,
    number: int,
    trigger: At | Recurring,
    now: datetime,
) -> int:
    """Open the wave of a slot that has come due. Returns how many were opened."""
    key, rule = schedule(survey, number, trigger)
    first = (restoring.restored_at(connection) or EPOCH) if isinstance(trigger, At) else now
    since = schedules.checked_until(connection, key, rule) or first
    due = triggers.due_slots(trigger, since, now)
    schedules.check(connection, key, rule, max(since, now))
    if due.fire is None or not schedules.take_slot(connection, key, due.fire.name, due.fire.at):
        return 0
    return open_wave(context, connection, survey, due.fire.name, due.fire.at, now) is not None


def schedule(survey: Survey, number: int, trigger: At | Recurring) -> tuple[str, str]:
    """Under which key a rule's slots are kept, and the rule itself: a changed one is looked at afresh."""
    return f"{survey.id}#{number}", repr(trigger)[:128]


def by_hand(context: Context, connection: Connection, survey_id: str, now: datetime) -> Wave:
    """Open a wave now because an admin says so. Raises UserError."""
    survey = context.config.surveys.get(survey_id)
    if survey is None:
        known = ", ".join(sorted(context.config.surveys)) or "none"
        raise UserError(f"There is no survey '{survey_id}'. The surveys are: {known}.")
    if survey.priority == 0:
        raise UserError(
            Problem(
                message=f"'{survey_id}' is a draft (priority 0).", advice="Give it a priority from 1 to 5."
            )
        )
    zone = ZoneInfo(context.config.organisation.timezone)
    name = f"by hand {now.astimezone(zone):%Y-%m-%d %H:%M}"
    wave_id = open_wave(context, connection, survey, name, now, now)
    if wave_id is None:
        raise UserError(
            f"'{survey_id}' cannot be opened now: a wave was opened this very minute, or its time is over."
        )
    return waves.get(connection, wave_id)


def open_wave(
    context: Context, connection: Connection, survey: Survey, name: str, opens: datetime, now: datetime
) -> int | None:
    """A new wave with its audience fixed as it is now; None when it exists or its own dates leave it no
    time. A large audience is only begun here (see ``enrolments``).
    """
    times = triggers.wave_times(survey, opens)
    if times is None or times.closes <= now:
        return None
    wave_id = new_wave(context, connection, survey, name, times, now)
    if wave_id is None:
        return None
    if people.more_than(connection, AT_ONCE):
        waves.begin_opening(connection, wave_id)
        return wave_id
    waves.enrol(connection, wave_id, audience(connection, survey, opens))
    _complete(connection, wave_id, survey)
    return wave_id


def enrolments(context: Context, store: Store) -> Iterator[tuple[float, Callable[[Connection], None]]]:
    """Small writing jobs, to be run in order, that write down the audiences of waves that are opening; each
    with the share of its wave that was done before it.

    The audience is read here, where nothing is held up. After a crash the same jobs go on where the last one
    ended; whoever is in the audience already stays in it once.
    """
    with store.read() as connection:
        begun = waves.opening(connection)
    for wave in begun:
        survey, rows = context.config.surveys.get(wave.survey), []
        if survey is not None:
            with store.read() as connection:
                last = waves.enrolled_up_to(connection, wave.id)
                rows = [row for row in audience(connection, survey, wave.opens_at) if row["person_id"] > last]
        for start in range(0, len(rows), AT_ONCE):
            yield start / len(rows), partial(_enrol, wave.id, rows[start : start + AT_ONCE])
        yield 1.0, partial(_complete_opening, wave.id, survey)


def _enrol(wave_id: int, rows: Sequence[AudienceRow], connection: Connection) -> None:
    waves.enrol(connection, wave_id, rows)


def _complete_opening(wave_id: int, survey: Survey | None, connection: Connection) -> None:
    _complete(connection, wave_id, survey)
    waves.opened(connection, wave_id)


def _complete(connection: Connection, wave_id: int, survey: Survey | None) -> None:
    """The audience is known: how many answers a sample of it wants, and where its panel begins."""
    size = waves.count_frame(connection, wave_id)
    if survey is None or survey.kind != "sample":
        return
    waves.set_quota(connection, wave_id, answers_wanted(survey, size))
    if survey.method == "panel":
        waves.begins_on_ring(connection, wave_id, _next_panel(connection, wave_id, survey))


def _next_panel(connection: Connection, wave_id: int, survey: Survey) -> float:
    """The panel goes on from where the last one began, by the share that is replaced."""
    last = waves.last_of_survey(connection, survey.id, wave_id)
    if last is None:
        return 0.0
    asked = sum(waves.invited(connection, last.id, EPOCH))
    return drawing.rotated(last.ring_start, asked, last.frame_size, survey.rotate)


def new_wave(
    context: Context,
    connection: Connection,
    survey: Survey,
    name: str,
    times: triggers.WaveTimes,
    now: datetime,
    encounter: int | None = None,
) -> int | None:
    """A wave without people yet; None when it exists. The use of an exempt class is noted for good."""
    digest = context.keep(connection, survey, now)
    made = waves.open_wave(
        connection,
        survey=survey.id,
        name=name,
        flow_digest=digest,
        opens_at=times.opens,
        closes_at=times.closes,
        seed=secrets.randbits(PRN_BITS),
        encounter_id=encounter,
        anonymous_k=survey.k if survey.anonymous else None,
    )
    if made is not None and survey.exempt:
        admins = ", ".join(survey.exempt_admins)
        subject = f"{survey.id}, wave {name}"
        audit.add(connection, admins, f"exempt_{survey.exempt}", subject, survey.exempt_reason, now)
    return made


def answers_wanted(survey: Survey, size: int) -> int:
    """Answers that a sample of so many people wants: the survey's own number, else by its margin."""
    z = sampling.z_of(survey.confidence)
    return min(size, survey.sample or sampling.sample_size(size, margin=survey.margin, z=z))


def audience(
    connection: Connection, survey: Survey, wanted: datetime, among: Collection[int] | None = None
) -> Iterator[AudienceRow]:
    """Rows of the audience: everybody, or only ``among`` these, whom the survey's rule selects."""
    rule = survey.audience
    for member in people.members(connection, groups=rule.groups, not_groups=rule.not_groups, among=among):
        if holds(rule.where, member.attributes):
            yield {"person_id": member.id, "wanted_at": wanted, "stratum": stratum(survey, member)}


def stratum(survey: Survey, member: Member) -> str:
    """Which stratum of the survey's samples a person belongs to."""
    return " / ".join(member.attributes.get(name, "") for name in survey.strata)[:128]


def newcomers(
    context: Context, connection: Connection, survey: Survey, _: int, trigger: Joined, now: datetime
) -> int:
    """People whose moment after joining has come, in a wave for each month of such moments."""
    late = max(JOINED_LATE, timedelta(hours=survey.good_until_hours or 0))
    # a day's margin on both sides: the exact moment is the person's own, in their zone
    since, until = now - trigger.after - late - timedelta(days=2), now - trigger.after + timedelta(days=2)
    default = context.config.organisation.timezone
    doubted = (
        restoring.restored_at(connection) or EPOCH
    )  # up to here somebody may have been asked unknown to us
    moments: dict[int, datetime] = {}
    for person, joined, zone in waves.newly_joined(connection, survey.id, since, until):
        moment = triggers.joined_moment(trigger, joined, zone_of(zone, default))
        if max(now - late, doubted) <= moment <= now and triggers.runs_at(survey, moment):
            moments[person] = moment
    by_month(context, connection, survey, moments, now)
    return len(moments)


def by_month(
    context: Context, connection: Connection, survey: Survey, moments: Mapping[int, datetime], now: datetime
) -> None:
    """Enrol persons with a moment each of their own: in a wave for each month of such moments."""
    rows: dict[str, list[AudienceRow]] = {}
    for row in audience(connection, survey, now, moments):
        moment = moments[row["person_id"]]
        rows.setdefault(f"{moment:%Y-%m}", []).append({**row, "wanted_at": moment})
    for month, found in rows.items():
        wave = _month_wave(context, connection, survey, month, now)
        waves.enrol(connection, wave.id, found)
        waves.count_frame(connection, wave.id)
        if wave.state != "open":  # noticed so late that the month's wave is closed
            waves.give_up(connection, wave.id, Reason.TOO_LATE, now)


def _month_wave(context: Context, connection: Connection, survey: Survey, month: str, now: datetime) -> Wave:
    known = waves.find(connection, survey.id, month)
    if known is not None:
        return known
    opens = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    next_month = (opens + timedelta(days=32)).replace(day=1)
    times = triggers.WaveTimes(opens, next_month + timedelta(hours=survey.open_hours))
    new_wave(context, connection, survey, month, times, now)
    made = waves.find(connection, survey.id, month)
    if made is None:
        raise LookupError(f"the wave {survey.id} {month} was made and cannot be found")
    return made


def close_over(connection: Connection, now: datetime) -> None:
    """Close waves whose time is over; whoever was still waiting was not asked in time."""
    for wave in waves.open_waves(connection):
        if wave.closes_at <= now:
            waves.give_up(connection, wave.id, Reason.TOO_LATE, now)
            for planned in contacts.planned_in_wave(connection, wave.id):
                contacts.mark(connection, planned.id, "released", now)
                sessions.retract(connection, planned.person_id, wave.id)
            fires.drop_of_wave(connection, wave.id)
            waves.close(connection, wave.id)
