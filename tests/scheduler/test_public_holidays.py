"""The public holidays of a country and its regions."""

from datetime import date

import pytest

from scheduler.public_holidays import holiday_dates


def test_finland_keeps_midsummer_eve() -> None:
    """The eve on which nobody in Finland wants to be asked anything is among the dates."""
    dates = holiday_dates("FI", "", [2026])
    assert {date(2026, 5, 1), date(2026, 6, 19), date(2026, 12, 24)} <= dates


def test_a_region_adds_its_own_dates() -> None:
    """Berlin keeps the eighth of March, Germany as a whole does not."""
    day = date(2026, 3, 8)
    assert [day in holiday_dates("de", region, [2026]) for region in ("", "BE")] == [False, True]


def test_several_years_at_once() -> None:
    """New Year is found in every year that was asked for, and in no other."""
    dates = holiday_dates("SE", "", [2026, 2027])
    assert [date(year, 1, 1) in dates for year in (2025, 2026, 2027, 2028)] == [False, True, True, False]


def test_no_country_has_no_holidays() -> None:
    """An organisation that names no country works on all days."""
    assert holiday_dates("", "", [2026]) == frozenset()


@pytest.mark.parametrize(("country", "region"), [("XX", ""), ("FI", "Nowhere")])
def test_an_unknown_country_or_region_is_named(country: str, region: str) -> None:
    """The error says which one it was, so that the admin can mend it."""
    with pytest.raises(KeyError, match=region or country):
        holiday_dates(country, region, [2026])
