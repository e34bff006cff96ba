"""Weights that give each group of people its share of the audience back, and what they cost in precision.

Weighting is off by default and makes no sense below about a hundred answers; the unweighted figure always
stands beside the weighted one. All functions work on groups or cells with counts, never on single persons.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import fsum, isclose
from typing import TypeVar

from reports.statistics.interval import CONFIDENCE, Interval, sampled_share, t_interval
from reports.statistics.means import Moments, variance_of_mean

Cell = TypeVar("Cell", bound=tuple[str, ...])  # one category for each margin

TRIM = (0.3, 3.0)  # relative weights outside are cut: the usual bounds of public polls (judgement)
RAKED = 1e-12  # relative distance from every margin at which raking has converged
MAX_SWEEPS = 10_000  # ordinary tables need tens; only margins that contradict each other need more


def poststratified(strata: Iterable[tuple[int, Moments]], *, confidence: float = CONFIDENCE) -> Interval:
    """The mean of an audience from (size N_h, moments of the answers) of each stratum.

    Σ W_h ȳ_h with W_h = N_h/N and se² = Σ W_h² (1 − n_h/N_h) s_h²/n_h (Cochran, Sampling Techniques, 1977,
    ch. 5), t interval with n − H degrees of freedom. No estimate if a stratum has members but no answers:
    merge it with another first. No limits if one has a single answer out of many members. ValueError
    if n_h > N_h.
    """
    groups = [(size, group) for size, group in strata if size or group.n]
    everybody, n = sum(size for size, _ in groups), sum(group.n for _, group in groups)
    means = [group.mean for _, group in groups if group.mean is not None]
    if not groups or len(means) < len(groups):
        return Interval(None, None, None, n, "poststratified")
    shares = [size / everybody for size, _ in groups]
    variances = [variance_of_mean(group, size) for size, group in groups]
    known = [share**2 * v for share, v in zip(shares, variances, strict=True) if v is not None]
    return t_interval(
        fsum(share * mean for share, mean in zip(shares, means, strict=True)),
        fsum(known) if len(known) == len(groups) else None,
        max(1, n - len(groups)),
        n=n,
        method="poststratified",
        confidence=confidence,
    )


def relative_weights(sizes: Mapping[str, int], answers: Mapping[str, int]) -> dict[str, float]:
    """The weight (N_h/N) / (n_h/n) of each stratum with answers; 1 on average if every stratum has some.

    ValueError if a stratum has more answers than people.
    """
    everybody, n = sum(sizes.values()), sum(answers.values())
    answered = {stratum: count for stratum, count in answers.items() if count}
    return {
        stratum: n / (everybody * sampled_share(count, sizes.get(stratum, 0)))
        for stratum, count in answered.items()
    }


def trimmed(weight: float, bounds: tuple[float, float] = TRIM) -> float:
    """A relative weight moved to the nearer bound if it lies outside them."""
    low, high = bounds
    return min(max(weight, low), high)


def effective_n(weights: Iterable[tuple[float, int]]) -> float:
    """(Σ w)² / Σ w² from (weight, number of answers with it): how many unweighted answers they are worth.

    Kish, Survey Sampling, 1965, §11.7. Divide the number of answers by it for the design effect; 0 without
    answers.
    """
    pairs = list(weights)
    squares = fsum(count * weight * weight for weight, count in pairs)
    return fsum(count * weight for weight, count in pairs) ** 2 / squares if squares else 0.0


def weighted_mean(answers: Iterable[tuple[float, float, int]], *, confidence: float = CONFIDENCE) -> Interval:
    """The mean of (value, weight, number of answers), with the interval of as many answers as they are worth.

    The variance is Σ w (x − x̄)² / Σ w · n/(n − 1), and the standard error has Kish's effective number of
    answers below it: what weighting costs is its design effect. ValueError for a weight that is not positive.
    """
    rows = list(answers)
    if any(weight <= 0 for _, weight, _ in rows):
        raise ValueError("a weight must be positive")
    n, worth = sum(count for _, _, count in rows), effective_n((weight, count) for _, weight, count in rows)
    total = fsum(weight * count for _, weight, count in rows)
    if n == 0:
        return Interval(None, None, None, 0, "weighted")
    mean = fsum(value * weight * count for value, weight, count in rows) / total
    if n == 1:
        return Interval(mean, None, None, worth, "weighted")
    squares = fsum(weight * count * (value - mean) ** 2 for value, weight, count in rows)
    variance = squares / total * n / (n - 1) / worth
    return t_interval(mean, variance, n - 1, n=worth, method="weighted", confidence=confidence)


def design_effect(weights: Iterable[tuple[float, int]]) -> float | None:
    """How many times more answers weighted figures need for the same precision; None without answers."""
    pairs = list(weights)
    worth = effective_n(pairs)
    return sum(count for _, count in pairs) / worth if worth else None


def raked(cells: Mapping[Cell, float], margins: Sequence[Mapping[str, float]]) -> dict[Cell, float]:
    """Cell totals moved, by iterative proportional fitting, until they meet every margin.

    `cells` maps a tuple of categories (one per margin) to a number of answers or a sum of base weights; the
    result divided by it is the weight of an answer in that cell. Deming and Stephan (Annals of Mathematical
    Statistics 11, 1940). ValueError if the margins have different totals, if a category has a target but no
    answers or answers but no target, or if the empty cells make the margins contradict each other.
    """
    _check_margins(cells, margins)
    fitted = dict(cells)
    for _ in range(MAX_SWEEPS):
        if all(_meets(fitted, place, margin) for place, margin in enumerate(margins)):
            return fitted
        for place, margin in enumerate(margins):
            sums = _sums(fitted, place)
            fitted = {
                cell: total and total * margin[cell[place]] / sums[cell[place]]
                for cell, total in fitted.items()
            }
    raise ValueError("the margins contradict each other: no weights can meet them all")


def _meets(cells: Mapping[Cell, float], place: int, margin: Mapping[str, float]) -> bool:
    sums = _sums(cells, place)
    return all(isclose(sums.get(name, 0.0), target, rel_tol=RAKED) for name, target in margin.items())


def _sums(cells: Mapping[Cell, float], place: int) -> dict[str, float]:
    parts: defaultdict[str, list[float]] = defaultdict(list)
    for cell, total in cells.items():
        parts[cell[place]].append(total)
    return {category: fsum(totals) for category, totals in parts.items()}


def _check_margins(cells: Mapping[Cell, float], margins: Sequence[Mapping[str, float]]) -> None:
    totals = [fsum(margin.values()) for margin in margins]
    if any(not isclose(total, totals[0], rel_tol=1e-9) for total in totals):
        raise ValueError(f"the margins add up to different totals: {totals}")
    for place, margin in enumerate(margins):
        sums = _sums(cells, place)
        if unmet := sorted(name for name, target in margin.items() if target and not sums.get(name)):
            raise ValueError(f"nobody answered in {unmet}: merge these categories with others")
        if unknown := sorted(sums.keys() - margin.keys()):
            raise ValueError(f"the margin names no target for {unknown}")
