"""Waves that do not exist yet: what a survey's triggers will open, and of whom it will be wanted.

For the outlook, and for the planner's shadows: a more important survey that opens soon keeps its people.
Their ids are negative, so that nobody takes them for stored ones. Nothing is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np

from bot.service import costs, rounds
from bot.service.context import Context
from scheduler import sampling, triggers
from scheduler.crowd import Codes, Crowd, Moments, Numbers, micros
from scheduler.plans import Enrolled, OpenWave
from scheduler.surveys import At, Joined, Recurring, Survey
from storage import Connection, schedules, waves
from storage.types import EPOCH

MARGIN = timedelta(days=2)
"""The moment after joining is the person's own, in their zone; rows are fetched a little wider."""


@dataclass(frozen=True, slots=True, eq=False)
class Upcoming:
    """A wave to come, with its part for each person of today's audience, by person."""

    wave: OpenWave
    person: Numbers
    at: Moments
    stratum: Codes
    strata: tuple[str, ...]

    def enrolled(self, crowd: Crowd) -> Enrolled:
        """As lines of a crowd: those of the audience who are in it."""
        here = np.isin(self.person, crowd.person)
        return Enrolled(
            wave=self.wave,
            rows=np.searchsorted(crowd.person, self.person[here]),
            at=self.at[here],
            stratum=self.stratum[here],
            strata=self.strata,
            eligible=np.ones(int(here.sum()), np.bool_),
            taken_part=np.zeros(int(here.sum()), np.bool_),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Audience:
    """Today's audience of a survey, by person."""

    person: Numbers
    stratum: Codes
    strata: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[rounds.AudienceRow]) -> "_Audience":
        strata: dict[str, int] = {}
        known = {row["person_id"]: strata.setdefault(row["stratum"], len(strata)) for row in rows}
        people = sorted(known)
        codes = np.array([known[person] for person in people], np.int32)
        return cls(np.array(people, np.int64), codes, tuple(strata) or ("",))

    def sizes(self) -> dict[str, int]:
        """People by stratum."""
        counts = np.bincount(self.stratum, minlength=len(self.strata)).tolist()
        return {stratum: count for stratum, count in zip(self.strata, counts, strict=True) if count}


def waves_ahead(
    context: Context, connection: Connection, surveys: Iterable[Survey], now: datetime, until: datetime
) -> Iterator[Upcoming]:
    """Every wave that these surveys will open in (now, until], and those that are due and not open yet."""
    ids = count(-1, -1)
    for survey in surveys:
        today: _Audience | None = None
        for number, trigger in enumerate(survey.triggers):
            match trigger:
                case At() | Recurring():
                    for times in _scheduled(connection, survey, number, trigger, now, until):
                        today = today or _Audience.of(rounds.audience(connection, survey, times.opens))
                        at = np.full(len(today.person), micros(times.opens), np.int64)
                        yield _upcoming(context, connection, survey, next(ids), times, today, at)
                case Joined():
                    joining = _joining(context, connection, survey, trigger, now, until)
                    if joining:
                        closes = until + timedelta(hours=survey.open_hours)
                        times = triggers.WaveTimes(min(row["wanted_at"] for row in joining), closes)
                        moments = {row["person_id"]: micros(row["wanted_at"]) for row in joining}
                        people = _Audience.of(joining)
                        at = np.array([moments[person] for person in people.person.tolist()], np.int64)
                        yield _upcoming(context, connection, survey, next(ids), times, people, at)


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
    connection: Connection,
    survey: Survey,
    wave_id: int,
    times: triggers.WaveTimes,
    people: _Audience,
    at: Moments,
) -> Upcoming:
    flow = context.config.flows[survey.flow]
    wave = OpenWave(
        id=wave_id,
        survey=survey,
        opens=times.opens,
        closes=times.closes,
        cost=costs.invite(context.config.policy, flow, survey, learned=context.learned(connection, flow.id)),
    )
    if survey.kind == "sample":
        wave = as_sample(wave, people.sizes(), None)
    return Upcoming(wave, people.person, at, people.stratum, people.strata)


def as_sample(
    wave: OpenWave, sizes: Mapping[str, int], quota: int | None, response: float | None = None
) -> OpenWave:
    """The wave with its draw; where nearly everybody would be drawn, a census instead.

    ``quota`` are the answers wanted (None: by the survey's own rule), ``response`` the rate to reckon with
    (None: without experience).
    """
    total = sum(sizes.values())
    answers = quota if quota is not None else rounds.answers_wanted(wave.survey, total)
    rate = wave.survey.expected_response if response is None else response
    drawn = sampling.draw(total, min(answers, total), rate)
    if drawn.census:
        return replace(wave, survey=replace(wave.survey, kind="census"))
    return replace(wave, sizes=sizes, invitations=drawn.invitations)
