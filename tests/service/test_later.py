"""Later: what is offered in each state, and that what was put off comes again by itself, once."""

from datetime import timedelta

from storage import tables as t
from tests.service.rig import Rig
from tests.service.test_commands import in_state, words

CHOICES = "[This evening] [Tomorrow] [Next week]"
AGAIN = words("snooze.over", "en")


def test_an_open_question_comes_again_in_the_evening(rig: Rig) -> None:
    """One press; at the named hour the question stands there again, once, and can be declined."""
    member = in_state(rig, "asked", "en")
    assert member.says("later") == [f"{words('later.open_question', 'en')} {CHOICES}"]
    assert member.taps("This evening") == [words("later.again", "en", date="1 September 2026", time="18:00")]
    rig.passes(hours=5, minutes=59)
    assert member.looks() == []
    rig.passes(minutes=1)
    (said,) = member.looks()
    assert said.startswith(AGAIN)
    assert said.endswith("[Good] [Bad] | [Not now] [No thanks]")
    rig.passes(days=1)
    assert member.looks() == []
    member.taps("Good")
    assert rig.answers(member) == {"mood": "good"}


def test_a_typed_day_answers_the_offer_and_nothing_else(rig: Rig) -> None:
    """Right after the offer a day is a day; once something else was said it is an answer like any other."""
    member = in_state(rig, "asked", "en")
    member.taps("Good")
    member.says("later")
    assert member.says("Friday") == [words("later.again", "en", date="4 September 2026", time="10:00")]
    member.says("help")
    rig.now += timedelta(minutes=1)
    member.says("Friday")
    assert rig.answers(member) == {"mood": "good", "tell": "Friday"}


def test_an_invite_is_put_off_and_comes_again(rig: Rig) -> None:
    """The invite stays open; it is no second contact, and the reminder in between keeps quiet."""
    member = in_state(rig, "invited", "en")
    assert member.says("later") == [f"{words('later.when', 'en')} {CHOICES}"]
    member.says("in 4 days")
    rig.passes(days=3, hours=21)
    assert member.looks() == []
    rig.passes(hours=1)
    (said,) = member.looks()
    assert said.startswith(AGAIN)
    assert "[Start]" in said
    assert [row["kind"] for row in rig.rows(t.contacts)] == ["invite"]
    member.taps("Start")
    assert rig.statuses(member) == ["active"]


def test_what_was_answered_meanwhile_does_not_come_again(rig: Rig) -> None:
    """Nobody is reminded of what is done."""
    member = in_state(rig, "asked", "en")
    member.uses("later", "tomorrow")
    member.taps("Good")
    member.taps("Skip")
    member.looks()
    rig.passes(days=2)
    assert member.looks() == []


def test_putting_off_twice_counts_once(rig: Rig) -> None:
    """The later choice holds."""
    member = in_state(rig, "asked", "en")
    member.uses("later", "tomorrow")
    member.uses("later", "3")
    rig.passes(days=2)
    assert all(not said.startswith(AGAIN) for said in member.looks())
    rig.passes(days=1)
    assert [said for said in member.looks() if said.startswith(AGAIN)] != []


def test_a_day_after_the_close_is_too_late(rig: Rig) -> None:
    """An open question says until when; an invite ends as not now, with peace until that day."""
    member = in_state(rig, "asked", "en")
    assert member.uses("later", "30") == [words("later.closes", "en", date="8 September 2026")]
    other = rig.person("Bo")
    rig.now += timedelta(minutes=1)
    rig.wave()
    other.looks()
    assert other.uses("later", "30")[-1] == words("invite.not_now_done", "en")
    assert rig.statuses(other) == ["not_now"]
    assert rig.state(other)["paused_until"].date().isoformat() == "2026-10-01"


def test_a_day_that_is_none_is_asked_for_again(rig: Rig) -> None:
    """Kindly, with the choices."""
    member = in_state(rig, "asked", "en")
    assert member.uses("later", "gate") == [f"{words('later.hint', 'en')} {CHOICES}"]


def test_what_is_put_off_outlives_its_other_limits(rig: Rig) -> None:
    """Put off until the fourth day, a question does not expire on the third."""
    member = in_state(rig, "asked", "en")
    member.taps("Good")
    member.uses("later", "4")
    rig.passes(days=4, hours=1)
    assert any(said.startswith(AGAIN) for said in member.looks())
    assert rig.statuses(member) == ["active"]
    rig.passes(days=2)
    assert rig.statuses(member) == ["partial"]
