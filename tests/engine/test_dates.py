"""Days on the person's own calendar; the cases of typed dates stand with the question types."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.dates import NoSuchDay, bound, read, show, today

TODAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Helsinki", TODAY),
        ("UTC", date(2026, 5, 3)),
        ("Mars/Phobos", date(2026, 5, 3)),
        ("../x", date(2026, 5, 3)),
    ],
)
def test_today(zone: str, day: date) -> None:
    """Today is what the calendar of the zone says; UTC's where there is no such zone."""
    assert today(datetime(2026, 5, 3, 22, 30, tzinfo=UTC), zone) == day


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("", None),
        ("2026-01-31", date(2026, 1, 31)),
        ("today", TODAY),
        ("today-30d", date(2026, 4, 4)),
        ("today+2w", date(2026, 5, 18)),
        ("today-3m", date(2026, 2, 4)),
        ("today+1y", date(2027, 5, 4)),
    ],
)
def test_bound(rule: str, day: date | None) -> None:
    """A bound is a day, today, or so far from today."""
    assert bound(rule, TODAY) == day


@pytest.mark.parametrize(
    ("day", "rule", "moved"),
    [
        (date(2026, 8, 31), "today-6m", date(2026, 2, 28)),
        (date(2028, 2, 29), "today+1y", date(2029, 2, 28)),
        (date(2026, 1, 31), "today+3m", date(2026, 4, 30)),
    ],
)
def test_the_end_of_a_shorter_month(day: date, rule: str, moved: date) -> None:
    """Where the month has no such day its last one stands."""
    assert bound(rule, day) == moved


@pytest.mark.parametrize("rule", ["tomorrow", "today+1x", "2026-02-30", "today+9999999d"])
def test_no_bound(rule: str) -> None:
    """Anything else is no bound."""
    with pytest.raises(ValueError, match=r"isoformat|day"):
        bound(rule, TODAY)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("today-9999y", date.min),
        ("today+9999y", date.max),
        ("today-9999m", date(1193, 2, 4)),
        ("today+9999d", date(2053, 9, 18)),
    ],
)
def test_far_away(rule: str, day: date) -> None:
    """The calendar ends somewhere, and bounds end there too."""
    assert bound(rule, TODAY) == day
    assert bound("today-9999w", date(2, 1, 1)) == date.min


def test_a_year_left_out_is_the_one_within_the_bounds() -> None:
    """The bounds choose the year before nearness does."""
    assert read("1.5.", "fi", TODAY, None, None) == date(2026, 5, 1)
    assert read("1.5.", "fi", TODAY, TODAY, None) == date(2027, 5, 1)
    assert read("6.5.", "fi", TODAY, None, TODAY) == date(2025, 5, 6)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fi", "4. toukokuuta 2026"),
        ("sv", "4 maj 2026"),
        ("en", "4 May 2026"),
        ("zz", "2026-05-04"),
        ("", "2026-05-04"),
    ],
)
def test_show(language: str, shown: str) -> None:
    """A day is shown in words, and as ISO writes it where the language is unknown."""
    assert show(TODAY, language) == shown


@given(st.dates(date(1950, 1, 1), date(2030, 12, 31)), st.sampled_from(["fi", "sv", "en"]))
def test_every_day_is_read_as_shown(day: date, language: str) -> None:
    """What is shown is read as the same day."""
    assert read(show(day, language), language, TODAY, None, None) == day


@given(st.text(max_size=80), st.sampled_from(["fi", "sv", "en"]))
def test_nothing_else_raises(text: str, language: str) -> None:
    """Any text is a day, a doubt, none, or a day that does not exist."""
    try:
        read(text, language, TODAY, None, None)
    except NoSuchDay:
        return
