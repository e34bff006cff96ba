"""The invitations of a sample are spread over its send days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.plans import OpenWave
from scheduler.quotas import quota_today, send_days
from scheduler.surveys import SendWindow, Survey
from tests.scheduler.examples import DAY, HOUR, NOW, USUAL, at

SAMPLE = Survey(id="sample", flow="f", purpose={"en": "p"}, owner="o", kind="sample")


def _wave(**fields: Any) -> OpenWave:
    usual: dict[str, Any] = {"opens": NOW, "closes": NOW + 3 * DAY + HOUR, "invitations": 10}
    return OpenWave(id=1, survey=SAMPLE, cost=1.0, **{**usual, **fields})


@pytest.mark.parametrize(
    ("fields", "now", "quota"),
    [
        ({}, NOW, 3),  # Wednesday to Saturday: four days
        ({"invited": 3}, NOW + DAY, 3),
        ({"invited": 6}, NOW + 2 * DAY, 2),
        ({"invited": 8}, NOW + 3 * DAY, 2),
        ({"invited_today": 3}, NOW + HOUR, 0),
        ({"invited_today": 2}, NOW + HOUR, 1),
        ({"invited": 10}, NOW + DAY, 0),
        ({"invited": 12}, NOW + DAY, 0),
        ({"invited": 8, "invited_today": 9}, NOW + 3 * DAY, 0),
    ],
)
def test_what_is_left_is_spread_over_the_days_left(fields: dict[str, int], now: datetime, quota: int) -> None:
    """Rounded up each day, all of it on the last, nothing a second time on the same day."""
    assert quota_today(_wave(**fields), USUAL, now) == quota


def test_after_the_last_opening_of_a_day_nothing_is_drawn() -> None:
    """At nine in the evening the draw waits for the next day's tick."""
    assert quota_today(_wave(), USUAL, at("2026-05-06T21:00+03:00")) == 0


def test_a_wave_that_opens_now_is_no_shadow() -> None:
    """Opened in the evening, it begins the next morning."""
    evening = at("2026-05-06T21:00+03:00")
    assert quota_today(_wave(opens=evening), USUAL, evening) == 0


def test_an_opening_at_the_very_end_is_a_send_day() -> None:
    """A moment at which an invite is still good counts."""
    morning = at("2026-05-07T09:00+03:00")
    assert list(send_days(USUAL, NOW, morning)) == [NOW, morning]


def test_a_wave_that_cannot_be_sent_draws_nobody() -> None:
    """With no opening left before its close there is nothing to spread."""
    wave = _wave(opens=at("2026-05-06T20:00+03:00"), closes=at("2026-05-06T23:00+03:00"))
    assert quota_today(wave, USUAL, at("2026-05-06T21:00+03:00")) == 0


def test_a_shadow_has_the_quota_of_its_first_day() -> None:
    """A wave that opens the day after tomorrow has two send days, from then on."""
    wave = _wave(opens=NOW + 2 * DAY)
    assert quota_today(wave, USUAL, NOW) == 5


def test_a_shadow_that_opens_at_night_is_counted_from_its_first_morning() -> None:
    """Whether its first day is today or the next does not matter before it opens."""
    wave = _wave(opens=at("2026-05-07T22:00+03:00"))
    assert quota_today(wave, USUAL, NOW) == 5


def _mornings(days: Sequence[datetime]) -> list[str]:
    return [f"{day:%d %H:%M}" for day in days]


def test_send_days_pass_over_closed_ones() -> None:
    """From noon of a Wednesday: now, the next mornings, and no holiday."""
    holiday = SendWindow(holiday_dates=frozenset({(NOW + DAY).date()}))
    policy = replace(USUAL, window=holiday)
    assert _mornings(list(send_days(policy, NOW, NOW + 4 * DAY))) == [
        "06 09:00",
        "08 06:00",
        "09 07:00",
        "10 07:00",
    ]


def test_send_days_end_where_no_opening_is_found() -> None:
    """A season without openings ends the list."""
    closed = frozenset(NOW.date() + number * DAY for number in range(1, 60))
    policy = replace(USUAL, window=SendWindow(holiday_dates=closed))
    assert list(send_days(policy, NOW, NOW + 400 * DAY)) == [NOW]


def test_send_days_are_days_of_the_organisation_over_a_clock_change() -> None:
    """Each local date counts once when the clocks go back."""
    start = at("2026-10-24T12:00+03:00")
    days = list(send_days(USUAL, start, start + timedelta(days=2)))
    assert days == [start, at("2026-10-25T10:00+02:00"), at("2026-10-26T09:00+02:00")]
