"""What single rows may show to somebody without the right to the full data.

A row is shown as far as enough others look exactly like it; the rest is hidden, and never so few of them
that a subtraction would bring them back. Works on pandas tables; nothing here reads a database.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from reports.suppression import K_CROSS, K_SCORES, TAILS, shown

HIDDEN: Final = "hidden"
"""The status of an answer that is there and not shown."""


def of_groups(table: pd.DataFrame, by: Sequence[str], value: str, k: int = K_SCORES) -> pd.Series:
    """Which rows may show their value: within each group, by the rule of small cells and of unanimity.

    Values of fewer than k rows are hidden, and the next smallest along with them. Where nearly all gave one
    value, all are hidden. Returns booleans by the table's index.
    """
    allowed = pd.Series(data=False, index=table.index)
    for _, group in table.groupby(list(by), observed=True, dropna=False):
        said = group[value].map(str)
        counts = {str(one): int(n) for one, n in said.value_counts().items()}
        n = sum(counts.values())
        tail = next(width for start, width in TAILS if n >= start)
        if max(counts.values()) * 100 >= (100 - tail) * n:
            continue
        allowed.loc[group.index] = said.isin(shown(counts, k) or ())
    return allowed


def of_rows(table: pd.DataFrame, columns: Sequence[str], k: int = K_CROSS) -> pd.Series:
    """Which rows may be shown: those whose values in all these columns together are shared by k rows.

    The hidden ones are none, or at least k. Returns booleans by the table's index.
    """
    if table.empty or not columns:
        return pd.Series(data=bool(columns) or len(table) >= k, index=table.index)
    said = joined(table, columns)
    counts = {str(one): int(n) for one, n in said.value_counts().items()}
    return said.isin(shown(counts, k) or ())


def joined(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """What stands in these columns of each row, as one text."""
    rows = table[list(columns)].itertuples(index=False, name=None)
    return pd.Series(["\x1f".join(map(str, row)) for row in rows], index=table.index, dtype=object)
