"""Samples in service: split forms, panels, lots, stopping early, and audiences too large for one moment."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.service import planning, rounds
from scheduler.drawing import RING
from scheduler.verdicts import Reason
from storage import tables as t
from storage import waves
from tests.service.association import PULSE, configured
from tests.service.checker import wrong
from tests.service.conftest import MakeRig
from tests.service.rig import Rig

SAMPLE = PULSE.replace("owner =", 'kind = "sample"\nsample = 40\n{more}\nowner =')

WIDE = """
[[flow]]
id = "wide"
title = "Wide"
[[flow.question]]
id = "core"
type = "yes_no"
key = true
text = "Core?"
[[flow.question]]
id = "one"
type = "yes_no"
text = "One?"
[[flow.question]]
id = "two"
type = "yes_no"
text = "Two?"
[[flow.question]]
id = "three"
type = "yes_no"
text = "Three?"

[[survey]]
id = "wide"
flow = "wide"
owner = "Office"
purpose = "To hear you"
trigger = { by_hand = true }
open_hours = 300
"""


def _filled(rig: Rig, number: int) -> Rig:
    for one in range(number):
        rig.person(f"P{one}")
    return rig


# --- split forms ------------------------------------------------------------------------------------------


def test_forms_are_balanced_and_what_they_leave_out_is_said(make_rig: MakeRig) -> None:
    """Each form goes to a third; its people are asked its questions, and the others are left out for them."""
    rig = make_rig(configured(WIDE + 'forms = [["one", "two"], ["one", "three"], ["two", "three"]]'))
    people = [rig.person(f"P{number}") for number in range(9)]
    rig.wave("wide")
    forms = dict(rig.values(t.wave_people, "person_id", "form"))
    assert Counter(forms.values()) == {0: 3, 1: 3, 2: 3}
    expected = {0: ["One?", "Two?"], 1: ["One?", "Three?"], 2: ["Two?", "Three?"]}
    left_out = {0: "three", 1: "two", 2: "one"}
    for person in people[:6]:
        person.taps("Start")
        asked = ["Core?", *expected[forms[person.person]]]
        for place, question in enumerate(asked):
            text = next(reversed(person.screen.values())).text
            assert question in text
            assert f"{place + 1}/3" in text
            person.taps("Yes")
        given = {
            row["question"]: row["status"]
            for row in rig.rows(t.answers, session_id=_session(rig, person.person))
        }
        assert given.pop(left_out[forms[person.person]]) == "left_out"
        assert set(given.values()) == {"answered"}
        assert len(given) == 3
    assert wrong(rig) == []


def _session(rig: Rig, person: int) -> int:
    return int(rig.row(t.sessions, person_id=person)["id"])


def test_forms_go_on_where_the_last_tick_ended(make_rig: MakeRig) -> None:
    """Over several days of draws they stay balanced."""
    more = 'forms = [["mood"], ["tell"]]'
    rig = _filled(
        make_rig(configured(SAMPLE.replace("{more}", more).replace("sample = 40", "sample = 16"))), 100
    )
    rig.wave()
    rig.passes(days=7, step=timedelta(hours=6))
    forms = Counter(form for form in rig.values(t.wave_people, "form") if form is not None)
    assert forms == {0: 20, 1: 20}


# --- stopping ---------------------------------------------------------------------------------------------


def test_a_sample_stops_when_its_figures_are_known(make_rig: MakeRig) -> None:
    """Nobody new is invited, with the reason; who was invited may still answer."""
    survey = WIDE.replace(
        "owner =", 'kind = "sample"\nsample = 90\nexpected_response = 0.9\nstop = {}\nowner ='
    )
    rig = make_rig(configured(survey))
    people = {one.person: one for one in (rig.person(f"P{number}") for number in range(160))}
    rig.wave("wide")
    answered: set[int] = set()
    enough = None
    while enough is None:
        rig.passes(hours=6)
        for row in rig.rows(t.sessions, status="invited"):
            person = people[row["person_id"]]
            if len(answered) < 70 or person.person in answered:
                person.taps("Start")
                for _ in range(4):
                    person.taps("Yes")
                answered.add(person.person)
        enough = rig.row(t.waves)["enough_at"]
    before = rig.rows(t.contacts, kind="invite", state="sent")
    assert 30 <= len(answered) < 60
    rig.passes(days=8, step=timedelta(hours=6))
    assert len(rig.rows(t.contacts, kind="invite", state="sent")) == len(before)
    reasons = Counter(row["reason"] for row in rig.rows(t.wave_people, state="frame"))
    assert reasons == {Reason.ENOUGH_ANSWERS: 160 - len(before)}
    assert wrong(rig) == []


def test_a_sample_that_is_not_sure_yet_goes_on(make_rig: MakeRig) -> None:
    """Before two days are over it does not even stop with all answers alike."""
    survey = WIDE.replace("owner =", 'kind = "sample"\nsample = 90\nstop = {}\nowner =').replace("300", "24")
    rig = make_rig(configured(survey))
    people = [rig.person(f"P{number}") for number in range(250)]
    rig.wave("wide")
    rig.passes(hours=20, step=timedelta(hours=4))
    for person in people:
        if rig.statuses(person) == ["invited"]:
            person.taps("Start")
            for _ in range(4):
                person.taps("Yes")
    rig.tick()
    wave = rig.row(t.waves)
    assert wave["looked"] >= 30
    assert wave["enough_at"] is None


# --- how they are drawn -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["turn_queue", "random", "panel"])
def test_each_way_of_drawing_draws_as_many(make_rig: MakeRig, method: str) -> None:
    """The number wanted, nobody twice, each with the probability of their draw."""
    more = f'method = "{method}"'
    rig = _filled(
        make_rig(configured(SAMPLE.replace("{more}", more).replace("sample = 40", "sample = 16"))), 90
    )
    rig.wave()
    rig.passes(days=7, step=timedelta(hours=4))
    rows = rig.rows(t.wave_people, state="asked")
    assert 35 <= len(rows) <= 40
    assert all(0 < row["probability"] <= 1 for row in rows)
    assert wrong(rig) == []


def _numbered(rig: Rig, person: int, prn: int) -> None:
    rig.write(lambda c: c.execute(t.persons.update().where(t.persons.c.id == person).values(prn=prn)))


def test_a_panel_is_asked_again_and_a_part_of_it_is_replaced(make_rig: MakeRig) -> None:
    """The first half of the first panel has left the second; those after it are asked again."""
    more = 'method = "panel"\nrotate = 0.5'
    rig = make_rig(configured(SAMPLE.replace("{more}", more).replace("sample = 40", "sample = 16")))
    people = [rig.person(f"P{number}") for number in range(100)]
    for person in people:
        _numbered(rig, person.person, person.person * RING // 101)
    rig.wave()
    rig.passes(days=4, step=timedelta(hours=6))
    for person in people:
        if rig.statuses(person) == ["invited"]:
            person.taps("Start")
            person.taps("Good")
    rig.passes(days=36, step=timedelta(hours=12))
    rig.wave()
    rig.passes(days=8, step=timedelta(hours=6))
    first, second = (
        sorted(row["person_id"] for row in rig.rows(t.wave_people, state="asked", wave_id=row["id"]))
        for row in rig.rows(t.waves)
    )
    assert first == list(range(1, len(first) + 1))
    assert rig.values(t.waves, "ring_start") == [0.0, pytest.approx(0.5 * len(first) / 100)]
    assert second == list(range(second[0], second[0] + len(second)))
    assert second[0] == pytest.approx(len(first) / 2, abs=2)


# --- large audiences --------------------------------------------------------------------------------------


def test_a_large_audience_is_written_down_in_parts(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked before it is complete; after a crash in the middle it goes on, nobody twice."""
    monkeypatch.setattr(rounds, "AT_ONCE", 4)
    rig = _filled(make_rig(configured(PULSE)), 10)
    wave = rig.open_wave()
    assert (rig.row(t.waves)["state"], rig.rows(t.wave_people)) == ("opening", [])
    steps = rounds.enrolments(rig.context, rig.store)
    rig.store.write(next(steps)[1])
    assert len(rig.rows(t.wave_people)) == 4
    with rig.store.read() as connection:
        assert planning.look(rig.context, connection, rig.now) is None
    rig.restart()
    shares = [
        share for share, step in rounds.enrolments(rig.context, rig.store) if rig.store.write(step) is None
    ]
    assert shares == [0.0, 4 / 6, 1.0]
    assert len(rig.rows(t.wave_people)) == 10
    with rig.store.read() as connection:
        assert (waves.get(connection, wave).state, waves.get(connection, wave).frame_size) == ("open", 10)
    rig.passes(days=2)
    assert len(rig.rows(t.contacts, kind="invite", state="sent")) == 10


def test_a_large_wave_of_a_survey_that_is_gone_is_opened_and_asks_nobody(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not left half open, and closes in its time."""
    monkeypatch.setattr(rounds, "AT_ONCE", 4)
    rig = _filled(make_rig(configured(PULSE)), 6)
    rig.open_wave()
    rig.restart(configured(WIDE))
    rig.tick()
    assert rig.values(t.waves, "state", "frame_size") == [("open", 0)]


def test_verdicts_of_a_sample_are_written_when_they_are_news(make_rig: MakeRig) -> None:
    """Whoever is not drawn again on the next day keeps the row as it was."""
    more = 'method = "random"'
    rig = _filled(
        make_rig(configured(SAMPLE.replace("{more}", more).replace("sample = 40", "sample = 16"))), 90
    )
    rig.wave()
    first = {row["person_id"]: row["decided_at"] for row in rig.rows(t.wave_people, state="frame")}
    rig.passes(days=1)
    later = {row["person_id"]: row["decided_at"] for row in rig.rows(t.wave_people, state="frame")}
    assert len(later) < len(first)
    assert all(first[person] == moment for person, moment in later.items())
