"""Changing an answer: by handles, edits and reactions, after the end too; every copy of a prompt."""

from datetime import timedelta

import pytest

from bot.engine.messages import Receipt
from storage import tables as t
from tests.service.association import PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig
from tests.service.test_commands import words

MOOD = "How are you?"
CHANGED = words("closing.changed", "en")
NOTHING = words("no_session", "en")
CLOSED = words("closed_wave", "en")


def asked(rig: Rig) -> Member:
    """A member at the first question."""
    member = rig.person("Aino")
    rig.wave()
    member.taps("Start")
    member.looks()
    return member


def done(rig: Rig) -> Member:
    """A member who has answered both questions."""
    member = asked(rig)
    member.taps("Good")
    member.writes("Rain", "m-rain")
    return member


def test_a_handle_puts_the_question_again_and_the_old_message_says_so(rig: Rig) -> None:
    """The pressed message loses its answer, the open question its buttons; nothing else is asked anew."""
    member = asked(rig)
    member.taps("Good")
    said = member.taps("Change")
    assert f"^ {MOOD} / – Being changed further down" in said
    assert f"1/2 · {MOOD} / Your answer so far: Good [Good] [Bad] | [Keep my answer]" in said
    assert member.taps("Bad")[-1].startswith("2/2")
    assert rig.answers(member) == {"mood": "bad"}
    assert rig.values(t.answers, "revision", "value") == [(2, '"good"'), (4, '"bad"')]


def test_every_copy_of_a_prompt_is_settled(rig: Rig) -> None:
    """Help, a hint and a reminder repeat the question; after the answer none of them can be pressed."""
    member = asked(rig)
    member.says("help")
    member.says("what")
    member.taps("Good")
    open_now = [shown for shown in member.reads() if shown.startswith("1/2") or "[Good]" in shown]
    assert open_now == []


def test_an_edited_message_changes_its_answer(rig: Rig) -> None:
    """The old prompt shows the new answer, and the open question stays as it is."""
    member = asked(rig)
    member.writes("good", "m1")
    said = member.edits("bad", "m1")
    assert words("edit.changed", "en", answer="Bad") in said
    assert f"^ {MOOD} / ✓ Bad | [Change]" in said
    assert rig.answers(member) == {"mood": "bad"}
    member.says("Rain")
    assert rig.statuses(member) == ["completed"]


def test_a_reaction_answers_only_the_open_prompt(make_rig: MakeRig) -> None:
    """A thumb on the question answers it; on anything else it is a kindness and nothing is said."""
    rig = make_rig(configured())
    member = rig.person("Aino")
    member.says("course")
    greeting = next(iter(member.screen))
    question = member.button("Yes")[0]
    assert member.reacts("👍", "elsewhere") == []
    assert member.reacts("🐢", question) == []
    assert member.reacts("👍", question)[-1] == "Thanks for the shift."
    assert member.reacts("👍", greeting) == []
    assert rig.answers(member) == {"again": True}


def test_a_reaction_may_be_quicker_than_the_receipt(rig: Rig) -> None:
    """The person sees the question before we know its id: an emoji on it counts, on an older one not."""
    member = rig.person("Aino")
    member.says("course")
    member.taps("Yes")
    member.post("text", text="kurssi")
    rig.apply()
    (old, *_) = member.screen
    (claimed,) = rig.claim()
    member.post("reaction", text="👎", ref=old)
    member.post("reaction", text="👍", ref="not known yet")
    rig.apply()
    rig.settle(claimed, Receipt("not known yet"))
    rig.deliver()
    assert rig.values(t.answers, "value") == ["true", "true"]


def test_a_thumb_on_an_invite_begins(rig: Rig) -> None:
    """Yes is yes."""
    member = rig.person("Aino")
    rig.wave()
    ref = member.button("Start")[0]
    assert member.reacts("👍", ref)[-1].startswith("1/2")


def test_after_the_end_back_opens_the_last_question_once_more(rig: Rig) -> None:
    """For half an hour; the outcome was booked when it ended first, and is not booked again."""
    member = done(rig)
    before = rig.state(member)
    rig.now += timedelta(minutes=29)
    assert member.says("back")[-1].startswith("2/2 · What would you tell? / Your answer so far: Rain")
    assert rig.statuses(member) == ["active"]
    rig.now += timedelta(minutes=1)
    assert member.says("Sun")[-1] == CHANGED
    assert rig.statuses(member) == ["completed"]
    assert rig.answers(member) == {"mood": "good", "tell": "Sun"}
    after = rig.state(member)
    assert {key: after[key] for key in ("burden", "outcome_at")} == {
        key: before[key] for key in ("burden", "outcome_at")
    }


def test_after_the_end_a_handle_and_an_edit_still_change(rig: Rig) -> None:
    """Any of the answers, not only the last."""
    member = done(rig)
    rig.now += timedelta(minutes=5)
    assert words("edit.changed", "en", answer="Sun") in member.edits("Sun", "m-rain")
    assert rig.statuses(member) == ["completed"]
    handle = next(ref for ref, message in member.screen.items() if message.text.startswith(MOOD))
    token = member.screen[handle].controls[0].token
    assert member.presses(token, handle)[-1].startswith(f"1/2 · {MOOD}")
    assert member.taps("Bad")[-1] == CHANGED
    assert rig.answers(member) == {"mood": "bad", "tell": "Sun"}


@pytest.mark.parametrize("late", [timedelta(minutes=31), timedelta(days=2)])
def test_later_the_answers_stand(rig: Rig, late: timedelta) -> None:
    """It is said, not swallowed."""
    member = done(rig)
    rig.now += late
    assert member.says("back") == [NOTHING]
    assert member.edits("Sun", "m-rain") == [words("edit.unchanged", "en")]
    assert member.taps("Change") == [CLOSED]
    assert rig.answers(member) == {"mood": "good", "tell": "Rain"}


def test_the_time_for_changes_is_the_surveys_own(make_rig: MakeRig) -> None:
    """None at all, where the admin wants none."""
    rig = make_rig(configured(f"{PULSE}expiry = {{ change_minutes = 0 }}\n"))
    member = done(rig)
    rig.now += timedelta(seconds=10)
    assert member.says("back") == [NOTHING]


def test_a_session_opened_again_closes_by_itself_as_completed(rig: Rig) -> None:
    """Whoever changes their mind about changing leaves the answer as it was, and is not held up for long."""
    member = done(rig)
    member.says("back")
    rig.passes(hours=1)
    assert rig.statuses(member) == ["completed"]
    assert rig.answers(member) == {"mood": "good", "tell": "Rain"}


def test_words_behind_the_last_answer_belong_to_it(rig: Rig) -> None:
    """Within a moment; a second press on the last button needs no word at all."""
    member = asked(rig)
    member.taps("Good")
    member.says("Rain")
    rig.now += timedelta(seconds=2)
    assert words("join.added", "en") in member.says("and wind")
    assert rig.answers(member)["tell"] == "Rain\nand wind"
    assert rig.statuses(member) == ["completed"]


def test_a_second_press_on_the_last_button_needs_no_word(rig: Rig) -> None:
    """It is the same press again; a minute later it is told that the questions are closed."""
    member = asked(rig)
    member.taps("Good")
    ref, button = member.button("Skip")
    member.taps("Skip")
    assert member.presses(button.token, ref) == []
    rig.now += timedelta(minutes=2)
    assert member.presses(button.token, ref) == [CLOSED]


def test_a_reopened_question_waits_while_another_survey_is_open(rig: Rig) -> None:
    """One conversation at a time: a handle of the one that is over does not break into the next."""
    member = done(rig)
    handle = member.button("Change")
    member.says("course")
    said = member.presses(handle[1].token, handle[0])
    assert said[-1].startswith(words("repair.stale", "en"))
    assert rig.statuses(member) == ["completed", "active"]
