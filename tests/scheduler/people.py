"""People as the planner's tests write them down: one by one, with what is wanted of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from scheduler.crowd import NONE, Crowd, crowd_of, micros, moment_of
from scheduler.ledger import Ledger
from scheduler.planner import plan
from scheduler.plans import Action, Enrolled, OpenWave, Plan, Shortfall
from scheduler.surveys import Policy
from scheduler.verdicts import Reason


@dataclass(frozen=True)
class Wanted:
    """A person's part in a wave."""

    wave: int
    at: datetime
    stratum: str = ""
    eligible: bool = True


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A person with everything that may be wanted of them."""

    ledger: Ledger
    wanted: tuple[Wanted, ...]
    turn: int = 0
    prn: int = 0


@dataclass(frozen=True, kw_only=True)
class Fire:
    """One invite of a plan."""

    at: datetime
    wave: int
    person: int
    survey: str
    probability: float
    stratum: str
    cost: float


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Somebody who is not asked."""

    wave: int
    person: int
    survey: str
    reason: Reason
    mask: int
    """All rules that fail."""
    earliest: datetime | None
    action: Action


@dataclass(frozen=True)
class Told:
    """A plan, person by person."""

    fires: tuple[Fire, ...]
    kept: tuple[Kept, ...]
    shortfalls: tuple[Shortfall, ...]
    quotas: dict[int, int]


def columns(waves: Iterable[OpenWave], people: Sequence[Candidate]) -> tuple[list[Enrolled], Crowd]:
    """The same people as a crowd, and each wave with its part of it."""
    crowd = crowd_of(
        [one.ledger for one in people], [one.turn for one in people], [one.prn for one in people]
    )
    return [_enrolled(wave, people) for wave in waves], crowd


def _enrolled(wave: OpenWave, people: Sequence[Candidate]) -> Enrolled:
    parts = [
        (row, part, person.ledger)
        for row, person in enumerate(people)
        for part in person.wanted
        if part.wave == wave.id
    ]
    strata = sorted({part.stratum for _, part, _ in parts}) or [""]
    return Enrolled(
        wave=wave,
        rows=np.array([row for row, _, _ in parts], np.int64),
        at=np.array([micros(part.at) for _, part, _ in parts], np.int64),
        stratum=np.array([strata.index(part.stratum) for _, part, _ in parts], np.int32),
        strata=tuple(strata),
        eligible=np.array([part.eligible for _, part, _ in parts], np.bool_),
        taken_part=np.array(
            [wave.id in ledger.asked_waves | ledger.declined_waves for _, _, ledger in parts], np.bool_
        ),
    )


def planned(waves: Iterable[OpenWave], people: Sequence[Candidate], policy: Policy, now: datetime) -> Told:
    """A tick, told person by person."""
    enrolled, crowd = columns(waves, people)
    return told(plan(enrolled, crowd, policy, now), enrolled, crowd)


def told(found: Plan, enrolled: Sequence[Enrolled], crowd: Crowd) -> Told:
    """A plan of columns as values."""
    waves = {one.wave.id: one.wave for one in enrolled}
    chosen = found.chosen
    fires = tuple(
        Fire(
            at=moment_of(at), wave=int(wave), person=int(crowd.person[row]),
            survey=waves[int(wave)].survey.id, probability=float(share), stratum=stratum,
            cost=waves[int(wave)].cost,
        )
        for row, wave, at, stratum, share in zip(
            chosen.rows, chosen.wave, chosen.at, chosen.stratum, chosen.probability, strict=True
        )
    )  # fmt: skip
    kept = tuple(
        Kept(
            wave=left.enrolled.wave.id, person=int(crowd.person[row]), survey=left.enrolled.wave.survey.id,
            reason=Reason(left.reason[line]), mask=int(left.mask[line]),
            earliest=None if left.earliest[line] == NONE else moment_of(left.earliest[line]),
            action=_action(left.enrolled.wave, dropped=bool(left.dropped[line])),
        )
        for left in found.left
        for line, row in enumerate(left.enrolled.rows)
    )  # fmt: skip
    return Told(
        fires,
        tuple(sorted(kept, key=lambda one: (one.wave, one.person))),
        found.shortfalls,
        dict(found.quotas),
    )


def _action(wave: OpenWave, *, dropped: bool) -> Action:
    if dropped:
        return "drop"
    return "substitute" if wave.survey.kind == "sample" else "defer"
