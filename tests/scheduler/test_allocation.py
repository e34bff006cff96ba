"""People are given to surveys as well as they can be: feasible, optimal, in order of priority, repeatable."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]
from scipy.sparse import coo_array  # type: ignore[import-untyped]

from scheduler.allocation import Cell, Demand, largest_remainder
from scheduler.allocation import allocate as allocate_counts
from scheduler.crowd import crowd_of
from scheduler.drawing import draw
from scheduler.ledger import Ledger
from tests.oracles import figures

SMALL = figures("policy", "planner_small")
WAVES = {"A": 1, "B": 2}
INSTANCES = 200


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person who is free, with the cells that are open to them: at most one per wave."""

    person: int
    cells: tuple[Cell, ...]
    turn: int = 0
    prn: int = 0


class Place(NamedTuple):
    """Where a person was given to, and how probable that was."""

    cell: Cell
    probability: float


@dataclass(frozen=True)
class Allocation:
    """The places by person; and per cell how many were wanted and how many were found."""

    places: Mapping[int, Place]
    wanted: Mapping[Cell, int]
    found: Mapping[Cell, int]


def allocate(members: Iterable[Member], demands: Sequence[Demand]) -> Allocation:
    """Numbers for classes, then people for numbers, as the planner does it."""
    people = list(members)
    crowd = crowd_of(
        [Ledger(person=one.person) for one in people],
        [one.turn for one in people],
        [one.prn for one in people],
    )
    keys = [tuple(sorted(one.cells)) for one in people]
    alike = sorted(set(keys))
    counts = allocate_counts({key: keys.count(key) for key in alike}, demands)
    classes = np.array([alike.index(key) for key in keys], np.int32)
    given_out = [counts.given[key] for key in alike]
    places = {
        int(crowd.person[row]): Place(drawn.cell, drawn.probability)
        for drawn in draw(crowd, np.arange(len(people)), classes, given_out, {})
        for row in drawn.rows
    }
    return Allocation(places, counts.wanted, counts.found)


@dataclass(frozen=True)
class Instance:
    """A tick: who is free for what, what is wanted, and what each wave is worth."""

    members: Sequence[Member]
    demands: Sequence[Demand]
    priority: Mapping[int, int]


def _instance(seed: int) -> Instance:
    """Random people and waves; strata are the same for all waves, or each wave's own."""
    chance = Random(seed)
    count, people = chance.randint(1, 7), chance.randint(1, 60)
    own_strata = chance.random() < 0.3
    strata = "abcd"[: chance.randint(1, 4)]
    priority = {wave: chance.randint(1, 5) for wave in range(1, count + 1)}
    crowded = chance.choice([0.2, 0.5, 0.9])
    members = []
    for person in range(people):
        usual = chance.choice(strata)
        cells = tuple(
            Cell(wave, chance.choice(strata) if own_strata else usual)
            for wave in priority
            if chance.random() < crowded
        )
        members.append(
            Member(person=person, cells=cells, turn=chance.randint(0, 9), prn=chance.getrandbits(64))
        )
    demands = [
        Demand(
            wave=wave,
            quota=chance.randint(0, people),
            sizes={stratum: chance.randint(0, people) for stratum in strata},
        )
        for wave in sorted(priority, key=lambda wave: (-priority[wave], wave))
    ]
    return Instance(members, demands, priority)


def _worth(instance: Instance, result: Allocation) -> int:
    return sum(2 ** instance.priority[place.cell.wave] for place in result.places.values())


def _best_worth(instance: Instance, wanted: Mapping[Cell, int]) -> float:
    """The optimum of the linear programme: one place per person, no more than the places of each cell."""
    pairs = [(number, cell) for number, member in enumerate(instance.members) for cell in member.cells]
    if not pairs:
        return 0.0
    cells = sorted({cell for _, cell in pairs})
    rows = [number for number, _ in pairs] + [len(instance.members) + cells.index(cell) for _, cell in pairs]
    columns = [*range(len(pairs)), *range(len(pairs))]
    limits = [1] * len(instance.members) + [wanted.get(cell, 0) for cell in cells]
    matrix = coo_array(([1.0] * len(rows), (rows, columns)), shape=(len(limits), len(pairs)))
    worth = [-(2.0 ** instance.priority[cell.wave]) for _, cell in pairs]
    return float(-linprog(worth, A_ub=matrix.tocsr(), b_ub=limits, bounds=(0, 1), method="highs").fun)


def test_the_small_case_of_the_oracle() -> None:
    """One step along an augmenting path gives the second survey its second person."""
    members = [
        Member(
            person=ord(person["id"]),
            cells=tuple(Cell(WAVES[wave], person["stratum"]) for wave in person["can"]),
            turn=person["turn"],
            prn=person["prn"],
        )
        for person in SMALL["people"]
    ]
    demands = [
        Demand(wave=WAVES[survey["id"]], quota=survey["quota"], sizes=SMALL["audience_size"][survey["id"]])
        for survey in SMALL["surveys"]
    ]
    result = allocate(members, demands)
    chosen = {chr(person): "_AB"[place.cell.wave] for person, place in result.places.items()}
    assert chosen == SMALL["chosen"]
    assert result.found == {Cell(WAVES[wave], "all"): count for wave, count in SMALL["counts"].items()}


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_no_linear_programme_does_better(seed: int) -> None:
    """On random ticks the worth of all places, doubled by each step of priority, is the optimum."""
    instance = _instance(seed)
    result = allocate(instance.members, instance.demands)
    assert _worth(instance, result) == pytest.approx(_best_worth(instance, result.wanted), rel=1e-9)


@pytest.mark.parametrize("seed", range(0, INSTANCES, 4))
def test_every_place_is_allowed(seed: int) -> None:
    """Only open cells, one place per person, no more than wanted, and the counts are those of the places."""
    instance = _instance(seed)
    result = allocate(instance.members, instance.demands)
    cells = {member.person: member.cells for member in instance.members}
    assert all(place.cell in cells[person] for person, place in result.places.items())
    counts = Counter(place.cell for place in result.places.values())
    assert {cell: counts[cell] for cell in result.found} == dict(result.found)
    assert all(result.found[cell] <= result.wanted[cell] for cell in result.wanted)
    for demand in instance.demands:
        found = sum(count for cell, count in result.found.items() if cell.wave == demand.wave)
        assert found <= demand.quota


@pytest.mark.parametrize("seed", range(0, INSTANCES, 4))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    """The same people in any order get the same places."""
    instance = _instance(seed)
    shuffled = list(instance.members)
    Random(seed).shuffle(shuffled)
    turned = [
        Demand(wave=demand.wave, quota=demand.quota, sizes=dict(reversed(list(demand.sizes.items()))))
        for demand in instance.demands
    ]
    assert allocate(shuffled, turned) == allocate(instance.members, instance.demands)


@pytest.mark.parametrize("seed", range(0, INSTANCES, 4))
def test_a_later_survey_takes_nothing_from_an_earlier_one(seed: int) -> None:
    """Adding the last survey leaves the counts of all before it as they were."""
    instance = _instance(seed)
    full = allocate(instance.members, instance.demands)
    fewer = allocate(instance.members, instance.demands[:-1])
    assert {cell: full.found[cell] for cell in fewer.found} == dict(fewer.found)


@pytest.mark.parametrize("seed", range(0, INSTANCES, 4))
def test_the_lowest_turns_are_drawn(seed: int) -> None:
    """Of people who are alike, nobody with a higher turn is drawn before one with a lower."""
    instance = _instance(seed)
    result = allocate(instance.members, instance.demands)
    alike: dict[tuple[Cell, ...], list[Member]] = {}
    for member in instance.members:
        alike.setdefault(tuple(sorted(member.cells)), []).append(member)
    for same in alike.values():
        line = sorted(same, key=lambda member: (member.turn, member.prn))
        drawn = [member.person in result.places for member in line]
        assert drawn == sorted(drawn, reverse=True)


def _cells(*waves: int) -> tuple[Cell, ...]:
    return tuple(Cell(wave, "") for wave in waves)


def _people(count: int, *waves: int) -> Iterable[Member]:
    return (Member(person=person, cells=_cells(*waves), turn=person) for person in range(count))


def test_the_probability_is_the_share_that_was_drawn() -> None:
    """Three of twelve alike: one in four, for each of the three."""
    result = allocate(_people(12, 1), [Demand(wave=1, quota=3, sizes={"": 12})])
    assert result.places == {person: Place(Cell(1, ""), 0.25) for person in range(3)}


def test_strata_get_their_share_of_the_audience_not_of_the_free() -> None:
    """Where the active are mostly resting, they still have half of the places, and the rest stays empty."""
    members = [
        Member(person=person, cells=(Cell(1, "active" if person < 2 else "quiet"),)) for person in range(20)
    ]
    result = allocate(members, [Demand(wave=1, quota=10, sizes={"active": 50, "quiet": 50})])
    assert result.wanted == {Cell(1, "active"): 5, Cell(1, "quiet"): 5}
    assert result.found == {Cell(1, "active"): 2, Cell(1, "quiet"): 5}


def test_a_stratum_that_runs_short_may_spill_over() -> None:
    """Where it is allowed, the places of the resting go to the others in proportion, and no further."""
    members = [Member(person=number, cells=(Cell(1, "abc"[number % 3]),)) for number in range(30)]
    sizes = {"a": 10, "b": 10, "c": 10, "d": 30}
    spilt = allocate(members, [Demand(wave=1, quota=24, sizes=sizes, spill=True)])
    assert spilt.found == {Cell(1, "a"): 8, Cell(1, "b"): 8, Cell(1, "c"): 8, Cell(1, "d"): 0}
    kept = allocate(members, [Demand(wave=1, quota=24, sizes=sizes)])
    assert sum(kept.found.values()) == 12
    dry = allocate(members, [Demand(wave=1, quota=60, sizes=sizes, spill=True)])
    assert sum(dry.found.values()) == 30


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_with_soft_strata_the_optimum_without_strata_is_reached(seed: int) -> None:
    """Where places may spill over, no linear programme that knows no strata at all does better."""
    instance = _instance(seed)
    demands = [replace(demand, spill=True) for demand in instance.demands]
    result = allocate(instance.members, demands)
    known = {Cell(one.wave, stratum) for one in demands for stratum in one.sizes if one.sizes[stratum]}
    members = [
        replace(one, cells=tuple(cell for cell in one.cells if cell in known)) for one in instance.members
    ]
    best = _best_soft(Instance(members, demands, instance.priority))
    assert _worth(instance, result) == pytest.approx(best, rel=1e-9)


def _best_soft(instance: Instance) -> float:
    """The optimum where a wave's places may go to any stratum."""
    soft = [replace(one, cells=tuple(Cell(cell.wave, "") for cell in one.cells)) for one in instance.members]
    wanted = {
        Cell(demand.wave, ""): min(demand.quota, sum(demand.sizes.values())) for demand in instance.demands
    }
    return _best_worth(Instance(soft, instance.demands, instance.priority), wanted)


def test_nobody_free_and_nothing_wanted_are_fine() -> None:
    """Empty input gives empty places."""
    assert allocate([], []) == Allocation({}, {}, {})
    assert allocate([], [Demand(wave=1, quota=3, sizes={"": 5})]).found == {Cell(1, ""): 0}
    assert allocate(_people(3, 1), [Demand(wave=1, quota=0, sizes={"": 3})]).places == {}


def test_a_long_chain_of_replacements() -> None:
    """The last survey's only person is freed through three others."""
    members = [Member(person=number, cells=_cells(number, number + 1)) for number in range(1, 5)]
    members.append(Member(person=0, cells=_cells(1)))
    demands = [Demand(wave=wave, quota=1, sizes={"": 1}) for wave in range(1, 6)]
    result = allocate(members, demands)
    assert sum(result.found.values()) == 5
    assert result.places[0].cell.wave == 1


@given(weights=st.lists(st.integers(0, 50), max_size=8), seats=st.integers(-3, 300))
def test_seats_are_whole_and_proportional(weights: list[int], seats: int) -> None:
    """All seats are given, none above a weight, each within one of its exact share."""
    given_out = largest_remainder(weights, seats)
    total = sum(weights)
    wanted = max(0, min(seats, total))
    assert sum(given_out) == wanted
    for weight, share in zip(weights, given_out, strict=True):
        assert 0 <= share <= weight
        assert abs(share - (weight * wanted / total if total else 0)) < 1


@pytest.mark.parametrize(
    ("weights", "seats", "shares"),
    [
        ([7, 5, 3], 10, [5, 3, 2]),
        ([10, 20, 33], 7, [1, 2, 4]),
        ([1, 1, 98], 10, [0, 0, 10]),
        ([5, 0, 5], 4, [2, 0, 2]),
    ],
)
def test_the_largest_remainders_get_what_is_left(weights: list[int], seats: int, shares: list[int]) -> None:
    """Exact shares are cut to whole ones; the seats left over go to the largest fractions."""
    assert largest_remainder(weights, seats) == shares


def test_equal_remainders_go_to_the_earlier() -> None:
    """Ties are broken by place, so that the same input gives the same seats."""
    assert largest_remainder([1, 1, 1], 2) == [1, 1, 0]
