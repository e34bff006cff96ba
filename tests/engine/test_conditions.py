"""Conditions: what may be written, what is said about the rest, and when they hold."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.conditions import check, compare, compiled, holds
from bot.engine.expressions import MAX_DEPTH, MAX_LENGTH, ConditionError, names, parse
from bot.engine.flow import Choice, Question
from bot.engine.variables import ATTRIBUTE, VariableType, variables

TYPES: Mapping[str, VariableType] = {
    "score": VariableType(kind="number", minimum=0, maximum=10, whole=True),
    "visits": VariableType(kind="number", minimum=0, whole=True),
    "hours": VariableType(kind="number", maximum=24),
    "weight": VariableType(kind="number"),
    "mood": VariableType(kind="choice", choices=("good", "fine", "bad")),
    "likes": VariableType(kind="choices", choices=("tea", "coffee")),
    "again": VariableType(kind="yes_no"),
    "why": VariableType(kind="text"),
    "birthday": VariableType(kind="date"),
    "wedding": VariableType(kind="date"),
    "city": ATTRIBUTE,
    "former": ATTRIBUTE,
    "empty": VariableType(kind="choice"),
}

FINE = [
    "",
    "  \n ",
    "true",
    "no",
    "score <= 6",
    "score <= 6 and visits > 2",
    "0 <= score <= 6",
    "-1 < weight",
    "True",
    "score < 6.5",
    "weight == -0.5",
    "6 >= score",
    "score == visits",
    'mood == "good"',
    "mood != 'bad'",
    'mood in ["good", "fine"]',
    'mood not in ("good", "fine")',
    'mood in {"good"}',
    "score in [0, 5, 10]",
    '"tea" in likes',
    '"tea" not in likes',
    "again",
    "not again",
    "again == yes",
    "again == True",
    "again in [yes]",
    'why == "nothing"',
    "why is answered",
    "why is not unanswered",
    "why is unanswered or not (score > 3)",
    'birthday < "2000-01-01"',
    "birthday < wedding",
    'city == "Turku"',
    "city > 3",
    'city >= "2020-01-01"',
    "city == former",
    "city == score",
    "(score > 3\n  and # the rest is a remark\n  again)",
]

WRONG = {
    "score = 3": "The condition cannot be read. Write == (two equals signs) to compare.",
    "score => 3": 'The condition cannot be read. Write >= for "at least".',
    "score =< 3": 'The condition cannot be read. Write <= for "at most".',
    "score <> 3": 'The condition cannot be read. Write != for "is not".',
    "score ≤ 3": "The condition cannot be read. Write <= or >=.",
    "score === 3": "The condition cannot be read. Write == or !=.",
    "again && score > 3": "The condition cannot be read. Write `and` instead of &.",
    "again || score > 3": "The condition cannot be read. Write `or` instead of |.",
    "!again": "The condition cannot be read. Write `not` instead of !.",
    "again AND score > 3": (
        "The condition cannot be read. Write `and`, `or`, `not`, `in`, `is` in small letters."
    ),
    "mood == “good”": 'The condition cannot be read. Use straight quotation marks: "good".',
    "mood \\x good": "The condition cannot be read. A backslash has no meaning in a condition.",
    "(score > 3": "The condition cannot be read. A bracket is missing or too many.",
    'mood == "good': "The condition cannot be read. A quotation mark is missing.",
    "score score": 'The condition cannot be read. A condition looks like `score <= 6 and mood == "good"`.',
    "score > 3\x00": 'The condition cannot be read. A condition looks like `score <= 6 and mood == "good"`.',
    "len(why) > 3": (
        "`len(…)` cannot be used: a condition calls nothing. Write `why is answered`, `score <= 6`."
    ),
    "why.strip() == 'x'": (
        "`…(…)` cannot be used: a condition calls nothing. Write `why is answered`, `score <= 6`."
    ),
    "answers.score > 3": "Write the name alone, without a point: `score`.",
    "score ** 2 > 3": "A condition compares; it does not calculate.",
    "score > 2,5": "A comma cannot stand here. Write decimals with a point: 2.5.",
    "score[0] > 3": "Square brackets stand only after `in`.",
    "1 if again else 2": "`if` is not part of a condition; the exit's `to` says what follows.",
    "(score := 3)": "Write == (two equals signs) to compare.",
    "lambda: 1": (
        'This part cannot be used in a condition. A condition looks like `score <= 6 and mood == "good"`.'
    ),
    "-again": (
        'This part cannot be used in a condition. A condition looks like `score <= 6 and mood == "good"`.'
    ),
    "score > -again": (
        'This part cannot be used in a condition. A condition looks like `score <= 6 and mood == "good"`.'
    ),
    "score > -'3'": (
        'This part cannot be used in a condition. A condition looks like `score <= 6 and mood == "good"`.'
    ),
    "score > -yes": (
        'This part cannot be used in a condition. A condition looks like `score <= 6 and mood == "good"`.'
    ),
    "f'{score}' == 'x'": (
        'This part cannot be used in a condition. A condition looks like `score <= 6 and mood == "good"`.'
    ),
    "3": '3 by itself is no condition. A condition looks like `score <= 6 and mood == "good"`.',
    "score == None": "Write `is unanswered` for a question without an answer.",
    "score > 1e999": "The number is too large.",
    "score > 1" + "0" * 20: "The number is too large.",
    "1 < 2": "Two fixed values are compared. One side must be a question or an attribute.",
    "score is 3": "`is` goes only with `answered` and `unanswered`: `why is answered`. To compare, write ==.",
    "score == answered": "`answered` is a word of the language and cannot stand here.",
    "mood in []": "The list after `in` is empty.",
    'mood in "good"': (
        'Write `mood in ["good", "fine"]` for one of several answers, '
        'or `"coffee" in likes` for a chosen one of several.'
    ),
    "mood in [good]": 'Put the word in quotation marks: "good".',
    "scor > 3": '`scor` is no question or attribute that can be read here. Did you mean "score"?',
    "qqq": (
        "`qqq` is no question or attribute that can be read here. "
        "Possible: score, visits, hours, weight, mood, likes, again, why, birthday, wedding, city, former, …."
    ),
    "moood is answered": '`moood` is no question or attribute that can be read here. Did you mean "mood"?',
    '"x" in lkes': '`lkes` is no question or attribute that can be read here. Did you mean "likes"?',
    "scor == moood": [
        '`scor` is no question or attribute that can be read here. Did you mean "score"?',
        '`moood` is no question or attribute that can be read here. Did you mean "mood"?',
    ],
    "score == '5'": "`score` is a number; compare it with one, without quotation marks: `5`.",
    "score == 'x'": "`score` is a number; compare it with one, without quotation marks.",
    "score == -'x'": "This part cannot be used in a condition. A condition looks like"
    ' `score <= 6 and mood == "good"`.',
    "score == yes": "`score` is a number; compare it with a number, not with yes or no.",
    "score > 11": "`score` goes from 0 to 10; 11 lies outside.",
    "visits > -2": "`visits` starts at 0; -2 lies outside.",
    "hours > 25": "`hours` goes up to 24; 25 lies outside.",
    "score": "`score` by itself is neither true nor false. Compare it: score <= 10.",
    "weight": "`weight` by itself is neither true nor false. Compare it: weight <= 6.",
    "mood": '`mood` by itself is neither true nor false. Compare it: mood == "good".',
    "likes": '`likes` by itself is neither true nor false. Compare it: "tea" in likes.',
    "why": '`why` by itself is neither true nor false. Compare it: why == "…".',
    "city": '`city` by itself is neither true nor false. Compare it: city == "…".',
    "mood == bad": 'Put the choice in quotation marks: mood == "bad".',
    "bad == mood": 'Put the choice in quotation marks: mood == "bad".',
    "mood == 'godo'": '`mood` has no choice "godo". Did you mean "good"?',
    "mood == 'xyz'": '`mood` has no choice "xyz". Possible: good, fine, bad.',
    "empty == 'x'": '`empty` has no choice "x".',
    "mood == 1": '`mood` is a choice; compare it with one in quotation marks: mood == "good".',
    "mood > 'good'": '`mood` has no order: only == and != work. Write mood == "good".',
    "likes == 'tea'": '`likes` holds several choices. Write "tea" in likes.',
    "likes == 3": '`likes` holds several choices. Write "tea" in likes.',
    '"te" in likes': '`likes` has no choice "te". Did you mean "tea"?',
    '"good" in mood': '`mood` holds one value, so nothing can be `in` it. Write mood == "good".',
    '"x" in why': '`why` holds one value, so nothing can be `in` it. Write why == "…".',
    "again == 'yes'": "`again` is a yes/no question. Write again == yes, without quotation marks.",
    "again > no": "`again` has no order: only == and != work. Write again == yes.",
    "why == 3": '`why` is text; compare it with words in quotation marks: "…".',
    "why > 'a'": '`why` has no order: only == and != work. Write why == "…".',
    "birthday == 2000": (
        '`birthday` is a date; compare it with one written year-month-day: birthday >= "2026-05-04".'
    ),
    "birthday > '1.2.2000'": (
        '`birthday` is a date; compare it with one written year-month-day: birthday >= "2026-05-04".'
    ),
    "city == yes": '`city` is text from the member list. Put the word in quotation marks: city == "yes".',
    "city > 'a'": '`city` has no order: only == and != work. Write city == "…".',
    "score == mood": "`score` and `mood` are of different kinds and cannot be compared.",
    "likes == likes": "`likes` and `likes` are of different kinds and cannot be compared.",
    "mood < mood": '`mood` has no order: only == and != work. Write mood == "good".',
    "why and why": '`why` by itself is neither true nor false. Compare it: why == "…".',
}


@pytest.mark.parametrize("source", FINE)
def test_what_may_be_written(source: str) -> None:
    """These conditions are accepted, and none of them holds or fails with an exception."""
    assert check(source, TYPES) == []
    assert holds(source, {}) in (True, False)


@pytest.mark.parametrize("source", WRONG)
def test_what_is_said_about_the_rest(source: str) -> None:
    """A mistake is explained in plain words, with what to write instead."""
    expected = WRONG[source]
    assert check(source, TYPES) == (expected if isinstance(expected, list) else [expected])


ANSWERS: Mapping[str, object] = {
    "score": 5,
    "half": 2.5,
    "mood": "good",
    "likes": ["tea", "milk"],
    "none": [],
    "again": True,
    "never": False,
    "why": "because",
    "birthday": "1999-12-31",
    "city": "Turku",
    "level": "12",
    "strange": "nan",
    "open": None,
}

HOLDS = {
    "": True,
    "true": True,
    "no": False,
    "score == 5": True,
    "score != 5": False,
    "score < 5": False,
    "score <= 5": True,
    "score > 4.5": True,
    "5 >= score": True,
    "6 > score": True,
    "4 <= score <= 6": True,
    "4 <= score < 5": False,
    "half < score": True,
    "score in [1, 5]": True,
    "score not in [1, 5]": False,
    'mood == "good"': True,
    'mood in ["bad", "fine"]': False,
    '"tea" in likes': True,
    '"coffee" in likes': False,
    '"coffee" not in likes': True,
    '"tea" in none': False,
    '"tea" in mood': False,
    "again": True,
    "never": False,
    "not never": True,
    "again == yes": True,
    "never == no": True,
    "again == never": False,
    "score == yes": False,
    'birthday < "2000-01-01"': True,
    'birthday > "2000-01-01"': False,
    'why < "2000-01-01"': False,
    'city == "Turku"': True,
    "level > 9": True,
    "level == 12": True,
    "score < level": True,
    "city > 9": False,
    "not (city > 9)": False,
    "strange > 0": False,
    "likes > 0": False,
    "why is answered": True,
    "open is answered": False,
    "missing is unanswered": True,
    "open is not answered": True,
    "open == 3": False,
    "not (open == 3)": False,
    "open": False,
    "not open": False,
    "mood and again": False,
    "open == 3 or again": True,
    "again or open == 3": True,
    "open == 3 or never": False,
    "not (open == 3 and never)": True,
    "not (never and open == 3)": True,
    "not (open == 3 and again)": False,
    '"tea" in open': False,
    'not ("tea" in open)': False,
    "open < score": False,
    "score < open": False,
    "open in [1, 2] or score in [5]": True,
}


@pytest.mark.parametrize("source", HOLDS)
def test_when_a_condition_holds(source: str) -> None:
    """Unanswered is unknown; what is unknown as a whole does not hold, and neither does its opposite."""
    assert holds(source, ANSWERS) is HOLDS[source]


def test_unknown_is_neither_true_nor_false() -> None:
    """Inside, there are three values."""
    assert compiled(parse("open == 3"))(ANSWERS) is None
    assert compare(None, "==", None) is None
    assert compare("a", "<", "b") is None
    assert compare(True, "==", 1) is None


def test_holds_refuses_nonsense() -> None:
    """A condition that was never checked and cannot be read is a bug of ours, and says so."""
    with pytest.raises(ConditionError):
        holds("score =", {})


def test_names_of_a_condition() -> None:
    """Each name once, in order, wherever it stands."""
    tree = parse("b > 1 and (a == b or not c) and 'x' in d and e in [1] and f is answered and true")
    assert names(tree) == ["b", "a", "c", "d", "e", "f"]


def test_limits() -> None:
    """Length and depth are bounded, and far below what would trouble the parser."""
    long = "score > 1" + " or score > 1" * 40
    assert check(long, TYPES) == [f"The condition is longer than {MAX_LENGTH} characters. Split it up."]
    deep = "not " * (MAX_DEPTH + 5) + "again"
    assert check(deep, TYPES) == [f"The condition is nested more than {MAX_DEPTH} levels deep. Split it."]
    assert check("(" * 150 + "again" + ")" * 150, TYPES) == []
    assert check("(" * 190 + "again)", TYPES)[0].startswith("The condition cannot be read.")


def test_variables_of_a_flow() -> None:
    """Every question is a variable but notes; where an attribute has the same name the question is meant."""
    text = {"en": "?"}
    choices = (Choice(id="a", label=text), Choice(id="b", label=text))
    questions = [
        Question(id="hello", type="note", text=text),
        Question(id="why", type="text", text=text),
        Question(id="count", type="integer", text=text, minimum=0),
        Question(id="hours", type="decimal", text=text),
        Question(id="nps", type="scale", text=text, minimum=0, maximum=10),
        Question(id="again", type="yes_no", text=text),
        Question(id="one", type="select_one", text=text, choices=choices),
        Question(id="many", type="select_multiple", text=text, choices=choices, maximum=2),
        Question(id="few", type="select_multiple", text=text, choices=choices, minimum=0),
        Question(id="day", type="date", text=text),
    ]
    assert variables(questions, ["city", "one"]) == {
        "city": ATTRIBUTE,
        "why": VariableType(kind="text"),
        "count": VariableType(kind="number", minimum=0, whole=True),
        "hours": VariableType(kind="number"),
        "nps": VariableType(kind="number", minimum=0, maximum=10, whole=True),
        "again": VariableType(kind="yes_no"),
        "one": VariableType(kind="choice", choices=("a", "b")),
        "many": VariableType(kind="choices", choices=("a", "b"), minimum=1, maximum=2),
        "few": VariableType(kind="choices", choices=("a", "b"), minimum=0),
        "day": VariableType(kind="date"),
    }


PIECES = [*"()[]{}'\"<>=!&|.,:-+*#\\\n", " and ", " or ", " not ", " in ", " is ", "score", "mood", "likes"]
PIECES += [
    "again",
    "'good'",
    "yes",
    "3",
    "answered",
    "lambda",
    "None",
    "9" * 30,
    "\x00",
    "é",
    " if ",
    " else ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_checked_without_a_traceback(source: str) -> None:
    """Whatever is written, there is an answer; what was found right can be run."""
    problems = check(source, TYPES)
    assert all(problem.endswith((".", "?")) for problem in problems)
    if not problems:
        assert holds(source, ANSWERS) in (True, False)
