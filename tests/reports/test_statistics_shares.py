"""Shares, top boxes, differences of shares and the net promoter score have intervals that hold."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import (
    Interval,
    nps_interval,
    nps_of,
    share_difference,
    share_interval,
    share_of,
    top_box,
)
from tests.oracles import figures

CONFIDENCES = st.floats(0.5, 0.999)
ZEST = {5: 36, 4: 28, 3: 10, 2: 4, 1: 2}  # 80 answers to a five-point question


@st.composite
def counts_of(draw: st.DrawFn, *, least: int = 0) -> tuple[int, int]:
    """A count and the number of answers it comes from."""
    n = draw(st.integers(least, 2000))
    return draw(st.integers(0, n)), n


def width(interval: Interval) -> float:
    """How far apart the limits are."""
    assert interval.low is not None
    assert interval.high is not None
    return interval.high - interval.low


def limits(interval: Interval) -> tuple[float | None, float | None]:
    """Both ends of an interval."""
    return interval.low, interval.high


@pytest.mark.parametrize("row", figures("shares", "wilson")["rows"])
def test_wilson(row: dict[str, float]) -> None:
    """The interval of a share is Wilson's."""
    share = share_interval(row["k"], row["n"])
    assert share.estimate == row["k"] / row["n"]
    assert limits(share) == pytest.approx((row["lo"], row["hi"]), abs=1e-10)
    assert (share.n, share.method) == (row["n"], "wilson")


def test_wilson_as_printed() -> None:
    """Eight of ten gives the interval that statsmodels prints."""
    (row,) = figures("shares", "wilson_printed")["rows"]
    assert limits(share_interval(row["k"], row["n"])) == pytest.approx((row["lo"], row["hi"]), abs=5e-5)


@pytest.mark.parametrize("row", figures("shares", "wilson_fpc")["rows"])
def test_wilson_in_a_finite_population(row: dict[str, int]) -> None:
    """A known population narrows the interval, down to a point when everybody answered."""
    share = share_interval(row["k"], row["n"], population=row["N"])
    assert limits(share) == pytest.approx((row["lo"], row["hi"]), abs=1e-10)
    assert share.method == "wilson_fpc"


def test_no_answers_leave_a_share_open() -> None:
    """Without answers there is no share, and any share is possible."""
    assert share_interval(0, 0) == Interval(None, 0.0, 1.0, 0, "wilson")
    assert share_interval(0, 0, population=0) == Interval(None, 0.0, 1.0, 0, "wilson_fpc")


def test_one_answer_leaves_a_share_wide() -> None:
    """One answer is an estimate with an interval that says how little it means."""
    assert limits(share_interval(1, 1)) == pytest.approx((0.2065, 1.0), abs=1e-4)
    assert limits(share_interval(0, 1)) == pytest.approx((0.0, 0.7935), abs=1e-4)
    assert (share_interval(0, 1).low, share_interval(1, 1).high) == (0, 1)


@pytest.mark.parametrize(("count", "n", "population"), [(3, 2, None), (-1, 2, None), (2, 3, 2), (0, 1, 0)])
def test_impossible_counts_are_refused(count: int, n: int, population: int | None) -> None:
    """More than all, less than none, or more answers than people is our own mistake."""
    with pytest.raises(ValueError, match=r"share|population"):
        share_interval(count, n, population=population)


@given(counts_of(least=1), CONFIDENCES, st.integers(0, 3000))
def test_a_share_lies_inside_its_bounds(group: tuple[int, int], confidence: float, more: int) -> None:
    """0 ≤ low ≤ share ≤ high ≤ 1, whatever the counts, the population and the confidence."""
    for population in (None, group[1] + more):
        share = share_interval(*group, population=population, confidence=confidence)
        assert share.estimate is not None
        assert share.low is not None
        assert share.high is not None
        assert 0 <= share.low <= share.estimate <= share.high <= 1


@given(counts_of(), st.integers(0, 3000))
def test_the_other_share_mirrors_it(group: tuple[int, int], more: int) -> None:
    """The interval of those who said no is the mirror of those who said yes."""
    count, n = group
    yes = share_interval(count, n, population=n + more)
    no = share_interval(n - count, n, population=n + more)
    assert yes.low is not None
    assert yes.high is not None
    assert limits(no) == pytest.approx((1 - yes.high, 1 - yes.low), abs=1e-12)


@given(counts_of(least=1), st.integers(2, 20), st.integers(0, 3000))
def test_more_answers_narrow_a_share(group: tuple[int, int], times: int, more: int) -> None:
    """The same share from more answers is known better; from everybody it is known."""
    (count, n), population = group, group[1] * times + more
    many = share_interval(count * times, n * times, population=population)
    assert width(many) < width(share_interval(count, n, population=population))
    assert width(many) <= width(share_interval(count * times, n * times))
    assert width(share_interval(count, n, population=n)) == 0


@given(counts_of(least=1), st.floats(0.5, 0.98), st.floats(0.001, 0.019))
def test_more_confidence_widens_a_share(group: tuple[int, int], confidence: float, more: float) -> None:
    """Who wants to be surer gets a wider interval."""
    narrow = share_interval(*group, confidence=confidence)
    assert width(share_interval(*group, confidence=confidence + more)) > width(narrow)


def test_a_weighted_share_takes_the_effective_number() -> None:
    """Fractions of answers are welcome, because weights leave an effective number of them."""
    assert limits(share_interval(42.5, 85.0)) == pytest.approx((0.3961, 0.6039), abs=1e-4)


def test_top_and_bottom_boxes() -> None:
    """Top-2 counts the last two points of a scale; the scale turned round gives bottom-2."""
    known = figures("means", "mean_fpc")
    top = top_box(ZEST, range(1, 6), population=200)
    bottom = top_box(ZEST, range(5, 0, -1), population=200)
    assert (top.estimate, bottom.estimate) == (known["top2"], known["bottom2"])
    assert limits(top) == pytest.approx(known["top2_wilson_fpc"], abs=1e-6)


def test_a_box_nobody_chose_counts_as_none() -> None:
    """The scale decides what the top is, not the answers that happen to be there."""
    assert top_box({3: 4, 2: 1}, range(1, 6)).estimate == 0
    assert top_box({4: 1, 3: 3}, range(1, 6), 2).estimate == 0.25
    assert top_box({}, range(1, 6)).estimate is None
    assert top_box(ZEST, range(1, 6), 1).estimate == 36 / 80
    assert top_box(ZEST, range(1, 6), 5).estimate == 1


@pytest.mark.parametrize("boxes", [0, 6])
def test_boxes_fit_the_scale(boxes: int) -> None:
    """No boxes, or more boxes than points, is refused."""
    with pytest.raises(ValueError, match="boxes"):
        top_box(ZEST, range(1, 6), boxes)


def test_a_share_of_some_values() -> None:
    """Any set of values has its share; negative counts are refused."""
    assert share_of({0: 3, 1: 1}, {1, 7}) == share_interval(1, 4)
    with pytest.raises(ValueError, match="negative"):
        share_of({0: -1}, {0})


@pytest.mark.parametrize("row", figures("shares", "newcombe")["rows"])
def test_newcombe(row: dict[str, float]) -> None:
    """The difference of two shares has the published interval."""
    difference = share_difference((row["k1"], row["n1"]), (row["k2"], row["n2"]))
    assert difference.estimate == pytest.approx(row["diff"])
    assert limits(difference) == pytest.approx((row["lo"], row["hi"]), abs=1e-8)
    assert (difference.n, difference.method) == (row["n1"] + row["n2"], "newcombe")


@given(counts_of(least=1), counts_of(least=1), st.integers(0, 3000))
def test_a_difference_turns_its_sign_with_its_groups(
    first: tuple[int, int], second: tuple[int, int], more: int
) -> None:
    """−1 ≤ low ≤ difference ≤ high ≤ 1, and swapping the groups mirrors all three."""
    populations = first[1] + more, second[1]
    there = share_difference(first, second, populations=populations)
    back = share_difference(second, first, populations=populations[::-1])
    assert there.estimate is not None
    assert there.low is not None
    assert there.high is not None
    assert -1 - 1e-12 <= there.low <= there.estimate <= there.high <= 1 + 1e-12
    assert (back.low, back.estimate, back.high) == pytest.approx(
        (-there.high, -there.estimate, -there.low), abs=1e-12
    )
    assert there.method == "newcombe_fpc"


def test_an_empty_group_leaves_a_difference_open() -> None:
    """Against a group without answers there is no difference, only what the other one allows."""
    some = share_interval(15, 20)
    assert some.low is not None
    assert some.high is not None
    assert share_difference((15, 20), (0, 0)) == Interval(None, some.low - 1, some.high, 20, "newcombe")
    assert limits(share_difference((0, 0), (0, 0))) == (-1, 1)


def test_two_complete_groups_differ_exactly() -> None:
    """Where everybody in both groups answered, the difference is a point."""
    assert limits(share_difference((1, 2), (1, 4), populations=(2, 4))) == (0.25, 0.25)


@pytest.mark.parametrize("row", figures("shares", "nps")["rows"])
def test_nps(row: dict[str, float]) -> None:
    """The score is plain, its interval the adjusted Wald one: ten promoters of ten are not certain."""
    score = nps_interval(int(row["promoters"]), int(row["passives"]), int(row["detractors"]))
    assert score.estimate == pytest.approx(row["nps"], abs=1e-10)
    assert limits(score) == pytest.approx((row["adj_lo"], row["adj_hi"]), abs=1e-9)
    assert score.se == pytest.approx(row["adj_se"], abs=1e-9)
    assert score.method == "adjusted_wald"


def test_ten_detractors_mirror_ten_promoters() -> None:
    """The interval is cut at −1 as it is at 1."""
    best, worst = nps_interval(10, 0, 0), nps_interval(0, 0, 10)
    assert best.low is not None
    assert limits(worst) == pytest.approx((-1, -best.low))


def test_nps_in_a_finite_population() -> None:
    """The standard error shrinks by √(1 − n/N)."""
    endless, finite = nps_interval(60, 25, 15), nps_interval(60, 25, 15, population=400)
    assert endless.se is not None
    assert finite.se == pytest.approx(endless.se * 0.75**0.5)
    assert width(finite) == pytest.approx(width(endless) * 0.75**0.5)
    assert finite.method == "adjusted_wald_fpc"


def test_nps_without_and_with_few_answers() -> None:
    """No answers leave the score open, one answer leaves it wide, everybody's answers leave a point."""
    assert nps_interval(0, 0, 0) == Interval(None, -1.0, 1.0, 0, "adjusted_wald")
    assert limits(nps_interval(1, 0, 0)) == pytest.approx((-0.485, 1.0), abs=1e-3)
    assert nps_interval(2, 1, 0, population=3).low == nps_interval(2, 1, 0, population=3).high == 2 / 3


def test_nps_from_the_answers() -> None:
    """9 and 10 promote, 7 and 8 pass, 0 to 6 detract."""
    answers = {10: 3, 9: 1, 8: 2, 7: 1, 6: 1, 0: 1}
    assert nps_of(answers) == nps_interval(4, 3, 2)
    assert nps_of({}, population=7) == nps_interval(0, 0, 0, population=7)


@pytest.mark.parametrize("strange", [{11: 1}, {-1: 1}, {7.5: 1}])
def test_nps_is_asked_from_0_to_10(strange: dict[float, int]) -> None:
    """An answer outside the scale is refused, not counted as something."""
    with pytest.raises(ValueError, match="0 to 10"):
        nps_of(strange)


def test_nps_refuses_impossible_counts() -> None:
    """Less than none, or more answers than people, is our own mistake."""
    with pytest.raises(ValueError, match="negative"):
        nps_interval(1, -1, 0)
    with pytest.raises(ValueError, match="population"):
        nps_interval(1, 1, 1, population=2)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 999), CONFIDENCES)
def test_nps_lies_inside_its_bounds(
    promoters: int, passives: int, detractors: int, more: int, confidence: float
) -> None:
    """−1 ≤ low ≤ score ≤ high ≤ 1, mirrored when promoters and detractors change places."""
    population = promoters + passives + detractors + more
    score = nps_interval(promoters, passives, detractors, population=population, confidence=confidence)
    mirrored = nps_interval(detractors, passives, promoters, population=population, confidence=confidence)
    assert score.low is not None
    assert score.high is not None
    assert score.low == pytest.approx(-mirrored.high if mirrored.high else 0, abs=1e-12)
    assert -1 <= score.low <= score.high <= 1
    assert isfinite(score.se or 0)
    if score.estimate is not None:
        assert score.low <= score.estimate <= score.high


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(2, 20))
def test_more_answers_narrow_the_score(promoters: int, passives: int, detractors: int, times: int) -> None:
    """The same score from more answers is known better."""
    few = nps_interval(promoters, passives, detractors)
    assert width(nps_interval(promoters * times, passives * times, detractors * times)) <= width(few)
