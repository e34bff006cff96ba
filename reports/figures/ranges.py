"""Figures of numbers and dates: ranges that each hold enough answers, so that no extreme value stands alone.

Nothing here knows how a number or a date is written.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Final

from reports.figures.publish import mean_estimate, nearly_all_alike, share
from reports.figures.shapes import Bar, Estimate, Picture, Tally
from reports.statistics import median

MOST_RANGES: Final = 8
"""More bars say nothing more to the eye."""


MINUTES: Final = 60


def numbers(tally: Tally) -> Picture:
    """Mean and median, and the distribution in ranges."""
    counts: Counter[float] = Counter()
    for value, times in tally.decoded():
        counts[float(value)] += times
    others = () if nearly_all_alike(counts) else (_median(counts),)
    return Picture(
        headline=mean_estimate(counts, tally.frame), others=others, bars=_bars(tally, counts), form="numbers"
    )


def dates(tally: Tally) -> Picture:
    """The distribution in ranges of days."""
    counts: Counter[float] = Counter()
    for value, times in tally.decoded():
        counts[float(date.fromisoformat(value).toordinal())] += times
    return Picture(bars=_bars(tally, counts), form="dates")


def times(tally: Tally) -> Picture:
    """The distribution in ranges of the day."""
    counts: Counter[float] = Counter()
    for value, times in tally.decoded():
        counts[float(int(value[:2]) * MINUTES + int(value[3:]))] += times
    return Picture(bars=_bars(tally, counts), form="times")


def _median(counts: Mapping[float, int]) -> Estimate:
    middle = median(counts)
    assert middle is not None
    return Estimate(what="median", unit="number", value=middle)


def _bars(tally: Tally, counts: Mapping[float, int]) -> tuple[Bar, ...]:
    """Neighbouring values together until each range holds k answers and a fair part of all."""
    least = max(tally.k, -(-tally.answered // MOST_RANGES))
    groups: list[list[float]] = [[]]
    held = 0
    for value in sorted(counts):
        if held >= least:
            groups.append([])
            held = 0
        groups[-1].append(value)
        held += counts[value]
    if held < least and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    if len(groups) == 1 and len(groups[0]) > 1:
        return ()
    return tuple(_bar(tally, counts, group, place, len(groups)) for place, group in enumerate(groups))


def _bar(tally: Tally, counts: Mapping[float, int], group: list[float], place: int, of: int) -> Bar:
    """The outer ranges stay open, unless they are one value that enough people gave."""
    found = share(sum(counts[value] for value in group), tally.answered, tally.frame)
    return Bar(
        id=str(place + 1),
        first=group[0] if place > 0 or len(group) == 1 else None,
        last=group[-1] if place + 1 < of or len(group) == 1 else None,
        share=found.percent,
        low=found.low,
        high=found.high,
    )
