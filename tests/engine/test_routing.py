"""The way through a flow: exits, conditions, what stands from before, and no end of circles."""

import pytest

from bot.engine.flow import Question
from bot.engine.plan import KEPT, Plan, plan_of
from bot.engine.routing import EndlessLoopError, Walk, after, expected, values, walk
from bot.engine.session import Answer, Session, Status
from tests.engine.builders import ask, flow

SESSION = Session(id="s", flow="f", language="en", status=Status.ACTIVE)


def test_exits_in_order() -> None:
    """The first exit that holds is taken, an empty one always holds, and without one the next follows."""
    plan = Plan(
        flow(ask("n", "integer", ("n > 5", "c"), ("n > 3", "end"), ("", "d")), ask("b"), ask("c"), ask("d"))
    )
    assert [after(plan, 0, {"n": n}) for n in (9, 4, 1)] == [2, 4, 3]
    assert after(plan, 1, {}) == 2


def test_a_question_passed_over_is_left_by_its_exits() -> None:
    """Where ask_if does not hold, the exits lead on as without an answer."""
    plan = Plan(
        flow(
            ask("a", "text", ("a == 'x'", "c"), ("", "d"), ask_if="no_one == 'x'"),
            ask("b"),
            ask("c"),
            ask("d"),
        )
    )
    assert walk(plan, SESSION, 0, {}, (), {}).place == 3


def test_notes_are_gathered() -> None:
    """A walk says the notes on its way, but not those that were said before an answer that stands."""
    plan = Plan(flow(ask("one", "note"), ask("a"), ask("two", "note"), ask("b")))
    assert walk(plan, SESSION, 0, {}, (), {}) == Walk((0,), (), 1)
    assert walk(plan, SESSION, 0, {}, (), {"a": Answer("x")}) == Walk((2,), ("a",), 3)


def test_a_standing_timeout_goes_its_own_way() -> None:
    """A question whose time ran out is left by the branch it names, also when passed again."""
    plan = Plan(flow(ask("a", timeout_minutes=5, timeout_to="c"), ask("b"), ask("c")))
    assert walk(plan, SESSION, 0, {}, (), {"a": Answer(None, "timed_out")}) == Walk((), ("a",), 2)


@pytest.mark.parametrize(
    "ring",
    [
        (ask("a", "note", ("", "b")), ask("b", "note", ("", "a"))),
        (ask("a", "text", ("", "b"), ask_if="x == 'y'"), ask("b", "note", ("", "a"))),
    ],
)
def test_running_in_circles(ring: tuple[Question, ...]) -> None:
    """A flow that goes round without asking is stopped, and names itself."""
    with pytest.raises(EndlessLoopError, match="flow f"):
        walk(Plan(flow(*ring)), SESSION, 0, {}, (), {})


def test_a_long_flow_is_no_circle() -> None:
    """More questions passed over than the limit are fine where the flow has so many."""
    plan = Plan(flow(*(ask(f"q{n}", ask_if="x == 'y'") for n in range(150))))
    assert walk(plan, SESSION, 0, {}, (), {}).place == 150


def test_expected_is_the_shortest_honest_count() -> None:
    """What an unknown answer may open does not count; what a known one opens does; a note never does."""
    plan = Plan(
        flow(ask("a", "yes_no", ("a", "c")), ask("b"), ask("n", "note"), ask("c", ask_if="a"), ask("d"))
    )
    assert expected(plan, SESSION, 0, {}) == ("a", "b", "d")
    assert expected(plan, SESSION, 2, {"a": True}) == ("c", "d")


def test_expected_counts_a_loop_once() -> None:
    """A loop ends the count where it would begin again."""
    plan = Plan(flow(ask("a"), ask("more", "yes_no", ("", "a")), ask("end_")))
    assert expected(plan, SESSION, 0, {}) == ("a", "more")
    assert expected(plan, SESSION, 0, {}, ("a",)) == ()


def test_expected_of_a_silent_circle_ends() -> None:
    """Counting never runs in circles, whatever the flow."""
    plan = Plan(flow(ask("a", "note", ("x == 'y'", "end"), ("", "b")), ask("b", "note", ("", "a"))))
    assert expected(plan, SESSION, 0, {}) == ()


def test_expected_takes_standing_answers_for_known() -> None:
    """An answer that stands from before a "back" opens its branch in the count."""
    plan = Plan(flow(ask("a", "yes_no", ("a", "c")), ask("b"), ask("c")))
    assert expected(plan, SESSION, 0, {}, (), {"a": Answer(value=True)}) == ("a", "c")


def test_values() -> None:
    """Conditions read attributes and the answers on the way; a question of the same name goes first."""
    answers = {"a": Answer(1), "left": Answer(2), "role": Answer("cook")}
    assert values({"name": "Maija", "role": "chair"}, answers, ("a", "role", "open")) == {
        "name": "Maija", "a": 1, "role": "cook", "open": None,
    }  # fmt: skip


def test_straight_flows_are_worked_out_once() -> None:
    """Where no answer decides the way the questions ahead are known at once."""
    plan = Plan(flow(ask("a", "text", ("", "c")), ask("b", "text", ("b == 'x'", "a")), ask("c")))
    assert plan.straight == (("a", "c"), None, ("c",), ())
    assert plan.branches
    assert not Plan(flow(ask("a"))).branches


def test_plans_are_kept_and_not_for_ever() -> None:
    """A flow has one plan while it is in use; old ones make room."""
    mine = flow(ask("a"))
    assert plan_of(mine) is plan_of(mine)
    others = [flow(ask("a")) for _ in range(KEPT + 1)]
    assert all(plan_of(other).flow is other for other in others)
    assert plan_of(mine).flow is mine
