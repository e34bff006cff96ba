"""Means, their differences and quantiles come from counts and are honest about few answers."""

from collections import Counter
from itertools import pairwise
from statistics import fmean, variance
from statistics import median as plain_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import Interval, Moments, mean_difference, mean_interval, median, moments, quantile
from tests.oracles import figures

VALUES = st.integers(-3, 10) | st.floats(-1e4, 1e4).map(lambda value: round(value, 3))
ANSWERS = st.lists(VALUES, max_size=60)


def bounds(interval: Interval) -> tuple[float, float, float]:
    """Low, estimate and high of an interval that has all three."""
    assert interval.low is not None
    assert interval.estimate is not None
    assert interval.high is not None
    return interval.low, interval.estimate, interval.high


def test_mean_in_a_finite_population() -> None:
    """Mean, standard deviation, standard error and t interval of 80 answers out of 200 people."""
    known = figures("means", "mean_fpc")
    counts = {float(value): count for value, count in known["counts"].items()}
    mean = mean_interval(counts, population=known["N"])
    assert bounds(mean) == pytest.approx((known["lo"], known["mean"], known["hi"]), abs=1e-6)
    assert (mean.se, mean.df) == pytest.approx((known["se"], known["df"]), abs=1e-10)
    assert (mean.n, mean.method) == (80, "t_fpc")
    assert (moments(counts).variance or 0) ** 0.5 == pytest.approx(known["sd"], abs=1e-10)


@given(ANSWERS.filter(lambda answers: len(answers) > 1))
def test_moments_are_those_of_the_plain_list(answers: list[float]) -> None:
    """Counting answers first changes neither their mean nor their variance."""
    counted = moments(Counter(answers))
    assert counted.n == len(answers)
    assert counted.mean == pytest.approx(fmean(answers), rel=1e-12, abs=1e-9)
    assert counted.variance == pytest.approx(variance(answers), rel=1e-9, abs=1e-12)


def test_few_answers_have_defined_means() -> None:
    """No answers: nothing. One answer: itself, without limits. Everybody's answer: a point."""
    assert mean_interval({}) == Interval(None, None, None, 0, "t")
    assert mean_interval({4: 0}) == Interval(None, None, None, 0, "t")
    assert mean_interval({4: 1}) == Interval(4, None, None, 1, "t")
    assert bounds(mean_interval({4: 1}, population=1)) == (4, 4, 4)
    assert bounds(mean_interval({4: 1, 2: 1}, population=2)) == (3, 3, 3)
    assert moments({}) == Moments(0, None, None)


def test_equal_answers_leave_a_point() -> None:
    """Answers that do not vary have exactly that mean and no width, even where a float is inexact."""
    assert bounds(mean_interval({0.1: 3})) == (0.1, 0.1, 0.1)


def test_two_answers_leave_a_mean_wide() -> None:
    """From the answers 1 and 5 the mean may lie anywhere: t has one degree of freedom."""
    assert bounds(mean_interval({1: 1, 5: 1})) == pytest.approx((-22.412, 3, 28.412), abs=1e-3)


def test_impossible_counts_are_refused() -> None:
    """Negative counts and more answers than people are our own mistake."""
    with pytest.raises(ValueError, match="negative"):
        mean_interval({3: -1})
    with pytest.raises(ValueError, match="population"):
        mean_interval({3: 3}, population=2)


@given(ANSWERS.filter(lambda answers: len(answers) > 1), st.integers(0, 500))
def test_a_population_narrows_a_mean(answers: list[float], more: int) -> None:
    """The interval holds the mean, shrinks with the population and is a point when all have answered."""
    counts, n = Counter(answers), len(answers)
    low, mean, high = bounds(mean_interval(counts, population=n + more))
    wide_low, _, wide_high = bounds(mean_interval(counts))
    assert wide_low <= low <= mean <= high <= wide_high
    assert len(set(bounds(mean_interval(counts, population=n)))) == 1


@given(ANSWERS.filter(lambda answers: len(answers) > 1))
def test_a_mean_mirrors_its_answers(answers: list[float]) -> None:
    """Answers turned round turn the interval round."""
    low, mean, high = bounds(mean_interval(Counter(answers)))
    turned = bounds(mean_interval(Counter(-value for value in answers)))
    assert turned == pytest.approx((-high, -mean, -low), rel=1e-9, abs=1e-9)


@given(ANSWERS.filter(lambda answers: len(set(answers)) > 1), st.integers(2, 9))
def test_more_answers_narrow_a_mean(answers: list[float], times: int) -> None:
    """The same answers given more often know the mean better."""
    few = bounds(mean_interval(Counter(answers)))
    many = bounds(mean_interval(Counter(answers * times)))
    assert many[2] - many[0] < few[2] - few[0]


def test_welch() -> None:
    """Ten predictions of the staff against 180 of 600 members: the gap, its error and its interval."""
    known = figures("means", "welch")
    staff = Counter(value / 10 for value in known["staff_of10"])
    members = {1: known["members_k"], 0: known["n"] - known["members_k"]}
    gap = mean_difference(staff, members, populations=(None, known["N"]))
    assert bounds(gap) == pytest.approx((known["ci"][0], known["gap"], known["ci"][1]), rel=1e-9)
    assert (gap.se, gap.df) == pytest.approx((known["se"], known["df"]), rel=1e-9)
    assert (gap.n, gap.method) == (190, "welch_fpc")


@given(
    ANSWERS.filter(lambda answers: len(answers) > 1),
    ANSWERS.filter(lambda answers: len(answers) > 1),
    st.integers(0, 99),
)
def test_a_difference_turns_its_sign_with_its_groups(
    first: list[float], second: list[float], more: int
) -> None:
    """Swapping the groups mirrors the interval, and its degrees of freedom stay within Welch's limits."""
    sizes = len(first) + more, len(second) + more
    there = mean_difference(Counter(first), Counter(second), populations=sizes)
    back = mean_difference(Counter(second), Counter(first), populations=sizes[::-1])
    low, difference, high = bounds(there)
    assert low <= difference <= high
    assert bounds(back) == pytest.approx((-high, -difference, -low), rel=1e-9, abs=1e-9)
    assert there.df is not None
    assert 1 <= there.df <= (len(first) + len(second) - 2) * (1 + 1e-9)


def test_few_answers_have_defined_differences() -> None:
    """An empty group leaves nothing, a single answer no limits, two complete groups a point."""
    some = {1: 2, 3: 2}
    assert mean_difference({}, some) == Interval(None, None, None, 4, "welch")
    assert mean_difference(some, {}) == Interval(None, None, None, 4, "welch")
    assert mean_difference(some, {1: 1}) == Interval(1, None, None, 5, "welch")
    assert mean_difference({1: 1}, some) == Interval(-1, None, None, 5, "welch")
    assert bounds(mean_difference(some, {1: 1}, populations=(4, 1))) == (1, 1, 1)
    assert bounds(mean_difference({2: 3}, {2: 4})) == (0, 0, 0)


def test_a_complete_group_adds_no_error() -> None:
    """Against a group of which everybody answered, the degrees of freedom are those of the other."""
    difference = mean_difference({1: 2, 3: 2}, {1: 1, 2: 1}, populations=(None, 2))
    alone = mean_interval({1: 2, 3: 2})
    assert difference.se == alone.se
    assert difference.df == pytest.approx(3)


def test_quantiles_interpolate_between_answers() -> None:
    """Type 7, the default of pandas and R: 1, 2, 3, 4 has the quartiles 1.75, 2.5 and 3.25."""
    counts = {4: 1, 2: 1, 1: 1, 3: 1}
    assert [quantile(counts, q) for q in (0, 0.25, 0.5, 0.75, 1)] == [1, 1.75, 2.5, 3.25, 4]


def test_quantiles_of_few_answers() -> None:
    """No answers have no quantile; a single one is all of them; empty values do not count."""
    assert median({}) is None
    assert median({7: 0}) is None
    assert quantile({3: 1}, 0.9) == 3
    assert median({1: 0, 2: 5, 9: 0}) == 2


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_quantiles_lie_between_0_and_1(q: float) -> None:
    """A quantile is a fraction of the answers."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile({1: 1}, q)


@given(ANSWERS.filter(bool), st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_quantiles_rise_within_the_answers(answers: list[float], fractions: list[float]) -> None:
    """Quantiles never fall and never leave the range of the answers; the middle one is the median."""
    counts = Counter(answers)
    found = [quantile(counts, q) or 0 for q in sorted(fractions)]
    assert all(low <= high + 1e-9 for low, high in pairwise(found))
    assert all(min(answers) <= value <= max(answers) for value in found)
    assert median(counts) == pytest.approx(plain_median(answers), rel=1e-12, abs=1e-12)
