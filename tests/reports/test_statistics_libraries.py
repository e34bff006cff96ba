"""Our formulas agree with statsmodels, scipy, pingouin and samplics on a thousand random data sets each."""

import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reports.statistics import (
    Interval,
    association,
    benjamini_hochberg,
    change,
    complete_rows,
    cronbach_alpha,
    effective_n,
    holm,
    mean_difference,
    mean_interval,
    poststratified,
    quantile,
    raked,
    share_difference,
    share_interval,
    weighted_mean,
)
from reports.statistics.distributions import beta_cdf, chi_square_tail, f_quantile, t_quantile
from reports.statistics.means import moments

SETS = 1_000
CLOSE = 1e-9


@pytest.fixture
def chance() -> np.random.Generator:
    """The same thousand sets in every run."""
    return np.random.default_rng(20261101)


def limits(found: list[Interval]) -> tuple[list[Any], list[Any]]:
    """All lower and all upper limits."""
    return [one.low for one in found], [one.high for one in found]


def samples(chance: np.random.Generator, least: int = 2) -> Iterator[np.ndarray[Any, Any]]:
    """A thousand samples of a five-point question, of 2 to 200 answers."""
    for size in chance.integers(least, 200, SETS):
        sample = chance.choice(np.arange(1, 6), size, p=chance.dirichlet(np.ones(5)))
        sample[0], sample[1] = 1, 5  # some variation: without any, an interval is a point here and nan there
        yield sample


def counted(sample: np.ndarray[Any, Any]) -> dict[float, int]:
    """A value → count mapping."""
    return {float(value): count for value, count in Counter(sample.tolist()).items()}


def test_shares_against_statsmodels(chance: np.random.Generator) -> None:
    """Wilson's interval."""
    from statsmodels.stats.proportion import proportion_confint

    n = chance.integers(1, 5000, SETS)
    k = chance.binomial(n, chance.random(SETS))
    ours = limits([share_interval(int(a), int(b)) for a, b in zip(k, n, strict=True)])
    theirs = proportion_confint(k, n, method="wilson")
    assert np.abs(np.array(ours) - np.array(theirs)).max() < CLOSE


def test_differences_of_shares_against_statsmodels(chance: np.random.Generator) -> None:
    """Newcombe's interval."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    n = chance.integers(2, 2000, (SETS, 2))
    k = chance.binomial(n, chance.random((SETS, 2)))
    ours = limits(
        [share_difference((a[0], b[0]), (a[1], b[1])) for a, b in zip(k.tolist(), n.tolist(), strict=True)]
    )
    theirs = [
        confint_proportions_2indep(a[0], b[0], a[1], b[1], method="newcomb")
        for a, b in zip(k, n, strict=True)
    ]
    assert np.abs(np.array(ours).T - np.array(theirs)).max() < CLOSE


def test_means_against_scipy(chance: np.random.Generator) -> None:
    """Student's interval, and the median and quartiles against NumPy."""
    from scipy import stats  # type: ignore[import-untyped]

    for sample in samples(chance):
        found = mean_interval(counted(sample))
        low, high = stats.t.interval(0.95, len(sample) - 1, sample.mean(), stats.sem(sample))
        assert (found.low, found.high) == pytest.approx((low, high), abs=CLOSE)
        quarters = [quantile(counted(sample), q) for q in (0.25, 0.5, 0.9)]
        assert quarters == pytest.approx(np.quantile(sample, (0.25, 0.5, 0.9)).tolist(), abs=CLOSE)


def test_differences_of_means_against_statsmodels(chance: np.random.Generator) -> None:
    """Welch's interval, and the same from two waves that share nobody."""
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    drawn = list(samples(chance))
    for first, second in zip(drawn, reversed(drawn), strict=True):
        found = mean_difference(counted(first), counted(second))
        theirs = CompareMeans(DescrStatsW(first), DescrStatsW(second)).tconfint_diff(usevar="unequal")
        assert (found.low, found.high) == pytest.approx(theirs, abs=CLOSE)
        assert change(counted(second), counted(first), {}) == found


def test_changes_of_the_same_people_against_scipy(chance: np.random.Generator) -> None:
    """Where everybody answered twice it is the paired t interval."""
    from scipy import stats

    for first in samples(chance, 3):
        second = np.clip(first + chance.integers(-1, 2, len(first)), 1, 5)
        second[:2] = (1, 4)
        both = Counter(zip(map(float, first), map(float, second), strict=True))
        found = change(counted(first), counted(second), both)
        theirs = stats.ttest_rel(second, first).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-8)


def test_weighted_means_against_statsmodels(chance: np.random.Generator) -> None:
    """The weighted mean; and with equal weights the interval is Student's."""
    from statsmodels.stats.weightstats import DescrStatsW

    for sample in samples(chance):
        weights = chance.uniform(0.3, 3, len(sample))
        rows = [(float(x), float(w), 1) for x, w in zip(sample, weights, strict=True)]
        theirs = DescrStatsW(sample, weights)
        found = weighted_mean(rows)
        assert found.estimate == pytest.approx(theirs.mean, abs=CLOSE)
        n, worth = len(sample), effective_n((w, 1) for w in weights)
        assert (found.n, worth) == pytest.approx((worth, weights.sum() ** 2 / (weights**2).sum()))
        assert found.se == pytest.approx(np.sqrt(theirs.var * n / (n - 1) / worth), abs=CLOSE)
        equal, plain = weighted_mean([(x, 2.0, 1) for x, _, _ in rows]), mean_interval(counted(sample))
        assert (equal.low, equal.high) == pytest.approx((plain.low, plain.high), abs=CLOSE)


def test_alpha_against_pingouin(chance: np.random.Generator) -> None:
    """Cronbach's alpha with Feldt's interval, with whole rows and with missing answers."""
    import pingouin

    for number in range(SETS):
        people, items = chance.integers(5, 40), chance.integers(2, 8)
        trait = chance.normal(3, 1, (people, 1))
        table = np.clip(np.round(trait + chance.normal(0, 1, (people, items))), 1, 5)
        if number % 4 == 0:
            table[chance.random(table.shape) < 0.05] = np.nan
        rows = [[None if np.isnan(x) else float(x) for x in row] for row in table]
        found = cronbach_alpha(complete_rows(rows))
        if found.estimate is None:
            continue
        alpha, (low, high) = pingouin.cronbach_alpha(data=pd.DataFrame(table), nan_policy="listwise")
        assert found.estimate == pytest.approx(alpha, abs=CLOSE)
        if not np.isnan(table).any():  # it counts the incomplete rows too; limits have three digits
            assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-4)


def test_raking_and_strata_against_samplics(chance: np.random.Generator) -> None:
    """Raked weights to 1e-6; post-stratified weights to 1e-9."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from samplics.weighting import SampleWeight

    for _ in range(SETS):
        table = chance.integers(1, 30, (3, 2))
        rows, columns = (chance.dirichlet(np.full(size, 5.0)) * 1000 for size in (3, 2))
        margins = [
            {f"r{i}": float(x) for i, x in enumerate(rows)},
            {f"c{i}": float(x) for i, x in enumerate(columns)},
        ]
        cells = {(f"r{i}", f"c{j}"): float(table[i, j]) for i in range(3) for j in range(2)}
        ours = raked(cells, margins)
        names = list(cells)
        by_row: Any = {"r": np.array([one[0] for one in names]), "c": np.array([one[1] for one in names])}
        targets: Any = {"r": margins[0], "c": margins[1]}
        theirs = SampleWeight().rake(
            samp_weight=np.array([cells[name] for name in names]),
            margins=by_row,
            control=targets,
            tol=1e-12,
            ctrl_tol=1e-10,
            max_iter=5000,
        )
        assert [ours[name] for name in names] == pytest.approx(theirs.tolist(), rel=1e-6)
        strata = np.repeat(["r0", "r1", "r2"], table.sum(axis=1))
        answers = chance.integers(1, 6, len(strata)).astype(float)
        sizes = [round(margins[0][name]) for name in ("r0", "r1", "r2")]
        if any(size < (strata == name).sum() for size, name in zip(sizes, ("r0", "r1", "r2"), strict=True)):
            continue
        exact = SampleWeight().poststratify(
            np.ones(len(strata)),
            control=dict(zip(("r0", "r1", "r2"), map(float, sizes), strict=True)),
            domain=strata,
        )
        groups = [
            (size, moments(counted(answers[strata == name])))
            for size, name in zip(sizes, margins[0], strict=True)
        ]
        assert poststratified(groups).estimate == pytest.approx(np.average(answers, weights=exact), abs=CLOSE)


def test_association_against_scipy(chance: np.random.Generator) -> None:
    """Pearson's chi-square, its p, Cramér's V and the expected counts."""
    from scipy import stats

    for _ in range(SETS):
        table = chance.integers(1, 60, (chance.integers(2, 6), chance.integers(2, 6)))
        found, theirs = association(table.tolist()), stats.chi2_contingency(table, correction=False)
        assert found is not None
        assert found.chi_square == pytest.approx(theirs.statistic, rel=CLOSE)
        assert found.df == theirs.dof
        assert found.p == pytest.approx(theirs.pvalue, abs=CLOSE)
        assert found.cramers_v == pytest.approx(
            stats.contingency.association(table, method="cramer"), abs=CLOSE
        )
        assert found.smallest_expected == pytest.approx(theirs.expected_freq.min())


def test_adjusted_comparisons_against_statsmodels(chance: np.random.Generator) -> None:
    """Benjamini and Hochberg a thousand times; Holm a few, for that function is slow."""
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

    p = chance.beta(0.5, 2, (SETS, 12))
    ours = [benjamini_hochberg(row) for row in p.tolist()]
    assert np.abs(np.array(ours) - stats.false_discovery_control(p, axis=1)).max() < CLOSE
    for row in p[:5]:
        assert holm(row.tolist()) == pytest.approx(multipletests(row, method="holm")[1].tolist(), abs=CLOSE)


def test_distributions_against_scipy(chance: np.random.Generator) -> None:
    """Quantiles and tails."""
    from scipy import stats

    p, df, more = (
        chance.uniform(0.001, 0.999, SETS),
        chance.uniform(1, 500, SETS),
        chance.uniform(1, 500, SETS),
    )
    x = chance.uniform(0, 2, SETS) * df
    ours = [t_quantile(a, b) for a, b in zip(p.tolist(), df.tolist(), strict=True)]
    assert ours == pytest.approx(stats.t.ppf(p, df).tolist(), rel=CLOSE, abs=CLOSE)
    ours = [f_quantile(a, b, c) for a, b, c in zip(p.tolist(), df.tolist(), more.tolist(), strict=True)]
    assert ours == pytest.approx(stats.f.ppf(p, df, more).tolist(), rel=1e-8)
    ours = [chi_square_tail(a, b) for a, b in zip(x.tolist(), df.tolist(), strict=True)]
    assert ours == pytest.approx(stats.chi2.sf(x, df).tolist(), abs=CLOSE)
    ours = [beta_cdf(a, b, c) for a, b, c in zip(p.tolist(), df.tolist(), more.tolist(), strict=True)]
    assert ours == pytest.approx(stats.beta.cdf(p, df, more).tolist(), abs=CLOSE)
