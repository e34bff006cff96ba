"""Staff against members: the published example, what counts as a difference, and what is never shown."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.engine.flow import Question
from reports.figures import Steps, Tally
from reports.figures.gap import gap, verdict
from tests.reports.seed import faces, yes_no

GUESSES = {8: 3, 7: 2, 9: 2, 6: 1, 10: 1}
"""Ten of the staff: 8, 7, 9, 8, 6, 9, 7, 8, 10, 8 of ten members."""


def tally(question: Question, answers: Mapping[Any, int], population: int | None = None) -> Tally:
    """These answers, each so often."""
    n = sum(answers.values())
    values = {{True: "true", False: "false"}.get(value, str(value)): n for value, n in answers.items()}
    return Tally(question=question, values=values, steps=Steps(asked=n, answered=n), population=population)


def test_the_worked_example() -> None:
    """Ten predictions against 99 of 180 members of 600: 0.25, from 0.151 to 0.349."""
    question = yes_no("again")
    guesses = {8: 4, 7: 2, 9: 2, 6: 1, 10: 1}
    found = gap(tally(question, {True: 99, False: 81}, 600), guesses, tally(question, {True: 6, False: 4}))
    assert found is not None
    assert [round(value, 3) for value in (found.value, found.low, found.high)] == [0.25, 0.151, 0.349]
    assert (found.staff, found.verdict, found.members.value, found.overlap) == (10, "hopeful", 0.55, 95)


def test_answers_in_common() -> None:
    """The smaller share of each answer, added up: staff 4 and 5, members 1 to 5 alike have 40 % in common."""
    question = faces("mood")
    members, own = tally(question, dict.fromkeys(range(1, 6), 20)), tally(question, {4: 5, 5: 5})
    found = gap(members, GUESSES, own)
    assert found is not None
    assert found.overlap == 40


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.25, 0.15, 0.35, "hopeful"), (-0.25, -0.35, -0.15, "gloomy"), (0.08, 0.02, 0.14, "unsure"),
        (0.02, -0.05, 0.09, "near"), (0.3, -0.1, 0.7, "unsure"),
    ],
)  # fmt: skip
def test_a_difference_is_beyond_chance_and_of_interest(
    value: float, low: float, high: float, expected: str
) -> None:
    """Both rules must hold; near is said only where the whole interval lies within ten points."""
    assert verdict(value, low, high) == expected


def test_small_and_unanimous_sides_are_silent() -> None:
    """Four of the staff, staff who all say the same, few members, members who all agree: nothing is said."""
    question = yes_no("again")
    members, own = tally(question, {True: 50, False: 50}), tally(question, {True: 5, False: 5})
    assert gap(members, {8: 2, 7: 2}, own) is None
    assert gap(members, {8: 10}, own) is None
    assert gap(tally(question, {True: 2, False: 2}), GUESSES, own) is None
    assert gap(tally(question, {True: 100}), GUESSES, own) is None
    few, alike = (
        gap(members, GUESSES, tally(question, {True: 2})),
        gap(members, GUESSES, tally(question, {True: 9})),
    )
    assert few is not None
    assert alike is not None
    assert (few.overlap, alike.overlap) == (None, None)
