"""Whether two questions have to do with each other, from a table of counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from reports.statistics.distributions import chi_square_tail


@dataclass(frozen=True, slots=True)
class Association:
    """Pearson's chi-square with its degrees of freedom and p, and Cramér's V between 0 and 1."""

    chi_square: float
    df: int
    p: float
    cramers_v: float
    smallest_expected: float
    """Below 5 in more than a few cells the p is only rough (Cochran, Biometrics 10, 1954)."""


def association(table: Sequence[Sequence[int]]) -> Association | None:
    """Independence of rows and columns; None where a side has fewer than two values with answers.

    Pearson, Philosophical Magazine 50, 1900, without continuity correction. ValueError for rows of unequal
    length or negative counts.
    """
    if any(count < 0 for row in table for count in row):
        raise ValueError("a count cannot be negative")
    columns = list(zip(*table, strict=True))
    rows = [row for row in table if sum(row)]
    kept = [place for place, column in enumerate(columns) if sum(column)]
    df = (len(rows) - 1) * (len(kept) - 1)
    if len(rows) <= 1 or len(kept) <= 1:
        return None
    n = sum(map(sum, rows))
    totals = [sum(columns[place]) for place in kept]
    expected = [[sum(row) * total / n for total in totals] for row in rows]
    found = sum(
        (row[place] - wanted) ** 2 / wanted
        for row, line in zip(rows, expected, strict=True)
        for place, wanted in zip(kept, line, strict=True)
    )
    v = sqrt(found / (n * (min(len(rows), len(kept)) - 1)))
    return Association(found, df, chi_square_tail(found, df), min(1.0, v), min(map(min, expected)))
