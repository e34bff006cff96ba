"""The change of a mean or a share between two waves that share some of their people, none, or all.

Who answered twice brings their own average along, so that the difference is surer than between strangers.
A share is the mean of answers that are 1 or 0.
"""

from collections.abc import Mapping
from math import fsum, sqrt
from typing import TypeAlias

from reports.statistics.interval import CONFIDENCE, Counts, Interval, t_interval
from reports.statistics.means import Moments, mean_difference, moments

Pairs: TypeAlias = Mapping[tuple[int, int], int] | Mapping[tuple[float, float], int]
"""How often a person gave the first value in the earlier wave and the second in the later one."""


def change(earlier: Counts, later: Counts, both: Pairs, *, confidence: float = CONFIDENCE) -> Interval:
    """The later mean minus the earlier one. `both` are those who answered in each; either counts them too.

    se² = s₁²/n₁ + s₂²/n₂ − 2 c r s₁s₂/(n₁n₂), where c people answered twice with correlation r, and degrees
    of freedom between Welch's (nobody twice) and c − 1 (everybody twice): Derrick, Russ, Toher and White,
    Journal of Modern Applied Statistical Methods 16, 2017, 137-157 (T_new2). With fewer than two pairs the
    samples are taken as separate. ValueError when more answered twice than at all.
    """
    a, b, c = moments(earlier), moments(later), sum(both.values())
    if c > min(a.n, b.n):
        raise ValueError(f"{c} people cannot have answered twice: {a.n} and {b.n} answered at all")
    separate = mean_difference(later, earlier, confidence=confidence)
    if c < 2 or a.mean is None or b.mean is None or a.variance is None or b.variance is None:  # noqa: PLR2004
        return separate
    shared = _correlation(both) * sqrt(a.variance * b.variance)
    return t_interval(
        b.mean - a.mean,
        max(0.0, a.variance / a.n + b.variance / b.n - 2 * c * shared / (a.n * b.n)),
        _freedom(a, b, c, separate.df or 1.0),
        n=a.n + b.n,
        method="overlapping",
        confidence=confidence,
    )


def _correlation(both: Pairs) -> float:
    """Of the two answers of those who answered twice; 0 where one side does not vary."""
    c = sum(both.values())
    first = fsum(x * n for (x, _), n in both.items()) / c
    second = fsum(y * n for (_, y), n in both.items()) / c
    crossed = fsum((x - first) * (y - second) * n for (x, y), n in both.items())
    squares = (
        fsum((x - first) ** 2 * n for (x, _), n in both.items()),
        fsum((y - second) ** 2 * n for (_, y), n in both.items()),
    )
    return crossed / sqrt(squares[0] * squares[1]) if all(squares) else 0.0


def _freedom(a: Moments, b: Moments, c: int, welch: float) -> float:
    alone = a.n + b.n - 2 * c
    return max(1.0, (c - 1) + (welch - c + 1) / (a.n + b.n) * alone)
