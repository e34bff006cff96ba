"""All ways through a flow: lengths, what is never reached, what never holds, rings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.domains import Answers, combined, domain, leaves
from bot.engine.expressions import parse
from bot.engine.flow import Choice, Exit, Flow, Question
from bot.engine.paths import Never, Paths, measure
from bot.engine.variables import ATTRIBUTE, VariableType

WORDS = {"en": "?"}


def _question(name: str, kind: str = "yes_no", *exits: tuple[str, str], **more: object) -> Question:
    ways = tuple(Exit(when=when, to=to) for when, to in exits)
    return Question(id=name, type=kind, text=WORDS, exits=ways, **more)  # type: ignore[arg-type]


def _flow(*questions: Question) -> Flow:
    return Flow(id="f", languages=("en",), title=WORDS, questions=questions)


def _measure(*questions: Question) -> Paths:
    return measure(_flow(*questions), lambda question: 3 if question.type == "note" else 10)


def _nps(*exits: tuple[str, str]) -> Question:
    return _question("score", "scale", *exits, minimum=0, maximum=10)


# --- lengths ----------------------------------------------------------------------------------------------


def test_a_straight_flow() -> None:
    """Without exits there is one way; notes take time and are no questions."""
    assert _measure(_question("hello", "note"), _question("a"), _question("b")) == Paths(
        longest_questions=2, longest_seconds=23, typical_questions=2, typical_seconds=23
    )


def test_a_flow_that_branches() -> None:
    """The typical way takes all answers for equally likely: 7 of 11 steps of a scale are 6 or less."""
    found = _measure(
        _nps(("score <= 6", "why"), ("", "end")), _question("why", "text"), _question("more", "text")
    )
    assert (found.longest_questions, found.longest_seconds) == (3, 30)
    assert found.typical_questions == pytest.approx(1 + 2 * 7 / 11)
    assert found.typical_seconds == pytest.approx(10 + 20 * 7 / 11)
    assert (found.unreachable, found.never, found.loops, found.ring) == ((), (), False, ())


def test_skipping_is_possible_and_not_typical() -> None:
    """An optional question may open a way, but does not count in the mean."""
    found = _measure(
        _question("a", "yes_no", ("a is unanswered", "end"), required=False), _question("b", "text")
    )
    assert (found.longest_questions, found.typical_questions, found.never) == (2, 2, ())


def test_a_required_question_is_answered() -> None:
    """What cannot be skipped is never unanswered after it was asked."""
    found = _measure(_question("a", "yes_no", ("a is unanswered", "end")), _question("b", "text"))
    assert found.never == (Never("a", 0),)


@pytest.mark.parametrize("more", [{"refusable": True}, {"timeout_minutes": 5}])
def test_refusing_and_running_out_of_time_leave_a_question_open(more: dict[str, object]) -> None:
    """A refusal and a timeout are ways to go on without an answer."""
    assert _measure(_question("a", "yes_no", ("a is unanswered", "end"), **more), _question("b")).never == ()


def test_a_timeout_has_its_own_way() -> None:
    """The question a timeout leads to is reached."""
    found = _measure(
        _question("a", "yes_no", ("", "end"), timeout_minutes=5, timeout_to="late"), _question("late", "text")
    )
    assert found.unreachable == ()
    assert (found.longest_questions, found.typical_questions) == (2, 1)


def test_attributes_open_ways() -> None:
    """Every kind of person is thought of, one whose attribute is missing too."""
    found = _measure(
        _question("a", "yes_no", ('city == "Turku"', "turku"), ("city is unanswered", "end")),
        _question("other", "text", ("", "end")),
        _question("turku", "text"),
    )
    assert (found.unreachable, found.never) == ((), ())


def test_a_question_passed_over_is_left_by_its_exits() -> None:
    """Where ask_if does not hold, the exits are looked at as if there were no answer."""
    found = _measure(
        _nps(),
        _question("why", "text", ("why is unanswered", "end"), ask_if="score <= 6"),
        _question("more", "text"),
    )
    assert found.typical_questions == pytest.approx(1 + 2 * 7 / 11)
    assert found.never == ()


# --- what never happens -----------------------------------------------------------------------------------


def test_what_is_never_reached() -> None:
    """A question that no way leads to, and one whose ask_if never holds."""
    found = _measure(
        _nps(("score <= 6", "low"), ("", "end")),
        _question("high", "text"),
        _question("low", "text", ("score > 8", "high"), ("later is answered", "high")),
        _question("later", "text", ask_if="score == 9"),
    )
    assert found.unreachable == ("high", "later")
    assert found.never == (Never("low", 0), Never("low", 1, ("later",)), Never("later", None))


def test_an_exit_behind_one_without_condition_is_not_judged() -> None:
    """Nobody ever looks at it; that is told by another warning."""
    assert _measure(_nps(("", "end"), ("score > 3", "end"))).never == ()


def test_a_range_that_answers_cannot_have() -> None:
    """6 < score < 7 holds for no whole number."""
    assert _measure(_nps(("6 < score < 7", "end")), _question("b")).never == (Never("score", 0),)


def test_choices_that_exclude_each_other() -> None:
    """At most one choice may be picked, so two together never are."""
    choices = tuple(Choice(id=one, label=WORDS) for one in "abc")
    several = {"choices": choices, "maximum": 1}
    both = _question("q", "select_multiple", ('"a" in q and "b" in q', "end"), **several)
    assert _measure(both, _question("b")).never == (Never("q", 0),)
    free = _question("q", "select_multiple", ('"a" in q and "b" in q', "end"), choices=choices)
    assert _measure(free, _question("b")).never == ()


# --- loops and rings --------------------------------------------------------------------------------------


def test_a_loop_is_seen_and_counted_once() -> None:
    """A way back to an earlier question ends the count, not the program."""
    found = _measure(_question("a"), _question("b", "yes_no", ("b", "a")))
    assert (found.loops, found.ring, found.longest_questions) == (True, (), 2)


def test_a_ring_of_notes_is_found() -> None:
    """Notes that lead to each other would be sent for ever."""
    found = _measure(
        _question("hello", "note"), _question("a", "note"), _question("b", "note", ("", "a")), _question("c")
    )
    assert found.ring == ("hello", "a", "b")


def test_a_ring_of_questions_passed_over_is_found() -> None:
    """A question whose ask_if does not hold stops nothing."""
    found = _measure(
        _nps(),
        _question("why", "text", ask_if="score == 1"),
        _question("again", "note", ("score == 5", "why")),
    )
    assert found.ring == ("why", "again")


def test_a_note_may_lead_back_to_a_question() -> None:
    """A ring with a question in it is a loop that somebody can leave."""
    found = _measure(_question("a", "yes_no", ("a", "end")), _question("b", "note", ("", "a")))
    assert (found.ring, found.loops) == ((), True)


# --- too much ---------------------------------------------------------------------------------------------


def _many(count: int) -> list[Question]:
    """Questions that the last one reads all of."""
    every = " and ".join(f"q{number}" for number in range(count))
    return [_question(f"q{number}") for number in range(count)] + [
        _question("x", "yes_no", (every, "z")),
        _question("y", "text", ("", "end"), ask_if="not q1"),
        _question("z", "text"),
    ]


def test_too_many_ways_are_not_followed() -> None:
    """Beyond the limit conditions may go either way; lengths are still told."""
    found = _measure(*_many(20))
    assert found == Paths(
        longest_questions=22,
        longest_seconds=220,
        typical_questions=22,
        typical_seconds=220,
        complete=False,
    )


def test_too_many_kinds_of_people_are_not_followed() -> None:
    """The same where attributes alone are too many."""
    conditions = " and ".join(f'a{number} == "x"' for number in range(12))
    found = _measure(_question("a", "yes_no", (conditions, "end"), ("", "c")), _question("b"), _question("c"))
    assert (found.complete, found.unreachable, found.longest_questions) == (False, ("b",), 2)


def test_a_blind_walk_ends_where_exits_say_so() -> None:
    """An exit to the end and one to the next question are both ways, and a loop is left."""
    conditions = " and ".join(f'a{number} == "x"' for number in range(12))
    found = _measure(
        _question("a", "yes_no", (conditions, "end"), ("", "b")), _question("b", "yes_no", (conditions, "a"))
    )
    assert (found.complete, found.loops, found.typical_questions) == (False, True, 1.5)


# --- domains ----------------------------------------------------------------------------------------------


def _domain(name: str, variable: VariableType, *sources: str) -> list[tuple[object, float]]:
    tests = [leaf for source in sources for leaf in leaves(parse(source))]
    return [(kind.value, kind.weight) for kind in domain(name, variable, tests)]


NUMBER = VariableType(kind="number", minimum=0, maximum=10, whole=True)


def test_numbers_fall_into_what_conditions_tell_apart() -> None:
    """A scale compared with 6 has two kinds of answers, weighed by how many they are."""
    assert _domain("n", NUMBER, "n <= 6") == [(0, 7), (7, 4)]
    assert _domain("n", NUMBER, "n in [2, 3]", "not (n < 5 or n is answered)") == [(0, 3), (2, 2), (5, 6)]


def test_open_ranges_have_landmarks() -> None:
    """Without bounds the numbers around each comparison stand for all."""
    whole = VariableType(kind="number", whole=True)
    assert [value for value, _ in _domain("n", whole, "n > 100")] == [-1, 101]
    decimal = VariableType(kind="number", minimum=0, maximum=1)
    assert [value for value, _ in _domain("n", decimal, "0.2 < n < 0.5")] == [0, 0.35, 0.5]


def test_choices_yes_no_text_dates_and_attributes() -> None:
    """Each kind of variable has the values that conditions name, and one for everything else."""
    choice = VariableType(kind="choice", choices=("a", "b", "c"))
    assert _domain("q", choice, 'q == "b"') == [("a", 2), ("b", 1)]
    assert _domain("q", VariableType(kind="yes_no"), "q") == [(True, 1), (False, 1)]
    assert _domain("q", VariableType(kind="text"), 'q == "x"') == [("x", 1), ("\0", 2)]
    assert _domain("q", VariableType(kind="date"), 'q < "2020-01-01"', 'q > "0001-01-01"') == [
        ("2019-12-31", 5),
        ("2020-01-01", 2),
        ("0001-01-01", 1),
    ]
    assert _domain("q", ATTRIBUTE, 'q == "x"', "q > 3") == [("x", 1), ("2", 2), ("4", 1), ("\0", 2)]
    assert _domain("q", ATTRIBUTE, "q == other") == [("\0", 1), ("\1", 1)]


def test_two_names_may_be_equal_or_not() -> None:
    """Where two questions are compared with each other, both outcomes are possible."""
    for kind, test in (("integer", "a < b"), ("date", "a < b"), ("text", "a != b"), ("decimal", "a >= b")):
        found = _measure(_question("a", kind), _question("b", kind, (test, "end")), _question("c"))
        assert (found.never, found.unreachable) == ((), ())


def test_an_answer_that_is_only_asked_for_is_possible() -> None:
    """A question of any type can be answered, whatever conditions ask about it."""
    for kind in ("integer", "date", "text", "decimal", "yes_no"):
        found = _measure(_question("a", kind, ("a is answered", "c")), _question("b"), _question("c"))
        assert (found.never, found.unreachable) == ((), ("b",))


def test_selections_are_combined_within_bounds() -> None:
    """Sets of the named choices, as far as least and most allow; of very many only single ones and all."""
    both = VariableType(kind="choices", choices=("a", "b"), minimum=1)
    assert [value for value, _ in _domain("q", both, '"a" in q', '"b" in q')] == [("a",), ("b",), ("a", "b")]
    many = VariableType(kind="choices", choices=tuple("abcdefgh"), minimum=0)
    found = _domain("q", many, *(f'"{letter}" in q' for letter in "abcdefgh"))
    assert len(found) == 1 + 8 + 1


def test_combinations_are_counted() -> None:
    """The product of the kinds; a name without any counts as one."""
    two = (Answers(1, 1), Answers(2, 1))
    assert combined({"a": two, "b": two, "c": ()}) == 4


# --- anything ---------------------------------------------------------------------------------------------

CONDITIONS = [
    "",
    "q0",
    "not q1",
    "q2 == yes and q3 is answered",
    'city == "x"',
    "q4 is unanswered",
    "q1 == q2",
]
TARGETS = ["q0", "q1", "q2", "q3", "q4", "end"]
STEPS = st.tuples(
    st.sampled_from(["yes_no", "note"]),
    st.lists(st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(TARGETS)), max_size=3),
    st.sampled_from(CONDITIONS),
    st.booleans(),
)


@given(st.lists(STEPS, min_size=5, max_size=5))
def test_any_flow_is_measured(steps: list[tuple[str, list[tuple[str, str]], str, bool]]) -> None:
    """Whatever the exits, measuring ends, and its figures fit together."""
    found = _measure(
        *(
            _question(f"q{number}", kind, *exits, ask_if=ask_if, required=required)
            for number, (kind, exits, ask_if, required) in enumerate(steps)
        )
    )
    assert found.complete
    assert 0 <= found.typical_questions <= found.longest_questions + 1e-9
    assert 0 <= found.typical_seconds <= found.longest_seconds + 1e-9
    assert set(found.unreachable) <= {"q0", "q1", "q2", "q3", "q4"}
