"""Many comparisons at once: which of them may be called different, and how many would seem so by chance."""

from collections.abc import Sequence
from itertools import accumulate
from math import erfc, sqrt
from typing import Final

from reports.statistics.interval import CONFIDENCE, Interval

SQRT2: Final = sqrt(2)


def p_value(found: Interval) -> float | None:
    """The two-sided p of "no difference" that belongs to an interval's standard error; None without one.

    By the normal distribution: it serves to rank and to adjust comparisons; the interval itself decides.
    """
    if found.estimate is None or not found.se:
        return None
    return erfc(abs(found.estimate) / found.se / SQRT2)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted so that the chance of any false alarm stays as chosen (Holm, Scand. J. Statistics 6, 1979)."""
    m = len(p_values)
    order = sorted(range(m), key=lambda place: p_values[place])
    raised = [min(1.0, (m - rank) * p_values[place]) for rank, place in enumerate(order)]
    return _back(order, list(accumulate(raised, max)))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted so that the share of false alarms among the alarms stays as chosen.

    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57, 1995.
    """
    m = len(p_values)
    order = sorted(range(m), key=lambda place: p_values[place], reverse=True)
    lowered = [min(1.0, p_values[place] * m / (m - rank)) for rank, place in enumerate(order)]
    return _back(order, list(accumulate(lowered, min)))


def expected_by_chance(comparisons: int, confidence: float = CONFIDENCE) -> float:
    """How many of so many comparisons would seem different although nothing is."""
    return comparisons * (1 - confidence)


def _back(order: Sequence[int], values: Sequence[float]) -> list[float]:
    found = [0.0] * len(order)
    for place, value in zip(order, values, strict=True):
        found[place] = value
    return found
