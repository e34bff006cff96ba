"""Waves that do not exist yet: what a survey's triggers will open, and of whom it will be wanted.

For the outlook, and for the planner's shadows: a more important survey that opens soon keeps its people.
Their ids are negative, so that nobody takes them for stored ones. Nothing is written.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from bot.service import costs, rounds
from bot.service.context import Context
from scheduler import sampling, triggers
from scheduler.plans import OpenWave, Wanted
from scheduler.surveys import At, Joined, Recurring, Survey
from storage import Connection, schedules, waves
from storage.types import EPOCH

MARGIN = timedelta(days=2)
"""The moment after joining is the person's own, in their zone; rows are fetched a little wider."""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A wave to come, with its part for each person of today's audience."""

    wave: OpenWave
    wanted: Mapping[int, Wanted]


def waves_ahead(
    context: Context, connection: Connection, surveys: Iterable[Survey], now: datetime, until: datetime
) -> Iterator[Upcoming]:
    """Every wave that these surveys will open in (now, until], and those that are due and not open yet."""
    ids = count(-1, -1)
    for survey in surveys:
        for number, trigger in enumerate(survey.triggers):
            match trigger:
                case At() | Recurring():
                    for times in _scheduled(connection, survey, number, trigger, now, until):
                        rows = rounds.audience(connection, survey, times.opens)
                        yield _upcoming(context, survey, next(ids), times, rows)
                case Joined():
                    joining = _joining(context, connection, survey, trigger, now, until)
                    if joining:
                        closes = until + timedelta(hours=survey.open_hours)
                        times = triggers.WaveTimes(min(row["wanted_at"] for row in joining), closes)
                        yield _upcoming(context, survey, next(ids), times, joining)


def _scheduled(
    connection: Connection,
    survey: Survey,
    number: int,
    trigger: At | Recurring,
    now: datetime,
    until: datetime,
) -> Iterator[triggers.WaveTimes]:
    known = schedules.checked_until(connection, *rounds.schedule(survey, number, trigger))
    since = known or (EPOCH if isinstance(trigger, At) else now)
    for slot in triggers.slots_between(trigger, since, until):
        times = triggers.wave_times(survey, slot.at)
        if times is not None and times.closes > now:
            yield times


def _joining(
    context: Context,
    connection: Connection,
    survey: Survey,
    trigger: Joined,
    now: datetime,
    until: datetime,
) -> list[rounds.AudienceRow]:
    default = context.config.organisation.timezone
    since, last = now - trigger.after - MARGIN, until - trigger.after + MARGIN
    joiners = waves.newly_joined(connection, survey.id, since, last)
    among = [person for person, _, _ in joiners]
    allowed = {row["person_id"]: row for row in rounds.audience(connection, survey, now, among)}
    found: list[rounds.AudienceRow] = []
    for person, joined, zone in joiners:
        moment = triggers.joined_moment(trigger, joined, ZoneInfo(zone or default))
        if person in allowed and now < moment <= until:
            found.append({**allowed[person], "wanted_at": moment})
    return found


def _upcoming(
    context: Context,
    survey: Survey,
    wave_id: int,
    times: triggers.WaveTimes,
    rows: Iterable[rounds.AudienceRow],
) -> Upcoming:
    wanted = {row["person_id"]: Wanted(wave_id, row["wanted_at"], row["stratum"]) for row in rows}
    flow = context.config.flows[survey.flow]
    wave = OpenWave(
        id=wave_id,
        survey=survey,
        opens=times.opens,
        closes=times.closes,
        cost=costs.invite(context.config.policy, flow, heavy=survey.heavy),
    )
    if survey.kind == "sample":
        wave = as_sample(wave, Counter(part.stratum for part in wanted.values()), None)
    return Upcoming(wave, wanted)


def as_sample(
    wave: OpenWave, sizes: Mapping[str, int], quota: int | None, response: float | None = None
) -> OpenWave:
    """The wave with its draw; where nearly everybody would be drawn, a census instead.

    ``quota`` are the answers wanted (None: by the survey's own rule), ``response`` the rate to reckon with
    (None: without experience).
    """
    total = sum(sizes.values())
    answers = quota if quota is not None else rounds.answers_wanted(wave.survey, total)
    rate = sampling.EXPECTED_RESPONSE if response is None else response
    drawn = sampling.draw(total, min(answers, total), rate)
    if drawn.census:
        return replace(wave, survey=replace(wave.survey, kind="census"))
    return replace(wave, sizes=sizes, invitations=drawn.invitations)
