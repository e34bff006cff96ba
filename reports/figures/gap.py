"""Staff and members: how far the staff's prediction lies from what members answered.

The gap is mean(prediction) − mean(actual), positive where staff were too hopeful, with Welch's interval. It
is called a difference only where the interval leaves out 0 and the gap is as large as was declared before.
Nothing is said about a single member of the staff, and no exact gap where either side is withheld.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.engine.flow import Question
from reports.figures.choices import chosen, top_choices
from reports.figures.publish import nearly_all_alike, share_estimate
from reports.figures.shapes import Estimate, Tally
from reports.statistics import mean_difference, mean_interval

SMALLEST_GAP: Final = 0.10
"""Ten points: what was declared interesting before anybody looked."""

FEWEST_STAFF: Final = 5

Verdict = Literal["hopeful", "gloomy", "near", "unsure"]
"""Staff expected more, or less, than members said; both agree within ten points; too little to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One item. Fractions of one."""

    question: Question
    members: Estimate
    """The share of good answers among members."""
    staff: int
    """How many predicted."""
    predicted: float
    predicted_low: float
    predicted_high: float
    """Their mean prediction with its t interval."""
    value: float
    low: float
    high: float
    verdict: Verdict
    overlap: int | None
    """How much the answers of staff and members have in common, whole percent of Σ min(p, q); None where too
    few staff gave their own answer, or nearly all the same."""


def gap(members: Tally, predictions: Mapping[int, int], own: Tally) -> Gap | None:
    """From the members' answers, the staff's predictions (members of ten → how often) and their own answers.

    None below five predictions, where nearly all staff say the same, or where the share is withheld.
    """
    n = sum(predictions.values())
    if n < max(FEWEST_STAFF, members.k) or members.answered < members.k:
        return None
    good = top_choices(members.question)
    count = sum(chosen(members)[one] for one in good)
    share = share_estimate("top", good, count, members.answered, members.frame)
    guessed = {value / 10: times for value, times in predictions.items()}
    if share.sign or nearly_all_alike(guessed):
        return None
    actual = {1.0: count, 0.0: members.answered - count}
    found = mean_difference(guessed, actual, populations=(None, members.frame))
    mean = mean_interval(guessed)
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    assert mean.estimate is not None
    assert mean.low is not None
    assert mean.high is not None
    return Gap(
        question=members.question,
        members=share,
        staff=n,
        predicted=mean.estimate,
        predicted_low=max(0.0, mean.low),
        predicted_high=min(1.0, mean.high),
        value=found.estimate,
        low=found.low,
        high=found.high,
        verdict=verdict(found.estimate, found.low, found.high),
        overlap=_overlap(members, own),
    )


def verdict(value: float, low: float, high: float) -> Verdict:
    """Different only beyond chance and beyond ten points; near only if the whole interval is within them."""
    if low > 0 and value >= SMALLEST_GAP:
        return "hopeful"
    if high < 0 and value <= -SMALLEST_GAP:
        return "gloomy"
    return "near" if low >= -SMALLEST_GAP and high <= SMALLEST_GAP else "unsure"


def _overlap(members: Tally, own: Tally) -> int | None:
    if own.answered < max(FEWEST_STAFF, members.k):
        return None
    theirs, ours = chosen(members), chosen(own)
    if any(nearly_all_alike(_places(counts)) for counts in (theirs, ours)):
        return None
    common = sum(min(theirs[one] / members.answered, ours[one] / own.answered) for one in ours)
    return round(100 * common)


def _places(counts: Counter[str]) -> dict[float, int]:
    """The same counts under numbers of their own: here only their sizes matter."""
    return {float(place): n for place, n in enumerate(counts.values())}
