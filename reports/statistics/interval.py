"""The one shape in which every estimate leaves this package, and the checks its functions share.

An interval here is sampling error only: it assumes that those who answered are like those who did not.
Nothing here rounds, formats or hides a figure; that is the work of `reports.suppression` and of the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

from reports.statistics.distributions import normal_quantile, t_quantile

# How often each value was answered. Both spellings, because a Mapping's keys are invariant.
Counts: TypeAlias = Mapping[int, int] | Mapping[float, int]

CONFIDENCE = 0.95  # the convention of the field; a report that departs from it has to say so


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence limits; None stands where the data cannot say.

    `n` is the number of answers behind it (an effective number where answers are weighted), `method` a
    short code for the formula ("…_fpc" with finite population correction), `se` the standard error and `df`
    the degrees of freedom where the method has them.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n: float
    method: str
    se: float | None = None
    df: float | None = None


def z_value(confidence: float) -> float:
    """The two-sided normal factor, 1.959964 for 0.95; ValueError unless 0 < confidence < 1."""
    return normal_quantile((1 + confidence) / 2)


def checked_total(counts: Counts) -> int:
    """The sum of a value → count mapping; ValueError if a count is negative."""
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count cannot be negative")
    return sum(counts.values())


def sampled_share(n: float, population: int | None) -> float:
    """The sampling fraction n/N, 0 for an endless population (None); ValueError if n > N."""
    if population is None:
        return 0.0
    if population < n:
        raise ValueError(f"{n} answers cannot come from a population of {population}")
    return n / population if population else 0.0


def named(method: str, population: int | None) -> str:
    """The method's code, marked when a finite population was taken into account."""
    return method if population is None else f"{method}_fpc"


def t_interval(
    estimate: float, variance: float | None, df: float, *, n: float, method: str, confidence: float
) -> Interval:
    """`estimate` ± t · √variance; without limits if the variance is unknown, a point if it is zero."""
    if variance is None:
        return Interval(estimate, None, None, n, method)
    se = sqrt(variance)
    half = t_quantile((1 + confidence) / 2, df) * se if se else 0.0
    return Interval(estimate, estimate - half, estimate + half, n, method, se, df)
