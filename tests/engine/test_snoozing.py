"""When to ask again, as people write it: read on their own clock, in any of our languages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.engine import snoozing

TUESDAY = datetime(2026, 9, 1, 9, tzinfo=UTC)
"""Noon in Helsinki."""
HELSINKI = "Europe/Helsinki"


def meant(words: str, now: datetime = TUESDAY) -> str:
    """The moment on the clock of Helsinki; empty where nothing was understood."""
    found = snoozing.moment(words, "fi", now, HELSINKI)
    assert found is None or found.tzinfo is UTC
    return f"{found.astimezone(ZoneInfo(HELSINKI)):%Y-%m-%d %H:%M}" if found else ""


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("evening", "2026-09-01 18:00"),
        ("Tänä iltana", "2026-09-01 18:00"),
        ("i kväll", "2026-09-01 18:00"),
        ("tonight!", "2026-09-01 18:00"),
        ("tomorrow", "2026-09-02 10:00"),
        ("huomenna", "2026-09-02 10:00"),
        ("week", "2026-09-08 10:00"),
        ("nästa vecka", "2026-09-08 10:00"),
        ("3", "2026-09-04 10:00"),
        ("in 3 days", "2026-09-04 10:00"),
        ("3 päivän päästä", "2026-09-04 10:00"),
        ("om 10 dagar", "2026-09-11 10:00"),
        ("Friday", "2026-09-04 10:00"),
        ("perjantaina", "2026-09-04 10:00"),
        ("tisdag", "2026-09-08 10:00"),  # today is one; the next is meant
        ("12.9.", "2026-09-12 10:00"),
        ("12 September", "2026-09-12 10:00"),
        ("2026-12-24", "2026-12-24 10:00"),
        ("1.3.", "2027-03-01 10:00"),  # the next one
    ],
)
def test_moments(words: str, moment: str) -> None:
    """Evenings at six, days at ten; never in the past."""
    assert meant(words) == moment


@pytest.mark.parametrize(
    "words",
    ["", "0", "500", "today", "eilen", "31.2.", "1.8.2026", "viikonloppuna", "good", "9" * 5000, "²"],
)
def test_what_is_no_moment(words: str) -> None:
    """The past, today, too far ahead, two days at once, and other words are nobody's moment."""
    assert meant(words) == ""


def test_this_evening_is_over_in_the_evening() -> None:
    """It is offered until half past five; who writes it later means the next."""
    late = datetime(2026, 9, 1, 14, 30, tzinfo=UTC)
    assert snoozing.offered(TUESDAY, HELSINKI) == ("evening", "tomorrow", "week")
    assert snoozing.offered(late, HELSINKI) == ("tomorrow", "week")
    assert meant("evening", late) == "2026-09-02 18:00"


def test_clocks_change() -> None:
    """Ten in the morning is ten in the morning, also beyond the change to winter time."""
    saturday = datetime(2026, 10, 24, 9, tzinfo=UTC)
    assert meant("tomorrow", saturday) == "2026-10-25 10:00"
    assert snoozing.moment("tomorrow", "fi", saturday, HELSINKI) == datetime(2026, 10, 25, 8, tzinfo=UTC)
