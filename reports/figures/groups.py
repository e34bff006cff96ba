"""Whether those who answered look like the audience: shares of groups in both, and the R-indicator.

How many of a group answered says nothing about what they said, but of a small group it would name people:
groups below k are left out, and shares near 0 and 100 % are recoded like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.figures.publish import share
from reports.statistics import representativity, share_interval
from reports.suppression import Percent, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of the audience. Whole percent."""

    name: str
    people: int
    answered: Percent
    low: int
    high: int
    """How many of its people answered, with the 95 % interval."""
    apart: int
    """-1 fewer, 1 more than of the whole audience, beyond chance; 0: as the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """All groups that may be shown, the greatest first."""

    groups: tuple[Group, ...]
    hidden: int
    """Groups that are too small."""
    indicator: float | None
    """The R-indicator, from 1 (all groups answered alike) downwards; None where groups overlap."""


def representation(
    parts: Iterable[tuple[str, int, int]], everybody: tuple[int, int], *, k: int, apart: bool
) -> Representation | None:
    """From (name, people, answered) of each group and of everybody; None where no group may be shown.

    ``apart``: the groups do not overlap, as strata, so that they make an R-indicator together.
    """
    found = {name: (people, answered) for name, people, answered in parts}
    told = shown({name: people for name, (people, _) in found.items()}, k) or ()
    if not told or not everybody[0]:
        return None
    groups = [_group(name, *found[name], everybody) for name in told]
    pairs = [(answered / people, people) for people, answered in found.values() if people]
    whole = representativity(pairs) if apart and len(told) > 1 else None
    return Representation(
        groups=tuple(sorted(groups, key=lambda group: (-group.people, group.name))),
        hidden=len(found) - len(told),
        indicator=None if whole is None else round(whole.indicator, 2),
    )


def _group(name: str, people: int, answered: int, everybody: tuple[int, int]) -> Group:
    found = share(answered, people, None)
    interval = share_interval(answered, people)
    usual = everybody[1] / everybody[0]
    above = interval.low is not None and interval.low > usual
    below = interval.high is not None and interval.high < usual
    return Group(
        name=name,
        people=people,
        answered=found.percent,
        low=found.low,
        high=found.high,
        apart=above - below,
    )
