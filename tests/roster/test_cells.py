"""What each kind of cell takes, and what it says about what it does not take."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.roster import cells
from bot.roster.cells import Fault

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HELSINKI = ZoneInfo("Europe/Helsinki")
FAMILY = "👨‍👩‍👧‍👦"


def refused(function: object, *arguments: object) -> str:
    """The words of a refusal."""
    assert callable(function)
    with pytest.raises(Fault) as fault:
        function(*arguments)
    return f"{fault.value.message} {fault.value.advice}"


# --- names, numbers, facts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("  Aino Ääri ", "Aino Ääri"),
        ("", ""),
        ("   ", ""),
        ("\u200b\u2060 \ufeff", ""),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("\t=1", "=1"),
        (FAMILY * 20, FAMILY * 20),
        ("Ai\x00no\x07", "Aino"),
        ("A" * 256, "A" * 256),
        ("Va\u0308ino\u0308", "Väinö"),
    ],
)
def test_a_name_is_text(cell: str, name: str) -> None:
    """Trimmed, in one form of writing, without control characters; empty where nothing of it can be seen."""
    assert cells.name(cell) == name


@pytest.mark.parametrize("cell", ["A" * 257, "A" * 5000])
def test_a_name_has_an_end(cell: str) -> None:
    """A name that the database could not keep is told, never cut."""
    assert refused(cells.name, cell) == "The name is longer than 256 characters. Shorten it."


def test_a_member_number_is_text() -> None:
    """Zeros in front stay, and letters may stand in it."""
    assert [cells.member_id(cell) for cell in ("007", " A-12/3 ", "1234567890123456")] == [
        "007", "A-12/3", "1234567890123456",
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["1.23E+09", "1,23457E+15", "5e3"])
def test_a_number_that_a_spreadsheet_has_spoiled_is_told(cell: str) -> None:
    """Scientific notation is what is left of a long number."""
    for function in (cells.member_id, cells.telegram):
        assert "A spreadsheet has changed it." in refused(function, cell)


def test_a_member_number_has_an_end() -> None:
    """A number that the database could not keep is told."""
    assert "longer than 128" in refused(cells.member_id, "1" * 129)


# --- addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("123456789", "telegram:123456789"),
        (" 5 ", "telegram:5"),
        ("", ""),
        ("9007199254740991", "telegram:9007199254740991"),
    ],
)
def test_a_telegram_id_is_a_whole_number(cell: str, address: str) -> None:
    """Up to 2^53 - 1."""
    assert cells.telegram(cell) == address


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-1001234567890", "id of a group"),
        ("@aino", "by user name"),
        ("+358401234567", "phone number"),
        ("0401234567", "phone number"),
        ("00358401234567", "phone number"),
        ("123456789.0", "other signs than digits"),
        ("123,0", "other signs than digits"),
        ("1 234 567", "other signs than digits"),
        ("1\u00a0234\u00a0567", "other signs than digits"),
        ("1,234,567", "other signs than digits"),
        ("'123456789", "other signs than digits"),
        ("0", "no Telegram id"),
        ("9007199254740992", "no Telegram id"),
        ("12345678901234567890", "no Telegram id"),
        ("aino", "no Telegram id"),
        ("１２３", "no Telegram id"),
        ("١٢٣", "no Telegram id"),
        ("1²", "no Telegram id"),
        ("telegram:5", "no Telegram id"),
    ],
)
def test_what_is_no_telegram_id_is_told_for_what_it_is(cell: str, words: str) -> None:
    """Groups, user names, phone numbers, and what spreadsheets make of numbers; the cell is not repeated."""
    told = refused(cells.telegram, cell)
    assert words in told
    assert cell not in told or cell == "0"


@pytest.mark.parametrize(
    ("cell", "team", "address"),
    [
        ("U012AB3CD", "T1AB", "slack:T1AB:U012AB3CD"),
        ("W012AB3CD", "T1AB", "slack:T1AB:W012AB3CD"),
        (" u012ab3cd ", "T1AB", "slack:T1AB:U012AB3CD"),
        ("T1AB:U012", "T1AB", "slack:T1AB:U012"),
        ("T1AB:U012", None, "slack:T1AB:U012"),
        ("", None, ""),
    ],
)
def test_a_slack_id_is_that_of_a_person(cell: str, team: str | None, address: str) -> None:
    """U and W ids; the workspace is the app's own or stands in the cell."""
    assert cells.slack(cell, team) == address


@pytest.mark.parametrize(
    ("cell", "team", "words"),
    [
        ("B012AB3CD", "T1AB", "the id of a bot"),
        ("C012AB3CD", "T1AB", "the id of a channel"),
        ("D012AB3CD", "T1AB", "the id of a conversation"),
        ("G012AB3CD", "T1AB", "the id of a group"),
        ("S012AB3CD", "T1AB", "the id of a user group"),
        ("T012AB3CD", "T1AB", "the id of a workspace"),
        ("X012AB3CD", "T1AB", "no Slack member id"),
        ("aino@example.org", "T1AB", "no Slack member id"),
        ("@aino", "T1AB", "no Slack member id"),
        ("<@U012AB3CD>", "T1AB", "no Slack member id"),
        ("T2XY:U012AB3CD", "T1AB", "in another workspace"),
        ("U012AB3CD", None, "not known yet"),
    ],
)
def test_what_is_no_person_in_slack_is_told_for_what_it_is(cell: str, team: str | None, words: str) -> None:
    """Bots, channels and the rest, other workspaces, and ids before the workspace is known."""
    assert words in refused(cells.slack, cell, team)


# --- language, zone, day, groups --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "language"),
    [
        ("fi", "fi"), ("FI", "fi"), (" sv-FI ", "sv"), ("en_GB", "en"), ("zh-Hans-CN", "zh"), ("smn", "smn"),
        ("Suomi", "fi"), ("ruotsi", "sv"), ("English", "en"), ("", ""), ("  ", ""),
    ],
)  # fmt: skip
def test_a_language_is_a_code_or_a_name_we_know(cell: str, language: str) -> None:
    """Codes with and without a region, and the three languages in all three languages."""
    assert cells.language(cell) == language


@pytest.mark.parametrize("cell", ["klingon", "f", "12", "fi,sv", "fi-"])
def test_what_is_no_language_is_told(cell: str) -> None:
    """A code is asked for."""
    assert refused(cells.language, cell) == "This is no language code. Write fi, sv or en."


def test_a_zone_is_one_of_the_database() -> None:
    """IANA names; empty where the list says nothing."""
    assert [cells.zone(cell) for cell in (" Europe/Helsinki ", "UTC", "")] == ["Europe/Helsinki", "UTC", ""]


@pytest.mark.parametrize(
    "cell", ["Mars/Phobos", "../x", "Europe", "/etc/passwd", "Europe/Helsinki\x00x/", "+02:00"]
)
def test_what_is_no_zone_is_told(cell: str) -> None:
    """Inventions, paths and offsets."""
    assert refused(cells.zone, cell).startswith("This is no time zone.")


def test_a_misspelt_zone_is_recognised() -> None:
    """The advice names the zone that was meant."""
    assert refused(cells.zone, "Europe/Helsingi") == "This is no time zone. Did you mean Europe/Helsinki?"


def test_the_day_of_joining_begins_at_midnight_there() -> None:
    """A date is a day on the person's own calendar, summer time included."""
    days = [cells.joined(cell, "%d.%m.%Y", HELSINKI, NOW) for cell in ("1.2.2026", "01.07.2025", "", " ")]
    assert days == [
        datetime(2026, 1, 31, 22, tzinfo=UTC),
        datetime(2025, 6, 30, 21, tzinfo=UTC),
        None,
        None,
    ]


def test_a_day_without_midnight_begins_when_it_begins() -> None:
    """Where the clocks go forward at midnight, the day begins at one."""
    found = cells.joined("2026-04-24", "%Y-%m-%d", ZoneInfo("Africa/Cairo"), NOW)
    assert found == datetime(2026, 4, 23, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell", ["2026-02-01", "31.2.2026", "1.13.2026", "eilen", "1.2.26", "45000", "0.0.0000"]
)
def test_what_is_no_date_is_told_with_an_example(cell: str) -> None:
    """Another order, days that do not exist, words, and a spreadsheet's day numbers."""
    told = refused(cells.joined, cell, "%d.%m.%Y", HELSINKI, NOW)
    assert told == "This is no date. Write 31.12.2026, or change date_format in [people]."


@pytest.mark.parametrize("cell", ["31.12.1899", "1.1.0001", "1.4.2027", "31.12.9999"])
def test_a_day_on_which_nobody_joined_is_told(cell: str) -> None:
    """Far past and far future are slips of the finger."""
    told = refused(cells.joined, cell, "%d.%m.%Y", HELSINKI, NOW)
    assert "Check the year" in told or "no date" in told


def test_groups_are_taken_apart() -> None:
    """Each once, trimmed, empty ones left out."""
    assert cells.groups(" jäsenet; hallitus ;;jäsenet", ";", ()) == ("jäsenet", "hallitus")


def test_known_groups_keep_their_own_spelling() -> None:
    """Case does not matter; the name is as in the configuration."""
    assert cells.groups("JÄSENET,hallitus", ",", ("Jäsenet", "Hallitus")) == ("Jäsenet", "Hallitus")


def test_a_misspelt_group_is_recognised() -> None:
    """Where the groups are named, another one is a mistake, and the nearest is offered."""
    assert "Did you mean Jäsenet?" in refused(cells.groups, "jäsenett", ",", ("Jäsenet",))
    told = refused(cells.groups, "xyz", ",", ("Jäsenet",))
    assert told == "A group is not among groups in [people]. Add it there if it is new."


def test_a_group_has_an_end() -> None:
    """A name that the database could not keep is told."""
    assert "longer than 128" in refused(cells.groups, "g" * 129, ",", ())


@pytest.mark.parametrize("cell", ["owner", "Admin", "jäsenet,OMISTAJA", "ylläpitäjä"])
def test_a_group_gives_no_rights(cell: str) -> None:
    """Rights in Kuulolla come from no list."""
    assert "cannot give rights" in refused(cells.groups, cell, ",", ())
