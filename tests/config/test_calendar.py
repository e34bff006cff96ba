"""Public holidays in the send window."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.config.calendar import with_holidays
from bot.config.model import Config, Organisation
from bot.errors import UserError
from scheduler.surveys import Policy, SendWindow

EXTRA = date(2026, 5, 4)
CONFIG = Config(
    file=Path("config.toml"),
    organisation=Organisation(name={"en": "x"}, country="FI"),
    flows={},
    surveys={},
    policy=Policy(window=SendWindow(holiday_dates=frozenset({EXTRA}))),
)


def test_holidays_of_the_country_come_beside_the_extra_dates() -> None:
    """Midsummer Eve and Independence Day of both years, and the organisation's own day."""
    found = with_holidays(CONFIG, [2026, 2027]).policy.window.holiday_dates
    assert {EXTRA, date(2026, 6, 19), date(2026, 12, 6), date(2027, 12, 6)} <= found
    assert date(2028, 12, 6) not in found


def test_no_country_no_holidays() -> None:
    """Only the extra dates are left."""
    config = replace(CONFIG, organisation=replace(CONFIG.organisation, country=""))
    assert with_holidays(config, [2026]) == config


@pytest.mark.parametrize(("country", "region", "said"), [("XX", "", "XX"), ("FI", "99", "FI-99")])
def test_a_country_or_region_without_a_calendar(country: str, region: str, said: str) -> None:
    """It is named, with what to do."""
    organisation = replace(CONFIG.organisation, country=country, region=region)
    with pytest.raises(UserError, match=f"no calendar of holidays for {said}"):
        with_holidays(replace(CONFIG, organisation=organisation), [2026])
