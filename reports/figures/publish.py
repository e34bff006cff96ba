"""Estimates as they may be printed: whole percent, tails recoded, intervals that give no exact value away.

Where a share is recoded as "≥ 90 %", its interval is the union of the intervals of all counts that it may
stand for; otherwise the interval would tell what the recoding hides. This module formats nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from reports.figures.shapes import Estimate, Passage, Steps, What
from reports.statistics import Interval, mean_interval, nps_interval
from reports.statistics.shares import share_interval
from reports.suppression import Percent, percent


@dataclass(frozen=True, slots=True)
class Share:
    """A share and the whole percents between which its interval lies, rounded outwards."""

    percent: Percent
    low: int
    high: int
    method: str


def share(count: int, n: int, population: int | None) -> Share:
    """The share count / n. ValueError unless 0 ≤ count ≤ n, 0 < n, and n ≤ population."""
    printed = percent(count, n)
    if printed is None:
        raise ValueError("without answers there is no share")
    if printed.sign == "≤":
        edge = share_interval(n * printed.value // 100, n, population=population)
        return Share(printed, 0, _up(edge), edge.method)
    if printed.sign == "≥":
        edge = share_interval(n - n * (100 - printed.value) // 100, n, population=population)
        return Share(printed, _down(edge), 100, edge.method)
    exact = share_interval(count, n, population=population)
    if exact.low == exact.high:  # everybody answered: there is nothing to be unsure of
        return Share(printed, printed.value, printed.value, exact.method)
    return Share(printed, _down(exact), _up(exact), exact.method)


def _down(interval: Interval) -> int:
    return floor(_percent(interval.low))


def _up(interval: Interval) -> int:
    return ceil(_percent(interval.high))


def _percent(limit: float | None) -> Fraction:
    # to nine digits, so that 0.29 * 100 does not become 28.999999999999996
    return round(Fraction(limit or 0.0) * 100, 9)


def share_estimate(what: What, of: Collection[str], count: int, n: int, population: int | None) -> Estimate:
    """A share as the headline of a question."""
    found = share(count, n, population)
    return Estimate(
        what=what,
        unit="share",
        value=found.percent.value / 100,
        low=found.low / 100,
        high=found.high / 100,
        sign=found.percent.sign,
        method=found.method,
        of=tuple(of),
    )


def nearly_all_alike(counts: Mapping[float, int]) -> bool:
    """Whether one value holds so many answers that its share is recoded: a mean would tell what is hidden."""
    n = sum(counts.values())
    printed = percent(max(counts.values(), default=0), n)
    return printed is None or printed.sign == "≥"


def mean_estimate(counts: Mapping[float, int], population: int | None) -> Estimate | None:
    """The mean with its t interval; None where nearly everybody gave the same answer."""
    if nearly_all_alike(counts):
        return None
    found = mean_interval(counts, population=population)
    assert found.estimate is not None
    return Estimate(
        what="mean",
        unit="number",
        value=found.estimate,
        low=found.low,
        high=found.high,
        method=found.method,
    )


def nps_estimate(promoters: int, passives: int, detractors: int, population: int | None) -> Estimate | None:
    """The net promoter score from -100 to 100; None where nearly everybody is passive.

    Where nearly everybody promotes, the score is at least what it would be if all others were detractors; the
    other way round at most.
    """
    n = promoters + passives + detractors
    best, middle, worst = (percent(count, n) for count in (promoters, passives, detractors))
    if best is None or worst is None or middle is None or middle.sign == "≥":
        return None
    if best.sign == "≥":
        others = n * (100 - best.value) // 100
        edge = nps_interval(n - others, 0, others, population=population)
        return _score(edge, "≥", edge.low, 1.0)
    if worst.sign == "≥":
        others = n * (100 - worst.value) // 100
        edge = nps_interval(others, 0, n - others, population=population)
        return _score(edge, "≤", -1.0, edge.high)
    found = nps_interval(promoters, passives, detractors, population=population)
    return _score(found, "", found.low, found.high)


def passage(steps: Steps) -> Passage:
    """The steps as shares. ValueError unless somebody was asked."""

    def of(count: int) -> Percent:
        return share(count, steps.asked, None).percent

    return Passage(
        asked=steps.asked,
        answered=of(steps.answered),
        skipped=of(steps.skipped),
        refused=of(steps.refused),
        timed_out=of(steps.timed_out),
        left=of(steps.left),
    )


def _score(found: Interval, sign: str, low: float | None, high: float | None) -> Estimate:
    assert found.estimate is not None
    assert low is not None
    assert high is not None
    return Estimate(
        what="nps",
        unit="score",
        value=round(found.estimate * 100),
        low=floor(low * 100),
        high=ceil(high * 100),
        sign=sign,  # type: ignore[arg-type]  # one of the three above
        method=found.method,
    )
