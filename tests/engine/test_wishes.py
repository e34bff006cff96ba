"""Hours and days in words: what is understood, and what is left alone rather than guessed."""

from datetime import time

import pytest

from bot.engine import wishes


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("10-18", (time(10), time(18))),
        ("klo 9.30–17", (time(9, 30), time(17))),
        ("22 to 6", (time(22), time(6))),
        ("18-24", (time(18), time())),
        ("0-24", (time(), time(23, 59))),
        ("Milloin vain", ()),
        ("usual", ()),
    ],
)
def test_hours_are_read_as_people_write_them(said: str, expected: object) -> None:
    """With and without minutes, over midnight, the whole day, and back to the usual ones."""
    assert wishes.hours(said) == expected


@pytest.mark.parametrize("said", ["", "ten to six", "25-3", "9:75-10", "24:30-3", "9-9", "0-0", "2026-05-04"])
def test_what_is_no_hours_is_none(said: str) -> None:
    """Neither impossible times nor equal ones are taken for a wish."""
    assert wishes.hours(said) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("la ja su", "56"),
        ("Sunday, saturday", "56"),
        ("weekends", "56"),
        ("lördag och måndag", "05"),
        ("ma–pe", "01234"),
        ("fri-mon", "0456"),
        ("Ei mikään!", ""),
    ],
)
def test_days_are_read_in_any_language(said: str, expected: str) -> None:
    """Single days, several, from one to another, the weekend, and none."""
    assert wishes.days(said) == expected


@pytest.mark.parametrize("said", ["", "and", "someday", "ma, blah", "weekend-mon", "mon-someday"])
def test_what_names_no_days_is_none(said: str) -> None:
    """One word that is no day, and nothing of it is taken."""
    assert wishes.days(said) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [("abcd-efgh", "ABCDEFGH"), (" AB23 cd45 ", "AB23CD45"), ("abcd", None), ("abcd-efg0", None), ("", None)],
)
def test_a_code_is_read_however_it_was_typed(said: str, expected: str | None) -> None:
    """Small letters, spaces and hyphens; a sign that is in no code makes it none."""
    assert wishes.code(said) == expected
