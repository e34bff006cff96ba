"""After a silence of the platform: presses are lost without an error, so open questions are put once more."""

from datetime import timedelta

import pytest

from bot.service import silence
from storage import alerts
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig


def _mid_question(rig: Rig) -> Member:
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    return aino


def _hears(rig: Rig, after: timedelta) -> int:
    """The platform was heard now, and again after so long; how many questions that puts again."""
    rig.write(lambda c: silence.heard(rig.context, c, "chat", rig.now, rig.now))
    rig.now += after
    again = rig.write(lambda c: silence.heard(rig.context, c, "chat", rig.now, rig.now))
    rig.fire()
    rig.settle_down()
    return again


@pytest.mark.parametrize(("seconds", "again"), [(150, 0), (151, 1), (600, 1)])
def test_a_silence_that_costs_presses_puts_the_question_again(rig: Rig, seconds: int, again: int) -> None:
    """Once, with buttons that count as the first copy's."""
    aino = _mid_question(rig)
    assert _hears(rig, timedelta(seconds=seconds)) == again
    assert aino.reads().count("1/2 · How are you? [Good] [Bad]") == 1 + again
    aino.taps("Good")
    assert rig.answers(aino) == {"mood": "good"}


def test_the_first_time_is_no_silence(rig: Rig) -> None:
    """A new installation has heard nothing before, and asks nobody again."""
    _mid_question(rig)
    assert rig.write(lambda c: silence.heard(rig.context, c, "chat", rig.now, rig.now)) == 0


@pytest.mark.parametrize(("hours", "told"), [(22, []), (25, ["possible_loss"])])
def test_a_day_of_silence_is_told_to_the_admin(rig: Rig, hours: int, told: list[str]) -> None:
    """Words are kept for a day; beyond that some may be lost, and nobody else would say so."""
    _hears(rig, timedelta(hours=hours))
    assert [alert.kind for alert in rig.write(alerts.open_alerts)] == told


def test_an_invite_is_not_repeated(make_rig: MakeRig) -> None:
    """Only questions are put again: an invite comes once, and its reminder is a contact of its own."""
    rig = make_rig()
    aino = rig.person("Aino")
    rig.wave()
    before = len(rig.invites(aino))
    _hears(rig, timedelta(hours=1))
    assert len(rig.invites(aino)) == before


def test_nobody_is_woken_by_a_question_that_is_put_again(rig: Rig) -> None:
    """The platform comes back at night: the question comes in the morning, and only if it is open still."""
    aino, bo = _mid_question(rig), rig.person("Bo")
    rig.now += timedelta(minutes=1)
    rig.wave()
    bo.taps("Start")
    for member in (aino, bo):
        member.looks()
    rig.now += timedelta(hours=14)
    assert _hears(rig, timedelta(minutes=5)) == 2
    assert (aino.looks(), bo.looks()) == ([], [])
    bo.taps("Good")
    bo.looks()
    rig.passes(hours=7, step=timedelta(minutes=30))
    assert aino.looks() == ["1/2 · How are you? [Good] [Bad]"]
    assert bo.looks() == []
