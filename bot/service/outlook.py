"""The days ahead: who would be asked what, when, and why the others not. Looks only; nothing is reserved or
sent.

Waves that are still to come take part with today's members. Contacts that are reserved already are shown
first.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.service import planning
from bot.service.context import Context
from bot.service.upcoming import waves_ahead
from scheduler import explain
from scheduler.crowd import NONE, Crowd, moment_of
from scheduler.forecast import Foreseen, Progress, forecast
from scheduler.plans import Enrolled
from scheduler.strategy import Strategy, strategy
from scheduler.verdicts import Finding, Later, Never, Reason, Verdict, from_bits
from storage import Connection, crowds, history, people


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
class NeverAsked:
    """Somebody whom surveys want and none reaches in these days, with the reasons that stand against it."""

    person: int
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The days ahead, from `begins` on."""

    begins: datetime
    days: int
    surveys: tuple[SurveyAhead, ...]
    ahead: tuple[Ahead, ...]
    not_asked: tuple[NotAsked, ...]
    strategy: Strategy
    """The same days as people live through them, week by week."""
    never: tuple[NeverAsked, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Waves, real and to come, with what they want of whom, and everybody they want."""

    enrolled: Sequence[Enrolled]
    crowd: Crowd


def scene(context: Context, connection: Connection, days: int, now: datetime) -> Scene:
    """What is wanted in so many days from ``now`` (aware UTC), with today's members."""
    present = planning.open_waves(context, connection, now)
    frames = [(wave, crowds.frame(connection, wave.id)) for wave in present]
    surveys = [survey for survey in context.config.surveys.values() if survey.priority]
    coming = list(waves_ahead(context, connection, surveys, now, now + timedelta(days=days)))
    people_of = [frame.person for _, frame in frames] + [one.person for one in coming]
    wanted = np.unique(np.concatenate(people_of)) if people_of else np.zeros(0, np.int64)
    crowd = crowds.crowd(connection, now, wanted=wanted, group_key=context.config.policy.group_cap_key)
    enrolled = [planning.enrolment(wave, frame, crowd) for wave, frame in frames]
    return Scene((*enrolled, *(one.enrolled(crowd) for one in coming)), crowd)


def look_ahead(
    context: Context,
    connection: Connection,
    days: int,
    now: datetime,
    progress: Progress = lambda _share: None,
) -> Outlook:
    """Plan so many days ahead on copies, from ``now`` (aware UTC)."""
    whole = scene(context, connection, days, now)
    found = forecast(whole.enrolled, whole.crowd, context.config.policy, now, days, progress)
    ids = whole.crowd.person
    reserved = [row for row in history.reserved(connection) if row.at <= now + timedelta(days=days)]
    concerned = {row.person_id for row in reserved}
    for one in found:
        concerned.update(ids[one.enrolled.rows[one.seen]].tolist())
    names = people.names(connection, concerned)
    ahead = [
        Ahead(
            at=row.at,
            person=row.person_id,
            name=names.get(row.person_id, ""),
            survey=row.survey,
            reserved=True,
        )
        for row in reserved
    ]
    for one in found:
        for line in np.flatnonzero(one.asked).tolist():
            person = int(ids[one.enrolled.rows[line]])
            ahead.append(
                Ahead(
                    at=moment_of(one.at[line]),
                    person=person,
                    name=names.get(person, ""),
                    survey=one.wave.survey.id,
                    reserved=False,
                )
            )
    zone = ZoneInfo(context.config.organisation.timezone)
    return Outlook(
        begins=now,
        days=days,
        surveys=tuple(_in_numbers(context, found, ahead)),
        strategy=strategy(found, whole.crowd, context.config.policy, now, days),
        never=tuple(_never(found, whole.crowd, {one.person for one in ahead}, names)),
        ahead=tuple(sorted(ahead, key=lambda one: (one.at, one.person))),
        not_asked=tuple(
            NotAsked(
                person=int(ids[one.enrolled.rows[line]]),
                name=names.get(int(ids[one.enrolled.rows[line]]), ""),
                survey=one.wave.survey.id,
                reason=Reason(one.reason[line]).name,
                explanation=explain.sentence(_verdict(one, line), zone, now),
            )
            for one in sorted(found, key=lambda one: one.wave.id)
            for line in np.flatnonzero(one.refused).tolist()
        ),
    )


def _never(
    found: Sequence[Foreseen], crowd: Crowd, asked: Collection[int], names: Mapping[int, str]
) -> Iterator[NeverAsked]:
    reasons: dict[int, dict[str, None]] = {}
    for one in found:
        people_ = crowd.person[one.enrolled.rows[one.refused]].tolist()
        for person, code in zip(people_, one.reason[one.refused].tolist(), strict=True):
            if person not in asked:
                reasons.setdefault(person, {})[Reason(code).name] = None
    for person in sorted(reasons):
        yield NeverAsked(person=person, name=names.get(person, ""), reasons=tuple(reasons[person]))


def _verdict(one: Foreseen, line: int) -> Verdict:
    """The rules that fail, by name; their numbers would be those of a day that has not come."""
    reason, mask = Reason(one.reason[line]), int(one.mask[line])
    findings = tuple(Finding(rule) for rule in from_bits(mask) if rule != reason)
    if one.earliest[line] != NONE:
        return Later(moment_of(one.earliest[line]), reason, mask, findings)
    return Never(reason, mask, findings=findings)


def _in_numbers(context: Context, found: Sequence[Foreseen], ahead: Iterable[Ahead]) -> Iterator[SurveyAhead]:
    asked = Counter(one.survey for one in ahead)
    for survey in context.config.surveys:
        own = [one for one in found if one.wave.survey.id == survey]
        if not own and not asked[survey]:
            continue
        rows = [one.enrolled.rows for one in own]
        reasons: Counter[str] = Counter()
        for one in own:
            reasons.update(Reason(code).name for code in one.reason[one.refused].tolist())
        yield SurveyAhead(
            survey=survey,
            waves=len(own),
            audience=len(np.unique(np.concatenate(rows))) if rows else 0,
            asked=asked[survey],
            not_asked=dict(sorted(reasons.items())),
        )
