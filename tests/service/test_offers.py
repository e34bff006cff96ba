"""Offers: whoever has just finished is asked at once what was planned for them anyway, and nothing more."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.verdicts import Reason
from storage import tables as t
from tests.service.association import COURSE, FLOWS, PULSE, configured
from tests.service.checker import wrong
from tests.service.conftest import MakeRig
from tests.service.rig import Member, Rig

EVENING = datetime(2026, 9, 1, 18, tzinfo=UTC)
"""21 o'clock in Helsinki: nobody is written to before the morning."""
HERE = "We meant to ask this in the next few days. Would now do, while you are here?"
FACES = """
[[flow]]
id = "short"
title = { fi = "Vuoro", sv = "Pass", en = "Shift" }
[[flow.question]]
id = "again"
type = "scale"
preset = "faces"
text = { fi = "Miltä tuntui?", sv = "Hur kändes det?", en = "How did it feel?" }
"""
MOOD = FLOWS[: FLOWS.index('[[flow]]\nid = "short"')]


def planned(rig: Rig) -> Member:
    """Somebody whose invite is reserved for the next morning."""
    aino = rig.person("Aino")
    rig.wave()
    assert rig.values(t.contacts, "state", "at") == [("reserved", datetime(2026, 9, 2, 6, tzinfo=UTC))]
    return aino


def finishes(aino: Member, answer: str = "Yes") -> None:
    """A survey that the person begins and ends by themselves."""
    aino.says("course")
    aino.taps(answer)
    aino.looks()


def test_what_is_planned_for_the_morning_is_offered_at_once(make_rig: MakeRig) -> None:
    """It costs an invite and no message, says that it may be answered now, and does not come again."""
    rig = make_rig(configured(PULSE + COURSE), now=EVENING)
    aino = planned(rig)
    finishes(aino)
    before = rig.state(aino)["burden"]
    rig.fire()
    rig.tick()
    (offer,) = aino.looks()
    assert HERE in offer
    assert rig.values(t.contacts, "state", "piggyback") == [("sent", True)]
    assert rig.state(aino)["burden"] == before
    aino.taps("Start")
    aino.taps("Good")
    aino.taps("Skip")
    rig.passes(days=4)
    assert len(rig.invites()) == 1
    assert wrong(rig) == []


@pytest.mark.parametrize(
    ("surveys", "more", "answer"),
    [
        (PULSE + COURSE, "[policy]\npiggyback_hours = 0", "Yes"),
        (PULSE + COURSE, "[policy]\npiggyback_hours = 6", "Yes"),
        (PULSE + "heavy = true\n" + COURSE, "", "Yes"),
    ],
)
def test_nothing_is_offered_against_the_admins_word(
    make_rig: MakeRig, surveys: str, more: str, answer: str
) -> None:
    """Switched off, not due for longer, or heavy: it comes in the morning."""
    rig = make_rig(configured(surveys, more), now=EVENING)
    aino = planned(rig)
    finishes(aino, answer)
    rig.fire()
    rig.tick()
    assert aino.looks() == []
    rig.passes(hours=13)
    assert [one.at for one in rig.invites(aino)] == [datetime(2026, 9, 2, 6, tzinfo=UTC)]
    assert HERE not in rig.invites(aino)[0].outgoing.message.text


@pytest.mark.parametrize(("face", "offers"), [(0, 0), (4, 1)])
def test_somebody_unhappy_is_not_asked_to_go_on(make_rig: MakeRig, face: int, offers: int) -> None:
    """After the lowest face nothing follows that night."""
    rig = make_rig(configured(PULSE + COURSE, "", MOOD + FACES), now=EVENING)
    aino = planned(rig)
    aino.says("course")
    _, prompt = list(aino.screen.items())[-1]
    aino.taps(prompt.buttons[face].label)
    rig.fire()
    rig.tick()
    assert len(rig.invites(aino)) == offers


def test_what_may_not_be_asked_now_is_asked_as_it_was_planned(make_rig: MakeRig) -> None:
    """All rules but the hours are looked at: a pause that was just begun stands."""
    rig = make_rig(configured(PULSE + COURSE), now=EVENING)
    aino = planned(rig)
    rig.write(lambda c: c.execute(t.persons.update().values(paused_until=EVENING + timedelta(hours=2))))
    finishes(aino)
    rig.fire()
    rig.tick()
    assert rig.invites() == []
    rig.passes(hours=13)
    assert [one.at for one in rig.invites(aino)] == [datetime(2026, 9, 2, 6, tzinfo=UTC)]


def test_an_offer_that_was_overtaken_goes_back_to_its_plan(make_rig: MakeRig) -> None:
    """Between the offer and its moment the person paused: nothing is sent, and the plan stands."""
    rig = make_rig(configured(PULSE + COURSE), now=EVENING)
    aino = planned(rig)
    finishes(aino)
    fire = rig.row(t.fires, kind="contact")
    contact = rig.row(t.contacts)
    rig.write(lambda c: c.execute(t.contacts.update().values(piggyback=True)))
    rig.write(
        lambda c: c.execute(
            t.fires.update().values(due_at=rig.now, state="waiting").where(t.fires.c.id == fire["id"])
        )
    )
    rig.write(lambda c: c.execute(t.persons.update().values(paused_until=EVENING + timedelta(hours=2))))
    rig.fire()
    assert rig.row(t.contacts) == {**contact, "piggyback": False}
    assert rig.row(t.fires, kind="contact")["due_at"] == contact["at"]
    assert rig.values(t.wave_people, "state", "reason") == [("planned", Reason.SELECTED)]
