"""What happens when a moment comes: reminders, deadlines, silence, timeouts; and what a person begins."""

from datetime import timedelta

import pytest

from scheduler.verdicts import Reason
from storage import tables as t
from tests.service.association import COURSE, FLOWS, PULSE, QUICK, SHIFT, configured
from tests.service.checker import wrong
from tests.service.conftest import MakeRig
from tests.service.rig import REFUSED, Fault, Member, Rig

REMINDED = "A small reminder: Hauskala would still be glad to hear from you."
OPEN = "This question is still open. Shall we go on?"
CLOSED = "These questions are closed now, so nothing more is saved here. Thank you all the same."


def reminders(rig: Rig, member: Member) -> list[str]:
    """What reminders of the member were put on the wire."""
    texts = [sent.outgoing.message.text for sent in rig.invites(member)]
    return [text.split("\n")[0] for text in texts if text.startswith((REMINDED, OPEN))]


def invited(rig: Rig) -> Member:
    """A member with an invite of the pulse."""
    member = rig.person("Aino")
    rig.wave()
    return member


# --- reminders ----------------------------------------------------------------------------------------------


def test_one_reminder_after_two_days_of_silence(each_rig: Rig) -> None:
    """At 48 hours, not before and not twice; it costs a message and half a point."""
    rig = each_rig
    aino = invited(rig)
    rig.passes(hours=47)
    assert reminders(rig, aino) == []
    rig.passes(hours=1)
    assert reminders(rig, aino) == [REMINDED]
    rig.passes(days=4)
    assert reminders(rig, aino) == [REMINDED]
    assert rig.values(t.contacts, "kind", "state") == [("invite", "sent"), ("reminder", "sent")]


def test_the_buttons_of_invite_and_reminder_count_once(rig: Rig) -> None:
    """Both copies begin the same session; the second press of either changes nothing."""
    aino = invited(rig)
    rig.passes(hours=48)
    first, second = (button for _, button in (aino.button("Start"), aino.button("Start")))
    assert first.token == second.token
    aino.taps("Start")
    aino.presses(first.token)
    assert rig.row(t.sessions)["turn"] == 2
    assert rig.statuses(aino) == ["active"]


def test_an_open_question_is_reminded_of_with_the_question(rig: Rig) -> None:
    """Who has begun and gone quiet is asked whether to go on."""
    aino = invited(rig)
    aino.taps("Start")
    aino.taps("Good")
    rig.passes(hours=48)
    assert reminders(rig, aino) == [OPEN]
    assert "2/2 · What would you tell?" in aino.looks()[-1]


@pytest.mark.parametrize("reaction", ["Not now", "No thanks", "Stop asking me", "answers all"])
def test_nobody_is_reminded_who_has_reacted(rig: Rig, reaction: str) -> None:
    """Not after a no, a not now, a stop or the last answer."""
    aino = invited(rig)
    if reaction == "answers all":
        for label in ("Start", "Good", "Skip"):
            aino.taps(label)
    else:
        aino.taps(reaction)
    rig.passes(days=6)
    assert reminders(rig, aino) == []
    assert "waiting" not in rig.values(t.fires, "state", kind="reminder")


def test_nobody_is_reminded_within_an_hour_of_any_sign_of_life(rig: Rig) -> None:
    """Not only an answer counts: whoever has just written is there."""
    aino = invited(rig)
    rig.passes(hours=47, minutes=30)
    aino.says("help")
    rig.passes(minutes=30)
    rig.passes(days=2)
    assert reminders(rig, aino) == []


def test_a_second_reminder_only_where_it_is_configured(make_rig: MakeRig) -> None:
    """At 120 hours; a first one that was left out does not take the second with it."""
    twice = PULSE.replace("owner =", "reminders = { max = 2, after_hours = [48, 120] }\nowner =")
    rig = make_rig(configured(twice))
    aino = invited(rig)
    rig.passes(hours=119)
    assert len(reminders(rig, aino)) == 1
    rig.passes(hours=2)
    assert len(reminders(rig, aino)) == 2
    rig.passes(days=3)
    assert len(reminders(rig, aino)) == 2
    bo = rig.person("Bo")
    rig.wave()
    rig.passes(hours=47, minutes=30)
    bo.says("hello")
    rig.passes(minutes=30)
    rig.passes(hours=73)
    assert len(reminders(rig, bo)) == 1


@pytest.mark.parametrize(("start_by", "expected"), [(72, 1), (57, 1), (56, 0)])
def test_a_reminder_waits_for_the_morning_but_not_into_the_last_hours(
    make_rig: MakeRig, start_by: int, expected: int
) -> None:
    """Only the send window moves it, and never to less than twelve hours before the deadline.

    Invited at noon, it falls due at 21 o'clock the next day and would go at 9 in the morning, 45 hours after.
    """
    early = f"reminders = {{ max = 1, after_hours = [33] }}\nexpiry = {{ start_by_hours = {start_by} }}\n"
    rig = make_rig(configured(PULSE.replace("owner =", f"{early}owner =")))
    aino = invited(rig)
    rig.passes(hours=60)
    assert len(reminders(rig, aino)) == expected
    assert wrong(rig) == []


def test_a_reminder_is_dropped_by_any_other_rule(rig: Rig) -> None:
    """A pause is no date to wait for: the reminder is simply not made."""
    aino = invited(rig)
    rig.write(lambda c: c.execute(t.persons.update().values(paused_until=rig.now + timedelta(days=3))))
    rig.passes(days=6)
    assert reminders(rig, aino) == []
    assert rig.values(t.contacts, "state", kind="reminder") == ["released"]


def test_a_reminder_that_could_not_be_sent_in_time_is_not_sent(rig: Rig) -> None:
    """An outage until the last hours: nobody is reminded of what is nearly over."""
    aino = invited(rig)
    rig.passes(hours=47)
    rig.faults.append(Fault(REFUSED, times=10**6))
    rig.passes(hours=110, step=timedelta(hours=2))
    rig.faults.clear()
    rig.passes(hours=24)
    assert not [one for one in rig.invites(aino)[1:] if not hasattr(one.result, "failure")]
    assert rig.values(t.contacts, "state", kind="reminder") == ["released"]
    assert wrong(rig) == []


def test_an_answer_that_comes_first_beats_the_reminder(rig: Rig) -> None:
    """Fired, and answered before it was claimed: it is not sent."""
    aino = invited(rig)
    rig.passes(hours=47)
    rig.now += timedelta(hours=1)
    rig.fire()
    aino.post("tap", token=aino.button("Start")[1].token, ref=aino.button("Start")[0])
    rig.settle_down()
    assert reminders(rig, aino) == []
    assert rig.values(t.contacts, "state", kind="reminder") == ["released"]


# --- deadlines ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taps", "status", "hours"),
    [((), "ignored", 168), (("Start",), "ignored", 168), (("Start", "Good"), "partial", 72)],
)
def test_a_session_ends_by_itself_with_what_it_has(
    rig: Rig, taps: tuple[str, ...], status: str, hours: int
) -> None:
    """Nothing answered: ignored after a week. Half answered: partial after three days of silence."""
    aino = invited(rig)
    for label in taps:
        aino.taps(label)
    rig.passes(hours=hours - 1)
    assert rig.statuses(aino)[0] in ("invited", "active")
    rig.passes(hours=2)
    assert rig.statuses(aino) == [status]
    assert "This has closed" in str(aino.reads())


def test_less_than_half_is_abandoned(make_rig: MakeRig) -> None:
    """One answer of three is not half."""
    third = """
[[flow.question]]
id = "more"
type = "text"
required = false
text = { fi = "Muuta?", sv = "Annat?", en = "Anything else?" }

[[flow]]
id = "short"
"""
    flows = FLOWS.replace('\n[[flow]]\nid = "short"\n', third)
    rig = make_rig(configured(PULSE, flows=flows))
    aino = invited(rig)
    aino.taps("Start")
    aino.taps("Good")
    rig.passes(hours=73)
    assert rig.statuses(aino) == ["abandoned"]
    assert rig.state(aino)["outcome"] == "abandoned"


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=1)])
def test_an_answer_after_the_deadline_is_not_taken_even_before_a_tick_has_noticed(
    rig: Rig, late: timedelta
) -> None:
    """The deadline counts, not the tick."""
    aino = invited(rig)
    aino.taps("Start")
    rig.passes(hours=167)
    rig.now += timedelta(hours=1) + late
    assert CLOSED in aino.taps("Good")
    assert rig.answers(aino) == {}
    assert rig.statuses(aino) == ["ignored"]


def test_an_answer_that_was_received_in_time_counts_although_it_is_applied_late(rig: Rig) -> None:
    """Our time of receipt rules: a slow hour of ours is nobody's fault."""
    aino = invited(rig)
    aino.taps("Start")
    rig.passes(hours=167, minutes=59)
    aino.post("tap", token=aino.button("Good")[1].token, ref="m")
    rig.now += timedelta(minutes=2)
    rig.settle_down()
    assert rig.answers(aino) == {"mood": "good"}


@pytest.mark.parametrize("act", ["tap", "words"])
def test_a_message_to_a_closed_wave_is_answered_politely_and_changes_nothing(rig: Rig, act: str) -> None:
    """Not stored, nothing revived."""
    aino = invited(rig)
    rig.passes(days=8)
    aino.looks()
    answer = aino.presses("x.1.0") if act == "tap" else aino.says("good")
    assert len(answer) == 1
    assert rig.answers(aino) == {}
    assert rig.statuses(aino) == ["ignored"]


def test_who_has_begun_may_finish_in_the_grace_after_the_wave_has_closed(rig: Rig) -> None:
    """Begun in the last hour: a day remains, not a second more."""
    aino = invited(rig)
    rig.passes(days=6, hours=23)
    aino.taps("Start")
    aino.taps("Good")
    rig.passes(hours=24)
    assert rig.statuses(aino) == ["active"]
    rig.passes(hours=2)
    assert rig.statuses(aino) == ["partial"]


def test_a_failing_end_is_tried_again_and_holds_up_nobody(rig: Rig) -> None:
    """A session whose flow cannot be read is put off by the hour, with an alert; others end."""
    invited(rig)
    rig.person("Bo")
    rig.write(lambda c: c.execute(t.sessions.update().values(state="{}")))
    cecilia = rig.person("Cecilia", groups=("volunteers",))
    rig.wave("shift")
    rig.now += timedelta(days=7)
    rig.fire()
    assert rig.statuses(cecilia) == ["ignored"]
    assert rig.alerts() == ["expiry_failed"]


# --- silence ------------------------------------------------------------------------------------------------


def go_quiet(rig: Rig, aino: Member) -> None:
    """Ignore three invites in a row, as far apart as the policy keeps them."""
    for _ in range(3):
        rig.wave()
        rig.passes(days=8, step=timedelta(hours=4))
        while rig.state(aino)["dormant_at"] is None and rig.now.weekday() != 1:
            rig.passes(days=1, step=timedelta(hours=4))
        rig.passes(days=56, step=timedelta(days=1))


def test_three_ignored_in_a_row_make_dormant_and_one_question_follows(rig: Rig) -> None:
    """Then silence, and after 90 days one single message whether to go on."""
    aino = rig.person("Aino")
    go_quiet(rig, aino)
    assert rig.state(aino)["ignored_in_row"] == 3
    dormant_at = rig.state(aino)["dormant_at"]
    assert dormant_at is not None
    rig.wave()
    assert rig.places(aino)[-1] == ("frame", Reason.DORMANT)
    aino.looks()
    rig.passes(days=60, step=timedelta(hours=6))
    (asked,) = aino.looks()
    assert asked == (
        "It has been quiet between us for a while. Shall I go on asking you a little something now and then? "
        "[Yes, gladly] [Yes, but less often] [No, no more]"
    )
    assert rig.now - dormant_at >= timedelta(days=90)
    rig.passes(days=200, step=timedelta(days=1))
    assert aino.looks() == []
    assert wrong(rig) == []


@pytest.mark.parametrize(
    ("label", "preference", "stopped"),
    [
        ("Yes, gladly", "normal", False),
        ("Yes, but less often", "less", False),
        ("No, no more", "normal", True),
    ],
)
def test_the_buttons_of_the_question_after_a_long_silence(
    rig: Rig, label: str, preference: str, stopped: bool
) -> None:
    """Go on, less, or stop: each does what it says and ends the dormancy."""
    aino = rig.person("Aino")
    go_quiet(rig, aino)
    rig.passes(days=60, step=timedelta(hours=6))
    aino.taps(label)
    state = rig.state(aino)
    assert state["preference"] == preference
    assert (state["stopped_at"] is not None) == stopped
    assert (state["dormant_at"], state["ignored_in_row"]) == (None, 0)


def test_whoever_writes_is_dormant_no_longer(rig: Rig) -> None:
    """Any message wakes; the 90-day question is not sent then, and waves ask again."""
    aino = rig.person("Aino")
    go_quiet(rig, aino)
    aino.says("hello")
    state = rig.state(aino)
    assert (state["dormant_at"], state["ignored_in_row"]) == (None, 0)
    aino.looks()
    rig.passes(days=60, step=timedelta(hours=6))
    assert aino.looks() == []
    rig.wave()
    assert rig.places(aino)[-1] == ("asked", 0)


def test_a_no_is_a_reaction_and_breaks_the_row(rig: Rig) -> None:
    """Ignored, declined, ignored is once in a row."""
    aino = invited(rig)
    rig.passes(days=8)
    assert rig.state(aino)["ignored_in_row"] == 1
    rig.passes(days=10, step=timedelta(hours=6))
    rig.wave()
    aino.taps("No thanks")
    assert rig.state(aino)["ignored_in_row"] == 0


# --- timeouts -----------------------------------------------------------------------------------------------


def test_a_question_with_a_time_of_its_own_goes_on_without_an_answer(each_rig: Rig) -> None:
    """After half an hour the flow takes the branch that it names; the answer says so."""
    rig = each_rig
    aino = rig.stranger("Aino")
    assert aino.says("quick") == ["Have you a minute now? [Yes] [No]"]
    rig.passes(minutes=29, step=timedelta(minutes=1))
    assert aino.looks() == []
    rig.passes(minutes=1)
    assert aino.looks() == ["^ Have you a minute now? / – Time ran out", "Done then."]
    assert rig.answers(aino) == {"now": "timed_out"}
    assert rig.statuses(aino) == ["completed"]


def test_a_timeout_of_an_answered_question_does_nothing(rig: Rig) -> None:
    """The fire looks whether its turn still stands."""
    aino = rig.stranger("Aino")
    aino.says("quick")
    aino.says("yes")
    rig.write(lambda c: c.execute(t.fires.update().values(state="waiting")))
    rig.passes(minutes=40)
    assert rig.answers(aino) == {"now": True}


# --- what a person begins -----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["kurssi", "KURS.", " course ", "/course"])
def test_a_keyword_begins_its_survey_in_any_language(rig: Rig, word: str) -> None:
    """Case and full stops do not matter; inside a sentence it is no keyword."""
    aino = rig.stranger("Aino")
    assert aino.says("the course was fine") != ["Would you come again? [Yes] [No]"]
    assert aino.says(word) == ["Would you come again? [Yes] [No]"]
    assert rig.row(t.sessions)["self_started"]


def test_a_deep_link_begins_its_survey_for_a_stranger_at_once(rig: Rig) -> None:
    """The first contact may be the question itself; nothing is booked against the caps."""
    aino = rig.stranger("Aino")
    assert aino.uses("start", "course") == ["Would you come again? [Yes] [No]"]
    aino.taps("Yes")
    assert rig.statuses(aino) == ["completed"]
    assert rig.rows(t.contacts) == []
    assert rig.state(aino)["outcome"] == ""


@pytest.mark.parametrize("link", ["nothing", "", "x" * 65, "course junk", "'; DROP TABLE"])
def test_a_link_that_is_none_gets_one_neutral_answer(rig: Rig, link: str) -> None:
    """Unknown, empty, too long or broken: no survey begins."""
    aino = rig.person("Aino")
    assert len(aino.uses("start", link)) == 1
    assert rig.rows(t.sessions) == []


def test_the_same_link_again_only_shows_the_open_question(rig: Rig) -> None:
    """No second session of the same survey while one is open."""
    aino = rig.stranger("Aino")
    for _ in range(3):
        assert aino.uses("start", "course") == ["Would you come again? [Yes] [No]"]
    assert len(rig.rows(t.sessions)) == 1


def test_a_link_in_the_middle_of_other_questions_begins_after_them(each_rig: Rig) -> None:
    """Finish first; then the survey that waited begins by itself, once."""
    rig = each_rig
    aino = invited(rig)
    aino.taps("Start")
    for _ in range(3):
        said = aino.uses("start", "course")
        assert said == ["Gladly, right after this one.", "1/2 · How are you? [Good] [Bad]"]
    aino.taps("Good")
    aino.says("All well")
    rig.now += timedelta(seconds=1)
    rig.tick()
    assert aino.looks() == ["Would you come again? [Yes] [No]"]
    aino.taps("Yes")
    rig.passes(hours=2)
    assert aino.looks() == []
    assert rig.statuses(aino) == ["completed", "completed"]


def test_a_survey_that_waited_does_not_begin_in_somebodys_absence(rig: Rig) -> None:
    """The open one expired days later, at night: the promise is void."""
    aino = invited(rig)
    aino.taps("Start")
    aino.uses("start", "course")
    aino.looks()
    rig.passes(days=8)
    assert "Would you come again?" not in str(aino.looks())
    assert rig.values(t.fires, "state", kind="open") == ["dropped"]


def test_a_link_in_place_of_an_unanswered_invite_begins_at_once(rig: Rig) -> None:
    """The invite closes without a word and counts as not now."""
    aino = invited(rig)
    aino.looks()
    said = aino.uses("start", "course")
    assert said[-1] == "Would you come again? [Yes] [No]"
    assert len(said) == 2
    assert said[0].endswith("✓ Not now")
    assert rig.statuses(aino) == ["not_now", "active"]


def test_the_link_of_the_invited_survey_opens_it(make_rig: MakeRig) -> None:
    """The wave's own session goes on; there is no second one."""
    both = PULSE.replace(
        "trigger = { by_hand = true }",
        '[[survey.trigger]]\nby_hand = true\n\n[[survey.trigger]]\nlink = "pulse"',
    )
    rig = make_rig(configured(both))
    aino = invited(rig)
    assert aino.uses("start", "pulse")[-1] == "1/2 · How are you? [Good] [Bad]"
    assert rig.statuses(aino) == ["active"]


def test_a_survey_that_waits_is_withdrawn_with_its_survey_or_by_stop(make_rig: MakeRig) -> None:
    """Gone from the configuration, or the person wants nothing any more."""
    rig = make_rig(configured(PULSE + COURSE + QUICK + SHIFT))
    aino = invited(rig)
    aino.taps("Start")
    aino.uses("start", "course")
    rig.restart(configured(PULSE))
    aino.says("good")
    aino.says("fine")
    rig.passes(minutes=20, step=timedelta(minutes=5))
    assert rig.statuses(aino) == ["completed"]
    assert rig.alerts() == []


def test_a_self_started_survey_that_is_left_ends_in_silence(rig: Rig) -> None:
    """Nobody invited, so nobody was ignored, and no rest follows."""
    aino = rig.stranger("Aino")
    aino.says("course")
    rig.passes(hours=73)
    state = rig.state(aino)
    assert rig.statuses(aino) == ["ignored"]
    assert (state["ignored_in_row"], state["outcome"], state["paused_until"]) == (0, "", None)


def test_the_same_survey_may_wait_for_another_on_two_days(rig: Rig) -> None:
    """The wish is renewed, and begins each time once the open session is over."""
    aino = rig.person("Aino")
    for _ in range(2):
        aino.says("quick")
        aino.uses("start", "course")
        aino.taps("Yes")
        rig.tick()
        aino.taps("Yes")
        rig.now += timedelta(days=1)
    assert rig.statuses(aino) == ["completed"] * 4


def test_a_session_that_ends_and_one_that_begins_in_one_breath(rig: Rig) -> None:
    """Both in the same batch: the first is over before the second begins."""
    aino = rig.person("Aino")
    aino.says("course")
    aino.post("text", text="yes")
    aino.post("text", text="course")
    rig.settle_down()
    assert rig.statuses(aino) == ["completed", "active"]
    assert [row["attempts"] for row in rig.rows(t.inbox)] == [0, 0, 0]
