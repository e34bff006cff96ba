"""A question stays the same over versions of a flow as long as its id and its kind of answer stay."""

from dataclasses import replace
from typing import Any

import pytest

from bot.engine.flow import Choice, Exit, Question
from reports.definitions import asked_of_everybody, definitions
from tests.reports.seed import faces, nps, plain, pulse, select, yes_no


def test_a_new_wording_and_a_new_choice_change_nothing() -> None:
    """The newest wording stands, with the choices of both versions."""
    old = select("why", "a", "b", text={"en": "Why?"})
    new = select("why", "b", "c", text={"en": "Why so?"})
    (found,) = definitions([("new", pulse(new)), ("old", pulse(old))])
    assert found.question.text == {"en": "Why so?"}
    assert [choice.id for choice in found.question.choices] == ["b", "c", "a"]
    assert (found.digests, found.versions, found.retired) == (("new", "old"), 2, False)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (yes_no("q"), plain("q", "text")),
        (nps("q"), faces("q")),
        (faces("q"), replace(faces("q"), maximum=7)),
    ],
)
def test_another_kind_of_answer_is_another_question(new: Question, old: Question) -> None:
    """Answers of both kinds are never counted together; the old question comes last."""
    first, second = definitions([("new", pulse(new)), ("old", pulse(old))])
    assert (first.question, first.digests, first.retired) == (new, ("new",), False)
    assert (second.question, second.digests, second.retired) == (old, ("old",), True)


def test_notes_are_no_questions() -> None:
    """A note is not answered; a renamed question is retired."""
    found = definitions([("new", pulse(plain("hello", "note"), yes_no("b"))), ("old", pulse(yes_no("a")))])
    assert [(one.question.id, one.retired) for one in found] == [("b", False), ("a", True)]
    assert definitions([]) == []


def test_bounds_of_a_number_may_change() -> None:
    """Another limit of a number is the same question."""
    versions = [("new", pulse(plain("n", "integer", maximum=9))), ("old", pulse(plain("n", "integer")))]
    assert len(definitions(versions)) == 1


END = (Exit(when="", to="end"),)


@pytest.mark.parametrize(
    ("first", "second", "everybody"),
    [
        ({}, {}, True),
        ({"exits": (Exit(when="a", to="b"),)}, {}, True),
        ({"exits": (Exit(when="a", to="c"),)}, {}, False),
        ({"exits": END}, {}, False),
        ({}, {"ask_if": "a"}, False),
        ({}, {"exits": END}, True),
        ({"timeout_minutes": 5, "timeout_to": "c"}, {}, False),
        ({"timeout_minutes": 0, "timeout_to": "c"}, {}, True),
        ({"timeout_minutes": 5}, {}, True),
    ],
)
def test_who_comes_to_a_question(first: dict[str, Any], second: dict[str, Any], everybody: bool) -> None:
    """A condition of its own, or an exit before it that leads past it, keeps some people from a question."""
    flow = pulse(yes_no("a", **first), yes_no("b", **second), yes_no("c"))
    assert asked_of_everybody(flow, "b") is everybody
    (_, found, _) = definitions([("d", flow)])
    assert found.everybody is everybody


def test_a_choice_keeps_its_newest_label() -> None:
    """A label that was mended is shown as mended."""
    old = Question(id="q", type="select_one", text={"en": "Q"}, choices=(Choice(id="a", label={"en": "Aa"}),))
    new = replace(old, choices=(Choice(id="a", label={"en": "A"}),))
    (found,) = definitions([("new", pulse(new)), ("old", pulse(old))])
    assert found.question.choices[0].label == {"en": "A"}
    assert found.versions == 1
