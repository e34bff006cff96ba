"""Who of many alike is drawn: by turn, by lot, as a panel; always the same for the same people and seed."""

from random import Random

import numpy as np
import pytest

from scheduler.allocation import Cell
from scheduler.crowd import Crowd, crowd_of
from scheduler.drawing import RING, Lot, draw, places, rotated, splitmix64
from scheduler.ledger import Ledger

CELL = Cell(1, "")


def _crowd(size: int, seed: int = 0) -> Crowd:
    chance = Random(seed)
    people = [Ledger(person=number) for number in range(size)]
    return crowd_of(people, [chance.randint(0, 3) for _ in people], [chance.getrandbits(63) for _ in people])


def _drawn(crowd: Crowd, number: int, lot: Lot) -> set[int]:
    rows = np.arange(len(crowd))
    classes = np.zeros(len(crowd), np.int32)
    (found,) = draw(crowd, rows, classes, [{CELL: number}], {1: lot})
    assert found.probability == number / len(crowd)
    return set(crowd.person[found.rows].tolist())


def test_splitmix64() -> None:
    """The first two outputs for the state 1234567, as its authors give them."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    states = np.array([1234567, 1234567], np.uint64) + np.array([0, golden], np.uint64)
    assert splitmix64(states).tolist() == [6457827717110365317, 3203168211198807973]


def test_a_lot_follows_from_seed_and_person() -> None:
    """The same seed draws the same people in whatever order they come; another seed draws others."""
    crowd = _crowd(400)
    first = _drawn(crowd, 100, Lot("random", seed=5))
    mixed = np.array(Random(1).sample(range(400), 400))
    assert _drawn(crowd.take(mixed), 100, Lot("random", seed=5)) == first
    assert 5 < len(first & _drawn(crowd, 100, Lot("random", seed=6))) < 60
    assert len(first) == 100


def test_a_lot_has_no_favourites() -> None:
    """Over many seeds everybody is drawn about equally often."""
    crowd, counts = _crowd(40), np.zeros(40)
    for seed in range(400):
        counts[list(_drawn(crowd, 10, Lot("random", seed=seed)))] += 1
    assert counts.sum() == 4000
    assert 60 < counts.min() <= counts.max() < 145


@pytest.mark.parametrize("rotate", [0.25, 0.5, 1.0])
def test_a_panel_keeps_a_part_from_wave_to_wave(rotate: float) -> None:
    """About the share that was asked for stays, the rest is replaced by people who were not in it."""
    crowd, start, overlaps = _crowd(2000), 0.0, []
    before = _drawn(crowd, 200, Lot("panel", start=start))
    for _ in range(12):
        start = rotated(start, 200, 2000, rotate)
        panel = _drawn(crowd, 200, Lot("panel", start=start))
        overlaps.append(len(panel & before) / 200)
        before = panel
    assert np.mean(overlaps) == pytest.approx(1 - rotate, abs=0.05)


def test_a_panel_goes_round() -> None:
    """The ring has no end: beyond its last number the first people follow."""
    crowd = crowd_of(
        [Ledger(person=number) for number in range(4)], prns=[number * RING // 4 for number in range(4)]
    )
    assert _drawn(crowd, 2, Lot("panel", start=0.7)) == {3, 0}
    assert rotated(0.9, 50, 100, 0.5) == pytest.approx(0.15)
    assert rotated(0.9, 0, 0, 0.5) == 0.9


def test_several_surveys_draw_from_one_class_each_in_its_way() -> None:
    """The first by turn, the second by lot among those who are left; nobody twice."""
    crowd = _crowd(50)
    given = [{CELL: 10, Cell(2, ""): 15}]
    lots = {1: Lot(), 2: Lot("random", seed=3)}
    first, second = draw(crowd, np.arange(50), np.zeros(50, np.int32), given, lots)
    assert (first.cell, len(first.rows), second.cell, len(second.rows)) == (CELL, 10, Cell(2, ""), 15)
    assert not set(first.rows.tolist()) & set(second.rows.tolist())
    assert max(crowd.turn[first.rows]) <= min(set(crowd.turn.tolist()) - set(crowd.turn[first.rows].tolist()))


def test_a_class_that_gives_nobody_is_left_alone() -> None:
    """Only people of the other class are drawn."""
    crowd = _crowd(6)
    classes = np.array([0, 1, 0, 1, 0, 1], np.int32)
    (found,) = draw(crowd, np.arange(6), classes, [{}, {CELL: 3}], {})
    assert sorted(found.rows.tolist()) == [1, 3, 5]
    assert list(draw(crowd, np.arange(0), np.zeros(0, np.int32), [], {})) == []


def test_places_in_the_queue_count_from_one() -> None:
    """By turn, then by permanent number."""
    crowd = crowd_of([Ledger(person=number) for number in range(3)], [2, 1, 1], [0, 9, 4])
    assert places(crowd, np.array([0, 1, 2])).tolist() == [3, 2, 1]
    assert places(crowd, np.array([0, 1])).tolist() == [2, 1]
