"""Answers that nobody has to give: known ones, hidden values, formulas, and draws that come out even."""

from collections import Counter
from math import gcd

import pytest

from bot.engine import machine, quiet
from bot.engine.ending import outcome
from bot.engine.flow import Flow, Question
from bot.engine.plan import in_pool, plan_of
from bot.engine.session import Answer, Control, Open, Record, Reply, Session, Status
from tests.engine.builders import NOW, ask, choice, flow, opened, step


def _pool(size: int, pick: int) -> Flow:
    names = tuple(f"q{number}" for number in range(size))
    questions = (ask(name, "yes_no", ask_if=in_pool(name, "drawn")) for name in names)
    return flow(ask("drawn", "pool", of=names, pick=pick), *questions)


def _drawn(of: Flow, number: int) -> list[str]:
    session = Session(id="s", flow="f", language="en", status=Status.ACTIVE, number=number)
    found = quiet.answer(plan_of(of), session, 0, {})
    assert found is not None
    assert isinstance(found.value, list)
    return found.value


@pytest.mark.parametrize(("size", "pick"), [(4, 2), (5, 2), (7, 3), (6, 4), (3, 1), (12, 5)])
def test_draws_are_balanced(size: int, pick: int) -> None:
    """Each person draws so many different questions, and after whole laps each came to equally many."""
    of = _pool(size, pick)
    persons = 12 * size // gcd(size, pick)
    drawn = [_drawn(of, number) for number in range(persons)]
    assert {len(set(one)) for one in drawn} == {pick}
    counts = Counter(name for one in drawn for name in one)
    assert set(counts.values()) == {persons * pick // size}
    assert len(counts) == size


@pytest.mark.parametrize(("size", "pick"), [(4, 2), (5, 2), (7, 3)])
def test_draws_are_never_far_apart(size: int, pick: int) -> None:
    """Whenever one looks, no question was drawn more than two times oftener than another."""
    of = _pool(size, pick)
    counts: Counter[str] = Counter({f"q{number}": 0 for number in range(size)})
    for number in range(60):
        counts.update(_drawn(of, number))
        assert max(counts.values()) - min(counts.values()) <= 2


def test_a_draw_is_the_same_again() -> None:
    """The same number draws the same, and not every pair of neighbours stays together for ever."""
    of = _pool(6, 2)
    assert _drawn(of, 7) == _drawn(of, 7)
    assert len({tuple(_drawn(of, number)) for number in range(60)}) > 6


REGION = ask(
    "region",
    "select_one",
    choices=(choice("n", "North"), choice("s", "South", accept=("etelä",))),
    known="area",
)


@pytest.mark.parametrize(
    ("told", "value"), [("n", "n"), ("South", "s"), (" etelä ", "s"), ("2", "s"), ("west", None), ("", None)]
)
def test_what_the_list_knows(told: str, value: str | None) -> None:
    """A choice by its id, its label or its words; what cannot be read is asked."""
    found = quiet.known(flow(REGION), {"area": told}, "en", NOW, "UTC")
    assert found == ({"region": Answer(value, "known")} if value else {})


@pytest.mark.parametrize(
    ("question", "told", "value"),
    [
        (ask("a", "date", known="x"), "2026-05-04", "2026-05-04"),
        (ask("a", "integer", known="x", maximum=10.0), "7", 7),
        (ask("a", "text", known="x"), "Maija", "Maija"),
        (ask("a", "email", known="x"), "maija@example.org", "maija@example.org"),
    ],
)
def test_known_values_are_those_of_the_type(question: Question, told: str, value: object) -> None:
    """An attribute becomes the value that an answer would have had."""
    (found,) = quiet.known(flow(question), {"x": told}, "en", NOW, "UTC").values()
    assert (found.value, found.status) == (value, "known")


def test_nothing_left_to_ask() -> None:
    """Where everything is known, the session is over as soon as it begins, and the answer is kept."""
    of = flow(REGION)

    begun = machine.begin(of, session_id="s", language="en", person={"area": "n"}, now=NOW, invited=False)
    sprint = step(of, begun, Open())
    assert sprint.session.status is Status.COMPLETED
    assert sprint.effects[0] == Record(question="region", answer=Answer("n", "known"), seconds=0.0)


def test_a_formula_without_its_answers_says_nothing() -> None:
    """After a skip the sum is unknown: no row is kept, and a condition on it does not hold."""
    of = flow(
        ask("a", "integer", required=False),
        ask("sum", "calculate", value="a + 1", result="number"),
        ask("b", ask_if="sum > 0"),
        ask("c"),
    )
    sprint = step(of, opened(of), Control("skip"))
    assert sprint.session.question == "c"
    assert [one.question for one in sprint.effects if isinstance(one, Record)] == ["a"]


def test_what_nobody_was_asked_is_no_merit() -> None:
    """A session is partial by what was asked and answered; a hidden value counts on neither side."""
    of = flow(ask("h", "hidden", value="x"), ask("a"), ask("b"), ask("c"), ask("d"))

    one = step(of, opened(of), Reply("x")).session
    assert outcome(of, one) is Status.ABANDONED
    assert outcome(of, step(of, one, Reply("y"), 30).session) is Status.PARTIAL


def test_back_passes_over_what_was_not_asked() -> None:
    """Going back leads to the last question that was put, past formulas; before the first there is none."""
    of = flow(
        ask("h", "hidden", value="x"),
        ask("a", "integer"),
        ask("double", "calculate", value="a * 2", result="number"),
        ask("b"),
    )
    first = opened(of)
    assert step(of, first, Control("back")).session.question == "a"
    second = step(of, first, Reply("4")).session
    assert (second.question, second.answers["double"].value) == ("b", 8)
    back = step(of, second, Control("back")).session
    assert (back.question, back.path) == ("a", ("h", "a"))
    again = step(of, back, Reply("5")).session
    assert (again.question, again.answers["double"].value) == ("b", 10)
