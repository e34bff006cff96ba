"""Whether those who answered look like those who were asked, as far as known groups can tell.

A high response rate proves little, and neither does a high indicator: both see only the groups they are
given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, sqrt

FEWEST = 2  # people below which a spread has no meaning


@dataclass(frozen=True, slots=True)
class Representativity:
    """R = 1 − 2S of the response propensities ρ, their mean, their spread S, and the largest bias S/(2ρ̄).

    `indicator` is 1 when every group answered equally often and falls towards 0. `largest_bias` bounds the
    bias of a mean, in standard deviations of the answer; None if nobody answered.
    """

    indicator: float
    mean: float
    spread: float
    largest_bias: float | None


def representativity(groups: Iterable[tuple[float, int]]) -> Representativity | None:
    """The R-indicator from (response propensity, people asked) of each group; None below two people.

    Schouten, Cobben and Bethlehem (Survey Methodology 35, 2009, 101–113); S has the divisor N − 1.
    ValueError for a propensity outside [0, 1].
    """
    pairs = list(groups)
    if any(not 0 <= rho <= 1 for rho, _ in pairs):
        raise ValueError("a response propensity lies between 0 and 1")
    asked = sum(size for _, size in pairs)
    if asked < FEWEST:
        return None
    mean = fsum(rho * size for rho, size in pairs) / asked
    spread = sqrt(fsum(size * (rho - mean) ** 2 for rho, size in pairs) / (asked - 1))
    return Representativity(1 - 2 * spread, mean, spread, spread / (2 * mean) if mean else None)
