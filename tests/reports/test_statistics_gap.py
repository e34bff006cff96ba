"""Two distributions are compared as the textbooks do it, and waves that share people are no strangers."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import (
    Interval,
    association,
    benjamini_hochberg,
    change,
    design_effect,
    expected_by_chance,
    gap,
    holm,
    mean_difference,
    p_value,
    share_difference,
    weighted_mean,
)
from reports.statistics.distributions import chi_square_tail, f_quantile, normal_quantile, t_quantile
from tests.oracles import figures

DISTRIBUTIONS = st.dictionaries(st.integers(1, 7), st.integers(1, 50), min_size=1)


def test_gap_as_computed() -> None:
    """Predictions and answers on five points: mean, overlap, distance, delta, superiority."""
    known = figures("gap", "gap")
    found = gap(dict(enumerate(known["pred"], 1)), dict(enumerate(known["actual"], 1)))
    assert (found.mean, found.overlap) == pytest.approx((known["mean_gap"], known["ovl"]), abs=1e-12)
    assert (found.distance, 1 - found.overlap) == pytest.approx((known["emd"], known["tv"]), abs=1e-12)
    assert (found.delta, found.superiority) == pytest.approx((known["cliff"], known["ps"]), abs=1e-12)


@given(DISTRIBUTIONS, DISTRIBUTIONS)
def test_a_gap_turned_round(first: dict[int, int], second: dict[int, int]) -> None:
    """Turned round it has the other sign and the same overlap and distance; to itself there is none."""
    one, other, none = gap(first, second), gap(second, first), gap(first, first)
    assert (one.mean, one.delta) == pytest.approx((-other.mean, -other.delta), abs=1e-9)
    assert (one.overlap, one.distance) == pytest.approx((other.overlap, other.distance), abs=1e-9)
    assert one.superiority + other.superiority == pytest.approx(1)
    assert abs(one.mean) <= one.distance + 1e-9
    assert (none.mean, none.distance, none.delta) == pytest.approx((0, 0, 0), abs=1e-9)
    assert (none.overlap, none.superiority) == pytest.approx((1, 0.5))


@pytest.mark.parametrize("side", [{}, {1: 0}, {1: -1, 2: 2}])
def test_a_gap_needs_answers(side: dict[int, float]) -> None:
    """Nothing, and less than nothing, cannot be compared."""
    with pytest.raises(ValueError, match="needs answers"):
        gap(side, {1: 1})


def test_a_change_among_the_same_people_is_surer() -> None:
    """The more people answered twice and alike, the narrower the interval; nobody twice is Welch's."""
    earlier, later = {1: 10, 2: 10, 3: 10}, {1: 5, 2: 10, 3: 15}
    both = {(1, 1): 5, (1, 2): 5, (2, 2): 5, (2, 3): 5, (3, 3): 10}
    some = {(1, 1): 2, (1, 2): 2, (2, 2): 2, (2, 3): 2, (3, 3): 4}
    separate, part, paired = (change(earlier, later, pairs) for pairs in ({}, some, both))
    assert separate == mean_difference(later, earlier)
    assert (part.method, paired.df) == ("overlapping", 29)
    assert [one.estimate for one in (separate, part, paired)] == pytest.approx([1 / 3] * 3)
    widths = [(one.high or 0) - (one.low or 0) for one in (separate, part, paired)]
    assert widths == sorted(widths, reverse=True)


def test_a_change_without_variation_or_answers() -> None:
    """Equal answers, one pair, and no answers have results and no exception."""
    assert change({1: 5}, {2: 5}, {(1, 2): 5}).estimate == 1
    assert change({1: 5, 2: 5}, {2: 5}, {(1, 2): 3, (2, 2): 2}).method == "overlapping"
    assert change({1: 5}, {2: 5}, {(1, 2): 1}).method == "welch"
    assert change({}, {2: 5}, {}).estimate is None
    with pytest.raises(ValueError, match="cannot have answered twice"):
        change({1: 1}, {1: 5}, {(1, 1): 2})


def test_no_association() -> None:
    """One row or one column with answers says nothing about both; odd tables are refused."""
    assert association([[5, 5], [0, 0]]) is None
    assert association([[5, 0], [5, 0]]) is None
    assert association([]) is None
    found = association([[10, 0, 0], [0, 0, 10]])
    assert found is not None
    assert (found.chi_square, found.df, found.cramers_v) == pytest.approx((20, 1, 1))
    with pytest.raises(ValueError, match="negative"):
        association([[1, -1], [1, 1]])


def test_chi_square_tails() -> None:
    """Nothing lies above infinity, everything above nought; without freedom there is no such thing."""
    assert chi_square_tail(0, 3) == 1
    assert chi_square_tail(3.841458820694124, 1) == pytest.approx(0.05)
    assert chi_square_tail(200, 2) == pytest.approx(3.720075976020836e-44)
    with pytest.raises(ValueError, match="positive"):
        chi_square_tail(1, 0)


def test_many_comparisons() -> None:
    """One in twenty seems different by chance; adjusted values never fall below the plain ones."""
    p = [0.01, 0.04, 0.03, 0.9]
    assert expected_by_chance(20) == pytest.approx(1)
    assert holm(p) == pytest.approx([0.04, 0.09, 0.09, 0.9])
    assert benjamini_hochberg(p) == pytest.approx([0.04, 4 * 0.04 / 3, 4 * 0.04 / 3, 0.9])
    assert holm([]) == benjamini_hochberg([]) == []


def test_the_p_of_an_interval() -> None:
    """From its standard error; none where there is none."""
    assert p_value(Interval(1.96, 0, 4, 10, "t", se=1.0)) == pytest.approx(0.05, abs=1e-4)
    assert p_value(Interval(None, None, None, 0, "t")) is None
    assert p_value(share_difference((1, 2), (1, 2))) is None


def test_what_weights_cost() -> None:
    """Equal weights cost nothing; unequal ones widen the interval by the design effect."""
    assert design_effect([(2.0, 50)]) == 1
    assert design_effect([(1.0, 50), (3.0, 50)]) == pytest.approx(1.25)
    assert design_effect([]) is None
    assert weighted_mean([]).estimate is None
    assert weighted_mean([(3.0, 2.0, 1)]) == Interval(3.0, None, None, 1.0, "weighted")
    with pytest.raises(ValueError, match="positive"):
        weighted_mean([(3.0, 0.0, 1)])


def test_formulas_of_another_package() -> None:
    """Printed values of statpsych follow from our quantiles and its own conventions."""
    known = figures("statpsych", "statpsych")
    mean = known["mean"]
    n, population = mean["n"], mean["N"]
    se = mean["sd"] / sqrt(n) * sqrt((population - n) / (population - 1))
    half = t_quantile(0.975, n - 1) * se
    assert (se, mean["mean"] - half, mean["mean"] + half) == pytest.approx(
        (mean["se"], mean["low"], mean["high"]), abs=1e-5
    )
    for row in known["shares"]:
        f, n, population = row["f"], row["n"], row["N"]
        share = (f + 2) / (n + 4)
        se = sqrt(share * (1 - share) / (n + 4) * (population - n) / (population - 1))
        half = normal_quantile(0.975) * se
        assert (share, se, share - half, share + half) == pytest.approx(
            (row["estimate"], row["se"], row["low"], row["high"]), abs=1e-6
        )
    row = known["alpha"]
    df1, df2 = row["n"] - 1, row["n"] * (row["items"] - 1)
    low, high = (1 - (1 - row["alpha"]) * f_quantile(p, df1, df2) for p in (0.975, 0.025))
    assert (low, high) == pytest.approx((row["low"], row["high"]), abs=1e-6)
