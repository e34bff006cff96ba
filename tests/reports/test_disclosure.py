"""Nobody is worked out from sums and differences of what was published, whatever was published when."""

import random
from itertools import product
from typing import Any

import pytest
from scipy.optimize import linprog  # type: ignore[import-untyped]

from reports.disclosure import bounds, exposed, isolated, two_way
from reports.memory import Kept, Memory, Published, audit, kept, marks, of_rows, row
from tests.reports.disclosing import K, random_table, recovered_from_reports, recovered_from_tables, tally

TABLE = [[3, 12, 9], [8, 7, 20], [15, 6, 11]]


def test_bounds_of_a_published_table() -> None:
    """Hiding only the cell of three gives it away; hiding a block of four leaves it between 0 and 11."""
    block = frozenset({(0, 0), (0, 1), (1, 0), (1, 1)})
    assert bounds(TABLE, {(0, 0)}) == {(0, 0): (3, 3)}
    assert bounds(TABLE, block) == {(0, 0): (0, 11), (0, 1): (4, 15), (1, 0): (0, 11), (1, 1): (4, 15)}
    assert exposed(TABLE, {(0, 0)}, K) == [(0, 0)]
    assert two_way(TABLE, K) == block


@pytest.mark.parametrize(
    ("table", "hidden"),
    [
        ([[20, 30], [40, 50]], frozenset()),
        ([[1, 2]], None),
        ([[9, 9], [1, 1]], None),
        ([[6, 0], [0, 6]], frozenset()),
        ([[2, 8]], None),
        ([[]], frozenset()),
        ([], frozenset()),
        ([[1, 9], [9, 0]], frozenset({(0, 0), (0, 1), (1, 0), (1, 1)})),
    ],
)
def test_small_tables(table: list[list[int]], hidden: frozenset[Any] | None) -> None:
    """Totals below k hide everything; where nothing is small nothing is hidden."""
    assert two_way(table, K) == hidden


def test_bounds_are_those_of_linear_programming() -> None:
    """The flows give exactly the least and greatest values that a solver finds."""
    chance = random.Random(7)
    for _ in range(60):
        table = random_table(chance)
        cells = list(product(range(len(table)), range(len(table[0]))))
        hidden = sorted(chance.sample(cells, min(len(cells), 6)))
        equations = [[int(c[0] == r) for c in hidden] for r in range(len(table))]
        equations += [[int(c[1] == j) for c in hidden] for j in range(len(table[0]))]
        sums = [sum(table[c[0]][c[1]] * on for c, on in zip(hidden, line, strict=True)) for line in equations]
        for place, cell in enumerate(hidden):
            aim = [0.0] * len(hidden)
            aim[place] = 1.0
            least = linprog(aim, A_eq=equations, b_eq=sums).fun
            greatest = -linprog([-one for one in aim], A_eq=equations, b_eq=sums).fun
            assert bounds(table, hidden)[cell] == (round(least), round(greatest))


def test_no_cell_of_random_tables_is_recovered() -> None:
    """Of 1,000 random tables no hidden cell is known to within k, and no line hides fewer than k people."""
    assert recovered_from_tables(1_000) == 0


# --- sums of reports --------------------------------------------------------------------------------------


def test_differences_of_sets() -> None:
    """The total less the parts beside it is as good as published; without one of the parts it is not."""
    sizes: dict[object, int] = {1: 10, 2: 9, 3: 2}
    assert set(isolated([{1, 2, 3}, {1, 2}], sizes, K) or ()) == {3}
    assert set(isolated([{1, 2, 3}, {1}, {2}], sizes, K) or ()) == {3}
    assert isolated([{1, 2, 3}, {1}], sizes, K) is None
    assert set(isolated([{1, 3}, {2, 3}, {1, 2}], sizes, K) or ()) == {3}
    assert isolated([{1, 2}], {1: 10, 2: 9}, K) is None
    assert isolated([], sizes, K) is None


def test_two_small_groups_together() -> None:
    """Two and two people who always appear together are four, and four are given away together."""
    sizes: dict[object, int] = {"a": 20, "b": 2, "c": 2}
    assert set(isolated([{"a", "b", "c"}, {"a"}], sizes, K) or ()) == {"b", "c"}
    assert set(isolated([{"a", "b", "c"}, {"a", "b"}], sizes, K) or ()) == {"c"}
    assert isolated([{"a", "b"}, {"a", "c"}], sizes, K) is None


# --- successive reports -----------------------------------------------------------------------------------


def test_a_report_with_two_more_answers_shows_the_old_figure() -> None:
    """Until five more have answered the figure stays as it was; what people wrote is not repeated."""
    first = Memory("pulse", 20)
    assert first.admit("mood", "total", {1: {20: 20}}, tally(20)).answered == 20
    known = first.made
    second = Memory("pulse", 22, known)
    again = second.admit("mood", "total", {1: {20: 20, 22: 2}}, tally(22))
    assert (again.answered, again.values, again.tenths, again.words) == (20, {"4": 20}, {12.0: 20}, ())
    assert second.made == []
    third = Memory("pulse", 25, known)
    assert third.admit("mood", "total", {1: {20: 20, 25: 5}}, tally(25)).answered == 25
    assert len(third.made) == 1


def test_somebody_who_withdraws_cannot_be_worked_out() -> None:
    """One answer fewer than before: the old figure stays. Nothing new: nothing is remembered twice."""
    first = Memory("pulse", 20)
    first.admit("mood", "total", {1: {20: 20}}, tally(20))
    second = Memory("pulse", 20, first.made)
    assert second.admit("mood", "total", {1: {20: 19}}, tally(19)).answered == 20
    assert second.admit("mood", "total", {1: {20: 20}}, tally(20)).answered == 20
    assert second.made == []
    assert second.admit("mood", "total", {1: {20: 15}}, tally(15)).answered == 15


def test_a_small_wave_does_not_come_out_of_the_total() -> None:
    """Waves one and two were shown; a total with a third wave of two people is not."""
    first = Memory("pulse", 40)
    for wave in (1, 2):
        first.admit("mood", f"wave {wave}", {wave: {40: 20}}, tally(20))
    second = Memory("pulse", 42, first.made)
    people = {1: {40: 20}, 2: {40: 20}, 3: {42: 2}}
    assert second.admit("mood", "total", people, tally(42)).answered == 0
    assert second.admit("mood", "wave 3", {3: {42: 2}}, tally(2)).answered == 2  # the figure hides it itself
    assert second.made == []
    assert second.admit("place", "total", people, tally(42)).answered == 42


def test_what_was_published_is_kept_as_it_was() -> None:
    """Into the table and back."""
    memory = Memory("pulse", 20)
    memory.admit("mood", "total", {1: {20: 20}}, tally(20))
    (found,) = memory.made
    assert of_rows([row(found)]) == (found,)
    assert (found.n, marks([found])) == (20, [20])
    assert kept(tally(20)) == found.tally


def test_the_audit_finds_what_should_never_have_been_shown() -> None:
    """Two figures that differ by two people are told; the memory would not have let them pass."""
    made = [
        Published(survey="pulse", question="mood", role="total", mark=mark, people=people, tally=Kept())
        for mark, people in ((20, {1: {20: 20}}), (22, {1: {20: 20, 22: 2}}))
    ]
    assert audit(made, K) == ["mood"]
    assert audit(made[:1], K) == []


def test_no_small_group_comes_out_of_random_histories() -> None:
    """Waves that open, grow and lose people, reports of any of them at any time: nothing to be found."""
    assert recovered_from_reports(150) == 0
