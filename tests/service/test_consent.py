"""Consent: no answer without it, asked or begun, with the text's version, and taken back as easily."""

from datetime import timedelta

import pytest

from storage import tables as t
from tests.service.association import configured
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig
from tests.service.test_commands import words

EXPLICIT = '[privacy]\nconsent = "explicit"\nversion = "2026-09"\n'
YES = "Yes, that is all right"


@pytest.fixture
def strict(make_rig: MakeRig) -> Rig:
    """An association that asks for consent by a question of its own."""
    return make_rig(configured(more=EXPLICIT))


def invited(rig: Rig) -> Member:
    """Somebody with an invite before them."""
    aino = rig.person("Aino")
    aino.says("hello")
    rig.wave()
    aino.looks()
    return aino


def test_beginning_is_agreeing_and_is_recorded(each_rig: Rig) -> None:
    """Where nothing else is configured: which text, in which language, where, when and how."""
    rig = each_rig
    aino = invited(rig)
    assert rig.rows(t.consents) == []
    aino.taps("Start")
    (row,) = rig.rows(t.consents)
    kept = rig.row(t.notices, digest=row["digest"])
    assert (row["purpose"], row["version"], row["platform"], row["how"]) == ("answers", "1", "chat", "start")
    assert row["given_at"] == rig.now
    assert kept["language"] == "en"
    assert words("privacy.safe", "en") in kept["content"]
    aino.taps("Good")
    assert len(rig.rows(t.consents)) == 1


@pytest.mark.parametrize("way", ["tap", "words"])
def test_consent_is_asked_before_the_first_question(strict: Rig, way: str) -> None:
    """The yes to the invite is followed by the question, its yes by the first question; once for all."""
    aino = invited(strict)
    (asked,) = aino.taps("Start")
    assert asked.startswith("Before we begin: Hauskala keeps what you answer.")
    assert strict.rows(t.answers) == []
    said = aino.taps(YES) if way == "tap" else aino.says("yes")
    assert said[-1].startswith("1/2 · How are you?")
    (row,) = strict.rows(t.consents)
    assert (row["version"], row["given_at"], row["how"]) == (
        "2026-09",
        strict.now,
        "button" if way == "tap" else "words",
    )
    aino.taps("Good")
    aino.says("skip")
    strict.now += timedelta(days=30)
    assert aino.says("course")[0].startswith("Would you come again?")


def test_without_consent_nothing_is_stored(strict: Rig) -> None:
    """No leaves no answer and no open question, and other words are no yes."""
    aino = invited(strict)
    aino.taps("Start")
    assert aino.says("perhaps") != []
    assert strict.state(aino)["consent"] is None
    aino.says("start now")
    aino.presses("consent:no")
    assert strict.rows(t.answers) == []
    assert strict.statuses(aino) == ["declined"]
    assert strict.row(t.consents)["refused_at"] == strict.now
    assert words("consent.was_refused", "en", date="1 September 2026") in aino.says("privacy")[0]


def test_what_one_begins_oneself_asks_too(strict: Rig) -> None:
    """A keyword is answered with who asks and why; its start leads to the question for consent."""
    aino = strict.person("Aino")
    assert "[Start]" in aino.says("course")[0]
    assert aino.taps("Start")[0].startswith("Before we begin:")
    assert aino.taps(YES)[-1].startswith("Would you come again?")


def test_stop_takes_it_back(strict: Rig) -> None:
    """One word; whoever comes back is asked again, and an answer needs the new yes."""
    aino = invited(strict)
    aino.taps("Start")
    aino.taps(YES)
    strict.now += timedelta(hours=1)
    aino.says("stop")
    assert strict.row(t.consents)["withdrawn_at"] == strict.now
    assert strict.state(aino)["consent"] is None
    assert words("consent.was_withdrawn", "en", date="1 September 2026") in aino.says("privacy")[0]
    aino.says("start")
    aino.says("yes")
    aino.says("course")
    assert aino.taps("Start")[0].startswith("Before we begin:")


def test_another_version_is_asked_anew(make_rig: MakeRig) -> None:
    """Even in the middle of the questions: the open one comes again after the yes."""
    rig = make_rig(configured(more=EXPLICIT))
    aino = invited(rig)
    aino.taps("Start")
    aino.taps(YES)
    rig.restart(configured(more=EXPLICIT.replace("2026-09", "2027-01")))
    assert aino.taps("Good")[0].startswith("Before we begin:")
    assert rig.answers(aino) == {}
    assert aino.taps(YES)[-1].startswith("1/2 · How are you?")
    aino.taps("Good")
    assert rig.answers(aino) == {"mood": "good"}
    assert rig.values(t.consents, "version") == ["2026-09", "2027-01"]


def test_a_pressed_yes_that_nobody_asked_for_changes_nothing(strict: Rig) -> None:
    """Old and forged buttons are answered kindly."""
    aino = strict.person("Aino")
    for token in ("consent:yes", "consent:no"):
        assert aino.presses(token) == [words("consent.nothing", "en")]
    assert strict.rows(t.consents) == []


def test_consent_stands_in_ones_data(rig: Rig) -> None:
    """With its version and its day."""
    aino = invited(rig)
    aino.taps("Start")
    aino.says("mydata")
    page = next(s.outgoing.message.document for s in rig.sent if s.outgoing.message.document)
    assert "You gave it on 1 September 2026." in page.content
