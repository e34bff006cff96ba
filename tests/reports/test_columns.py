"""Columns of the wide table, and what their codes mean."""

import pytest

from bot.engine.flow import Choice, Question
from reports.codebook import HEAD, STATUSES, Book, disarmed, label, labels, markdown, rows
from reports.columns import columns, number, plain
from reports.definitions import definitions
from reports.words import Words
from tests.reports.seed import faces, pulse, select, yes_no
from tests.reports.seed import plain as simple

OTHER = Question(
    id="why", type="select_one", text={"en": "Why?"},
    choices=(Choice(id="a", label={"en": "A"}, value=2.0), Choice(id="b", label={"en": "Else"}, other=True)),
)  # fmt: skip


def names(*questions: Question) -> list[str]:
    """Names of the columns of a flow with these questions."""
    return [column.name for column in columns(definitions([("d", pulse(*questions))]))]


def test_a_column_for_each_value_option_other_and_status() -> None:
    """A multiple selection has one column for each choice, "other" one for its words."""
    found = names(yes_no("again"), OTHER, select("topics", "art", "food", multiple=True))
    assert found == [
        "again", "again_STATUS", "why", "why_OTHER", "why_STATUS",
        "topics_art", "topics_food", "topics_STATUS",
    ]  # fmt: skip


def test_no_two_columns_share_a_name() -> None:
    """A question may be called like another one's option, and may have had another type before."""
    assert names(select("topics", "art", multiple=True), yes_no("topics_art")) == [
        "topics_art_CHOICE", "topics_STATUS", "topics_art", "topics_art_STATUS",
    ]  # fmt: skip
    versions = [("new", pulse(yes_no("q"))), ("old", pulse(simple("q", "text")))]
    assert [column.name for column in columns(definitions(versions))] == [
        "q", "q_STATUS", "q_EARLIER1", "q_EARLIER1_STATUS",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (True, 1),
        (False, 0),
        (3, 3),
        (2.5, 2.5),
        ("None", "None"),
        (["a", "b"], "a;b"),
        ([], ""),
        (None, None),
    ],
)
def test_values_as_cells(value: object, cell: object) -> None:
    """Numbers stay numbers and the answer "None" a text."""
    assert plain(value) == cell
    assert type(plain(value)) is type(cell)


def test_anything_else_is_written_out() -> None:
    """A value that no question type stores is at least visible."""
    assert plain({"a": 1}) == "{'a': 1}"


@pytest.mark.parametrize(
    ("question", "value", "expected"),
    [
        (yes_no("q"), True, 1),
        (faces("q"), 4, 4),
        (simple("q", "decimal"), 2.5, 2.5),
        (OTHER, "a", 2.0),
        (OTHER, "b", None),
        (simple("q", "text"), "4", None),
        (simple("q", "date"), "2026-05-01", None),
        (select("q", "a", multiple=True), ["a"], None),
    ],
)
def test_the_number_behind_an_answer(question: Question, value: object, expected: object) -> None:
    """Scales, numbers, yes and no have one, and choices that were given one."""
    assert number(question, value) == expected


@pytest.mark.parametrize(
    ("question", "value", "expected"),
    [
        (yes_no("q"), True, "Yes"),
        (yes_no("q"), False, "No"),
        (faces("q"), 5, "😀 good"),
        (OTHER, "b", "Else"),
        (OTHER, "gone", "gone"),
        (OTHER, None, ""),
        (select("q", "art", "food", multiple=True), ["art", "food"], "Art; Food"),
        (simple("q", "integer"), 5, ""),
    ],
)
def test_the_words_of_an_answer(question: Question, value: object, expected: str) -> None:
    """The label of what was chosen; nothing for words and numbers."""
    assert label(labels(question, Words("en")), value) == expected


def test_the_codebook_explains_every_code() -> None:
    """One row for each code of each column, under one heading each."""
    book = Book("pulse", definitions([("d", pulse(yes_no("q", required=False), simple("t", "text")))]))
    found = [dict(zip(HEAD, row, strict=True)) for row in rows([book], Words("fi"))]
    values = [row for row in found if row["part"] == "value"]
    assert [(row["column"], row["code"], row["label"], row["number"]) for row in values] == [
        ("q", "1", "Kyllä", 1), ("q", "0", "Ei", 0), ("t", "", "", None),
    ]  # fmt: skip
    statuses = [row["code"] for row in found if row["column"] == "q_STATUS"]
    assert statuses == list(STATUSES)
    assert {row["flow_versions"] for row in found} == {"d"}
    assert (found[0]["text"], found[0]["required"]) == ("Tulisitko uudelleen?", 0)


def test_options_of_a_multiple_selection_are_one_or_nought() -> None:
    """Each option's column has two codes."""
    book = Book("pulse", definitions([("d", pulse(select("t", "art", multiple=True)))]))
    found = [row for row in rows([book], Words("en")) if row[3] == "choice"]
    assert [(row[1], row[6], row[7]) for row in found] == [("t_art", "1", "Art"), ("t_art", "0", "")]


def test_the_codebook_for_people_is_inert_markdown() -> None:
    """A label full of markup stays a label in one cell of one row."""
    evil = Choice(id="a", label={"en": "|x|\n# <img src=x onerror=alert(1)> [a](javascript:alert(1)) `c`"})
    question = Question(
        id="q", type="select_one", text={"en": "<b>Why</b>?"}, choices=(evil,), required=False
    )
    versions = [("new", pulse(yes_no("z"))), ("old", pulse(question, yes_no("b", ask_if="q")))]
    text = "\n".join(markdown([Book("pulse", definitions(versions))], Words("en"), ["value"], ["wave"]))
    row = next(line for line in text.splitlines() if line.startswith("| `a` |"))
    assert row == (
        r"| `a` | \|x\| \# \<img src=x onerror=alert\(1\)\> \[a\]\(javascript:alert\(1\)\) \`c\` |  |"
    )
    assert r"### q: \<b\>Why\</b\>?" in text
    assert "type select_one, may be skipped, asked of everybody, no longer asked. Columns: `q`" in text
    assert "asked on some ways only" in text
    assert "| `1` | Yes | 1 |" in text


def test_disarming_keeps_the_words() -> None:
    """Only signs that could be markup are touched, and lines become one."""
    assert disarmed("Hyvä  päivä,\nkiitos") == "Hyvä päivä, kiitos"
