"""The member's own page: every wish by a tap and by words, and its effect through the policy."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.verdicts import Reason
from storage import tables as t
from tests.service.association import COURSE, PULSE, configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig
from tests.service.test_commands import words

TOPICS = PULSE.replace("trigger =", 'topic = { fi = "Tunnelma", en = "Mood" }\ntrigger =') + COURSE


def page_of(member: Member) -> list[str]:
    """The lines of a member's page, without its buttons."""
    (page,) = member.says("me")
    return page.partition(" [")[0].split(" / ")


def test_the_page_says_what_is_kept_and_what_is_coming(rig: Rig) -> None:
    """Name, language, zone, pace, hours, place, answers, and the next planned question with its why."""
    aino = rig.person("Aino", zone="Europe/Helsinki")
    aino.says("hello")
    rig.now = datetime(2026, 9, 1, 20, tzinfo=UTC)
    rig.plan_wave()
    assert page_of(aino) == [
        "Name: Aino",
        "Language: English",
        "Time zone: Europe/Helsinki",
        "How often: at the usual pace",
        "When I may write: at the usual times, on any day",
        "Where: where you last wrote",
        "You have answered 0 questions.",
        "Planned next, 2 September 2026: To know how it goes. Everybody it concerns is asked.",
    ]


def test_a_tap_leads_through_the_page_in_one_message(rig: Rig) -> None:
    """The page, a part of it and back again stand in the same message."""
    aino = rig.person("Aino")
    aino.says("me")
    assert aino.taps("How often")[0].startswith("^ How often may I ask?")
    (less,) = aino.taps("Less often")
    assert less == (
        "^ How often may I ask? / You are asked at most once in 30 days. "
        "[✓Less often] [As usual] [More often] [Back to the page]"
    )
    assert rig.state(aino)["preference"] == "less"
    aino.taps("Back to the page")
    assert len(aino.reads()) == 1


@pytest.mark.parametrize("way", ["tap", "words", "command"])
def test_own_hours_move_an_invite(rig: Rig, way: str) -> None:
    """Whoever wants to be written to in the evening is asked in the evening."""
    aino = rig.person("Aino", zone="Europe/Helsinki")
    if way == "tap":
        aino.says("me")
        aino.taps("At what time")
        aino.taps("17–21")
    else:
        said = aino.says("hours 17-21") if way == "words" else aino.uses("hours", "17-21")
        assert said == [words("page.hours_done", "en", hours="from 17:00 to 21:00")]
    rig.wave()
    assert rig.invites(aino) == []
    rig.passes(hours=5)
    assert [sent.at for sent in rig.invites(aino)] == [datetime(2026, 9, 1, 14, tzinfo=UTC)]


def test_usual_hours_come_back(rig: Rig) -> None:
    """A wish can be taken back by a tap."""
    aino = rig.person("Aino", opens="17:00", closes="21:00")
    aino.says("hours")
    aino.taps("at the usual times")
    rig.wave()
    assert len(rig.invites(aino)) == 1


def test_quiet_days_are_kept(make_rig: MakeRig) -> None:
    """Tuesday is quiet for this member, so Tuesday's wave reaches them on Wednesday."""
    rig = make_rig()
    aino = rig.person("Aino")
    aino.says("days")
    assert "Now: never on Tuesday." in aino.taps("Tuesday")[0]
    rig.wave()
    assert rig.invites(aino) == []
    rig.passes(days=1)
    assert [sent.at.weekday() for sent in rig.invites(aino)] == [2]
    aino.looks()
    assert aino.says("days none")[:1] == [words("page.days_done", "en", days="on any day")]
    assert rig.state(aino)["quiet_days"] == ""


def test_seven_quiet_days_are_no_wish(rig: Rig) -> None:
    """Whoever wants silence every day is told the word that gives it."""
    aino = rig.person("Aino", quiet_days="012345")
    aino.says("me")
    aino.taps("Quiet days")
    assert words("page.days_all", "en") in aino.taps("Sunday")
    assert aino.uses("days", "mon-sun") == [words("page.days_all", "en")]
    assert rig.state(aino)["quiet_days"] == "012345"


def test_a_topic_is_left_alone(make_rig: MakeRig) -> None:
    """Its planned invite is withdrawn with the reason, why tells it, and other surveys go on."""
    rig = make_rig(configured(TOPICS))
    aino = rig.person("Aino")
    rig.plan_wave()
    aino.says("topics")
    (page,) = aino.taps("Mood")
    assert "[Mood]" in page
    rig.tick()
    assert rig.invites(aino) == []
    assert rig.places(aino) == [("dropped", Reason.OPT_OUT)]
    assert words("why.OPT_OUT_topic", "en") in aino.says("why")[0]
    assert words("page.topics_left", "en", topics="Mood") in page_of(aino)
    assert aino.says("course")[0].startswith("Would you come again?")


def test_a_topic_is_left_and_taken_up_by_words(make_rig: MakeRig) -> None:
    """Named in either language; an unknown name shows the list."""
    rig = make_rig(configured(TOPICS))
    aino = rig.person("Aino")
    assert aino.uses("topics", "tunnelma") == [words("page.topic_left", "en")]
    assert aino.uses("topics", "MOOD") == [words("page.topic_back", "en")]
    assert rig.rows(t.person_topics) == []
    assert aino.uses("topics", "elephants")[0].startswith(words("page.topics", "en"))


def test_the_wished_platform_is_where_one_is_asked(rig: Rig) -> None:
    """Without a wish it is where one was heard from last; with one it is there."""
    aino = rig.person("Aino")
    beside = rig.also_at(aino, "side")
    beside.says("hello")
    rig.now += timedelta(minutes=1)
    aino.says("me")
    aino.taps("Where")
    aino.taps("side")
    rig.wave()
    assert [sent.platform for sent in rig.invites()] == ["side"]


def test_one_sees_what_one_was_asked_and_said(rig: Rig) -> None:
    """The past with its dates, and the answers as they were chosen; in one's own language."""
    aino = rig.person("Aino", language="fi")
    aino.says("hei")
    rig.wave()
    aino.taps("Aloitetaan")
    aino.taps("Hyvää")
    aino.says("Kaikki on hyvin")
    aino.says("minä")
    (asked,) = aino.taps("Mitä on kysytty")
    assert asked.split(" / ") == [
        "^ Tätä sinulta on viimeksi kysytty:",
        "1. syyskuuta 2026: Jotta tietäisimme. Vastasit. [Takaisin sivulle]",
    ]
    (answers,) = aino.says("vastaukseni")
    assert answers.split(" / ") == [
        "Viimeisimmät vastauksesi. Kaikki saat kirjoittamalla ”tietopyyntö”.",
        "1. syyskuuta 2026: Mitä kuuluu? – Hyvää",
        "1. syyskuuta 2026: Mitä kertoisit? – Kaikki on hyvin [Takaisin sivulle]",
    ]


def test_wishes_of_others_and_forged_ones_change_nothing(rig: Rig) -> None:
    """A made-up button of the page is answered kindly and sets nothing."""
    aino = rig.person("Aino")
    before = rig.state(aino)
    for token in (
        "me:hours:25-99",
        "me:days:9",
        "me:often:never",
        "me:where:moon",
        "me:topics:x",
        "me:nothing",
    ):
        assert aino.presses(token)
    assert {**rig.state(aino)} == {**before}


def test_a_page_that_the_platform_shows_makes_nobody_known(rig: Rig) -> None:
    """A stranger who looks is told who asks here, and nothing of them is stored."""
    aino = rig.stranger("Aino")
    aino.post("home", ref="home")
    rig.settle_down()
    assert aino.looks()[0].startswith("^ Hello. Hauskala uses this chat")
    assert rig.rows(t.persons) == []
    aino.says("hello")
    aino.looks()
    aino.post("home", ref="home")
    rig.settle_down()
    assert aino.looks()[0].startswith("^ Name: Aino")


def test_why_tells_how_many_were_drawn(make_rig: MakeRig) -> None:
    """Whoever was drawn by lot learns out of how many; the words come from the wave itself."""
    sample = PULSE.replace("trigger =", 'kind = "sample"\nsample = 2\ntrigger =')
    rig = make_rig(configured(sample))
    members = [rig.person(f"Member{number}") for number in range(6)]
    for member in members:
        member.says("hello")
    rig.wave()
    drawn = [member for member in members if rig.invites(member)]
    assert drawn
    told = f"{len(drawn)} of 6 people were drawn by lot, and it was your turn."
    drawn[0].looks()
    assert told in drawn[0].says("why")[0]


def test_why_tells_when_it_may_be_earliest(rig: Rig) -> None:
    """Held back after a "not now": the day on which the next question may come is told."""
    aino = rig.person("Aino", groups=("members", "volunteers"))
    aino.says("hello")
    rig.wave()
    aino.taps("Not now")
    rig.open_wave("shift")
    rig.plan()
    assert words("why.earliest", "en", date="8 September 2026") in aino.says("why")[0]
