"""Formulas: what they give, of which kind it is, and what is said about wrong ones."""

import pytest

from bot.engine import formulas
from bot.engine.variables import VariableType

KNOWN = {
    "score": VariableType(kind="number", minimum=0, maximum=10, whole=True),
    "calm": VariableType(kind="number"),
    "again": VariableType(kind="yes_no"),
    "name": VariableType(kind="attribute"),
    "mood": VariableType(kind="choice", choices=("good", "bad")),
    "likes": VariableType(kind="choices", choices=("tea", "coffee")),
    "picture": VariableType(kind="thing"),
}


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("(score + calm) / 2", {"score": 7, "calm": 4}, 5.5),
        ("score * 2 - 1", {"score": 4}, 7),
        ("-score", {"score": 4}, -4),
        ("0.1 + 0.2", {}, 0.3),
        ("score / 3", {"score": 1}, 0.333333),
        ("score / calm", {"score": 4, "calm": 0}, None),
        ("score + calm", {"score": 4}, None),
        ("name + 1", {"name": "41"}, 42),
        ("name + 1", {"name": "Maija"}, None),
        ("again + 1", {"again": True}, None),
        ("score", {"score": 4}, 4),
        ("likes", {"likes": ["tea"]}, None),
        ("score >= 9 and again", {"score": 9, "again": True}, True),
        ("not again", {"again": True}, False),
        ("yes", {}, True),
        ("score > 5", {}, None),
        ('"fan" if score >= 9 else "other"', {"score": 9}, "fan"),
        ('"fan" if score >= 9 else "other"', {"score": 2}, "other"),
        ('"fan" if score >= 9 else "other"', {}, None),
        ('mood == "good"', {"mood": "good"}, True),
        ("score * 1000000000000000", {"score": 9}, None),
    ],
)
def test_value(source: str, values: dict[str, object], expected: object) -> None:
    """Numbers are reckoned exactly to six decimals; what reads an unanswered question is unknown."""
    assert formulas.value(source, values) == expected


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("(score + calm) / 2", "number"),
        ("name * 2", "number"),
        ("name", "text"),
        ("mood", "text"),
        ("again", "yes_no"),
        ("score > 5 or again", "yes_no"),
        ('"a" if again else "b"', "text"),
        ("1 if again else score", "number"),
    ],
)
def test_kind(source: str, result: str) -> None:
    """What a formula gives is known before anybody has answered."""
    assert formulas.check(source, KNOWN) == (result, [])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "The formula is empty."),
        ("1 +", "The condition cannot be read."),
        ("score ** 2", "A formula knows + - * / and no other sign between numbers."),
        ("round(score)", "`round(…)` cannot be used: a condition calls nothing."),
        ("score.real", "Write the name alone, without a point"),
        ("scor + 1", '`scor` is no question and no attribute. Did you mean "score"?'),
        ("mood + 1", "`mood` is no number, so + cannot be reckoned with it."),
        ('"a" * 3', "What stands there is no number, so * cannot be reckoned with it."),
        ("likes", "`likes` holds no single value"),
        ("picture", "`picture` holds no single value"),
        ('1 if again else "b"', "Both sides of `else` must be of the same kind"),
        ('1 if mood == "goood" else 2', '`mood` has no choice "goood".'),
        ("score > 11", "`score` goes from 0 to 10; 11 lies outside."),
        ("10000000000000000", "The number is too large."),
        ("-" * 30 + "1", "The formula is nested more than 20 levels deep."),
        ("1" + " + 1" * 150, "The formula is longer than 400 characters."),
        ("or + 1", "The condition cannot be read."),
        ("answered + 1", "`answered` is a word of the language"),
    ],
)
def test_wrong(source: str, said: str) -> None:
    """Each mistake is told in words an admin can act upon, and leaves no kind."""
    result, problems = formulas.check(source, KNOWN)
    assert result is None
    assert any(problem.startswith(said) for problem in problems), problems
