"""What must not be shown, because a small group or a unanimous one would give single people away.

Three rules: groups below k answers are hidden, a further group is hidden where a subtraction would bring
the first one back, and shares near 0 and 100 % lose their exact value. This module decides; it never reads
answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# Smallest numbers of answers that may be shown, told to people before the first question. They may be
# raised for a survey, never lowered once it is launched. Five and ten are what the large vendors and most
# school statistics use.
K_SCORES = 5  # counts, shares, means
K_COMMENTS = 10  # free text
K_CROSS = 10  # any crossing of two attributes

# From n answers on, shares within so many percent of 0 or 100 are recoded, after NCES 2011-603,
# "Statistical methods for protecting personally identifiable information in aggregate reporting". Below ten
# answers, which that report would not show at all, the widest tail is kept.
TAILS = ((300, 1), (100, 2), (40, 5), (20, 10), (0, 20))


def shown(answers: Mapping[str, int], k: int = K_SCORES) -> tuple[str, ...] | None:
    """The groups of a breakdown that may be shown, sorted; None if not even their total may be.

    `answers` maps each group to its number of answers; the total is taken to be public. Groups with fewer
    than k answers are hidden, then the smallest others (ties by name) until the hidden ones have k answers
    together, so that the total minus what is shown never isolates a small group. Empty groups are never
    listed.
    """
    if sum(answers.values()) < k:
        return None
    by_size = sorted(answers, key=lambda group: (answers[group], group))
    hidden = 0
    for place, group in enumerate(by_size):
        if answers[group] >= k and not 0 < hidden < k:
            return tuple(sorted(by_size[place:]))
        hidden += answers[group]
    return ()


@dataclass(frozen=True, slots=True)
class Percent:
    """A share as it may be printed: whole percent, with "≤" or "≥" where the exact value is withheld."""

    sign: Literal["", "≤", "≥"]
    value: int


def percent(count: int, n: int) -> Percent | None:
    """The share count / n in whole percent (halves up), recoded in the tails to hide unanimity.

    Of 100 answers, 98 or more are "≥ 98 %"; of 5 answers, none or one is "≤ 20 %". None without answers.
    ValueError unless 0 ≤ count ≤ n.
    """
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is not a share")
    if n == 0:
        return None
    tail = next(width for start, width in TAILS if n >= start)
    if 100 * count <= tail * n:
        return Percent("≤", tail)
    if 100 * (n - count) <= tail * n:
        return Percent("≥", 100 - tail)
    return Percent("", (200 * count + n) // (2 * n))
