"""Pulses: one wave for each survey and encounter, opened at its end for those who were there.

Who turns out later to have come is asked while it is good; who turns out not to have come, or to have come to
another one on the same day, is asked no more. A moved encounter moves what waits, a cancelled one removes it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.service import gate, rounds
from bot.service.context import Context
from scheduler import triggers
from scheduler.pulses import Visit, asked_after, asks_about
from scheduler.surveys import AfterEncounter, Survey
from scheduler.verdicts import Finding, Never, Reason
from scheduler.windows import pulse_moment, zone_of
from storage import Connection, contacts, encounters, sessions, waves
from storage.encounters import Been, Met
from storage.waves import Wave

SAME_DAY: Final = timedelta(days=1)
"""How far around an encounter others of the same local day may end."""
SHOWN: Final = 32
"""Characters of an encounter's name in the name of its wave."""
CALLED_OFF: Final = Never(Reason.NOT_ELIGIBLE, findings=(Finding(Reason.NOT_ELIGIBLE, about="called off"),))
NOT_THERE: Final = Never(Reason.NOT_ELIGIBLE, findings=(Finding(Reason.NOT_ELIGIBLE, about="was not there"),))


def open_due(
    context: Context,
    connection: Connection,
    survey: Survey,
    _: int,
    trigger: AfterEncounter,
    now: datetime,
) -> int:
    """Enrol everybody who was at an encounter that has ended and is still worth asking about."""
    good = survey.open_hours if survey.good_until_hours is None else survey.good_until_hours
    over = _about(connection, trigger, now - timedelta(hours=good), now)
    over = [met for met in over if triggers.runs_at(survey, met.ends_at)]
    if not over:
        return 0
    asked = _asked(context, connection, trigger, over, now)
    count = 0
    for met in over:
        if asked[met.id]:
            count += _enrol(context, connection, survey, trigger, met, asked, now)
    return count


def _about(connection: Connection, trigger: AfterEncounter, since: datetime, until: datetime) -> list[Met]:
    found = encounters.between(connection, since, until, kind=trigger.kind, cancelled=False)
    return [met for met in found if asks_about(trigger, met.kind, met.series, met.name)]


def _asked(
    context: Context, connection: Connection, trigger: AfterEncounter, over: Sequence[Met], now: datetime
) -> Mapping[int, list[Been]]:
    """Encounter -> those who are asked about it and about no other one of its day."""
    around = _about(connection, trigger, over[0].ends_at - SAME_DAY, over[-1].ends_at + SAME_DAY)
    met = {one.id: one for one in around}
    been = {(one.encounter_id, one.person_id): one for one in encounters.been(connection, met)}
    visits = (
        Visit(one.encounter_id, one.person_id, _day(context, met[one.encounter_id]),
              met[one.encounter_id].ends_at, one.state == "attended", one.role)
        for one in been.values()
    )  # fmt: skip
    found: defaultdict[int, list[Been]] = defaultdict(list)
    for visit in asked_after(trigger, visits, now).values():
        found[visit.encounter].append(been[visit.encounter, visit.person])
    return found


def _day(context: Context, met: Met) -> date:
    return met.starts_at.astimezone(_zone(context, met)).date()


def _zone(context: Context, met: Met) -> ZoneInfo:
    return zone_of(met.zone or None, context.config.organisation.timezone)


def moment(context: Context, trigger: AfterEncounter, been: Been, ends: datetime) -> datetime:
    """When a person is to be asked about an encounter that ended then: on their own clock."""
    policy = context.config.policy
    found = pulse_moment(
        policy.window, zone_of(been.zone, policy.timezone_default), been.hours, ends,
        delay=trigger.delay, not_before=trigger.not_before, quiet_days=been.quiet_days,
    )  # fmt: skip
    return ends + trigger.delay if found is None else found


# --- who is asked about it --------------------------------------------------------------------------------


def _enrol(
    context: Context,
    connection: Connection,
    survey: Survey,
    trigger: AfterEncounter,
    met: Met,
    asked: Mapping[int, list[Been]],
    now: datetime,
) -> int:
    """Put those into the encounter's wave who are not in it yet. Returns how many that were."""
    wave = encounters.wave_of(connection, survey.id, met.id)
    known = waves.people_of(connection, wave) if wave is not None else frozenset()
    new = {one.person_id: one for one in asked[met.id] if one.person_id not in known}
    if new:  # whoever has told already, by a link at the door, is not asked again
        told = sessions.tellers(connection, survey.id, met.id)
        new = {person: one for person, one in new.items() if person not in told}
    rows = list(rounds.audience(connection, survey, met.ends_at, new)) if new else []
    rows = _without_earlier(context, connection, survey, trigger, met, rows, now)
    if not rows:
        return 0
    if wave is None:
        wave = _new_wave(context, connection, survey, met, now)
    if wave is None:
        return 0
    for row in rows:
        row["wanted_at"] = moment(context, trigger, new[row["person_id"]], met.ends_at)
    waves.enrol(connection, wave, rows)
    size = waves.count_frame(connection, wave)
    if survey.kind == "sample":
        waves.set_quota(connection, wave, rounds.answers_wanted(survey, size))
    return len(rows)


def _new_wave(
    context: Context, connection: Connection, survey: Survey, met: Met, now: datetime
) -> int | None:
    times = triggers.wave_times(survey, met.ends_at)
    if times is None or times.closes <= now:
        return None
    day = _day(context, met)
    name = f"{met.name[:SHOWN]} {day:%Y-%m-%d} #{met.id}"
    return rounds.new_wave(context, connection, survey, name, times, now, met.id)


def _without_earlier(
    context: Context,
    connection: Connection,
    survey: Survey,
    trigger: AfterEncounter,
    met: Met,
    rows: Sequence[rounds.AudienceRow],
    now: datetime,
) -> list[rounds.AudienceRow]:
    """Whoever waits in the wave of another encounter of this day leaves it; whoever was asked there is not
    asked again.
    """
    if not rows:
        return []
    near = _about(connection, trigger, met.ends_at - SAME_DAY, met.ends_at + SAME_DAY)
    day = _day(context, met)
    others = [one.id for one in near if one.id != met.id and _day(context, one) == day]
    asked: set[int] = set()
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    wanted = {row["person_id"] for row in rows}
    for place in encounters.placed(connection, survey.id, others):
        if place.person_id not in wanted:
            continue
        invite = contacts.find(connection, place.wave_id, place.person_id, "invite")
        if invite is not None and invite.state not in ("reserved", "released"):
            asked.add(place.person_id)
        elif place.state != "dropped":
            waiting[place.wave_id].append(place.person_id)
    for wave, people in waiting.items():
        for person in people:
            _take_out(connection, wave, person, now)
        waves.expel(connection, wave, people)
    return [row for row in rows if row["person_id"] not in asked]


def _take_out(connection: Connection, wave_id: int, person_id: int, now: datetime) -> None:
    """An invite that has not left us is not made."""
    planned = contacts.find(connection, wave_id, person_id, "invite")
    if planned is not None and planned.state == "reserved":
        gate.call_off(connection, planned, NOT_THERE, now)


# --- what follows a change of the encounter ---------------------------------------------------------------


def follow(context: Context, connection: Connection, encounter_id: int, now: datetime) -> None:
    """Bring everything that still waits in line with how an encounter stands now.

    Moved: the wave and its moments move. Cancelled, or no longer what the survey asks about: nobody who has
    not been asked will be. The same for single persons who turn out not to have been there.
    """
    met = encounters.get(connection, encounter_id)
    for wave_id in encounters.waves_about(connection, encounter_id):
        wave = waves.get(connection, wave_id)
        survey = context.config.surveys.get(wave.survey)
        trigger = _trigger(survey, met) if survey is not None else None
        times = triggers.wave_times(survey, met.ends_at) if survey is not None else None
        if met.cancelled or trigger is None or times is None:
            _call_off(connection, wave, now)
        else:
            _move(context, connection, wave, trigger, met, times, now)


def _trigger(survey: Survey, met: Met) -> AfterEncounter | None:
    found = (one for one in survey.triggers if isinstance(one, AfterEncounter))
    return next((one for one in found if asks_about(one, met.kind, met.series, met.name)), None)


def _call_off(connection: Connection, wave: Wave, now: datetime) -> None:
    for planned in contacts.planned_in_wave(connection, wave.id):
        gate.call_off(connection, planned, CALLED_OFF, now)
    waiting = waves.unasked_in(connection, wave.id)
    waves.decide(connection, [gate.decision(wave.id, one, "dropped", CALLED_OFF) for one in waiting], now)
    waves.close(connection, wave.id)


def _move(
    context: Context,
    connection: Connection,
    wave: Wave,
    trigger: AfterEncounter,
    met: Met,
    times: triggers.WaveTimes,
    now: datetime,
) -> None:
    moved = (wave.opens_at, wave.closes_at) != (times.opens, times.closes)
    if moved:
        waves.move(connection, wave.id, times.opens, times.closes)
    there = {one.person_id: one for one in encounters.been(connection, [met.id]) if _may(trigger, one)}
    planned = {one.person_id: one for one in contacts.planned_in_wave(connection, wave.id)}
    for person, contact in planned.items():
        if person not in there:
            gate.call_off(connection, contact, NOT_THERE, now)
        elif moved:
            at = max(now, moment(context, trigger, there[person], met.ends_at))
            gate.postpone(connection, contact, at, now)
    waiting = set(waves.unasked_in(connection, wave.id, (Reason.TOO_LATE,) if moved else ())) - planned.keys()
    absent = sorted(waiting - there.keys())
    waves.decide(connection, [gate.decision(wave.id, one, "dropped", NOT_THERE) for one in absent], now)
    if moved:
        moments = {
            one: moment(context, trigger, there[one], met.ends_at) for one in sorted(waiting & there.keys())
        }
        waves.want_at(connection, wave.id, moments, "frame")


def _may(trigger: AfterEncounter, been: Been) -> bool:
    right = not trigger.roles or been.role in trigger.roles
    return right and (been.state == "attended" or trigger.presence == "expected")
