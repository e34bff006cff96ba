"""Shares of answers and the difference between two of them, with intervals that hold for small groups.

Shares are fractions in [0, 1]. A population, where given, is the number of people who could have been
asked: answers are a sample from it without replacement, and asking everybody leaves no sampling error.
"""

from collections.abc import Collection, Sequence
from math import hypot, sqrt

from reports.statistics.interval import (
    CONFIDENCE,
    Counts,
    Interval,
    checked_total,
    named,
    sampled_share,
    z_value,
)


def share_interval(
    count: float, n: float, *, population: int | None = None, confidence: float = CONFIDENCE
) -> Interval:
    """The share count / n with the score interval of Wilson (JASA 22, 1927, 209–212).

    centre = (p + z²/2m) / (1 + z²/m), half = z / (1 + z²/m) · √(p(1 − p)/m + z²/4m²), where m = n or, in a
    finite population, m = n (N − 1) / (N − n). Without answers there is no estimate and the interval is [0,
    1]; n = N gives the point [p, p]. Weighted shares pass the effective number of answers as n. ValueError
    unless 0 ≤ count ≤ n ≤ N.
    """
    estimate, low, high = _wilson(count, n, population, confidence)
    return Interval(estimate, low, high, n, named("wilson", population))


def share_of(
    counts: Counts,
    values: Collection[float],
    *,
    population: int | None = None,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The share of answers whose value is one of `values`, from a value → count mapping."""
    n = checked_total(counts)
    count = sum(count for value, count in counts.items() if value in values)
    return share_interval(count, n, population=population, confidence=confidence)


def top_box(
    counts: Counts,
    scale: Sequence[float],
    boxes: int = 2,
    *,
    population: int | None = None,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The share of answers in the last `boxes` points of `scale`, which lists every point in order.

    Two boxes of a five-point scale are the usual "top-2" and the customer satisfaction score (CSAT).
    Reverse the scale for the bottom boxes. ValueError unless 1 ≤ boxes ≤ points of the scale.
    """
    if not 1 <= boxes <= len(scale):
        raise ValueError(f"{boxes} boxes do not fit a scale of {len(scale)} points")
    return share_of(counts, scale[-boxes:], population=population, confidence=confidence)


def share_difference(
    first: tuple[float, float],
    second: tuple[float, float],
    *,
    populations: tuple[int | None, int | None] = (None, None),
    confidence: float = CONFIDENCE,
) -> Interval:
    """The first share minus the second, each given as (count, n), for independent groups.

    d − √((p₁ − l₁)² + (u₂ − p₂)²) to d + √((u₁ − p₁)² + (p₂ − l₂)²) from the two Wilson intervals: the
    hybrid score interval, method 10 of Newcombe (Statistics in Medicine 17, 1998, 873–890). A group without
    answers leaves no estimate and the widest limits that the other one allows.
    """
    n, method = first[1] + second[1], "newcombe" if populations == (None, None) else "newcombe_fpc"
    (p1, low1, high1), (p2, low2, high2) = (
        _wilson(*group, population, confidence)
        for group, population in zip((first, second), populations, strict=True)
    )
    if p1 is None or p2 is None:
        return Interval(None, low1 - high2, high1 - low2, n, method)
    d = p1 - p2
    return Interval(d, d - hypot(p1 - low1, high2 - p2), d + hypot(high1 - p1, p2 - low2), n, method)


def _wilson(
    count: float, n: float, population: int | None, confidence: float
) -> tuple[float | None, float, float]:
    """The share (None without answers) and its Wilson limits."""
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is not a share")
    sampled = sampled_share(n, population)
    if n == 0:
        return None, 0.0, 1.0
    p = count / n
    if population is not None and sampled == 1.0:
        return p, p, p
    m = n if population is None else n * (population - 1) / (population - n)
    z = z_value(confidence)
    shrink = 1 + z * z / m
    centre = (p + z * z / (2 * m)) / shrink
    half = z / shrink * sqrt(p * (1 - p) / m + z * z / (4 * m * m))
    # Exact ends instead of rounding noise, and the estimate never a digit outside its own interval.
    low = 0.0 if count == 0 else min(p, centre - half)
    high = 1.0 if count == n else max(p, centre + half)
    return p, low, high
