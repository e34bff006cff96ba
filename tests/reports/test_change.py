"""What changed between two groups of answers: right by the textbook, silent where one side is hidden."""

from collections.abc import Mapping
from dataclasses import replace
from math import hypot
from typing import Any

import msgspec
import pytest

from bot.engine.flow import Question
from reports.figures import Change, Estimate, Steps, Tally, figure
from reports.figures.change import change
from reports.statistics import mean_difference, share_difference
from tests.reports.seed import faces, nps, plain, select, yes_no


def tally(question: Question, answers: Mapping[Any, int], population: int | None = None) -> Tally:
    """These answers, each so often."""
    n = sum(answers.values())
    values = {msgspec.json.encode(value).decode(): times for value, times in answers.items()}
    return Tally(question=question, values=values, steps=Steps(asked=n, answered=n), population=population)


def told(before: Tally, after: Tally) -> Change | None:
    """The change between two tallies, by their own headlines."""
    headlines = [figure(one).picture.headline for one in (before, after)]
    return change(before, headlines[0], after, headlines[1])


def test_a_share_changes_by_newcombe() -> None:
    """56 of 70 after 48 of 80: 0.20, from 0.052 to 0.334."""
    question = yes_no("again")
    found = told(tally(question, {True: 48, False: 32}), tally(question, {True: 56, False: 14}))
    assert found is not None
    assert (round(found.value, 2), round(found.low, 3), round(found.high, 3)) == (0.2, 0.052, 0.334)
    assert (found.sure, found.method) == (True, "newcombe")
    assert (found.before.value, found.after.value) == (0.6, 0.8)


def test_the_population_counts() -> None:
    """Where the audience is known, the interval is narrower, as in the statistics."""
    question = faces("mood")
    before, after = tally(question, {4: 12, 2: 28}, 50), tally(question, {4: 18, 2: 22}, 60)
    found, expected = told(before, after), share_difference((18, 40), (12, 40), populations=(60, 50))
    assert found is not None
    assert (found.value, found.low, found.high) == (expected.estimate, expected.low, expected.high)
    assert found.sure


def test_the_same_choice_is_compared() -> None:
    """The most frequent choice now against its own share before, though another led then."""
    question = select("why", "art", "food", multiple=True)
    before = tally(question, {("art",): 30, ("art", "food"): 5, ("food",): 5})
    after = tally(question, {("food",): 25, ("art",): 15})
    found = told(before, after)
    assert found is not None
    assert (found.before.of, found.before.value, found.after.value) == (("food",), 0.25, 0.63)


def test_an_order_is_compared_by_its_first() -> None:
    """Art stood first for ten of forty before, and for thirty of forty now."""
    question = replace(select("rank", "art", "food"), type="rank")
    before = tally(question, {("art", "food"): 10, ("food", "art"): 30})
    found = told(before, tally(question, {("art", "food"): 30, ("food", "art"): 10}))
    assert found is not None
    assert (found.after.of, found.before.value, found.after.value) == (("art",), 0.25, 0.75)


def test_a_score_and_a_mean_change() -> None:
    """The score by its two intervals, the mean by Welch."""
    score = nps("rec")
    found = told(tally(score, {10: 10, 8: 20, 3: 20}), tally(score, {10: 30, 8: 10, 3: 10}))
    assert found is not None
    first, second = found.before, found.after
    assert (found.unit, found.value) == ("score", 60)
    assert found.low == pytest.approx(60 - hypot(second.value - second.low, first.high - first.value))  # type: ignore[operator]
    number = plain("age", "integer")
    low, high = {20: 10, 30: 10, 40: 10}, {30: 10, 40: 10, 50: 10}
    mean, expected = told(tally(number, low), tally(number, high)), mean_difference(high, low)
    assert mean is not None
    assert (mean.unit, mean.value, mean.low, mean.high) == (
        "number", 10.0, expected.low, expected.high,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({True: 2, False: 2}, {True: 20, False: 20}),
        ({True: 20, False: 20}, {True: 2, False: 2}),
        ({True: 40}, {True: 20, False: 20}),
        ({True: 20, False: 20}, {True: 40}),
    ],
)
def test_what_is_hidden_on_one_side_is_hidden_in_the_change(
    before: dict[object, int], after: dict[object, int]
) -> None:
    """Neither a small group nor a unanimous one can be worked out from the difference."""
    question = yes_no("again")
    assert told(tally(question, before), tally(question, after)) is None


def test_without_a_headline_there_is_no_change() -> None:
    """Words have none; a mean is withheld where nearly all are alike; another figure is no comparison."""
    words, number, score = plain("story", "text"), plain("age", "integer"), nps("rec")
    assert told(tally(words, {}), tally(words, {})) is None
    assert told(tally(number, {5: 40}), tally(number, {5: 20, 6: 20})) is None
    assert told(tally(score, {10: 40}), tally(score, {10: 20, 3: 20})) is None
    other = Estimate(what="median", unit="number", value=5.0)
    after = tally(number, {5: 20, 6: 20})
    assert change(after, other, after, figure(after).picture.headline) is None
