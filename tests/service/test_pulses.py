"""Asking after an encounter: those who came, once a day, in their hours, and following whatever changes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from bot.errors import UserError
from bot.service.encounters import Import, Report
from scheduler.verdicts import Reason
from storage import presence
from storage import tables as t
from tests.service.association import configured
from tests.service.checker import wrong
from tests.service.conftest import BOTH, MakeRig
from tests.service.rig import NOON, Member, Rig

HEADINGS = "Id,Event,Starts,Ends,Who,Came,Role"
SETTINGS = """
[people]
columns = { id = "Nro" }
attributes = { email = "E-mail" }

[encounters]
email = "email"
kind = "shift"
columns = { id = "Id", name = "Event", starts = "Starts", ends = "Ends", presence = "Came", role = "Role" }
people = { id = "Who" }
"""
PULSE = """
[[survey]]
id = "after"
flow = "short"
kind = "event"
owner = "Coordinator"
purpose = { fi = "Jotta vuorot paranevat", sv = "För bättre pass", en = "For better shifts" }
trigger = { after_encounter = "shift" }
"""


def pulse(more: str = "", keys: str = "") -> str:
    """The pulse with a changed trigger, and further keys."""
    return PULSE.replace('"shift" }', f'"shift"{more} }}') + keys


def local(day: int, hour: float) -> str:
    """A moment of September 2026 in Helsinki, as the list writes it."""
    return f"2026-09-{day:02} {int(hour):02}:{int(hour % 1 * 60):02}"


def utc(day: int, hour: float) -> datetime:
    """The same in UTC."""
    return datetime(2026, 9, day, tzinfo=UTC) + timedelta(hours=hour - 3)


def listed(rig: Rig, *rows: str, name: str = "shifts.csv") -> Report:
    """Import an attendee list of these rows."""
    task = Import(rig.context, rig.store, name, rig.now)
    for _ in task.look_at_list(BytesIO("\n".join((HEADINGS, *rows)).encode())):
        pass
    for _ in task.write():
        pass
    assert task.report is not None
    return task.report


def calendar(rig: Rig, *events: str) -> Report:
    """Import a calendar of these event blocks' lines."""
    blocks = "".join(f"BEGIN:VEVENT\r\nDTSTAMP:20260801T000000Z\r\n{one}\r\nEND:VEVENT\r\n" for one in events)
    content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{blocks}END:VCALENDAR\r\n".encode()
    task = Import(rig.context, rig.store, "shifts.ics", rig.now)
    for _ in task.look_at_calendars([("shifts.ics", content)]):
        pass
    for _ in task.write():
        pass
    assert task.report is not None
    return task.report


def volunteer(rig: Rig, name: str, zone: str | None = None) -> Member:
    """Somebody with a member number, and an e-mail address."""
    facts = f'{{"email": "{name.lower()}@example.org"}}'
    return rig.person(name, member_id=name, attributes=facts, zone=zone)


def waits(rig: Rig) -> Mapping[str, datetime]:
    """Who is to be asked, and when."""
    names = {row["id"]: row["name"] for row in rig.rows(t.persons)}
    places = rig.rows(t.wave_people)
    return {
        names[row["person_id"]]: row["wanted_at"] for row in places if row["state"] in ("frame", "planned")
    }


def asked(rig: Rig) -> dict[str, datetime]:
    """Who was asked, and when first."""
    return {one.outgoing.chat: one.at for one in reversed(rig.invites())}


# --- who, and when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BOTH)
def test_those_who_came_are_asked_two_hours_after_the_end(make_rig: MakeRig, kind: str) -> None:
    """Not those who did not come, and not those of whom nobody has said it."""
    rig = make_rig(configured(PULSE, SETTINGS), kind=kind)
    for name in ("Aino", "Bo", "Cilla"):
        volunteer(rig, name)
    row = f"1,Kahvio,{local(1, 12)},{local(1, 14)}"
    report = listed(rig, f"{row},Aino,yes,", f"{row},Bo,no show,", f"{row},Cilla,,", f"{row},Nobody,yes,")
    assert (report.new, report.presence, report.unknown) == (
        1, {"attended": 1, "absent": 1, "expected": 1}, 1,
    )  # fmt: skip
    rig.passes(hours=6, step=timedelta(minutes=10))
    assert asked(rig) == {"aino": utc(1, 16)}
    assert rig.row(t.waves)["opens_at"] == utc(1, 14)
    assert rig.row(t.waves)["closes_at"] == utc(1, 14) + timedelta(hours=72)


def test_the_invite_and_the_questions_name_the_encounter(make_rig: MakeRig) -> None:
    """The name and the day come with the invite; the session knows which one it is about."""
    flows = """
[[flow]]
id = "short"
title = { fi = "Vuoro", sv = "Pass", en = "Shift" }
[[flow.question]]
id = "again"
type = "yes_no"
[flow.question.text]
fi = "Miten {encounter} meni {encounter_date}?"
sv = "Hur gick {encounter} {encounter_date}?"
en = "How was {encounter} on {encounter_date}?"
"""
    rig = make_rig(configured(PULSE, SETTINGS, flows))
    aino = volunteer(rig, "Aino")
    listed(rig, f"1,Kahvio,{local(1, 10)},{local(1, 11)},Aino,yes,")
    rig.passes(hours=2)
    (invite,) = aino.looks()
    assert "This is about: Kahvio, 1 September 2026. / For better shifts." in invite
    assert "How was Kahvio on 1 September 2026?" in aino.taps("Start")[-1]
    assert rig.row(t.sessions)["encounter_id"] == rig.row(t.encounters)["id"]


def test_what_ends_in_the_evening_is_asked_the_next_morning_at_ten(make_rig: MakeRig) -> None:
    """And by the clock of a person who lives elsewhere, in their hours."""
    rig = make_rig(configured(PULSE, SETTINGS))
    volunteer(rig, "Aino")
    volunteer(rig, "Bo", zone="America/New_York")
    row = f"1,Kahvio,{local(1, 18)},{local(1, 20)}"
    listed(rig, f"{row},Aino,yes,", f"{row},Bo,yes,")
    rig.passes(hours=24, step=timedelta(minutes=30))
    assert asked(rig) == {"aino": utc(2, 10), "bo": utc(1, 22)}


def test_attendance_that_arrives_late_counts_while_it_is_good(make_rig: MakeRig) -> None:
    """Within two days of the end, and no later."""
    rig = make_rig(configured(PULSE, SETTINGS))
    for name in ("Aino", "Bo"):
        volunteer(rig, name)
    row = f"1,Kahvio,{local(1, 12)},{local(1, 14)}"
    listed(rig, f"{row},Aino,,", f"{row},Bo,,")
    rig.passes(hours=26)
    assert asked(rig) == {}
    listed(rig, f"{row},Aino,yes,")
    rig.passes(hours=1)
    assert asked(rig) == {"aino": utc(2, 15)}
    rig.passes(hours=30)
    assert listed(rig, f"{row},Bo,yes,").changed == 1
    rig.passes(hours=24)
    assert list(asked(rig)) == ["aino"]


def test_expected_people_are_asked_where_the_survey_says_so(make_rig: MakeRig) -> None:
    """But never those who did not come; and only in the roles that are named."""
    rig = make_rig(configured(pulse(', presence = "expected", roles = ["Volunteer"]'), SETTINGS))
    for name in ("Aino", "Bo", "Cilla"):
        volunteer(rig, name)
    row = f"1,Kahvio,{local(1, 12)},{local(1, 14)}"
    listed(rig, f"{row},Aino,,volunteer", f"{row},Bo,no,volunteer", f"{row},Cilla,,guest")
    rig.passes(hours=6)
    assert list(asked(rig)) == ["aino"]


def test_two_shifts_on_one_day_are_one_pulse_after_the_later(make_rig: MakeRig) -> None:
    """Whoever had both is asked about the second; whoever had one, about that one."""
    rig = make_rig(configured(PULSE, SETTINGS))
    for name in ("Aino", "Bo"):
        volunteer(rig, name)
    early, late = f"1,Aamu,{local(1, 7)},{local(1, 11)}", f"2,Ilta,{local(1, 12)},{local(1, 15)}"
    listed(rig, f"{early},Aino,yes,", f"{early},Bo,yes,", f"{late},Aino,,")
    rig.passes(hours=2)
    listed(rig, f"{late},Aino,yes,")
    rig.passes(hours=8)
    assert asked(rig) == {"bo": utc(1, 13), "aino": utc(1, 17)}
    assert wrong(rig) == []


def test_a_shift_that_comes_to_light_later_takes_the_person_along(make_rig: MakeRig) -> None:
    """Who waits to be asked about the first shift is asked about the second in its place."""
    rig = make_rig(configured(PULSE, SETTINGS), now=utc(1, 20.5))
    volunteer(rig, "Aino")
    listed(rig, f"1,Aamu,{local(1, 15)},{local(1, 19)},Aino,yes,")
    rig.passes(hours=2)
    assert waits(rig) == {"Aino": utc(2, 10)}
    listed(rig, f"2,Ilta,{local(1, 19)},{local(1, 21)},Aino,yes,")
    rig.passes(hours=24, step=timedelta(minutes=30))
    assert asked(rig) == {"aino": utc(2, 10)}
    (row,) = rig.rows(t.wave_people)
    assert rig.row(t.waves, id=row["wave_id"])["name"].startswith("Ilta")


def test_whoever_checks_in_at_the_door_is_asked(make_rig: MakeRig) -> None:
    """A check-in is as good as a list, and a list that only expected them does not undo it."""
    rig = make_rig(configured(PULSE, SETTINGS))
    aino = volunteer(rig, "Aino")
    row = f"1,Kahvio,{local(1, 12)},{local(1, 14)},Aino,,"
    listed(rig, row)
    encounter = rig.row(t.encounters)["id"]
    rig.write(lambda c: presence.attend(c, encounter, aino.person, "link 1", rig.now))
    assert listed(rig, row).unchanged == 1
    rig.passes(hours=5)
    assert list(asked(rig)) == ["aino"]


# --- what changes -------------------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(make_rig: MakeRig) -> None:
    """Neither what is stored nor who is asked."""
    rig = make_rig(configured(PULSE, SETTINGS))
    volunteer(rig, "Aino")
    row = f"1,Kahvio,{local(1, 12)},{local(1, 14)},Aino,yes,"
    assert listed(rig, row).new == 1
    before = [rig.rows(table) for table in (t.encounters, t.attendance)]
    rig.passes(hours=1)
    again = listed(rig, row)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    assert [rig.rows(table) for table in (t.encounters, t.attendance)] == before
    rig.passes(hours=8)
    listed(rig, row)
    rig.passes(hours=30)
    assert len(rig.invites()) == 1


@pytest.mark.parametrize("kind", BOTH)
def test_a_moved_encounter_moves_what_waits(make_rig: MakeRig, kind: str) -> None:
    """The invite that was planned for the morning goes the day after, with the event."""
    rig = make_rig(configured(PULSE, SETTINGS), now=utc(1, 20), kind=kind)
    volunteer(rig, "Aino")
    listed(rig, f"1,Kahvio,{local(1, 17)},{local(1, 19)},Aino,yes,")
    rig.passes(hours=2)
    assert waits(rig) == {"Aino": utc(2, 10)}
    report = listed(rig, f"1,Kahvio,{local(2, 17)},{local(2, 19)},Aino,yes,")
    assert report.changed == 1
    rig.passes(hours=16)
    assert asked(rig) == {}
    rig.passes(hours=24)
    assert asked(rig) == {"aino": utc(3, 10)}
    assert rig.row(t.waves)["opens_at"] == utc(2, 19)


def test_an_invite_in_line_is_taken_back_when_its_encounter_is_moved(make_rig: MakeRig) -> None:
    """Nobody has seen it, so it goes when the moved event is over."""
    rig = make_rig(configured(PULSE, SETTINGS), now=utc(1, 13))
    volunteer(rig, "Aino")
    listed(rig, f"1,Kahvio,{local(1, 10)},{local(1, 11)},Aino,yes,")
    rig.plan()
    rig.fire()
    assert rig.values(t.outbox, "state") == ["ready"]
    listed(rig, f"1,Kahvio,{local(1, 13)},{local(1, 14)},Aino,yes,")
    rig.settle_down()
    assert rig.invites() == []
    rig.passes(hours=4)
    assert asked(rig) == {"aino": utc(1, 16)}
    assert len(rig.invites()) == 1
    assert wrong(rig) == []


@pytest.mark.parametrize("waited", [2, 13])
def test_a_cancelled_encounter_asks_nobody(make_rig: MakeRig, waited: int) -> None:
    """Whether the invite is planned or in line already; who was asked stays asked and is not asked again."""
    rig = make_rig(configured(PULSE, SETTINGS), now=utc(1, 20.5))
    volunteer(rig, "Aino")
    when = "DTSTART;TZID=Europe/Helsinki:20260901T170000\r\nDTEND;TZID=Europe/Helsinki:20260901T190000"
    event = f"UID:one\r\nSUMMARY:Kahvio\r\n{when}\r\nCATEGORIES:shift\r\nATTENDEE:mailto:Aino@Example.org"
    calendar(rig, event)
    listed(rig, f"9,Toinen,{local(1, 7)},{local(1, 8)},Aino,no,")
    encounter = rig.row(t.encounters, name="Kahvio")
    rig.write(lambda c: presence.attend(c, encounter["id"], rig.row(t.persons)["id"], "link 1", rig.now))
    rig.passes(hours=waited)
    if waited == 13:
        rig.now = utc(2, 10)
        rig.plan()
        rig.fire()  # the invite stands in line and has not left
        assert rig.values(t.outbox, "state") == ["ready"]
    report = calendar(rig, f"{event}\r\nSTATUS:CANCELLED")
    assert report.cancelled == 1
    rig.passes(days=3)
    assert rig.invites() == []
    assert waits(rig) == {}
    assert rig.row(t.waves)["state"] == "closed"
    assert rig.values(t.wave_people, "state", "reason") == [("dropped", Reason.NOT_ELIGIBLE)]
    assert wrong(rig) == []


def test_who_turns_out_not_to_have_come_is_not_asked(make_rig: MakeRig) -> None:
    """A corrected list takes back what was planned by mistake."""
    rig = make_rig(configured(PULSE, SETTINGS), now=utc(1, 21.5))
    volunteer(rig, "Aino")
    row = f"1,Kahvio,{local(1, 17)},{local(1, 19)},Aino"
    listed(rig, f"{row},yes,")
    rig.tick()
    assert list(waits(rig)) == ["Aino"]
    listed(rig, f"{row},did not attend,")
    rig.passes(days=3)
    assert rig.invites() == []


def test_an_occurrence_that_was_taken_out_of_its_series_is_called_off(make_rig: MakeRig) -> None:
    """A calendar that no longer has a date has cancelled it; the others stay."""
    rig = make_rig(configured(PULSE, SETTINGS))
    when = "DTSTART;TZID=Europe/Helsinki:20260902T170000\r\nDURATION:PT2H\r\nRRULE:FREQ=WEEKLY;COUNT=3"
    event = f"UID:series\r\nSUMMARY:Kerho\r\n{when}"
    assert calendar(rig, event).new == 3
    report = calendar(rig, f"{event}\r\nEXDATE;TZID=Europe/Helsinki:20260909T170000")
    assert (report.cancelled, report.unchanged) == (1, 2)
    assert rig.values(t.encounters, "starts_at", "cancelled") == [
        (utc(2, 17), False), (utc(9, 17), True), (utc(16, 17), False),
    ]  # fmt: skip


def test_an_attendee_who_was_taken_off_a_calendar_is_expected_no_more(make_rig: MakeRig) -> None:
    """Who came stays; a place and a mailing list are nobody."""
    rig = make_rig(configured(pulse(', presence = "expected"'), SETTINGS))
    for name in ("Aino", "Bo"):
        volunteer(rig, name)
    when = "UID:one\r\nSUMMARY:Kahvio\r\nDTSTART:20260901T100000Z\r\nDTEND:20260901T110000Z"
    both = "ATTENDEE:mailto:aino@example.org\r\nATTENDEE;PARTSTAT=DECLINED:mailto:bo@example.org"
    report = calendar(rig, f"{when}\r\n{both}\r\nATTENDEE;CUTYPE=ROOM:mailto:room@example.org")
    assert (report.presence, report.unknown) == ({"expected": 1, "absent": 1}, 0)
    calendar(rig, f"{when}\r\nSEQUENCE:1\r\nATTENDEE:mailto:bo@example.org")
    rig.passes(hours=8)
    assert rig.invites() == []


# --- refusals -----------------------------------------------------------------------------------------------


def refused(rig: Rig, *rows: str) -> list[str]:
    """What is wrong with a list."""
    with pytest.raises(UserError) as error:
        listed(rig, *rows)
    assert rig.rows(t.encounters) == []
    return [str(problem) for problem in error.value.problems]


def test_one_bad_row_imports_nothing(make_rig: MakeRig) -> None:
    """Each with its row and its column, and what to do."""
    rig = make_rig(configured(PULSE, SETTINGS))
    volunteer(rig, "Aino")
    good = f"1,Kahvio,{local(1, 12)},{local(1, 14)},Aino,yes,"
    told = refused(
        rig,
        good,
        f"2,Kahvio,{local(1, 14)},{local(1, 12)},Aino,yes,",
        f"3,Kahvio,2026-02-30 12:00,{local(1, 12)},Aino,yes,",
        f"1,Keittiö,{local(1, 12)},{local(1, 14)},Aino,yes,",
        f"1,Kahvio,{local(1, 12)},{local(1, 14)},Aino,perhaps,",
        f"4,,{local(1, 12)},{local(1, 14)},Aino,yes,",
        f"5,Kahvio,{local(1, 12)},2027-01-01 10:00,Aino,yes,",
    )
    form = "Write 2026-12-31 18:00, or change date_format in [encounters]."
    same = "Give them different ids, or make the two agree."
    word = 'Explain it: presence = { attended = ["…"] } in [encounters].'
    assert told == [
        "shifts.csv: row 3, Ends: It ends before it begins. Change the two round.",
        f"shifts.csv: row 4, Starts: This is no moment. {form}",
        f"shifts.csv: row 5: Row 2 says something else of the same encounter. {same}",
        f"shifts.csv: row 6, Came: This word does not tell whether somebody came. {word}",
        "shifts.csv: row 7, Event: The encounter has no name. Fill it in.",
        "shifts.csv: row 8, Ends: It lasts longer than 31 days. Check its end.",
    ]


def test_a_calendar_with_a_fault_imports_nothing(make_rig: MakeRig) -> None:
    """Whatever else the calendar holds."""
    rig = make_rig(configured(PULSE, SETTINGS), now=NOON)
    with pytest.raises(UserError) as error:
        calendar(
            rig, "UID:a\r\nDTSTART:20260901T100000Z", "UID:b\r\nDTSTART:20260901T100000Z\r\nDURATION:-PT1H"
        )
    assert [str(one) for one in error.value.problems] == [
        "shifts.ics:9: UID b: It ends before it begins. Change the two round."
    ]
    assert rig.rows(t.encounters) == []
