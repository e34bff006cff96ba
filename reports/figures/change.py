"""What changed between two groups of answers to one question: two rounds, or before and after the reminder.

Both groups stand as they may be shown; where one of them is too small or nearly unanimous, nothing is said
about the difference either. Intervals: Newcombe for shares, Welch for means, and for the net promoter score
the same construction as Newcombe's from its two intervals (Zou and Donner, Statistics in Medicine 27, 2008).
"""

from math import hypot

from reports.figures.choices import chosen, valued
from reports.figures.publish import share_estimate
from reports.figures.shapes import Change, Estimate, Tally
from reports.statistics import mean_difference, share_difference


def change(
    before: Tally, before_headline: Estimate | None, after: Tally, headline: Estimate | None
) -> Change | None:
    """The change of what the later headline is about; None where one side may not be told exactly."""
    if headline is None or headline.sign or before.answered < before.k or after.answered < after.k:
        return None
    if headline.unit == "share":
        return _of_shares(before, after, headline)
    if before_headline is None or before_headline.sign or before_headline.what != headline.what:
        return None
    return (
        _of_scores(before_headline, headline)
        if headline.unit == "score"
        else _of_means(before, before_headline, after, headline)
    )


def _of_shares(before: Tally, after: Tally, headline: Estimate) -> Change | None:
    """The headline's choices, counted in both groups."""
    counts = [sum(chosen(tally)[one] for one in headline.of) for tally in (before, after)]
    earlier = share_estimate(headline.what, headline.of, counts[0], before.answered, before.frame)
    if earlier.sign:
        return None
    found = share_difference(
        (counts[1], after.answered), (counts[0], before.answered), populations=(after.frame, before.frame)
    )
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    return Change(
        before=earlier,
        after=headline,
        unit="share",
        value=found.estimate,
        low=found.low,
        high=found.high,
        method=found.method,
    )


def _of_scores(before: Estimate, after: Estimate) -> Change | None:
    """Scores have their limits, for neither side is withheld."""
    assert before.low is not None
    assert before.high is not None
    assert after.low is not None
    assert after.high is not None
    moved = after.value - before.value
    return Change(
        before=before,
        after=after,
        unit="score",
        value=moved,
        low=moved - hypot(after.value - after.low, before.high - before.value),
        high=moved + hypot(after.high - after.value, before.value - before.low),
        method="mover",
    )


def _of_means(before: Tally, first: Estimate, after: Tally, second: Estimate) -> Change | None:
    found = mean_difference(valued(after), valued(before), populations=(after.frame, before.frame))
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    return Change(
        before=first,
        after=second,
        unit="number",
        value=found.estimate,
        low=found.low,
        high=found.high,
        method=found.method,
    )
