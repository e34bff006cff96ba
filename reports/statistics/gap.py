"""How two distributions of answers over the same points differ: what staff expected, and what members said.

Each side is a value → weight mapping (answers, or shares of a prediction), of which only the proportions
count. Neither side may be empty: ValueError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import fsum
from typing import TypeAlias

Weights: TypeAlias = Mapping[int, float] | Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Gap:
    """`mean` is the first minus the second; the others say how far the two are apart, and in which order.

    `overlap` is Σ min(p, q), 1 for equal distributions. `distance` is Σ |F_p − F_q| over the steps between
    the values: how many points of the scale an answer would have to move on average (earth mover's distance).
    `delta` is Cliff's delta (Psychological Bulletin 114, 1993): P(first > second) − P(first < second), and
    `superiority` P(first > second) with ties halved.
    """

    mean: float
    overlap: float
    distance: float
    delta: float
    superiority: float


def gap(first: Weights, second: Weights) -> Gap:
    """Compare two distributions over the same numbers."""
    values = sorted({float(value) for value in (*first, *second)})
    p, q = _shares(first, values), _shares(second, values)
    steps = [after - before for before, after in pairwise(values)]
    apart = [abs(a - b) for a, b in zip(accumulate(p), accumulate(q), strict=True)]
    below = [0.0, *accumulate(q)]
    less = fsum(share * below[place] for place, share in enumerate(p))
    equal = fsum(a * b for a, b in zip(p, q, strict=True))
    return Gap(
        mean=fsum((a - b) * value for a, b, value in zip(p, q, values, strict=True)),
        overlap=fsum(min(a, b) for a, b in zip(p, q, strict=True)),
        distance=fsum(step * far for step, far in zip(steps, apart, strict=False)),
        delta=2 * less + equal - 1,
        superiority=less + equal / 2,
    )


def _shares(weights: Weights, values: list[float]) -> list[float]:
    total = fsum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("a distribution needs answers, and none may be negative")
    by_value = {float(value): weight / total for value, weight in weights.items()}
    return [by_value.get(value, 0.0) for value in values]
