"""Care: words that worry and low scores reach a person at once, and the member is told where help is."""

from datetime import timedelta
from typing import Any

import pytest

from bot.service import care
from storage import tables as t
from storage import voices
from tests.service.association import DESK, PULSE, QUICK, alerting, configured
from tests.service.conftest import MakeRig
from tests.service.rig import UNSURE, Fault, Member, Rig
from tests.service.test_feedback import aino, desk, maija

__all__ = ["aino", "desk"]
HELP = "In an emergency call 112. The crisis helpline 09 2525 0113 answers."


@pytest.mark.parametrize(
    ("text", "worries"),
    [
        ("I think of SUICIDE a lot", True),
        ("suicidal", True),
        ("itsemurhasta", True),
        ("mietin, että satuttaisin itseäni", False),
        ("haluan satuttaa itseäni", True),
        ("sjalvmord", True),  # without the accent
        ("I could kill  myself!", True),
        ("kill the lights myself", False),
        ("pesticides", False),
        ("", False),
    ],
)
def test_words_are_found_in_their_forms_and_nowhere_else(desk: Rig, text: str, worries: bool) -> None:
    """A star stands for any ending; without one the word is whole. Case and accents do not matter."""
    assert care.worries(desk.context, text) is worries


@pytest.mark.parametrize("place", ["outside", "question", "feedback", "form"])
def test_wherever_it_is_said_somebody_hears(desk: Rig, aino: Member, place: str) -> None:
    """Outside any question, as an answer, as feedback, in a window: help first for the one who wrote."""
    reader = maija(desk)
    text = "I think of suicide."
    if place == "question":
        aino.says("course")
    if place == "form":
        aino.post("form", token="none", fields={"text": (text,)})
        desk.settle_down()
        said = aino.looks()
    else:
        said = aino.uses("feedback", text) if place == "feedback" else aino.says(text)
    assert said[-1] == HELP
    (alert,) = (one for one in reader.looks() if "Worrying" in one)
    assert "Worrying message #1" in alert
    assert "Aino" in alert
    assert text in alert


def test_the_same_worry_is_told_once_and_kept_whole(desk: Rig, aino: Member) -> None:
    """What is added within six hours stands with it; the member is told where help is each time."""
    reader = maija(desk)
    aino.says("I think of suicide.")
    reader.looks()
    aino.looks()
    desk.now += timedelta(hours=5)
    assert aino.says("Suicide, really.")[-1] == HELP
    assert reader.looks() == []
    assert desk.values(t.voices, "words", "count") == [("I think of suicide.\nSuicide, really.", 2)]
    desk.now += timedelta(hours=2)
    aino.says("Suicide again.")
    assert len(reader.looks()) == 1


def test_an_alert_arrives_at_least_once(desk: Rig, aino: Member) -> None:
    """A doubtful send is repeated; the number tells that both are the same."""
    reader = maija(desk)
    desk.faults.append(Fault(UNSURE, chat="maija", arrives=True))
    aino.says("I think of suicide.")
    desk.now += timedelta(seconds=31)
    desk.deliver()
    assert ["#1" in one for one in reader.looks()] == [True, True]


def test_an_alert_that_reaches_nobody_is_seen_by_the_operator(make_rig: MakeRig) -> None:
    """Rights that are over, or a platform that was never connected: the list of alerts says so."""
    rig = make_rig(configured(more=DESK.format(language="en")))
    rig.person("Aino").says("I think of suicide.")
    assert rig.alerts() == ["unheard"]
    reader = maija(rig)
    reader.uses("alerts")
    reader.taps("Done")
    assert rig.alerts() == []


# --- low scores -------------------------------------------------------------------------------------------


@pytest.fixture
def watched(make_rig: MakeRig) -> Rig:
    """Low answers to the pulse are told to Maija."""
    return make_rig(configured(alerting(PULSE, "mood == 'bad'") + QUICK, DESK.format(language="en")))


def asked(rig: Rig, answer: str) -> tuple[Member, Member]:
    """Somebody who answers the pulse, and whoever sits at the desk."""
    member, reader = rig.person("Aino"), maija(rig)
    rig.wave()
    member.taps("Start")
    member.taps(answer)
    return member, reader


def test_a_low_score_is_told_at_once_and_without_a_name(watched: Rig) -> None:
    """The answer that was low, while the conversation goes on."""
    member, reader = asked(watched, "Bad")
    assert reader.looks() == [
        "Alert #1, 1 September 2026 / Mood / Mitä kuuluu? Huonoa [I take it] [Reply] [Done]"
    ]
    assert member.says("It is hard.")[-1] == "Thanks."
    assert reader.looks() == []


def test_a_good_score_alerts_nobody(watched: Rig) -> None:
    """Nor does an answer to another question."""
    member, reader = asked(watched, "Good")
    member.says("All is well.")
    assert reader.looks() == []
    assert watched.rows(t.voices) == []


def test_nothing_more_is_offered_to_whoever_worries_us(watched: Rig) -> None:
    """The fact that the policy looks at before it offers another question by the way."""
    member, _ = asked(watched, "Bad")

    def worried(person: int, hours: float) -> Any:
        since = watched.now - timedelta(hours=hours)
        return watched.write(lambda c: voices.worried(c, person, since))

    assert worried(member.person, 1) is True
    watched.now += timedelta(hours=2)
    assert worried(member.person, 1) is False
