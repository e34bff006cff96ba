"""One tick of the planner: who is asked what, when, and why the others are not. Plain values in and out.

It plans only. Reserving, sending and moving turns are the service's, in transactions; the policy is asked
again at the moment of sending. The same input gives the same plan, in whatever order its rows come.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scheduler.allocation import Allocation, Cell, Demand, Member, allocate
from scheduler.exemptions import PASSES
from scheduler.ledger import Ask, Ledger
from scheduler.plans import Action, Candidate, OpenWave, Plan, PlannedContact, Shortfall, Suppressed, Wanted
from scheduler.policy import decide
from scheduler.quotas import quota_today
from scheduler.surveys import Kind, Policy
from scheduler.triggers import good_until, jitter
from scheduler.verdicts import Finding, Go, Later, Never, Reason
from scheduler.windows import DAY, next_open, zone_of

ON_SUPPRESS: Final[Mapping[Kind, Action]] = {"event": "drop", "sample": "substitute", "census": "defer"}

FINAL: Final = frozenset({
    Reason.OPT_OUT,
    Reason.NOT_IN_AUDIENCE,
    Reason.TOO_LATE,
    Reason.ENOUGH_ANSWERS,
})  # fmt: skip
"""Rules that no waiting mends within a wave: a census drops these people as well."""


@dataclass(frozen=True, slots=True)
class _Free:
    """A person who may be asked now, and when each wave would reach them."""

    person: int
    turn: int
    prn: int
    at: Mapping[Cell, datetime]


def plan(waves: Iterable[OpenWave], people: Iterable[Candidate], policy: Policy, now: datetime) -> Plan:
    """Plan the invites of one tick at ``now`` (aware UTC); at most one per person.

    ``people`` are read once, one at a time, so they may be a stream: everybody who is wanted by a wave that
    is open, or that opens within ``reserve_days``. A wave of the second kind is a shadow: it takes the people
    of its first quota away from waves of lower priority, and asks nobody yet.
    """
    taking_part = _in_order(waves, policy, now)
    by_id = {wave.id: wave for wave in taking_part}
    free: list[_Free] = []
    # most people have the same moments; one copy for all of them is what keeps a large audience in memory
    shared: dict[tuple[tuple[Cell, datetime], ...], Mapping[Cell, datetime]] = {}
    suppressed: list[Suppressed] = []
    for candidate in people:
        moments: dict[Cell, datetime] = {}
        for wanted in candidate.wanted:
            wave = by_id.get(wanted.wave)
            if wave is None or wanted.at > max(now, wave.opens):
                continue
            found = _verdict(wave, wanted, candidate.ledger, policy, now)
            if isinstance(found, datetime):
                moments[Cell(wave.id, wanted.stratum)] = found
            elif wave.opens <= now:
                suppressed.append(_suppressed(candidate.ledger.person, wave, found))
        if moments:
            at = shared.setdefault(tuple(moments.items()), moments)
            free.append(_Free(candidate.ledger.person, candidate.turn, candidate.prn, at))
    return _planned(taking_part, free, suppressed, policy, now)


def _in_order(waves: Iterable[OpenWave], policy: Policy, now: datetime) -> list[OpenWave]:
    """Open waves and shadows in the order in which they are served. A shadow stands back among its equals."""
    horizon = now + policy.reserve_days * DAY
    return sorted(
        (wave for wave in waves if wave.survey.priority > 0 and wave.opens <= horizon and now < wave.closes),
        key=lambda wave: (
            -wave.survey.priority,
            wave.opens > now,
            good_until(wave.survey, wave.opens, wave.closes),
            -wave.shortfall,
            wave.survey.id,
            wave.id,
        ),
    )


def _verdict(
    wave: OpenWave, wanted: Wanted, ledger: Ledger, policy: Policy, now: datetime
) -> datetime | Later | Never:
    """When the person would be asked, or why not.

    The rules are looked at for the person's next opening: a closed window sets the moment and excludes
    nobody, or people in other time zones would never be drawn.
    """
    survey = wave.survey
    spread = jitter(ledger.person, survey.id, wave.id, wave.spread) if wave.spread else wave.spread
    earliest = max(now, wave.opens, wanted.at + spread)
    at: datetime | None = earliest
    if Reason.SEND_WINDOW not in PASSES[survey.exempt]:
        zone = zone_of(ledger.zone, policy.timezone_default)
        at = next_open(policy.window, zone, ledger.hours, survey.kind, earliest, quiet_days=ledger.quiet_days)
    moment = earliest if at is None else at
    verdict = decide(policy, ledger, _ask(wave, wanted), moment)
    return moment if isinstance(verdict, Go) else verdict


def _ask(wave: OpenWave, wanted: Wanted) -> Ask:
    survey = wave.survey
    return Ask(
        survey=survey.id,
        wave=wave.id,
        kind=survey.kind,
        exempt=survey.exempt,
        cost=wave.cost,
        good_until=good_until(survey, wave.since or wanted.at, wave.closes),
        topic=survey.topic_id,
        recontact_days=survey.recontact_days,
        tighten=survey.tighten,
        eligible=wanted.eligible,
        enough_answers=wave.enough_answers,
    )


def _suppressed(person: int, wave: OpenWave, verdict: Later | Never) -> Suppressed:
    return Suppressed(
        person=person,
        wave=wave.id,
        survey=wave.survey.id,
        reason=verdict.reason,
        mask=verdict.mask,
        earliest=verdict.at if isinstance(verdict, Later) else verdict.earliest,
        action=_action(wave.survey.kind, verdict),
        findings=verdict.findings,
    )


def _action(kind: Kind, verdict: Later | Never) -> Action:
    """By the kind of the survey; but what no waiting mends is not deferred."""
    action = ON_SUPPRESS[kind]
    if action == "defer" and any(_is_final(found) for found in verdict.findings):
        return "drop"
    return action


def _is_final(found: Finding) -> bool:
    return found.rule in FINAL or (found.rule == Reason.ALREADY_ASKED and found.until is None)


def _planned(
    waves: Sequence[OpenWave],
    free: Sequence[_Free],
    suppressed: Sequence[Suppressed],
    policy: Policy,
    now: datetime,
) -> Plan:
    demands = [_demand(wave, free, policy, now) for wave in waves]
    members = (Member(person=one.person, cells=tuple(one.at), turn=one.turn, prn=one.prn) for one in free)
    result = allocate(members, demands)
    open_waves = {wave.id: wave for wave in waves if wave.opens <= now}
    fires = [fire for one in free if (fire := _fire(one, result, open_waves)) is not None]
    left_over = _left_over(free, result, waves, now)
    return Plan(
        fires=tuple(sorted(fires, key=lambda fire: (fire.at, fire.wave, fire.person))),
        suppressed=tuple(sorted((*suppressed, *left_over), key=lambda one: (one.wave, one.person))),
        shortfalls=tuple(_shortfalls(result, open_waves)),
        quotas={
            demand.wave: demand.quota
            for demand in demands
            if demand.wave in open_waves and open_waves[demand.wave].survey.kind == "sample"
        },
    )


def _demand(wave: OpenWave, free: Sequence[_Free], policy: Policy, now: datetime) -> Demand:
    """A sample wants its quota of today, from all strata of its audience; the others want everybody free."""
    if wave.survey.kind == "sample":
        return Demand(wave=wave.id, quota=quota_today(wave, policy, now), sizes=wave.sizes)
    sizes: defaultdict[str, int] = defaultdict(int)
    for one in free:
        for cell in one.at:
            if cell.wave == wave.id:
                sizes[cell.stratum] += 1
    return Demand(wave=wave.id, quota=sum(sizes.values()), sizes=sizes)


def _fire(one: _Free, result: Allocation, waves: Mapping[int, OpenWave]) -> PlannedContact | None:
    """None for a person whom nobody took, or a shadow."""
    place = result.places.get(one.person)
    if place is None or place.cell.wave not in waves:
        return None
    wave = waves[place.cell.wave]
    return PlannedContact(
        person=one.person,
        wave=wave.id,
        survey=wave.survey.id,
        at=one.at[place.cell],
        probability=place.probability,
        stratum=place.cell.stratum,
        cost=wave.cost,
    )


def _left_over(
    free: Sequence[_Free], result: Allocation, waves: Sequence[OpenWave], now: datetime
) -> Iterator[Suppressed]:
    """Those who might have been asked: another survey took them, or their turn has not come."""
    rank = {wave.id: position for position, wave in enumerate(waves)}
    queues = _queues(free)
    for one in free:
        place = result.places.get(one.person)
        for cell in one.at:
            wave = waves[rank[cell.wave]]
            if wave.opens > now or (place is not None and place.cell == cell):
                continue
            taken = place is not None and rank[place.cell.wave] < rank[cell.wave]
            if taken:
                found = Finding(Reason.TAKEN_BY_HIGHER_PRIORITY)
            else:
                found = Finding(
                    Reason.NOT_DRAWN, None, queues[cell][one.person], result.found[cell], cell.stratum
                )
            yield Suppressed(
                person=one.person,
                wave=wave.id,
                survey=wave.survey.id,
                reason=found.rule,
                action=ON_SUPPRESS[wave.survey.kind],
                findings=(found,),
            )


def _queues(free: Sequence[_Free]) -> Mapping[Cell, Mapping[int, int]]:
    """Each person's place in the queue of each cell, from 1."""
    queues: defaultdict[Cell, dict[int, int]] = defaultdict(dict)
    for one in sorted(free, key=lambda one: (one.turn, one.prn, one.person)):
        for cell in one.at:
            queues[cell][one.person] = len(queues[cell]) + 1
    return queues


def _shortfalls(result: Allocation, waves: Mapping[int, OpenWave]) -> Iterator[Shortfall]:
    for cell, wanted in sorted(result.wanted.items()):
        wave = waves.get(cell.wave)
        if wave is not None and wave.survey.kind == "sample" and result.found[cell] < wanted:
            yield Shortfall(cell.wave, cell.stratum, wanted, result.found[cell])
