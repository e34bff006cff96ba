"""Weights give groups their share back, and the published worked examples come out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import (
    Interval,
    Moments,
    effective_n,
    mean_interval,
    moments,
    poststratified,
    raked,
    relative_weights,
    trimmed,
)
from tests.oracles import figures


def cells_of(table: list[list[float]]) -> dict[tuple[str, ...], float]:
    """A table as cells named by row and column."""
    return {(f"r{i}", f"c{j}"): x for i, row in enumerate(table) for j, x in enumerate(row)}


def margins_of(known: dict[str, Any]) -> list[dict[str, float]]:
    """The row and column targets of an oracle, named like its cells."""
    return [
        {f"{letter}{place}": target for place, target in enumerate(known[name])}
        for letter, name in (("r", "rows"), ("c", "cols"))
    ]


@pytest.mark.parametrize("known", figures("weighting", "raking"))
def test_raking(known: dict[str, Any]) -> None:
    """A table is fitted to its margins, as far as the published digits go."""
    fitted = raked(cells_of(known["seed"]), margins_of(known))
    digits, expected = (1e-10, known["fitted"]) if "fitted" in known else (5e-5, known["fitted_4dp"])
    assert fitted == pytest.approx(cells_of(expected), abs=digits)


def test_raked_weights_and_their_cost() -> None:
    """Weights of 100 answers, the mean they give, and the answers they are worth."""
    known = figures("weighting", "raked_mean")
    cells = cells_of(known["seed"])
    fitted = raked(cells, margins_of(known))
    weights = {cell: fitted[cell] / cells[cell] for cell in cells}
    assert weights == pytest.approx(cells_of(known["weights_6dp"]), abs=1e-6)
    answers = cells_of(known["y"])
    assert sum(fitted[cell] * answers[cell] for cell in cells) / 1000 == pytest.approx(known["raked"])
    assert sum(cells[cell] * answers[cell] for cell in cells) / 100 == pytest.approx(known["unweighted"])
    worth = effective_n((weights[cell], int(cells[cell])) for cell in cells)
    assert (worth, 100 / worth) == pytest.approx((known["kish_ess"], known["deff"]))


def test_raking_as_published_for_schools() -> None:
    """183 Californian schools raked to two margins: weights, mean and total of the R package survey."""
    known = figures("weighting", "apiclus1")
    schools = {(kind, wide): n for kind, wide, n, _, _ in known["cells"]}
    fitted = raked({cell: n * known["base_weight"] for cell, n in schools.items()}, known["margins"])
    weights = {cell: fitted[cell] / n for cell, n in schools.items()}
    assert min(weights.values()) == pytest.approx(known["weight_min"], abs=0.01)
    assert max(weights.values()) == pytest.approx(known["weight_max"], abs=0.01)
    api00 = sum(weights[kind, wide] * total for kind, wide, _, total, _ in known["cells"])
    enroll = sum(weights[kind, wide] * total for kind, wide, _, _, total in known["cells"])
    assert api00 / sum(fitted.values()) == pytest.approx(known["mean_api00"], rel=1e-4)
    assert enroll == pytest.approx(known["total_enroll"], rel=1e-4)


def test_raking_what_already_fits_changes_nothing() -> None:
    """Cells that meet their margins stay, empty ones and a margin of nought included."""
    cells = {("a", "x"): 2.0, ("b", "x"): 0.0, ("b", "y"): 3.0, ("c", "y"): 4.0}
    margins = [{"a": 2, "b": 3, "c": 0}, {"x": 2, "y": 3}]
    assert raked({("a", "x"): 2.0, ("b", "y"): 3.0}, [{"a": 2, "b": 3}]) == {("a", "x"): 2, ("b", "y"): 3}
    assert raked(cells, margins) == {("a", "x"): 2, ("b", "x"): 0, ("b", "y"): 3, ("c", "y"): 0}
    assert raked({}, []) == {}


@pytest.mark.parametrize(
    ("margins", "complaint"),
    [
        ([{"a": 1, "b": 1}, {"x": 1, "y": 2}], "different totals"),
        ([{"a": 1, "b": 1, "c": 1}], "nobody answered in .*c"),
        ([{"a": 1}], "no target for .*b"),
        ([{"a": 3, "b": 7}, {"x": 7, "y": 3}], "contradict"),
    ],
)
def test_raking_refuses_what_cannot_be_met(margins: list[dict[str, float]], complaint: str) -> None:
    """Unequal totals, groups without answers or targets, and contradictions are named."""
    with pytest.raises(ValueError, match=complaint):
        raked({("a", "x"): 5, ("b", "y"): 5}, margins)


@given(st.lists(st.lists(st.integers(1, 50), min_size=3, max_size=3), min_size=2, max_size=4))
def test_raked_margins_are_met(table: list[list[int]]) -> None:
    """Whatever full table comes in, both margins come out."""
    cells = cells_of([list(map(float, row)) for row in table])
    rows = {f"r{place}": 12.0 / len(table) for place in range(len(table))}
    cols = {"c0": 2.0, "c1": 4.0, "c2": 6.0}
    fitted = raked(cells, [rows, cols])
    for place, margin in enumerate((rows, cols)):
        for name, target in margin.items():
            total = sum(weight for cell, weight in fitted.items() if cell[place] == name)
            assert total == pytest.approx(target, rel=1e-11)


def test_poststratification() -> None:
    """Three strata get their shares back: 0.62 as answered, 0.635 as the audience is."""
    known = figures("weighting", "poststrat")
    groups = [
        (size, moments({1: round(n * share), 0: n - round(n * share)}))
        for size, n, share in zip(known["N"], known["n"], known["ybar"], strict=True)
    ]
    estimate = poststratified(groups)
    assert estimate.estimate == pytest.approx(known["poststratified"])
    assert (estimate.n, estimate.df, estimate.method) == (100, 97, "poststratified")
    weights = relative_weights(
        dict(zip("abc", known["N"], strict=True)), dict(zip("abc", known["n"], strict=True))
    )
    assert list(weights.values()) == pytest.approx(known["rel_weights"])
    assert effective_n(zip(weights.values(), known["n"], strict=True)) == pytest.approx(known["kish_ess"])


@pytest.mark.parametrize("variable", ["api00", "enroll"])
def test_poststratified_errors_as_published_for_schools(variable: str) -> None:
    """200 stratified schools: estimate and standard error of the R package survey, to its digits."""
    known = figures("weighting", "apistrat")
    sums, sizes = known[variable], known["N"]
    groups = []
    for stratum, n in known["n"].items():
        mean = sums["sum"][stratum] / n
        spread = (sums["sum_of_squares"][stratum] - n * mean * mean) / (n - 1)
        groups.append((sizes[stratum], Moments(n, mean, spread)))
    estimate = poststratified(groups)
    assert estimate.estimate is not None
    assert estimate.se is not None
    if "mean" in sums:
        assert (round(estimate.estimate, 2), round(estimate.se, 4)) == (sums["mean"], sums["se"])
    else:
        schools = sum(sizes.values())
        total = round(estimate.estimate * schools), round(estimate.se * schools)
        assert total == (sums["total"], sums["se"])


def test_one_stratum_is_the_plain_mean() -> None:
    """With a single stratum, post-stratification is the mean of a finite population."""
    counts = {5: 9, 3: 4, 1: 2}
    plain, strata = mean_interval(counts, population=40), poststratified([(40, moments(counts))])
    assert (strata.estimate, strata.se, strata.df) == pytest.approx((plain.estimate, plain.se, plain.df))
    assert (strata.low, strata.high) == pytest.approx((plain.low, plain.high))


def test_strata_without_enough_answers() -> None:
    """A silent stratum leaves no estimate, a single answer no limits, complete strata a point."""
    full, silent, single = moments({1: 3, 2: 3}), moments({}), moments({2: 1})
    assert poststratified([]) == Interval(None, None, None, 0, "poststratified")
    assert poststratified([(9, full), (5, silent)]) == Interval(None, None, None, 6, "poststratified")
    assert poststratified([(0, silent)]) == Interval(None, None, None, 0, "poststratified")
    assert poststratified([(9, full), (1, moments({2: 1})), (0, silent)]).low is not None
    lonely = poststratified([(9, full), (3, single)])
    assert lonely.estimate == pytest.approx(1.625)
    assert lonely.low is lonely.high is None
    complete = poststratified([(6, full), (1, single)])
    assert complete.low == complete.estimate == complete.high == pytest.approx(11 / 7)


def test_more_answers_than_people_are_refused() -> None:
    """A stratum cannot answer more often than it has members, or without having any."""
    with pytest.raises(ValueError, match="population"):
        poststratified([(2, moments({1: 3}))])
    with pytest.raises(ValueError, match="population"):
        relative_weights({"a": 1}, {"a": 1, "b": 1})


def test_weights_of_strata_with_answers() -> None:
    """Strata without answers have no weight; without any answers there are none."""
    assert relative_weights({"a": 5, "b": 5}, {"a": 2, "b": 0}) == {"a": 0.5}
    assert relative_weights({"a": 5}, {}) == {}


def test_trimming() -> None:
    """Weights outside 0.3 to 3 are moved to the bound."""
    assert [trimmed(weight) for weight in (0.1, 0.3, 1, 3, 8)] == [0.3, 0.3, 1, 3, 3]
    assert trimmed(0.1, (0.5, 2)) == 0.5


def test_no_answers_are_worth_nothing() -> None:
    """Without answers, or with weights of nought alone, nothing is left."""
    assert effective_n([]) == 0
    assert effective_n([(0, 3), (1, 0)]) == 0


@given(st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 99)), min_size=1), st.floats(0.01, 100))
def test_weights_never_add_answers(weights: list[tuple[float, int]], factor: float) -> None:
    """Between one and n answers remain, n exactly for equal weights, whatever the weights' unit."""
    n = sum(count for _, count in weights)
    worth = effective_n(weights)
    assert 1 - 1e-9 <= worth <= n * (1 + 1e-9)
    assert effective_n((factor * weight, count) for weight, count in weights) == pytest.approx(worth)
    assert effective_n((factor, count) for _, count in weights) == pytest.approx(n)
