"""One step at a time: what a session becomes, what is kept, which buttons count. The chats tell the rest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine import answering, ending, machine
from bot.engine.ending import IllegalMoveError
from bot.engine.flow import Flow
from bot.engine.plan import plan_of
from bot.engine.scene import Scene
from bot.engine.session import (
    Answer,
    Control,
    Event,
    Expire,
    Form,
    Invite,
    Media,
    Open,
    Record,
    Relabel,
    Remind,
    Reply,
    Say,
    Session,
    Settle,
    Sprint,
    Status,
    Stop,
    Tap,
    TimedOut,
    Wait,
)
from tests.engine.builders import NOW, TEXTS, ask, choice, flow, opened, said, step

TWO = flow(ask("a"), ask("b", "yes_no", required=False))
INVITE = Invite(reason="You came.", asker="Hauskala")


def invited(of: Flow = TWO) -> Session:
    """A session whose invite is out."""
    begun = machine.begin(of, session_id="abc", language="en", person={}, now=NOW, invited=True)
    return step(of, begun, INVITE).session


# --- beginning --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["", "å", "x" * 33])
def test_an_id_fits_a_token(identifier: str) -> None:
    """An id that would make a token too long or not plain is refused."""
    with pytest.raises(ValueError, match="session id"):
        machine.begin(TWO, session_id=identifier, language="en", person={}, now=NOW, invited=True)


def test_a_session_before_its_first_step() -> None:
    """It waits, offers nothing, and only Open, an end or a language changes it."""
    begun = machine.begin(TWO, session_id="abc", language="en", person={}, now=NOW, invited=False)
    assert machine.on_offer(TWO, begun, TEXTS) == {}
    for event in (Reply("x"), Tap("x"), Media("photo"), Control("again"), Remind(), TimedOut(0), INVITE):
        assert step(TWO, begun, event) == Sprint(begun)
    assert step(TWO, begun, Relabel("fi")).session.language == "fi"
    assert step(TWO, begun, Expire()).session.status is Status.IGNORED
    assert step(TWO, begun, Stop()).session.status is Status.DECLINED


def test_an_invite_dates_the_session() -> None:
    """The moment of the first invite is kept, also when it is said again."""
    first = invited()
    again = step(TWO, first, INVITE, 60).session
    assert (first.invited_at, again.invited_at, again.turn) == (NOW, NOW, 2)
    assert first.invite == INVITE


def test_opening_an_invited_session() -> None:
    """Whoever asks for the survey while invited begins, and what the invite said is let go."""
    sprint = step(TWO, invited(), Open())
    assert sprint.session.status is Status.ACTIVE
    assert (sprint.session.question, sprint.session.invite, sprint.session.started_at) == ("a", None, None)


def test_only_notes_complete_at_once() -> None:
    """A flow without questions says its notes and is completed."""
    notes = flow(ask("hello", "note"), closing={"en": "Bye."})
    sprint = step(notes, invited(notes), Tap("abc.1.start"))
    assert sprint.session.status is Status.COMPLETED
    assert said(sprint) == ["You came.\n✓ Start", "hello?", "Bye."]


@pytest.mark.parametrize(
    "event", [Control("back"), Control("skip"), Control("refuse"), Media("photo"), Tap("x"), Form("x", ())]
)
def test_an_invite_is_not_steered(event: Event) -> None:
    """What means nothing to an invite gets one hint, and no second one."""
    hinted = step(TWO, invited(), event, 1)
    assert [effect.role for effect in hinted.effects if isinstance(effect, Say)] == ["hint"]
    assert step(TWO, hinted.session, event, 2).effects == ()


@pytest.mark.parametrize(("what", "status"), [("not_now", Status.NOT_NOW), ("decline", Status.DECLINED)])
def test_steering_words_end_an_invite(what: str, status: Status) -> None:
    """Not now and no thanks work as commands too; again says the invite once more."""
    assert step(TWO, invited(), Control(what)).session.status is status  # type: ignore[arg-type]
    assert step(TWO, invited(), Control("again")).session == replace(invited(), copies=1)


def test_an_invite_ends() -> None:
    """Stop declines an invite, and time ignores it; neither adds a message."""
    stopped, expired = step(TWO, invited(), Stop()), step(TWO, invited(), Expire())
    assert (stopped.session.status, expired.session.status) == (Status.DECLINED, Status.IGNORED)
    assert [type(effect) for effect in (*stopped.effects, *expired.effects)] == [Settle, Settle]


def test_the_length_of_an_invite() -> None:
    """The invite tells how many questions and about how long, and says so where answers decide."""
    long = flow(*(ask(f"q{n}", seconds=30) for n in range(4)))
    branching = flow(ask("a", "yes_no", ("a", "end")), ask("b"))
    one = flow(ask("a"))
    assert [
        said(step(of, invited(of), Control("again")))[0].splitlines()[0] for of in (long, branching, one)
    ] == [
        "Hauskala has 4 short questions for you. It takes about 2 minutes.",
        "Hauskala has about 2 short questions for you. It takes about a minute.",
        "Hauskala has one short question for you. It takes less than a minute.",
    ]


# --- answers ----------------------------------------------------------------------------------------------


def test_a_record_tells_how_long_it_took() -> None:
    """Seconds run from the question to its answer, and never backwards."""
    session = opened(TWO)
    (record, _) = step(TWO, session, Reply("x"), 12.5).effects
    assert record == Record(question="a", answer=Answer("x"), seconds=12.5)
    (record, _) = step(TWO, session, Reply("x"), -5).effects
    assert isinstance(record, Record)
    assert record.seconds == 0


def test_started_with_the_first_real_answer() -> None:
    """A skip is no real answer and a refusal is one; both are a sign of life."""
    both = flow(ask("a", required=False), ask("b", refusable=True), ask("c"))
    skipped = step(both, opened(both), Control("skip"), 10).session
    assert (skipped.started_at, skipped.last_answer_at) == (None, NOW + timedelta(seconds=10))
    refused = step(both, skipped, Control("refuse"), 20).session
    assert refused.started_at == NOW + timedelta(seconds=20)


def test_a_timeout_is_no_sign_of_life() -> None:
    """A question that timed out is kept as such and starts nothing."""
    timed = flow(ask("a", timeout_minutes=5), ask("b"))
    session = opened(timed)
    sprint = step(timed, session, TimedOut(session.turn), 300)
    assert sprint.session.answers == {"a": Answer(None, "timed_out")}
    assert (sprint.session.started_at, sprint.session.last_answer_at) == (None, None)
    assert step(timed, sprint.session, TimedOut(session.turn), 301) == Sprint(sprint.session)


def test_a_timer_is_set_for_its_turn() -> None:
    """The timer names the turn it belongs to, so that it does nothing afterwards."""
    timed = flow(ask("a"), ask("b", timeout_minutes=5))
    sprint = step(timed, opened(timed), Reply("x"), 60)
    assert sprint.effects[-1] == Wait(until=NOW + timedelta(minutes=6), turn=sprint.session.turn)


def test_a_choice_with_words_to_come_is_kept_at_once() -> None:
    """Whoever chooses "other" and says no more has answered all the same."""
    other = flow(
        ask(
            "a", "select_one", choices=(choice("x", "X"), choice("o", "Other", other=True)), timeout_minutes=5
        )
    )
    sprint = step(other, opened(other), Reply("Other"))
    assert sprint.effects[0] == Record(question="a", answer=Answer("o"), seconds=0)
    assert sprint.session.started_at == NOW
    assert step(other, sprint.session, TimedOut(sprint.session.turn)) == Sprint(sprint.session)
    assert step(other, sprint.session, Expire()).session.status is Status.PARTIAL
    skipped = step(other, sprint.session, Control("refuse"))
    assert (skipped.session.status, skipped.session.answers) == (Status.COMPLETED, {"a": Answer("o")})


def test_the_words_of_other_have_a_length() -> None:
    """Words that are too long are told so, and the choice stays."""
    other = flow(
        ask("a", "select_one", choices=(choice("x", "X"), choice("o", "Other", other=True)), max_length=9)
    )
    session = step(other, opened(other), Reply("Other")).session
    hinted = step(other, session, Reply("far too many words"))
    assert "9 fit here" in said(hinted)[0]
    assert hinted.session.answers == {"a": Answer("o")}
    again = step(other, session, Control("again"))
    assert said(again) == ["a?\nWould you put it in your own words?"]


def test_a_loop_ends_one_day() -> None:
    """A loop that a member goes round and round ends before the session grows without end."""
    loop = flow(ask("a", "text", ("", "a")))
    session = opened(loop)
    for _ in range(answering.LONGEST_PATH):
        assert session.status is Status.ACTIVE
        session = step(loop, session, Reply("x")).session
    assert session.status is Status.COMPLETED


def test_done_with_nothing_is_a_skip_where_that_is_allowed() -> None:
    """An optional selection that is done with nothing picked is left out."""
    many = flow(ask("a", "select_multiple", choices=(choice("x", "X"), choice("y", "Y")), required=False))
    assert step(many, opened(many), Tap("abc.1.done")).session.answers == {"a": Answer(None, "skipped")}


def test_the_same_words_twice_are_two_answers() -> None:
    """Text is no duplicate key: the same words answer two questions."""
    two = flow(ask("a"), ask("b"))
    session = step(two, step(two, opened(two), Reply("yes")).session, Reply("yes"), 30).session
    assert session.answers == {"a": Answer("yes"), "b": Answer("yes")}


# --- buttons ----------------------------------------------------------------------------------------------


def test_what_is_on_offer() -> None:
    """Everything that may be pressed is looked up by its whole token."""
    session = step(TWO, opened(TWO), Reply("x")).session
    assert machine.on_offer(TWO, session, TEXTS) == {
        "abc.2.0": "0", "abc.2.1": "1", "abc.2.skip": "skip", "abc.2.back": "back",
        "abc.2.not_now": "not_now", "abc.2.decline": "decline", "abc.c0": "change a",
    }  # fmt: skip
    assert machine.on_offer(TWO, invited(), TEXTS)["abc.1.stop"] == "stop"
    done = step(TWO, session, Tap("abc.2.0")).session
    assert machine.on_offer(TWO, done, TEXTS) == {"abc.c0": "change a", "abc.c1": "change b"}
    stopped = step(TWO, session, Stop()).session
    assert machine.on_offer(TWO, stopped, TEXTS) == {}


def test_an_ended_session_stays_as_it_is() -> None:
    """Nothing revives a session that has ended."""
    done = step(TWO, opened(TWO), Stop()).session
    for event in (
        Reply("x"),
        Tap("abc.1.0"),
        Open(),
        INVITE,
        Expire(),
        Stop(),
        Relabel("fi"),
        Control("again"),
        Remind(),
    ):
        assert step(TWO, done, event) == Sprint(done)


def test_an_old_button_means_nothing_new() -> None:
    """A token of another turn, session or code leaves the session as it is but for the hint's moment."""
    session = step(TWO, opened(TWO), Reply("x")).session
    for pressed in ("abc.1.0", "abd.2.0", "abc.2.7", "abc.2.0 ", "", "abc.2.\u0660"):
        sprint = step(TWO, session, Tap(pressed), 100)
        assert (sprint.session.question, sprint.session.turn, sprint.session.answers) == (
            "b",
            2,
            {"a": Answer("x")},
        )
        assert said(sprint)[0].startswith("That button belongs to an earlier message.")


def test_windows() -> None:
    """A window's words and ticks count while its prompt stands open, and an old window changes nothing."""
    long = flow(
        ask("a", long=True),
        ask(
            "b",
            "select_multiple",
            choices=(choice("x", "X"), choice("y", "Y"), choice("n", "None", exclusive=True)),
        ),
    )
    session = opened(long)
    assert step(long, session, Tap("abc.1.form")) == Sprint(session)
    assert said(step(long, session, Form("abc.1.form", ()))) == [TEXTS("repair.empty", "en")]
    written = step(long, session, Form("abc.1.form", ("one", "two"))).session
    assert written.answers["a"] == Answer("one\ntwo")
    old = step(long, written, Form("abc.1.form", ("three",)), 60)
    assert old.session.answers == written.answers
    ticked = step(long, written, Form("abc.2.form", ("abc.2.0", "abc.2.2", "forged")))
    assert ticked.session.answers["b"] == Answer(["x"])
    assert "at least one" in said(step(long, written, Form("abc.2.form", ())))[0]
    assert step(long, written, Form("abc.2.form", ("abc.2.2",))).session.answers["b"] == Answer(["n"])


# --- going back -------------------------------------------------------------------------------------------


def test_a_skip_may_be_kept_and_a_timeout_too() -> None:
    """Going back to what was left out and keeping it so goes on as before."""
    optional = flow(ask("a", required=False), ask("b"), ask("c"))
    session = step(optional, opened(optional), Control("skip")).session
    session = step(optional, session, Reply("x")).session
    session = step(optional, step(optional, session, Control("back")).session, Control("back")).session
    kept = step(optional, session, Tap(f"abc.{session.turn}.keep"))
    assert said(kept)[0] == "a?\n– Skipped"
    assert (kept.session.question, kept.session.path) == ("c", ("a", "b", "c"))


def test_conditions_do_not_read_a_way_that_was_left() -> None:
    """After a change only answers on the new way count; the others are withdrawn."""
    left = flow(
        ask("a", "yes_no", ("not a", "c")),
        ask("b", "yes_no"),
        ask("c"),
        ask("d", ask_if="b"),
        ask("e"),
        closing={"en": "."},
    )
    session = opened(left)
    for number, words in enumerate(("yes", "yes", "x", "y")):
        session = step(left, session, Reply(words), 30 * number).session
    assert session.path == ("a", "b", "c", "d", "e")
    for _ in range(4):
        session = step(left, session, Control("back")).session
    changed = step(left, session, Reply("no"))
    withdrawn = [
        effect.question
        for effect in changed.effects
        if isinstance(effect, Record) and effect.answer.status == "withdrawn"
    ]
    assert withdrawn == ["b", "d"]
    assert (changed.session.question, changed.session.path) == ("e", ("a", "c", "e"))


# --- the end ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "expired", "stopped"),
    [
        (0, Status.IGNORED, Status.DECLINED),
        (1, Status.ABANDONED, Status.ABANDONED),
        (2, Status.PARTIAL, Status.PARTIAL),
        (3, Status.PARTIAL, Status.PARTIAL),
    ],
)
def test_outcomes(answers: int, expired: Status, stopped: Status) -> None:
    """Half of the applicable questions or more is partial, less is abandoned, none is ignored or declined."""
    four = flow(*(ask(name) for name in "abcd"))
    session = opened(four)
    for number in range(answers):
        session = step(four, session, Reply("x"), 30 * number).session
    assert ending.outcome(four, session) is expired
    assert step(four, session, Expire()).session.status is expired
    assert step(four, session, Stop()).session.status is stopped


def test_skips_count_among_the_applicable() -> None:
    """A skipped question was applicable and is not answered."""
    two = flow(ask("a"), ask("b", required=False), ask("c", required=False), ask("d"))
    session = step(two, opened(two), Reply("x")).session
    session = step(two, step(two, session, Control("skip")).session, Control("skip")).session
    assert ending.outcome(two, session) is Status.ABANDONED


def test_an_illegal_move_is_a_bug() -> None:
    """A move that the table does not know is not made."""
    scene = Scene(plan_of(TWO), invited(), NOW, TEXTS)
    with pytest.raises(IllegalMoveError, match="invited cannot become completed"):
        ending.end(scene, Status.COMPLETED)


def test_a_half_finished_selection_is_no_answer() -> None:
    """Choices that were ticked and never sent are not kept when the time is over."""
    many = flow(ask("a", "select_multiple", choices=(choice("x", "X"), choice("y", "Y"))))
    session = step(many, opened(many), Tap("abc.1.0")).session
    assert session.picked == ("x",)
    expired = step(many, session, Expire())
    assert (expired.session.status, expired.session.answers, expired.session.picked) == (
        Status.IGNORED,
        {},
        (),
    )
