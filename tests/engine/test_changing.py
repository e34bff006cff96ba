"""Changing answers where the golden chats do not go: where nothing may change, and what stands then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.engine import gestures, intent, machine
from bot.engine.expiry import deadline
from bot.engine.messages import Inbound
from bot.engine.questions.base import Prepared, Prompt
from bot.engine.questions.near import NEAR
from bot.engine.scene import handle
from bot.engine.session import (
    Control,
    Edit,
    Expire,
    Heard,
    Reply,
    Session,
    Snooze,
    Sprint,
    Status,
    Stop,
    Tap,
    TimedOut,
)
from scheduler.surveys import Timing
from tests.engine.builders import NOW, TEXTS, ask, choice, flow, opened, said, step

TWO = flow(ask("a"), ask("b", "yes_no"))
FIXED = flow(ask("a"), ask("b", "yes_no"), back=False)


def answered(of: object = TWO) -> Session:
    """The first question answered in message m1."""
    return step(of, opened(of), Reply("one", "m1")).session  # type: ignore[arg-type]


def done(of: object = TWO) -> Session:
    """Both questions answered."""
    return step(of, answered(of), Reply("yes", "m2"), 30).session  # type: ignore[arg-type]


def test_where_nothing_may_change_an_edit_is_told_so() -> None:
    """A flow without a way back has none through edits either, nor after the end."""
    assert said(step(FIXED, answered(FIXED), Edit("two", "m1"), 30)) == [TEXTS("back.off", "en")]
    ended = done(FIXED)
    assert step(FIXED, ended, Control("back"), 40) == Sprint(ended)
    assert said(step(FIXED, answered(FIXED), Control("restart"), 30))[0] == TEXTS("back.off", "en")


def test_an_edit_that_changes_nothing_says_nothing() -> None:
    """The same words again, or a message that never was an answer."""
    session = answered()
    assert step(TWO, session, Edit("one", "m1"), 30).effects == ()
    assert step(TWO, session, Edit("one", "m9"), 30).effects == ()


def test_an_answer_that_is_gone_back_behind_is_not_edited() -> None:
    """Its question is to be put again anyway."""
    three = flow(ask("a"), ask("b"), ask("c"))
    session = step(three, answered(three), Reply("two", "m2"), 30).session
    session = step(three, session, Control("back"), 40).session
    session = step(three, session, Control("back"), 50).session
    assert said(step(three, session, Edit("three", "m2"), 60)) == [TEXTS("edit.unchanged", "en")]


def test_an_edit_keeps_what_was_answered_at_the_open_question() -> None:
    """Gone back to the second of three: its earlier answer still stands after the first was edited."""
    three = flow(ask("a"), ask("b"), ask("c"))
    session = step(three, answered(three), Reply("two", "m2"), 30).session
    session = step(three, session, Control("back"), 40).session
    changed = step(three, session, Edit("uno", "m1"), 50).session
    assert (changed.question, changed.turn) == (session.question, session.turn)
    assert {key: one.value for key, one in changed.answers.items()} == {"a": "uno", "b": "two"}


def test_the_handle_of_the_open_question_is_no_mistake() -> None:
    """Pressed twice, it has already done what it does."""
    session = step(TWO, answered(), Tap("abc.c0"), 30).session
    assert session.question == "a"
    assert step(TWO, session, Tap(handle(session, 0)), 31) == Sprint(session)


def test_a_timeout_leaves_an_answer_that_was_gone_back_to() -> None:
    """Looking at it again does not lose it."""
    timed = flow(ask("a", timeout_minutes=5), ask("b"))
    session = step(timed, answered(timed), Control("back"), 30).session
    after = step(timed, session, TimedOut(session.turn), 330).session
    assert (after.question, after.answers["a"].value) == ("b", "one")


def test_a_session_opened_again_is_completed_in_the_end() -> None:
    """By time, by stop, within the hour; starting over leads to its first question and withdraws nothing."""
    again = step(TWO, done(), Control("back"), 60).session
    assert again.status is Status.ACTIVE
    assert [step(TWO, again, event, 90).session.status for event in (Expire(), Stop())] == ["completed"] * 2
    assert deadline(Timing(), again, None) == NOW + timedelta(hours=1, seconds=60)
    first = step(TWO, again, Control("restart"), 90).session
    assert (first.question, first.answers) == ("a", again.answers)


def test_what_is_put_off_stays_open_for_a_day_beyond() -> None:
    """Later than silence would end it, but never beyond the close and its grace."""
    until = NOW + timedelta(days=5)
    session = step(TWO, answered(), Snooze(until), 30).session
    assert deadline(Timing(), session, None) == until + timedelta(hours=24)
    assert deadline(Timing(), session, NOW + timedelta(days=1)) == NOW + timedelta(days=2)


def test_an_ended_session_hears_nothing_else() -> None:
    """Words, presses and edits that belong to nothing change nothing."""
    ended = done()
    for event in (Reply("x"), Tap("abc.c9"), Edit("x", "m9"), Control("skip")):
        assert step(TWO, ended, event, 600) == Sprint(ended)
    stopped = step(TWO, answered(), Stop(), 30).session
    for event in (Reply("x"), Tap("abc.c0"), Edit("x", "m1"), Control("back")):
        assert step(TWO, stopped, event, 31) == Sprint(stopped)


def test_a_recap_leaves_out_what_was_skipped() -> None:
    """Only what was said is recalled."""
    three = flow(ask("a"), ask("b", required=False), ask("c"))
    session = step(three, answered(three), Control("skip"), 30).session
    assert said(step(three, session, Control("resume"), 36_000))[0].count("·") == 2  # a, and the progress


def _reaction(emoji: str, session: Session) -> intent.Intent:
    inbound = Inbound(
        platform="t",
        account="",
        external_id="1",
        address="t:1",
        chat="1",
        kind="reaction",
        text=emoji,
        ref="7",
    )
    return intent.read(inbound, TWO, session, TEXTS)


def test_another_emoji_on_an_answered_question_changes_it() -> None:
    """As an edit of the first one, in the words of the question."""
    session = replace(answered(), heard={"reaction:7": Heard("b", "👎", 2)})
    assert _reaction("❤️", session) == intent.Answer(Edit("👍", "reaction:7"))


def test_an_emoji_says_nothing_to_free_words_or_to_nobody() -> None:
    """There it would be no answer but a kindness."""
    assert gestures.spoken("👍", (TWO, opened(TWO)), TEXTS) == ""
    assert gestures.spoken("👍", None, TEXTS) == ""
    unopened = machine.begin(
        TWO, session_id="abc", language="en", person={}, now=datetime(2026, 5, 4, tzinfo=UTC), invited=False
    )
    assert gestures.spoken("👍", (TWO, unopened), TEXTS) == ""


def test_nothing_is_near_in_a_long_list_or_a_long_label() -> None:
    """A paragraph is no slip of a choice."""
    question = ask("a", "select_multiple", choices=(choice("x", "Soup"), choice("y", "word " * 60)))
    prompt = Prompt(Prepared(question), "en", TEXTS, NOW)
    assert NEAR["select_multiple"]("souup", prompt) == "Soup"
    assert NEAR["select_multiple"]("souup, " * 300, prompt) == ""
