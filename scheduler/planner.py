"""One tick of the planner: who is asked what, when, and why the others are not. Columns in and out.

It plans only. Reserving, sending and moving turns are the service's, in transactions; the policy is asked
again at the moment of sending. The same input gives the same plan, in whatever order its waves come.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import numpy as np

from scheduler.allocation import Alike, Allocation, Cell, Demand, allocate
from scheduler.crowd import Codes, Crowd, Flags, Moments, Numbers, lasting, micros
from scheduler.drawing import draw
from scheduler.openings import Openings
from scheduler.plans import Action, Chosen, Enrolled, Left, OpenWave, Plan, Shortfall
from scheduler.quotas import quota_today
from scheduler.sieve import Sieve, Standing, Wish
from scheduler.surveys import Kind, Policy
from scheduler.triggers import good_until, jitter
from scheduler.windows import DAY

ON_SUPPRESS: Final[Mapping[Kind, Action]] = {"event": "drop", "sample": "substitute", "census": "defer"}

WIDEST: Final = 1 << 22
"""Classes are counted in a table up to this size, and beyond it sorted."""


def plan(
    enrolled: Iterable[Enrolled],
    crowd: Crowd,
    policy: Policy,
    now: datetime,
    openings: Openings | None = None,
) -> Plan:
    """Plan the invites of one tick at ``now`` (aware UTC); at most one per person.

    ``enrolled`` are the waves that are open, or that open within ``reserve_days``. A wave of the second kind
    is a shadow: it takes the people of its first quota away from waves of lower priority, and asks nobody
    yet. ``openings`` may be kept from tick to tick.
    """
    sieve = Sieve(policy, crowd, openings or Openings(policy))
    looks = [_look(one, sieve, now) for one in _in_order(enrolled, policy, now)]
    return _planned(looks, sieve, policy, now)


def _in_order(enrolled: Iterable[Enrolled], policy: Policy, now: datetime) -> list[Enrolled]:
    """Open waves and shadows in the order in which they are served. A shadow stands back among its equals."""
    horizon = now + policy.reserve_days * DAY
    return sorted(
        (
            one
            for one in enrolled
            if one.wave.survey.priority > 0 and one.wave.opens <= horizon and now < one.wave.closes
        ),
        key=lambda one: (
            -one.wave.survey.priority,
            one.wave.opens > now,
            good_until(one.wave.survey, one.wave.opens, one.wave.closes),
            -one.wave.shortfall,
            one.wave.survey.id,
            one.wave.id,
        ),
    )


# --- one wave ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A wave, those of its audience whose moment has come, and how they stand."""

    due: Enrolled
    wish: Wish
    standing: Standing
    free: Flags
    shadow: bool

    @property
    def wave(self) -> OpenWave:
        return self.due.wave


def _look(enrolled: Enrolled, sieve: Sieve, now: datetime) -> _Look:
    """The rules are looked at for the person's next opening: a closed window sets the moment and excludes
    nobody, or people in other time zones would never be drawn.
    """
    wave = enrolled.wave
    begin = micros(max(now, wave.opens))
    if len(enrolled.at) and enrolled.at.max() > begin:
        enrolled = enrolled.take(enrolled.at <= begin)
    earliest = np.maximum(enrolled.at + _strewn(enrolled, sieve), begin) if wave.spread else begin
    standing = sieve.standing(wave.survey, enrolled.rows, earliest)
    wish = Wish(
        survey=wave.survey,
        rows=enrolled.rows,
        good_until=_good_until(enrolled),
        cost=wave.cost,
        eligible=enrolled.eligible,
        taken_part=enrolled.taken_part,
        enough_answers=wave.enough_answers,
    )
    return _Look(enrolled, wish, standing, sieve.free(wish, standing), wave.opens > now)


def _strewn(enrolled: Enrolled, sieve: Sieve) -> Moments:
    """A part of the spread for each person."""
    wave = enrolled.wave
    people = sieve.crowd.person[enrolled.rows]
    return np.array(
        [lasting(jitter(int(person), wave.survey.id, wave.id, wave.spread)) for person in people], np.int64
    )


def _good_until(enrolled: Enrolled) -> Moments:
    """As ``triggers.good_until`` says, for each person's own moment."""
    survey = enrolled.wave.survey
    hours = survey.open_hours if survey.good_until_hours is None else survey.good_until_hours
    since = (
        enrolled.at if enrolled.wave.since is None else np.full_like(enrolled.at, micros(enrolled.wave.since))
    )
    return np.minimum(since + lasting(timedelta(hours=hours)), micros(enrolled.wave.closes))


# --- all waves together -----------------------------------------------------------------------------------


def _planned(looks: Sequence[_Look], sieve: Sieve, policy: Policy, now: datetime) -> Plan:
    crowd = sieve.crowd
    demands = [_demand(look, policy, now) for look in looks]
    rows, classes, alike = _classes(looks, len(crowd))
    sizes = np.bincount(classes, minlength=len(alike))
    result = allocate({key: int(size) for key, size in zip(alike, sizes, strict=True)}, demands)
    given = [result.given[key] for key in alike]
    rank = {look.wave.id: place for place, look in enumerate(looks)}
    taken = np.full(len(crowd), len(looks), np.int32)
    chosen: list[tuple[_Look, Cell, Numbers, float]] = []
    lots = {look.wave.id: look.wave.lot for look in looks}
    for drawn in draw(crowd, rows, classes, given, lots):
        look = looks[rank[drawn.cell.wave]]
        taken[drawn.rows] = rank[drawn.cell.wave]
        if not look.shadow:
            chosen.append((look, drawn.cell, drawn.rows, drawn.probability))
    running = [look for look in looks if not look.shadow]
    return Plan(
        chosen=_chosen(chosen, crowd),
        left=tuple(
            sorted(
                (_left(look, rank[look.wave.id], taken, result, sieve) for look in running),
                key=lambda left: left.due.wave.id,
            )
        ),
        shortfalls=tuple(_shortfalls(result, {look.wave.id: look.wave for look in running})),
        quotas={
            demand.wave: demand.quota
            for demand, look in zip(demands, looks, strict=True)
            if not look.shadow and look.wave.survey.kind == "sample"
        },
    )


def _demand(look: _Look, policy: Policy, now: datetime) -> Demand:
    """A sample wants its quota of today, from all strata of its audience; the others want everybody free."""
    wave = look.wave
    if wave.survey.kind == "sample":
        quota = 0 if wave.enough_answers else quota_today(wave, policy, now)
        return Demand(wave=wave.id, quota=quota, sizes=wave.sizes, spill=wave.survey.allow_spill)
    counts = np.bincount(look.due.stratum[look.free], minlength=len(look.due.strata))
    sizes = {stratum: int(count) for stratum, count in zip(look.due.strata, counts, strict=True) if count}
    return Demand(wave=wave.id, quota=sum(sizes.values()), sizes=sizes)


def _classes(looks: Sequence[_Look], size: int) -> tuple[Numbers, Codes, list[Alike]]:
    """Who is free for anything, the class of each, and the cells that are open to each class."""
    key, width = np.zeros(size, np.int64), 1
    some = np.zeros(size, np.bool_)
    for look in looks:
        base = len(look.due.strata) + 1
        if width * base >= 1 << 62:
            _, key = np.unique(key, return_inverse=True)
            width = int(key.max(initial=0)) + 1
        key *= base
        width *= base
        if len(look.due.rows) == size:
            key += np.where(look.free, look.due.stratum + 1, 0)
            some |= look.free
        else:
            lines = np.flatnonzero(look.free)
            rows = look.due.rows[lines]
            key[rows] += look.due.stratum[lines] + 1
            some[rows] = True
    members = np.flatnonzero(some)
    numbers, classes = _numbered(key[members], width)
    one_of = np.zeros(numbers, np.int64)
    one_of[classes] = members
    cells: list[list[Cell]] = [[] for _ in range(numbers)]
    for look in looks:
        rows = look.due.rows
        place = np.minimum(np.searchsorted(rows, one_of), max(0, len(rows) - 1))
        here = (rows[place] == one_of) & look.free[place] if len(rows) else np.zeros(numbers, np.bool_)
        for number in np.flatnonzero(here):
            cells[number].append(Cell(look.wave.id, look.due.strata[look.due.stratum[place[number]]]))
    return members, classes, [tuple(sorted(found)) for found in cells]


def _numbered(keys: Numbers, width: int) -> tuple[int, Codes]:
    """Equal keys to equal numbers from 0 on: how many there are, and the number of each."""
    if width <= WIDEST:
        known = np.bincount(keys, minlength=width) > 0
        numbers = np.cumsum(known) - 1
        return int(known.sum()), numbers[keys].astype(np.int32)
    distinct, classes = np.unique(keys, return_inverse=True)
    return len(distinct), classes.astype(np.int32)


def _chosen(found: Sequence[tuple[_Look, Cell, Numbers, float]], crowd: Crowd) -> Chosen:
    if not found:
        nobody = np.zeros(0, np.int64)
        return Chosen(nobody, nobody, nobody, (), np.zeros(0))
    rows = np.concatenate([rows for _, _, rows, _ in found])
    wave = np.concatenate([np.full(len(rows), cell.wave, np.int64) for _, cell, rows, _ in found])
    at = np.concatenate(
        [look.standing.at[np.searchsorted(look.due.rows, rows)] for look, _, rows, _ in found]
    )
    strata = [cell.stratum for _, cell, rows, _ in found for _ in range(len(rows))]
    probability = np.concatenate([np.full(len(rows), share) for _, _, rows, share in found])
    order = np.lexsort((crowd.person[rows], wave, at))
    return Chosen(
        rows[order], wave[order], at[order], tuple(strata[place] for place in order), probability[order]
    )


def _left(look: _Look, rank: int, taken: Codes, result: Allocation, sieve: Sieve) -> Left:
    """Those whom a rule stops, and those who might have been asked: another survey took them, or their turn
    has not come.
    """
    by = taken[look.due.rows] if len(look.due.rows) < len(taken) else taken
    lines = np.flatnonzero(by != rank)
    found = {cell.stratum: number for cell, number in result.found.items() if cell.wave == look.wave.id}
    return Left(
        look.due,
        lines,
        by[lines] < rank,
        ON_SUPPRESS[look.wave.survey.kind],
        found,
        partial(sieve.judge, look.wish, look.standing),
    )


def _shortfalls(result: Allocation, waves: Mapping[int, OpenWave]) -> Iterator[Shortfall]:
    for cell, wanted in sorted(result.wanted.items()):
        wave = waves.get(cell.wave)
        if wave is not None and wave.survey.kind == "sample" and result.found[cell] < wanted:
            yield Shortfall(cell.wave, cell.stratum, wanted, result.found[cell])
