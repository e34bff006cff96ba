"""A sample stops when every key figure is known well enough: looks are rare, and not too early."""

from typing import Any

import pytest

from bot.engine.flow import Choice, Flow, Question
from scheduler.stopping import is_due, is_enough, key_questions, shares
from scheduler.surveys import Stop

WORDS = {"en": "?"}
STOP = Stop()


def _question(kind: Any, **fields: Any) -> Question:
    return Question(id=f"q_{kind}", type=kind, text=WORDS, **fields)


@pytest.mark.parametrize(
    ("answers", "looked", "due"),
    [(29, 0, False), (30, 0, True), (39, 30, False), (39, 35, False), (40, 39, True), (52, 30, True)],
)
def test_looks_come_with_every_tenth_answer(answers: int, looked: int, due: bool) -> None:
    """Not before thirty, and not again before the next ten are full."""
    assert is_due(STOP, answers, looked) == due


@pytest.mark.parametrize(
    ("fields", "enough"),
    [
        ({}, True),
        ({"open_hours": 47.9}, False),
        ({"figures": [(40, 80)], "population": 100_000}, False),
        ({"figures": [(45, 90)], "population": 200}, True),
        ({"figures": [(45, 50), (25, 50)]}, False),
        ({"figures": []}, False),
        ({"answered": {"young": 4, "old": 40}}, False),
        ({"answered": {"old": 40}}, False),
        ({"planned": {"young": 4, "old": 40}, "answered": {"old": 40}}, True),
    ],
    ids=str,
)
def test_all_marks_must_hold(fields: dict[str, Any], enough: bool) -> None:
    """Time, every figure, every stratum that was planned to give five answers."""
    usual: dict[str, Any] = {
        "figures": [(45, 50)], "population": 2000, "confidence": 0.95, "open_hours": 48.0,
        "planned": {"young": 10, "old": 40}, "answered": {"young": 5, "old": 45},
    }  # fmt: skip
    given = {**usual, **fields}
    assert is_enough(STOP, given.pop("figures"), **given) == enough


def test_more_answers_than_people_once_counted_is_everybody() -> None:
    """The audience shrank since: the figure is known exactly."""
    marks: dict[str, Any] = {"confidence": 0.95, "open_hours": 50, "planned": {}, "answered": {}}
    assert is_enough(STOP, [(20, 40)], population=30, **marks)


def test_key_figures_are_shares_of_key_questions() -> None:
    """Words and numbers have none; other questions are not looked at."""
    flow = Flow(
        id="f", languages=("en",), title=WORDS,
        questions=(
            _question("yes_no", key=True), _question("text", key=True), _question("integer", key=True),
            _question("scale", key=True, minimum=1, maximum=5), _question("select_one"),
        ),
    )  # fmt: skip
    assert [question.id for question in key_questions(flow)] == ["q_yes_no", "q_scale"]


def test_of_a_scale_the_top_two_points_are_the_figure() -> None:
    """As the report shows it; of choices every one that was taken."""
    scale = _question("scale", minimum=1, maximum=5)
    assert shares(scale, {"5": 10, "4": 7, "3": 2, "1": 1}) == [17]
    choice = _question("select_one", choices=(Choice(id="a", label=WORDS), Choice(id="b", label=WORDS)))
    assert sorted(shares(choice, {'"a"': 3, '"b"': 9})) == [3, 9]
