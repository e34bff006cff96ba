"""Attendee lists: which column is what, whose presets there are, and everything that is wrong told at once."""

# ruff: noqa: E501 - a table of lists and messages is read line by line

from dataclasses import replace
from datetime import UTC, datetime, time
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from bot.config.model import EncountersConfig
from bot.encounters import listing
from bot.encounters.listing import Listing, moment
from bot.encounters.values import Encounter, Mark
from bot.roster.faults import Faults, Unreadable
from bot.roster.sheet import Sheet

COLUMNS = {
    "id": "Id", "name": "Event", "starts": "Starts", "ends": "Ends", "presence": "Came", "role": "Role",
    "kind": "Kind", "series": "Series", "place": "Place", "zone": "Zone", "minutes": "Minutes",
}  # fmt: skip
PLAIN = EncountersConfig(
    columns={"name": "Event", "starts": "Starts"}, people={"id": "Who"}, email="email", kind="shift"
)
ABOUT = Encounter(
    key="list:x", kind="event", name="Kahvio", starts=datetime(2026, 9, 1, tzinfo=UTC), ends=datetime(2026, 9, 1, 2, tzinfo=UTC)
)  # fmt: skip


def read(
    text: str | bytes, config: EncountersConfig = PLAIN, *, preset: str = "", kind: str = "",
    about: Encounter | None = None, team: str | None = "T1", rows: int = 1000,
) -> tuple[list[Encounter], list[str]]:  # fmt: skip
    """What the list says, and what is wrong with it."""
    faults = Faults("list.csv")
    found = Listing(config, "Europe/Helsinki", team, faults, preset, kind, about)
    try:
        sheet = Sheet(
            BytesIO(text if isinstance(text, bytes) else text.encode()), faults, rows, "[encounters]"
        )
        found.headings(sheet.heading)
    except Unreadable:
        return [], [str(problem) for problem in faults.problems]
    assert all(0 <= share <= 1 for share in found.read(sheet))
    return found.encounters(), [str(problem) for problem in faults.problems]


def test_two_columns_and_who_make_a_list() -> None:
    """Everybody in it came; it lasts as long as the configuration says; blanks name nobody."""
    (one,), wrong = read("Event;Starts;Who\nKahvio;2026-09-01 18:00;H-1\nKahvio;2026-09-01 18:00;\n")
    assert wrong == []
    assert (one.key, one.kind, one.lists_attendees) == (
        "list:shift:2026-09-01T1500Z:kahvio", "shift", True,
    )  # fmt: skip
    assert (one.ends - one.starts).total_seconds() == 7200
    assert [(each.marks, each.presence) for each in one.attendees] == [((Mark("id", "H-1"),), "attended")]


def test_every_column_is_read() -> None:
    """By its heading, in any case; the kind of the command line goes before the column's."""
    config = replace(
        PLAIN, columns=COLUMNS, people={"id": "Who", "email": "Mail", "telegram": "TG", "slack": "SL"}
    )
    head = "id,EVENT,Starts,Ends,Came,Role,Kind,Series,Place,Zone,Minutes,Who,Mail,TG,SL"
    row = "7,Kahvio,2026-09-01 18:00,,Paikalla,Volunteer,Course,Talkoot,Tupa,America/New_York,90,H-1,A@B.fi,5,U777"
    (one,), wrong = read(f"{head}\n{row}\n", config)
    assert wrong == []
    assert (one.key, one.kind, one.series, one.place, one.zone) == (
        "list:7", "course", "Talkoot", "Tupa", "America/New_York",
    )  # fmt: skip
    assert (one.starts, one.ends) == (
        datetime(2026, 9, 1, 22, tzinfo=UTC), datetime(2026, 9, 1, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    assert one.attendees[0].marks == (
        Mark("id", "H-1"), Mark("email", "a@b.fi"), Mark("telegram", "telegram:5"), Mark("slack", "slack:T1:U777"),
    )  # fmt: skip
    assert one.attendees[0].role == "volunteer"
    assert [other.kind for other in read(f"{head}\n{row}\n", config, kind="Shift")[0]] == ["shift"]


@pytest.mark.parametrize(
    ("words", "presence", "role"),
    [(("yes", "no"), "attended", ""), (("no", "yes"), "attended", ""), (("no", ""), "expected", ""), (("no", "ei"), "absent", "")],
)  # fmt: skip
def test_of_two_rows_about_one_person_the_better_holds(
    words: tuple[str, str], presence: str, role: str
) -> None:
    """Who came with one of two tickets has come; the first role stays."""
    config = replace(PLAIN, columns={**PLAIN.columns, "presence": "Came", "role": "Role"})
    rows = "".join(f"Kahvio,2026-09-01 18:00,H-1,{word},{role}\n" for word in words)
    (one,), _ = read(f"Event,Starts,Who,Came,Role\n{rows}", config)
    assert [(each.presence, each.role) for each in one.attendees] == [(presence, role)]


def test_eventbrite_exports_are_understood() -> None:
    """Dates and times in columns of their own; statuses; whatever is missing is not needed."""
    head = "Event Name,Event ID,Event Start Date,Event Start Time,Event End Date,Event End Time,Email,Attendee Status,Ticket Type"
    rows = [
        'Clean-up,9001,"Sep 01, 2026",6:00 PM,"Sep 01, 2026",8:30 PM,aino@example.org,Checked In,General',
        'Clean-up,9001,"Sep 01, 2026",6:00 PM,"Sep 01, 2026",8:30 PM,bo@example.org,Attending,General',
        'Clean-up,9001,"Sep 01, 2026",6:00 PM,"Sep 01, 2026",8:30 PM,c@example.org,Not Attending,General',
    ]
    (one,), wrong = read("\n".join([head, *rows]), EncountersConfig(email="email"), preset="eventbrite")
    assert wrong == []
    assert (one.key, one.starts, one.ends) == (
        "eventbrite:9001", datetime(2026, 9, 1, 15, tzinfo=UTC), datetime(2026, 9, 1, 17, 30, tzinfo=UTC),
    )  # fmt: skip
    assert [each.presence for each in one.attendees] == ["attended", "expected", "absent"]


def test_a_meetup_list_is_about_the_encounter_that_is_named() -> None:
    """It says who answered what, and nothing of when."""
    config = EncountersConfig(people={"meetup": "User ID"})
    text = "Name,User ID,Title,Event Host,RSVP,Guests\nA,user 11,x,Yes,Yes,0\nB,user 12,x,,No,0\n"
    (one,), wrong = read(text, config, preset="meetup", about=ABOUT)
    assert wrong == []
    assert one.facts == ABOUT.facts
    assert [(each.marks[0], each.presence, each.role) for each in one.attendees] == [
        (Mark("meetup", "user 11"), "attended", "yes"),
        (Mark("meetup", "user 12"), "absent", ""),
    ]


@pytest.mark.parametrize(
    ("text", "config", "preset", "said"),
    [
        ("", PLAIN, "", "list.csv: The list is empty. Its first row must hold the headings."),
        (b"PK\x03\x04 zip", PLAIN, "", "list.csv: This is a spreadsheet, not a CSV file. In the spreadsheet choose Save as, and there 'CSV UTF-8'."),
        ("Event,Starts,Who,who\n", PLAIN, "", "list.csv: row 1, who: There are two columns of this name. Rename one."),
        ("Even,Starts,Who\n", PLAIN, "", "list.csv: row 1: There is no column Event. Did you mean Even? It is name in [encounters] columns."),
        ("Event,Starts,What\n", PLAIN, "", "list.csv: row 1: There is no column Who. It is id in [encounters] people."),
        ("Event,Starts\n", replace(PLAIN, people={}), "", 'list.csv: [encounters] does not say which column tells who somebody is. Write for example people = { id = "Jäsennumero" } in [encounters].'),
        ("Who\n", EncountersConfig(people={"id": "Who"}), "meetup", 'list.csv: row 1: Nothing tells which encounter the rows are about. Write columns = { name = "…", starts = "…" } in [encounters], or name the encounter: --name and --starts, or --about.'),
    ],
)  # fmt: skip
def test_headings_that_do_not_fit_are_told(
    text: str | bytes, config: EncountersConfig, preset: str, said: str
) -> None:
    """Before any row is looked at."""
    found, wrong = read(text, config, preset=preset)
    assert found == []
    assert said in wrong


FULL = replace(PLAIN, columns=COLUMNS, people={"id": "Who", "slack": "SL"})
HEAD = "Id,Event,Starts,Ends,Came,Role,Kind,Series,Place,Zone,Minutes,Who,SL"
GOOD = dict(
    zip(
        HEAD.split(","),
        ("7", "Kahvio", "2026-09-01 18:00", "", "", "", "", "", "", "", "", "H-1", ""),
        strict=True,
    )
)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("Event", "", "The encounter has no name. Fill it in."),
        ("Event", "x" * 300, "This is longer than 256 characters. Shorten it."),
        ("Starts", "", "Nothing tells when it began. Fill it in."),
        ("Starts", "tomorrow", "This is no moment. Write 2026-12-31 18:00, or change date_format in [encounters]."),
        ("Starts", "0001-01-01 00:00", "This is no moment. Write 2026-12-31 18:00, or change date_format in [encounters]."),
        ("Ends", "2026-09-01 17:00", "It ends before it begins. Change the two round."),
        ("Ends", "2027-09-01 17:00", "It lasts longer than 31 days. Check its end."),
        ("Minutes", "long", "This is no number of minutes. Write for example 90."),
        ("Minutes", "0", "This is no number of minutes. Write for example 90."),
        ("Zone", "Mars/Phobos", "This is no time zone. Write Europe/Helsinki."),
        ("Came", "perhaps", 'This word does not tell whether somebody came. Explain it: presence = { attended = ["…"] } in [encounters].'),
        ("SL", "C123", "This is the id of a channel, not of a person. In Slack: the person's profile, the three dots, Copy member ID."),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_is_told_once(column: str, cell: str, said: str) -> None:
    """With its row and heading; rows that say the same are not told again where the event is at fault."""
    row = ",".join({**GOOD, column: cell}.values())
    _, wrong = read(f"{HEAD}\n{row}\n", FULL)
    assert wrong == [f"list.csv: row 2, {column}: {said}"]
    if column not in ("Came", "SL"):
        assert read(f"{HEAD}\n{row}\n{row}\n", FULL)[1] == wrong


def test_a_time_that_is_none_is_told() -> None:
    """Where it stands in a column of its own."""
    config = replace(PLAIN, columns={**PLAIN.columns, "starts_time": "At"}, date_format="%d.%m.%Y")
    assert read("Event,Starts,At,Who\nK,1.9.2026,25:00,H-1\n", config)[1] == [
        "list.csv: row 2, At: This is no time of the day. Write 18:30."
    ]
    (one,), _ = read("Event,Starts,At,Who\nK,1.9.2026,18.30,H-1\n", config)
    assert one.starts == datetime(2026, 9, 1, 15, 30, tzinfo=UTC)


def test_two_rows_that_differ_about_an_encounter_are_told() -> None:
    """The later one, with the row of the first."""
    text = f"{HEAD}\n{','.join(GOOD.values())}\n{','.join({**GOOD, 'Place': 'Tupa'}.values())}\n"
    advice = "Give them different ids, or make the two agree."
    said = f"list.csv: row 3: Row 2 says something else of the same encounter. {advice}"
    assert read(text, FULL)[1] == [said]


@pytest.mark.parametrize("content", ["Event,Starts,Who\nKahvio,2026-09-01 18:00,H-1\n" * 1, None])
def test_other_encodings_and_separators(content: str | None) -> None:
    """A mark at the beginning and UTF-16 are read, Windows text is refused with its place."""
    plain = content or "Event\tStarts\tWho\nKahvio\t2026-09-01 18:00\tH-1\n"
    for encoding in ("utf-8-sig", "utf-16"):
        assert len(read(plain.encode(encoding))[0]) == 1
    assert read(plain.replace("Kahvio", "Käynti").encode("cp1252"))[1][0].startswith(
        "list.csv: The list is not UTF-8: byte "
    )


def test_a_list_beyond_its_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By rows and by encounters; the advice names the setting."""
    rows = "".join(f"E{number},2026-09-01 18:00,H-1\n" for number in range(5))
    assert read(f"Event,Starts,Who\n{rows}", rows=3)[1] == [
        "list.csv: row 5: The list has more than 3 rows. Split the list, or raise max_rows in [encounters]."
    ]
    monkeypatch.setattr(listing, "MAX_ENCOUNTERS", 2)
    assert read(f"Event,Starts,Who\n{rows}")[1] == [
        "list.csv: row 4: The list has more than 2 encounters. Split it."
    ]


def test_a_moment_is_read_by_the_first_form_that_fits() -> None:
    """With an offset it needs no zone; a time that does not exist is the end of the gap."""
    zone = ZoneInfo("Europe/Helsinki")
    assert moment("2026-03-29 03:30", ("%Y-%m-%d %H:%M",), zone, None) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert moment("2026-03-29T03:30+0000", ("x", "%Y-%m-%dT%H:%M%z"), zone, None) == datetime(
        2026, 3, 29, 3, 30, tzinfo=UTC
    )
    assert moment("2026-03-29", ("%Y-%m-%d",), zone, time(12)) == datetime(2026, 3, 29, 9, tzinfo=UTC)


def test_the_digest_tells_what_changed() -> None:
    """Not where it stood, nor who was there."""
    assert replace(ABOUT, row=5, lists_attendees=False).digest == ABOUT.digest
    assert replace(ABOUT, place="Tupa").digest != ABOUT.digest
