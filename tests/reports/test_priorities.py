"""Where to put limited resources: named only where nothing crosses the line; the correlation behind it."""

from collections import Counter
from collections.abc import Mapping
from math import atanh, sqrt, tanh
from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr  # type: ignore[import-untyped]

from bot.engine.flow import Question
from reports.figures import Steps, Tally
from reports.figures.priorities import Priorities, Topic, is_outcome, priorities
from reports.statistics.correlation import correlation
from tests.reports.seed import faces, nps, yes_no


def tally(question: Question, counts: Mapping[Any, int]) -> Tally:
    """These answers of a scale, each so often."""
    n = sum(counts.values())
    return Tally(
        question=question,
        values={str(value): times for value, times in counts.items()},
        steps=Steps(asked=n, answered=n),
    )


def topic(name: str, good: int, together: int, n: int = 200) -> Topic:
    """A topic with so many good answers in ``n``, of which so many go along with the key question."""
    scale = faces(name)
    pairs = {(5.0, 5.0): together // 2, (1.0, 1.0): together - together // 2}
    apart = n - together
    pairs |= {(5.0, 1.0): apart // 2, (1.0, 5.0): apart - apart // 2}
    return Topic(tally(scale, {5: good, 1: n - good}), pairs, None)


def test_each_corner_has_its_advice() -> None:
    """Matters and poor: first; matters and good: keep; matters less: enough, or later; between: nothing."""
    found = priorities([
        topic("poor", 50, 190), topic("good", 160, 185), topic("extra", 165, 105), topic("odd", 45, 100),
        topic("middle", 105, 145),
    ])  # fmt: skip
    assert found is not None
    assert {one.question.id: one.quadrant for one in found.topics} == {
        "poor": "first", "good": "keep", "extra": "enough", "odd": "later", "middle": "",
    }  # fmt: skip
    assert [one.question.id for one in found.topics][:2] == ["poor", "good"]
    assert found.experience_line == pytest.approx(sum(one.experience.value for one in found.topics) / 5)


def test_what_people_say_matters_stands_beside() -> None:
    """The share who call it important, where they were asked and enough answered."""
    asked = [tally(faces("a_matters"), {5: 60, 1: 40}), tally(faces("b_matters"), {5: 2}), None]
    topics = [topic(name, 100, 150)._replace(asked=one) for name, one in zip("abc", asked, strict=True)]
    found = priorities(topics)
    assert found is not None
    assert [one.asked.value if one.asked else None for one in found.topics] == [0.6, None, None]


@pytest.mark.parametrize(
    "odd",
    [
        topic("few", 2, 2, 4), topic("pairs", 14, 14, 28), topic("alike", 200, 150),
        topic("flat", 100, 150)._replace(pairs={(3.0, 1.0): 50, (3.0, 5.0): 50}),
    ],
)  # fmt: skip
def test_topics_of_which_too_little_is_known_are_left_out(odd: Topic) -> None:
    """Few answers, few pairs, nearly all alike, no variation: with two others that makes no picture."""
    rest = [topic("a", 100, 150), topic("b", 120, 150)]
    assert priorities([*rest, odd]) is None
    assert isinstance(priorities([*rest, odd, topic("c", 80, 120)]), Priorities)


def test_other_outcomes_are_no_topics() -> None:
    """Recommending us and coming again are ends, not means."""
    assert [is_outcome(one) for one in (nps("rec"), yes_no("again"), faces("heard"))] == [True, True, False]


def test_the_correlation_is_pearson_s() -> None:
    """200 random data sets agree with scipy in estimate and interval."""
    chance = np.random.default_rng(7)
    for _ in range(200):
        n = int(chance.integers(5, 80))
        x = chance.integers(1, 6, n)
        y = np.clip(x + chance.integers(-2, 3, n), 1, 5)
        found = correlation(Counter((float(a), float(b)) for a, b in zip(x, y, strict=True)))
        if len(set(x)) == 1 or len(set(y)) == 1:
            assert found.estimate is None
            continue
        expected = pearsonr(x, y)
        assert found.estimate == pytest.approx(expected.statistic, abs=1e-9)
        if abs(expected.statistic) < 0.999:
            limits = expected.confidence_interval()
            assert (found.low, found.high) == pytest.approx((limits.low, limits.high), abs=1e-9)


def test_the_ends_of_a_correlation() -> None:
    """Nothing, no variation, three pairs, a straight line, an impossible count; and the textbook formula."""
    assert correlation({}).estimate is None
    assert correlation({(1.0, 1.0): 5, (1.0, 2.0): 5}).estimate is None
    few = correlation({(1.0, 1.0): 1, (2.0, 3.0): 1, (3.0, 2.0): 1})
    assert few.estimate == pytest.approx(0.5)
    assert few.low is None
    line = correlation({(1.0, 1.0): 5, (2.0, 2.0): 5})
    assert (line.estimate, line.low) == (1.0, None)
    with pytest.raises(ValueError, match="negative"):
        correlation({(1.0, 1.0): -1})
    known = correlation({(1.0, 1.0): 40, (2.0, 2.0): 40, (1.0, 2.0): 10, (2.0, 1.0): 10})
    assert known.low == pytest.approx(tanh(atanh(0.6) - 1.959964 / sqrt(97)), abs=1e-6)
