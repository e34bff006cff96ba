"""Cronbach's alpha and Feldt's interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import Interval, complete_rows, cronbach_alpha, feldt_interval
from tests.oracles import figures

ROWS = st.lists(st.tuples(*[st.integers(1, 5)] * 4), min_size=2, max_size=40)


def test_alpha() -> None:
    """Eight people on three items: alpha 15/16, with Feldt's limits."""
    known = figures("reliability", "cronbach")
    alpha = cronbach_alpha(known["X"])
    assert alpha.estimate == pytest.approx(known["alpha"], rel=1e-12)
    assert (alpha.low, alpha.high) == pytest.approx(known["feldt"], rel=1e-9)
    assert (alpha.n, alpha.method) == (8, "feldt")


@pytest.mark.parametrize(("section", "digits"), [("feldt", 1e-6), ("feldt_printed", 1e-9)])
def test_feldt(section: str, digits: float) -> None:
    """Printed alphas have the printed limits."""
    known = figures("reliability", section)
    alpha = feldt_interval(known["alpha"], known["n"], known["items"])
    assert (alpha.low, alpha.high) == pytest.approx((known["low"], known["high"]), abs=digits)


def test_missing_answers() -> None:
    """Pairwise deletion uses every pair, listwise deletion only whole rows; both say how many they are."""
    rows = [(4, 5, 4), (3, 3, None), (5, 5, 5), (2, 3, 3), (None, 4, 2), (1, 2, 1), (3, 1, 4)]
    assert complete_rows(rows) == [(4, 5, 4), (5, 5, 5), (2, 3, 3), (1, 2, 1), (3, 1, 4)]
    pairwise, listwise = cronbach_alpha(rows), cronbach_alpha(complete_rows(rows))
    assert (pairwise.n, listwise.n) == (5, 5)
    assert listwise.estimate == pytest.approx(0.878238341968912)
    assert pairwise.estimate == pytest.approx(0.8984794275491951)


@pytest.mark.parametrize(
    "rows", [[], [(1, 2)], [(1,), (2,), (3,)], [(1, None), (None, 2)], [(2, 2), (2, 2)], [(1, 2), (2, 1)]]
)
def test_alpha_without_enough_to_go_on(rows: list[tuple[float | None, ...]]) -> None:
    """Too few people, too few items or no variation: no alpha, and no exception."""
    alpha = cronbach_alpha(rows)
    assert (alpha.estimate, alpha.low, alpha.high) == (None, None, None)


def test_two_people_are_enough() -> None:
    """Two people and two items have an alpha, and an interval that says how little it means."""
    alpha = cronbach_alpha([(1, 2), (3, 3)])
    assert alpha.estimate == pytest.approx(8 / 9)
    assert alpha.low is not None
    assert alpha.low < -10


def test_feldt_needs_two_of_both() -> None:
    """One person or one item has no interval."""
    for n, items in ((1, 2), (2, 1)):
        with pytest.raises(ValueError, match="two items and two people"):
            feldt_interval(0.8, n, items)


def test_rows_are_equally_long() -> None:
    """A row with an item too few is our own mistake."""
    with pytest.raises(ValueError, match="zip"):
        cronbach_alpha([(1, 2), (1,)])


def test_alpha_never_passes_1() -> None:
    """Pairwise covariances of few people can contradict each other; alpha stops at 1."""
    rows = [(4, 5, 4), (3, 3, None), (5, 5, 5), (2, 3, 3), (None, 4, 5), (1, 2, 1)]
    assert cronbach_alpha(rows) == Interval(1, 1, 1, 4, "feldt")


def test_identical_items_agree_perfectly() -> None:
    """Items that always agree have alpha 1, without any doubt left."""
    assert cronbach_alpha([(1, 1), (2, 2), (4, 4)]) == Interval(1, 1, 1, 3, "feldt")


@given(ROWS, st.floats(0.5, 5), st.integers(-9, 9))
def test_alpha_does_not_care_about_units(rows: list[tuple[int, ...]], factor: float, shift: int) -> None:
    """Alpha is at most 1, lies in its interval, and is blind to the scale's unit and zero."""
    alpha = cronbach_alpha(rows)
    if alpha.estimate is None:
        return
    assert alpha.low is not None
    assert alpha.high is not None
    assert alpha.low <= alpha.estimate <= 1 + 1e-12
    assert alpha.low <= alpha.high <= 1 + 1e-12
    other = cronbach_alpha([tuple(factor * (item + shift) for item in row) for row in rows])
    assert other.estimate == pytest.approx(alpha.estimate, rel=1e-6, abs=1e-6)
