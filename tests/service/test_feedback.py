"""Speaking up unasked: beside everything else, at no cost, and passed on only when it is meant."""

from datetime import timedelta

import pytest

from bot.engine.messages import Attachment
from bot.service import upkeep, voices
from storage import tables as t
from storage import voices as rows
from tests.service.association import DESK, PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig
from tests.service.test_commands import words

FEELING = "How did it feel? [🙂 Good] [😐 Mixed] [🙁 Bad] | [Skip]"


@pytest.fixture
def desk(make_rig: MakeRig) -> Rig:
    """The association with Maija at its desk."""
    return make_rig(configured(more=DESK.format(language="en")))


@pytest.fixture
def aino(desk: Rig) -> Member:
    """A member of whom something was never asked."""
    return desk.person("Aino")


def tell(aino: Member, text: str = "The door was locked.", reply: str = "Yes") -> None:
    """Everything from the first word to the thanks."""
    aino.uses("feedback", text)
    aino.taps("🙁 Bad")
    aino.taps("Skip")
    aino.taps(reply)
    aino.looks()


def test_it_costs_no_burden_no_rest_and_no_contact(desk: Rig, aino: Member) -> None:
    """Whoever speaks up is asked neither less nor later because of it."""
    before = desk.state(aino)
    tell(aino)
    assert desk.state(aino) == before
    assert desk.rows(t.contacts) == desk.rows(t.sessions) == []
    desk.wave()
    assert [one.outgoing.chat for one in desk.invites()] == ["aino"]


def test_it_leaves_an_invite_and_an_open_question_as_they_are(desk: Rig, aino: Member) -> None:
    """The question stands again afterwards, and is answered as if nothing had been."""
    desk.wave()
    aino.uses("feedback", "The door was locked.")
    aino.taps("🙂 Good")
    assert aino.taps("Yes")[-1].startswith("Hello Aino.")
    aino.taps("Start")
    aino.uses("feedback", "And the light was off.")
    aino.taps("🙂 Good")
    assert aino.taps("No")[-1] == "1/2 · How are you? [Good] [Bad]"
    aino.says("good")
    assert desk.answers(aino) == {"mood": "good"}
    assert desk.values(t.voices, "words") == ["The door was locked.", "And the light was off."]


def test_words_go_to_the_question_that_was_put_last(desk: Rig, aino: Member) -> None:
    """A survey that begins in the middle of the talk is answered first; buttons always find their own."""
    aino.uses("feedback")
    desk.now += timedelta(minutes=1)
    aino.says("course")
    aino.says("yes")
    assert desk.answers(aino) == {"again": True}
    assert aino.taps("🙂 Good")[-1].startswith("2/3 · Tell it in your own words.")


@pytest.mark.parametrize("polite", ["thanks", "Kiitos!", "ok", "👍", "hei"])
def test_nobody_is_asked_whether_politeness_is_feedback(desk: Rig, aino: Member, polite: str) -> None:
    """A thanks is a thanks."""
    assert aino.says(polite) == [words("no_session", "en")]
    assert desk.rows(t.asides) == []


def test_what_is_not_meant_is_not_kept(desk: Rig, aino: Member) -> None:
    """After a no nothing remains of the words, and nobody was told."""
    aino.says("Is anybody there?")
    assert aino.says("no")[-1] == words("feedback.not_meant", "en")
    assert desk.rows(t.voices) == desk.rows(t.asides) == []


def test_skipping_everything_passes_nothing_on(desk: Rig, aino: Member) -> None:
    """There is nothing to read."""
    aino.uses("feedback")
    aino.says("skip")
    aino.says("skip")
    assert aino.says("no")[-1] == words("feedback.nothing", "en")
    assert desk.rows(t.voices) == []


def test_what_was_left_unfinished_is_heard_after_a_day(desk: Rig, aino: Member) -> None:
    """Without a yes to a reply there is none; what was never said to be meant is forgotten."""
    bo = desk.person("Bo")
    aino.uses("feedback", "The door was locked.")
    bo.says("Is anybody there?")
    desk.now += timedelta(hours=25)
    desk.write(lambda c: upkeep.pass_on(desk.context, c, desk.now))
    assert desk.values(t.voices, "person_id", "words", "may_reply") == [
        (aino.person, "The door was locked.", False)
    ]
    assert desk.rows(t.asides) == []


def test_stop_is_stop_even_here(desk: Rig, aino: Member) -> None:
    """The word ends what is asked; feedback may still be given afterwards."""
    aino.uses("feedback")
    aino.says("stop")
    assert desk.state(aino)["stopped_at"] is not None
    assert aino.says("All right then") == [words("stop.again_info", "en")]
    assert aino.uses("feedback", "One more thing") == [f"1/2 · {FEELING}"]


def test_it_speaks_every_language_and_leaves_no_word_in_the_queue(desk: Rig) -> None:
    """What was said lies in one place alone."""
    aino = desk.person("Aino", language="sv")
    assert aino.uses("feedback", "Dörren var låst.")[0].startswith("1/2 · Hur kändes det?")
    aino.taps("🙁 Dåligt")
    aino.taps("Hoppa över")
    aino.taps("Ja")
    assert "Dörren" not in str(desk.rows(t.outbox)) + str(desk.rows(t.inbox)) + str(desk.rows(t.asides))


# --- the admin's side -------------------------------------------------------------------------------------


def maija(desk: Rig, name: str = "Maija") -> Member:
    """Whoever sits at the desk."""
    found = desk.person(name, groups=())
    found.says("thanks")
    found.looks()
    return found


def test_the_admin_sees_neither_address_nor_name(desk: Rig, aino: Member) -> None:
    """Only what was said, and whether a reply is welcome."""
    reader = maija(desk)
    tell(aino)
    (shown,) = reader.looks()
    assert shown == (
        "Feedback #1, 1 September 2026 / 🙁 Bad / “The door was locked.” [I take it] [Reply] [Done]"
    )


def test_a_reply_goes_where_the_person_was_heard_from_last(desk: Rig, aino: Member) -> None:
    """Under the organisation's name; the reply, who wrote it, and nothing else stands in the audit."""
    reader = maija(desk)
    tell(aino)
    side = desk.also_at(aino, "side")
    desk.now += timedelta(hours=1)
    side.says("thanks")
    side.looks()
    reader.uses("reply", "1 We are sorry.")
    assert side.looks() == ["Hauskala replies to what you told us: / We are sorry."]
    assert aino.looks() == []
    assert desk.values(t.audit, "actor", "action", "subject") == [("Maija", "feedback_reply", "#1")]
    assert desk.row(t.voices)["state"] == "taken"


def test_nobody_is_written_to_who_wished_no_reply(desk: Rig, aino: Member) -> None:
    """The wish stands above the admin's."""
    reader = maija(desk)
    tell(aino, reply="No")
    reader.looks()
    assert reader.uses("reply", "1 But listen") == [words("voice.not_sent", "en", number=1)]
    assert aino.looks() == []


def test_whoever_is_no_admin_meets_no_desk(desk: Rig, aino: Member) -> None:
    """Commands and buttons of the desk are unknown to a member, and change nothing."""
    tell(aino)
    bo = desk.person("Bo")
    assert bo.uses("alerts") == [words("unknown_command", "en")]
    assert bo.uses("reply", "1 Hello") == [words("unknown_command", "en")]
    assert bo.presses("voice:1:done") == [words("closed_wave", "en")]
    assert desk.row(t.voices)["state"] == "open"


def test_rights_end_on_their_day(desk: Rig, aino: Member) -> None:
    """On the last day they stand; after it neither the desk nor a message that waits in line is theirs."""
    reader = maija(desk)
    tell(aino)
    reader.looks()
    desk.now = desk.now.replace(month=12, day=31)
    assert reader.uses("alerts")[0] == "One is waiting:"
    aino.uses("feedback", "Late words")
    aino.taps("🙂 Good")
    aino.post("text", text="no")
    desk.apply()
    desk.now += timedelta(days=1)
    desk.deliver()
    assert reader.looks() == []
    assert desk.values(t.outbox, "error", delivery="A", state="cancelled") == ["no right any more"]
    assert reader.uses("alerts") == [words("unknown_command", "en")]


def test_the_reply_that_was_begun_may_be_dropped_or_forgotten(desk: Rig, aino: Member) -> None:
    """Another command, "never mind" and half an hour all end it; nothing slips out to a member by mistake."""
    reader = maija(desk)
    tell(aino)
    reader.taps("Reply")
    assert reader.taps("Never mind")[-1] == words("voice.cancelled", "en", number=1)
    reader.taps("Reply")
    desk.now += timedelta(minutes=31)
    reader.says("Where was I?")
    assert desk.rows(t.voice_replies) == []
    assert aino.looks() == []


def test_taken_once_done_once(desk: Rig, aino: Member) -> None:
    """Who comes second is told who was first."""
    reader = maija(desk)
    tell(aino)
    reader.taps("I take it")
    assert reader.presses("voice:1:take") == [words("voice.taken_before", "en", number=1, name="Maija")]
    reader.taps("Done")
    assert desk.row(t.voices)["state"] == "done"
    assert reader.uses("alerts") == [words("voice.none_open", "en")]


def test_tallies_are_there_for_reports(desk: Rig, aino: Member) -> None:
    """Good and bad over time, open and closed."""
    tell(aino)
    found = desk.write(rows.tallies)
    assert [(row.feeling, row.state, row.said_at) for row in found] == [("bad", "open", desk.now)]


def test_it_is_told_without_anybody_at_the_desk(make_rig: MakeRig) -> None:
    """Where no admin is written down the words are kept for the command line."""
    rig = make_rig(configured(PULSE))
    tell(rig.person("Aino"))
    assert rig.values(t.voices, "words") == ["The door was locked."]
    assert rig.alerts() == []
    assert voices.RIGHT["feedback"] == "feedback"


def test_the_whole_way_on_each_database(each_rig: Rig) -> None:
    """From the first word to the reply and the end."""
    each_rig.restart(configured(more=DESK.format(language="en")))
    reader, member = maija(each_rig), each_rig.person("Aino")
    member.says("The door was locked, and I thought of suicide.")
    member.taps("Yes")
    member.taps("🙁 Bad")
    member.taps("Skip")
    member.taps("Yes")
    assert [one.partition(" #")[0] for one in reader.looks()] == ["Worrying message", "Feedback"]
    reader.uses("reply", "2 We are sorry.")
    reader.taps("Done")
    assert member.looks()[-1].endswith("We are sorry.")
    assert each_rig.values(t.voices, "kind", "state") == [("words", "open"), ("feedback", "done")]


def test_a_photo_is_sent_on_to_whoever_reads_it_on_that_platform(desk: Rig, aino: Member) -> None:
    """A platform knows its own pictures; what went well is not asked for one."""
    reader = maija(desk)
    aino.uses("feedback", "The door was locked.")
    aino.taps("🙁 Bad")
    aino.post("media", text="photo", attachment=Attachment(source="chat:F1", mime="image/jpeg"))
    desk.settle_down()
    aino.taps("No")
    assert desk.values(t.voices, "file") == ["chat:F1"]
    assert "There is a photo with it." in reader.looks()[0]
    sent = [one.outgoing.message for one in desk.sent if one.outgoing.chat == "maija"]
    assert [(one.text, one.photo) for one in sent if one.photo] == [("#1", "F1")]
