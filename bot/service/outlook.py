"""The days ahead: who would be asked what, when, and why the others not. Looks only; nothing is reserved or
sent.

Waves that are still to come take part with today's members. Contacts that are reserved already are shown
first.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.service import planning
from bot.service.context import Context
from bot.service.upcoming import waves_ahead
from scheduler import explain
from scheduler.forecast import forecast
from scheduler.plans import Candidate, OpenWave, Suppressed, Wanted
from scheduler.verdicts import Later, Never, Verdict
from storage import Connection, history, ledger, people, waves
from storage.waves import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One invite to come."""

    at: datetime
    person: int
    name: str
    survey: str
    reserved: bool
    """Planned by the running bot already; else foreseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """Somebody who is wanted and would not be asked in these days."""

    person: int
    name: str
    survey: str
    reason: str
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAhead:
    """One survey's days ahead in numbers."""

    survey: str
    waves: int
    audience: int
    asked: int
    not_asked: Mapping[str, int] = field(default_factory=dict)
    """Reason code -> people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The days ahead, from `begins` on."""

    begins: datetime
    days: int
    surveys: tuple[SurveyAhead, ...]
    ahead: tuple[Ahead, ...]
    not_asked: tuple[NotAsked, ...]


@dataclass(slots=True)
class _Scene:
    """Waves, real and to come, and what they want of whom."""

    waves: list[OpenWave] = field(default_factory=list)
    wanted: defaultdict[int, list[Wanted]] = field(default_factory=lambda: defaultdict(list))


def look_ahead(context: Context, connection: Connection, days: int, now: datetime) -> Outlook:
    """Plan so many days ahead on copies, from ``now`` (aware UTC)."""
    scene = _Scene()
    _open_now(context, connection, scene, now)
    surveys = [survey for survey in context.config.surveys.values() if survey.priority]
    for coming in waves_ahead(context, connection, surveys, now, now + timedelta(days=days)):
        scene.waves.append(coming.wave)
        for person, part in coming.wanted.items():
            scene.wanted[person].append(part)
    policy = context.config.policy
    found = forecast(
        scene.waves, _candidates(connection, scene, now, policy.group_cap_key), policy, now, days
    )
    names = people.names(connection, [*(f.person for f in found.fires), *(s.person for s in found.not_asked)])
    reserved = history.reserved(connection)
    names |= people.names(connection, [row.person_id for row in reserved])
    ahead = [
        Ahead(
            at=row.at,
            person=row.person_id,
            name=names.get(row.person_id, ""),
            survey=row.survey,
            reserved=True,
        )
        for row in reserved
        if row.at <= now + timedelta(days=days)
    ]
    ahead += [
        Ahead(
            at=fire.at,
            person=fire.person,
            name=names.get(fire.person, ""),
            survey=fire.survey,
            reserved=False,
        )
        for fire in found.fires
    ]
    zone = ZoneInfo(context.config.organisation.timezone)
    return Outlook(
        begins=now,
        days=days,
        surveys=tuple(_in_numbers(context, scene, ahead, found.not_asked)),
        ahead=tuple(sorted(ahead, key=lambda one: (one.at, one.person))),
        not_asked=tuple(
            NotAsked(
                person=one.person,
                name=names.get(one.person, ""),
                survey=one.survey,
                reason=one.reason.name,
                explanation=explain.sentence(_verdict(one), zone, now),
            )
            for one in found.not_asked
        ),
    )


def _verdict(one: Suppressed) -> Verdict:
    if one.earliest is not None:
        return Later(one.earliest, one.reason, one.mask, one.findings)
    return Never(one.reason, one.mask, findings=one.findings)


def _open_now(context: Context, connection: Connection, scene: _Scene, now: datetime) -> None:
    scene.waves.extend(planning.open_waves(context, connection, now))
    for rows in waves.unasked(connection, [Waiting(wave.id) for wave in scene.waves]):
        scene.wanted[rows[0].person_id] += [Wanted(row.wave_id, row.wanted_at, row.stratum) for row in rows]


def _candidates(connection: Connection, scene: _Scene, now: datetime, group_key: str) -> Iterator[Candidate]:
    places = people.places_in_queue(connection, sorted(scene.wanted))
    for one in ledger.ledgers(connection, sorted(scene.wanted), now, group_key=group_key):
        turn, prn = places[one.person]
        yield Candidate(ledger=one, wanted=tuple(scene.wanted[one.person]), turn=turn, prn=prn)


def _in_numbers(
    context: Context, scene: _Scene, ahead: Iterable[Ahead], not_asked: Iterable[Suppressed]
) -> Iterator[SurveyAhead]:
    asked: defaultdict[str, int] = defaultdict(int)
    for one in ahead:
        asked[one.survey] += 1
    reasons: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for other in not_asked:
        reasons[other.survey][other.reason.name] += 1
    by_wave = {wave.id: wave.survey.id for wave in scene.waves}
    audience: defaultdict[str, set[int]] = defaultdict(set)
    for person, parts in scene.wanted.items():
        for part in parts:
            audience[by_wave[part.wave]].add(person)
    for survey in context.config.surveys:
        number = sum(1 for wave in scene.waves if wave.survey.id == survey)
        if number or asked[survey]:
            yield SurveyAhead(
                survey=survey,
                waves=number,
                audience=len(audience[survey]),
                asked=asked[survey],
                not_asked=dict(sorted(reasons[survey].items())),
            )
