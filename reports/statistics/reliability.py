"""How far the items of one scale measure the same thing: Cronbach's alpha with Feldt's interval.

Reverse-keyed items have to be turned before they come here. Alpha says nothing about whether the scale
measures what its name says.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import fsum

from reports.statistics.distributions import f_quantile
from reports.statistics.interval import CONFIDENCE, Interval

FEWEST = 2  # items, and people, below which nothing can covary


def cronbach_alpha(rows: Iterable[Sequence[float | None]], *, confidence: float = CONFIDENCE) -> Interval:
    """Alpha of a scale, one row per person and one column per item, None where an item was not answered.

    α = k/(k − 1) · (1 − Σ variances / Σ all covariances) (Cronbach, Psychometrika 16, 1951), with pairwise
    deletion; pass `complete_rows(rows)` for listwise deletion. The limits are Feldt's, and n is the smallest
    number of people behind any covariance. No estimate with fewer than two items or people, or if the scores
    do not vary. ValueError for rows of unequal length.
    """
    items = list(zip(*rows, strict=True))
    k = len(items)
    own = [_covariance(item, item) for item in items]
    shared = [_covariance(first, second) for first, second in combinations(items, 2)]
    n = min((people for _, people in own + shared), default=0)
    variances = fsum(value for value, _ in own)
    total = variances + 2 * fsum(value for value, _ in shared)
    if min(k, n) < FEWEST or total <= 0:
        return Interval(None, None, None, n, "feldt")
    alpha = min(1.0, k / (k - 1) * (1 - variances / total))  # pairwise covariances can pass 1
    return feldt_interval(alpha, n, k, confidence=confidence)


def feldt_interval(alpha: float, n: int, items: int, *, confidence: float = CONFIDENCE) -> Interval:
    """The interval of an alpha known from n people and that many items, both at least 2 (else ValueError).

    1 − (1 − α) F with n − 1 and (n − 1)(k − 1) degrees of freedom (Feldt, Psychometrika 30, 1965, 357–370).
    """
    if min(items, n) < FEWEST:
        raise ValueError(f"alpha needs two items and two people, not {items} and {n}")
    low, high = (
        1 - (1 - alpha) * f_quantile((1 + side * confidence) / 2, n - 1, (n - 1) * (items - 1))
        for side in (1, -1)
    )
    return Interval(alpha, low, high, n, "feldt")


def complete_rows(rows: Iterable[Sequence[float | None]]) -> list[Sequence[float | None]]:
    """The rows of people who answered every item."""
    return [row for row in rows if None not in row]


def _covariance(first: Sequence[float | None], second: Sequence[float | None]) -> tuple[float, int]:
    """The sample covariance over people with both answers, and their number; 0 below two people."""
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    n = len(pairs)
    if n < FEWEST:
        return 0.0, n
    mean_a, mean_b = fsum(a for a, _ in pairs) / n, fsum(b for _, b in pairs) / n
    return fsum((a - mean_a) * (b - mean_b) for a, b in pairs) / (n - 1), n
