"""Small groups stay hidden, cannot be had by subtraction, and unanimity is blurred."""

from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.suppression import K_COMMENTS, K_CROSS, K_SCORES, TAILS, Percent, percent, shown
from tests.oracles import figures

BREAKDOWNS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 25))
THRESHOLDS = st.integers(1, 12)


def hidden_groups(answers: dict[str, int], k: int) -> list[str] | None:
    """Groups with answers that are not shown, None if nothing at all is shown."""
    visible = shown(answers, k)
    return None if visible is None else [group for group, n in answers.items() if n and group not in visible]


@pytest.mark.parametrize("row", figures("suppression", "shown")["rows"])
def test_groups_below_five(row: dict[str, dict[str, int] | list[str] | None]) -> None:
    """Small groups and the next smallest are hidden, as vendors print it."""
    answers, expected = row["n"], row["shown"]
    assert isinstance(answers, dict)
    assert shown(answers) == (None if expected is None else tuple(expected))


def test_comments_need_ten() -> None:
    """Free text is shown from ten answers on, scores from five."""
    answers = {"art": 9, "music": 12, "sport": 14}
    assert shown(answers, K_SCORES) == ("art", "music", "sport")
    assert shown(answers, K_COMMENTS) == ("sport",)
    assert shown({"art": 9}, K_CROSS) is None


def test_ties_are_broken_by_name() -> None:
    """Of equally large groups the first by name is hidden along, so that every report hides the same."""
    assert shown({"c": 6, "b": 6, "a": 2}) == ("c",)


def test_groups_without_answers_are_not_listed() -> None:
    """An empty group hides nobody and is not shown."""
    assert shown({"a": 0, "b": 7}) == ("b",)
    assert shown({}) is None


@given(BREAKDOWNS, THRESHOLDS)
def test_what_is_shown_is_never_small(answers: dict[str, int], k: int) -> None:
    """Every shown group has k answers, and a total below k hides everything."""
    visible = shown(answers, k)
    assert (visible is None) == (sum(answers.values()) < k)
    assert all(answers[group] >= k for group in visible or ())
    assert list(visible or ()) == sorted(visible or ())


@given(BREAKDOWNS, THRESHOLDS)
def test_subtraction_never_isolates_fewer_than_k(answers: dict[str, int], k: int) -> None:
    """The total minus everything shown leaves nobody, or at least k answers."""
    hidden = hidden_groups(answers, k)
    assert hidden is None or not 0 < sum(answers[group] for group in hidden) < k


@given(BREAKDOWNS, THRESHOLDS)
def test_no_more_is_hidden_than_needed(answers: dict[str, int], k: int) -> None:
    """No set of fewer groups, holding all the small ones, would protect them."""
    hidden = hidden_groups(answers, k)
    if not hidden:
        return
    small = [group for group in hidden if answers[group] < k]
    large = [group for group, n in answers.items() if n >= k]
    fewer = chain.from_iterable(combinations(large, size) for size in range(len(hidden) - len(small)))
    assert all(0 < sum(answers[group] for group in (*small, *more)) < k for more in fewer)


@pytest.mark.parametrize(
    ("count", "n", "expected"),
    [
        (300, 300, Percent("≥", 99)),
        (298, 300, Percent("≥", 99)),
        (296, 300, Percent("", 99)),
        (3, 300, Percent("≤", 1)),
        (98, 100, Percent("≥", 98)),
        (97, 100, Percent("", 97)),
        (2, 40, Percent("≤", 5)),
        (3, 40, Percent("", 8)),
        (2, 20, Percent("≤", 10)),
        (17, 20, Percent("", 85)),
        (2, 10, Percent("≤", 20)),
        (5, 5, Percent("≥", 80)),
        (2, 5, Percent("", 40)),
        (1, 8, Percent("≤", 20)),
        (1, 1, Percent("≥", 80)),
        (0, 0, None),
    ],
)
def test_tails_are_recoded(count: int, n: int, expected: Percent | None) -> None:
    """The fewer the answers, the earlier a share near 0 or 100 % loses its exact value."""
    assert percent(count, n) == expected


@pytest.mark.parametrize(("count", "n"), [(2, 1), (-1, 3)])
def test_impossible_shares_are_refused(count: int, n: int) -> None:
    """More than all, or less than none, is our own mistake."""
    with pytest.raises(ValueError, match="not a share"):
        percent(count, n)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_percentages_hide_unanimity_and_little_else(share: tuple[int, int]) -> None:
    """0 and 100 % never appear; otherwise the figure is right to half a percent."""
    count, n = share
    printed = percent(count, n)
    assert printed is not None
    exact, tail = Fraction(100 * count, n), dict(TAILS)[max(start for start, _ in TAILS if start <= n)]
    if printed.sign == "":
        assert tail < exact < 100 - tail
        assert abs(exact - printed.value) <= Fraction(1, 2)
        assert 0 < printed.value < 100
    else:
        assert printed == (Percent("≤", tail) if exact <= tail else Percent("≥", 100 - tail))
        assert exact <= tail or exact >= 100 - tail
