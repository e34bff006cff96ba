"""Means, quantiles and the difference between two means, from value → count mappings.

Counts are unweighted numbers of answers per value, as a GROUP BY or a value_counts gives them. A scale's
mean is the last thing a report shows, after the whole distribution and the top-box share.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import floor, fsum

from reports.statistics.interval import (
    CONFIDENCE,
    Counts,
    Interval,
    checked_total,
    named,
    sampled_share,
    t_interval,
)


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of answers, mean (None without answers) and variance with divisor n − 1 (None below two)."""

    n: int
    mean: float | None
    variance: float | None


def moments(counts: Counts) -> Moments:
    """Mean and variance of a value → count mapping, in two passes and with exact summation.

    Both start from one of the answers, so that equal answers have exactly that mean and no variance.
    """
    n = checked_total(counts)
    if n == 0:
        return Moments(0, None, None)
    start = min(value for value, count in counts.items() if count)
    mean = start + fsum((value - start) * count for value, count in counts.items()) / n
    squares = fsum(count * (value - mean) ** 2 for value, count in counts.items())
    return Moments(n, mean, squares / (n - 1) if n > 1 else None)


def variance_of_mean(group: Moments, population: int | None) -> float | None:
    """(1 − n/N) s²/n, zero if everybody answered, None if one answer (or none) leaves it unknown.

    Cochran, Sampling Techniques, 3rd ed. 1977, theorem 2.2 with the sample variance.
    """
    sampled = sampled_share(group.n, population)
    if group.n and sampled == 1.0:
        return 0.0
    return None if group.variance is None else (1 - sampled) * group.variance / group.n


def mean_interval(
    counts: Counts, *, population: int | None = None, confidence: float = CONFIDENCE
) -> Interval:
    """The mean with Student's t interval: se = s/√n · √(1 − n/N), n − 1 degrees of freedom (Student 1908).

    No answers: no estimate and no limits. One answer: an estimate without limits. n = N: a point. Equal
    answers throughout also give a point; that says nothing about the others, and a report must not show it
    as certainty.
    """
    group, method = moments(counts), named("t", population)
    if group.mean is None:
        return Interval(None, None, None, 0, method)
    return t_interval(
        group.mean,
        variance_of_mean(group, population),
        group.n - 1,
        n=group.n,
        method=method,
        confidence=confidence,
    )


def mean_difference(
    first: Counts,
    second: Counts,
    *,
    populations: tuple[int | None, int | None] = (None, None),
    confidence: float = CONFIDENCE,
) -> Interval:
    """The first mean minus the second, for independent groups with unequal variances (Welch 1947).

    se² = v₁ + v₂ with v = (1 − n/N) s²/n, and Welch–Satterthwaite degrees of freedom (v₁ + v₂)² / (v₁²/(n₁
    − 1) + v₂²/(n₂ − 1)). Without answers in a group there is no estimate; with a single answer in a group
    that was not asked completely there are no limits.
    """
    a, b = moments(first), moments(second)
    n, method = a.n + b.n, "welch" if populations == (None, None) else "welch_fpc"
    if a.mean is None or b.mean is None:
        return Interval(None, None, None, n, method)
    v1, v2 = variance_of_mean(a, populations[0]), variance_of_mean(b, populations[1])
    variance = None if v1 is None or v2 is None else v1 + v2
    df = _satterthwaite([(v, group.n) for v, group in ((v1, a), (v2, b)) if v])
    return t_interval(a.mean - b.mean, variance, df, n=n, method=method, confidence=confidence)


def _satterthwaite(parts: list[tuple[float, int]]) -> float:
    """Degrees of freedom of a sum of variances; parts without variance do not count."""
    below = fsum(variance * variance / (n - 1) for variance, n in parts)
    return max(1.0, fsum(variance for variance, _ in parts) ** 2 / below) if below else 1.0


def quantile(counts: Counts, q: float) -> float | None:
    """The value below which the fraction q of the answers lies, None without answers.

    Linear interpolation between neighbours at rank (n − 1) q: type 7 of Hyndman and Fan (American
    Statistician 50, 1996), the default of pandas, NumPy and R. ValueError unless 0 ≤ q ≤ 1.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"a quantile is asked for at a fraction between 0 and 1, not {q}")
    n = checked_total(counts)
    if n == 0:
        return None
    rank = (n - 1) * q
    below = floor(rank)
    low, high = _at_rank(counts, below), _at_rank(counts, min(below + 1, n - 1))
    return low + (rank - below) * (high - low)


def median(counts: Counts) -> float | None:
    """The middle answer, or the mean of the two middle ones; None without answers."""
    return quantile(counts, 0.5)


def _at_rank(counts: Counts, rank: int) -> float:
    """The value at a place of the sorted answers, counted from 0."""
    pairs = sorted(counts.items())
    upto = accumulate(count for _, count in pairs)
    return next(value for (value, _), end in zip(pairs, upto, strict=True) if end > rank)
