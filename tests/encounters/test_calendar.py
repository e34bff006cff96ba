"""Calendars: what occurs when, and what is refused before it can do harm."""

# ruff: noqa: E501 - a table of calendars and messages is read line by line

import time
from datetime import UTC, datetime

import pytest

from bot.config.model import EncountersConfig
from bot.encounters.calendar import Calendars
from bot.encounters.outline import MAX_BYTES
from bot.encounters.values import Encounter, Mark
from bot.roster.faults import Faults, Unreadable

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)
WHEN = "DTSTART;TZID=Europe/Helsinki:20260901T180000\r\nDTEND;TZID=Europe/Helsinki:20260901T200000"
CONFIG = EncountersConfig(email="email", kinds={"Vuorot": "shift", "kurssit": "course"})


def event(lines: str, uid: str = "u") -> str:
    """One event block."""
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n{lines}\r\nEND:VEVENT\r\n"


def calendar(*blocks: str, head: str = "") -> bytes:
    """A calendar file."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{head}{''.join(blocks)}END:VCALENDAR\r\n".encode()


def read(
    *files: bytes, config: EncountersConfig = CONFIG, kind: str = "", name: str = "x.ics"
) -> tuple[list[Encounter], list[str], list[str]]:
    """What occurs, what is wrong, and what is remarked."""
    faults = Faults(name)
    found = Calendars(config, "Europe/Helsinki", NOW, faults, kind)
    for content in files:
        try:
            found.add(content, name)
        except Unreadable:
            break
    occurs = sorted(found.encounters(), key=lambda one: one.starts)
    return occurs, [str(problem) for problem in faults.problems], found.warnings


def starts(*files: bytes) -> list[str]:
    """When each occurrence begins, in UTC."""
    return [f"{one.starts:%m-%d %H:%M}" for one in read(*files)[0]]


def test_a_single_event_is_one_encounter() -> None:
    """Times in UTC, the place and those who are invited, but for rooms and lists."""
    people = (
        "ATTENDEE;CN=A;ROLE=CHAIR;PARTSTAT=ACCEPTED:mailto:Aino@Example.org\r\n"
        "ATTENDEE;PARTSTAT=DECLINED:MAILTO:bo@example.org\r\n"
        "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org\r\nATTENDEE:urn:uuid:1"
    )
    (one,), wrong, remarks = read(
        calendar(event(f"{WHEN}\r\nSUMMARY:Kahvio\\, talkoot\r\nLOCATION:Tupa\r\n{people}"))
    )
    assert (wrong, remarks) == ([], [])
    assert (one.key, one.kind, one.name, one.place, one.series) == (
        "ics:u", "event", "Kahvio, talkoot", "Tupa", "",
    )  # fmt: skip
    assert (one.starts, one.ends) == (
        datetime(2026, 9, 1, 15, tzinfo=UTC), datetime(2026, 9, 1, 17, tzinfo=UTC),
    )  # fmt: skip
    assert [(each.marks, each.presence, each.role) for each in one.attendees] == [
        ((Mark("email", "aino@example.org"),), "expected", "host"),
        ((Mark("email", "bo@example.org"),), "absent", ""),
    ]


def test_a_series_with_exceptions_occurs_as_its_calendar_says() -> None:
    """Over a change of the clocks; one taken out, one moved, one called off; each keeps its own key."""
    head = WHEN.replace("20260901", "20261013")
    series = event(
        f"{head}\r\nSUMMARY:Kerho\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nEXDATE;TZID=Europe/Helsinki:20261020T180000"
    )
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Helsinki:20261027T180000\r\nSUMMARY:Kerho\r\n"
        + WHEN.replace("20260901", "20261028")
    )
    off = event(
        "RECURRENCE-ID;TZID=Europe/Helsinki:20261103T180000\r\nSTATUS:CANCELLED\r\nSUMMARY:Kerho\r\n"
        + WHEN.replace("20260901", "20261103")
    )
    found, wrong, _ = read(calendar(series, moved, off))
    assert wrong == []
    assert [(one.key, f"{one.starts:%m-%d %H}", one.cancelled, one.series) for one in found] == [
        ("ics:u:2026-10-13T1500Z", "10-13 15", False, "Kerho"),
        ("ics:u:2026-10-27T1600Z", "10-28 16", False, "Kerho"),
        ("ics:u:2026-11-03T1600Z", "11-03 16", True, "Kerho"),
        ("ics:u:2026-11-10T1600Z", "11-10 16", False, "Kerho"),
    ]


def test_of_two_versions_the_higher_sequence_holds() -> None:
    """In whatever order they stand, and in however many files; nonsense counts as the first version."""
    old, new = event(f"{WHEN}\r\nSEQUENCE:1\r\nSUMMARY:old"), event(f"{WHEN}\r\nSEQUENCE:2\r\nSUMMARY:new")
    assert [one.name for one in read(calendar(event(f"{WHEN}\r\nSEQUENCE:x\r\nSUMMARY:odd")))[0]] == ["odd"]
    for files in ([calendar(new, old)], [calendar(old), calendar(new)], [calendar(new), calendar(old)]):
        assert [one.name for one in read(*files)[0]] == ["new"]


def test_a_withdrawn_calendar_cancels_its_events() -> None:
    """METHOD:CANCEL is how programs send it."""
    assert [one.cancelled for one in read(calendar(event(WHEN), head="METHOD:CANCEL\r\n"))[0]] == [True]


@pytest.mark.parametrize(
    ("lines", "name", "kind", "expected"),
    [
        ("CATEGORIES:Muut,vuorot", "x.ics", "", "shift"),
        ("", "Kurssit.ics", "", "course"),
        ("CATEGORIES:vuorot", "kurssit.ics", "support", "support"),
        ("CATEGORIES:vuorot\r\nCATEGORIES:other", "x.ics", "", "shift"),
        ("", "x.ics", "", "event"),
    ],
)
def test_the_kind_comes_from_the_nearest_word(lines: str, name: str, kind: str, expected: str) -> None:
    """The command line, a category, the file's name, else that of the configuration."""
    found, _, _ = read(calendar(event(f"{WHEN}\r\n{lines}" if lines else WHEN)), name=name, kind=kind)
    assert [one.kind for one in found] == [expected]


def test_whole_days_and_times_without_zone_are_read_on_the_configured_clocks() -> None:
    """The second with a remark; another zone is kept, and a calendar's own is understood."""
    day, wrong, remarks = read(calendar(event("DTSTART;VALUE=DATE:20260901")))
    assert (f"{day[0].starts:%d %H}", f"{day[0].ends:%d %H}", wrong, remarks) == ("31 21", "01 21", [], [])
    two = read(calendar(event("DTSTART;VALUE=DATE:20260901\r\nDTEND;VALUE=DATE:20260903")))[0]
    assert f"{two[0].ends:%d %H}" == "02 21"
    floating, _, remarks = read(calendar(event("DTSTART:20260901T180000\r\nDTEND:20260901T190000")))
    assert f"{floating[0].starts:%d %H}" == "01 15"
    assert remarks == ["Some times name no time zone; they are read on the clocks of Europe/Helsinki."]
    away = read(calendar(event("DTSTART;TZID=America/New_York:20260901T180000\r\nDURATION:PT1H")))[0]
    assert (away[0].zone, f"{away[0].starts:%d %H}") == ("America/New_York", "01 22")
    own = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0200\r\n"
        "TZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    assert starts(calendar(event("DTSTART;TZID=Ours:20260901T180000"), head=own)) == ["09-01 16:00"]
    assert starts(calendar(event("DTSTART:20260901T180000Z"))) == ["09-01 18:00"]


def test_only_the_time_that_is_looked_at_is_taken() -> None:
    """From thirty days ago to a year ahead; whatever began long ago goes on."""
    weekly = event("DTSTART:20200107T170000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY")
    found = starts(calendar(weekly))
    assert (found[0], len(found)) == ("08-04 17:00", 57)
    assert starts(calendar(event("DTSTART:20200107T170000Z"))) == []
    assert starts(calendar(event("DTSTART:20290107T170000Z\r\nRRULE:FREQ=DAILY"))) == []


def test_what_an_event_attaches_is_never_touched() -> None:
    """An address, a command, an alarm: the event is read, and nothing else happens."""
    alarm = (
        "ATTACH:http://127.0.0.1:9/x\r\nBEGIN:VALARM\r\nACTION:PROCEDURE\r\nTRIGGER:-PT1H\r\n"
        "ATTACH:file:///bin/sh\r\nEND:VALARM"
    )
    assert starts(calendar(event(f"{WHEN}\r\n{alarm}"))) == ["09-01 15:00"]


# --- what is refused ------------------------------------------------------------------------------------------

MANY = "It has over 400 occurrences. Give it an end, or a slower rhythm."
MEND = "Its dates cannot be read. Mend it in the calendar."
EARLY = "Its UNTIL lies before its DTSTART. Mend it in the calendar."
ROUND = "It ends before it begins. Change the two round."
FAR = "Its dates lie outside all calendars. Mend them in the calendar."


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"{WHEN}\r\nRRULE:FREQ=SECONDLY", MANY),
        (f"{WHEN}\r\nRRULE:FREQ=HOURLY;COUNT=5;BYMONTH=2", MANY),
        (f"{WHEN}\r\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4", MANY),
        (f"{WHEN}\r\nRRULE:FREQ=DAILY;INTERVAL=0", MANY),
        (f"{WHEN}\r\nRRULE:FREQ=WEEKLY\r\nRRULE:FREQ=MINUTELY", MANY),
        (f"{WHEN}\r\nRRULE:FREQ=WEEKLY;UNTIL=20250101T000000Z", EARLY),
        (f"{WHEN}\r\nRRULE:FREQ=WEEKLY;UNTIL=99991231T000000Z", EARLY),
        (f"{WHEN}\r\nRRULE:FREQ=SOMETIMES", MEND),
        (f"{WHEN}\r\nRRULE:FREQ=DAILY;COUNT=-1", "Its recurrence cannot be read. Mend it in the calendar."),
        ("DTSTART:00000101T000000Z", MEND),
        ("DTSTART:99991231T000000Z", FAR),
        ("DTSTART:20260901T180000Z\r\nDTEND:99991231T000000Z", FAR),
        ("DTSTART:20260230T180000Z", MEND),
        ("SUMMARY:nothing", "It has no DTSTART. Mend it in the calendar."),
        ("DTSTART:20260901T180000Z\r\nDURATION:-PT2H", ROUND),
        ("DTSTART:20260901T180000Z\r\nDTEND:20260901T170000Z", ROUND),
        ("DTSTART:20260901T180000Z\r\nDTEND;VALUE=DATE:20260830", ROUND),
        ("DTSTART:20260901T180000Z\r\nDURATION:P900D", "It lasts longer than 31 days. Check its end."),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_is_refused_with_its_line(lines: str, said: str) -> None:
    """And soon, whatever its rule would take to follow."""
    begun = time.monotonic()
    found, wrong, _ = read(calendar(event(lines)))
    assert time.monotonic() - begun < 2
    assert (found, wrong) == ([], [f"x.ics:4: UID u: {said}"])


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;COUNT=1"])
def test_a_rule_that_never_comes_true_leaves_the_event_itself(rule: str) -> None:
    """It is not followed to the end of all years."""
    begun = time.monotonic()
    assert starts(calendar(event(f"{WHEN}\r\nRRULE:{rule}"))) == ["09-01 15:00"]
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "x.ics: The calendar is empty. Export it once more."),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\n",
         "x.ics:2: BEGIN:VEVENT has no END. The file was cut; export it again."),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "x.ics:2: END:VEVENT ends nothing that was begun."),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n",
         "x.ics:1: This is no calendar. An iCalendar file begins with BEGIN:VCALENDAR."),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 5000, "x.ics:5: Blocks are nested too deep for a calendar."),
        (calendar(*(event(WHEN, f"u{n}") for n in range(20_000))),
         "x.ics:30004: The calendar has more than 5000 events. Export a shorter time, or several calendars."),
        (calendar(event(f"{WHEN}\r\nSUMMARY:{'x' * 100_001}")),
         "x.ics:9: The line is longer than 100000 characters."),
        (calendar(event(WHEN)).replace(b"UID:u", b"UID:\xe4"),
         "x.ics:5: The calendar is not UTF-8: byte 58 begins no character. Export it once more."),
        (calendar(event(WHEN)).replace(b"UID:u", b"UID:\0"), "x.ics:5: The calendar holds a NUL byte."),
        (calendar(event(WHEN)) + b" " * MAX_BYTES, "x.ics: The calendar is larger than 20 MB. Split it."),
        (calendar(event(WHEN)).replace(b"UID:u\r\n", b""),
         "x.ics: An event has no UID. Export the calendar once more."),
        (calendar("BEGIN:VEVENT\r\n: nonsense\r\nEND:VEVENT\r\n", head="X\r\n"),
         "x.ics: The calendar cannot be read. Export it once more."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_calendar_is_refused(content: bytes, said: str) -> None:
    """With the line where it goes wrong, within two seconds."""
    begun = time.monotonic()
    found, wrong, _ = read(content)
    assert time.monotonic() - begun < 2
    assert (found, wrong) == ([], [said])


def test_a_mark_at_the_beginning_and_folded_lines_are_read() -> None:
    """As many programs write them."""
    folded = event(f"{WHEN}\r\nSUMMARY:Kah\r\n vio").replace("UID:u", "UID:a\r\n b")
    (one,), wrong, _ = read(b"\xef\xbb\xbf" + calendar(folded))
    assert (one.name, one.key, one.row, wrong) == ("Kahvio", "ics:ab", 4, [])


def test_long_uids_are_told_apart() -> None:
    """By their whole, though the key holds only a part of it."""
    found, _, _ = read(calendar(event(WHEN, "x" * 300 + "1"), event(WHEN, "x" * 300 + "2")))
    assert len({one.key for one in found}) == 2
    assert all(len(one.key) <= 128 for one in found)
