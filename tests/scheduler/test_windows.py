"""Local times become instants, and instants wait for the hours in which a person is written to."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.surveys import Hours, Kind, SendWindow
from scheduler.windows import hours_on, next_open, pulse_moment, resolve, zone_of
from tests.oracles import figures
from tests.scheduler.examples import DAY, at

HELSINKI = ZoneInfo("Europe/Helsinki")
USUAL = SendWindow()
ZONES = (
    "Europe/Helsinki",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "UTC",
)


def _window(**changes: Any) -> SendWindow:
    return SendWindow(**changes)


def _first_reading(local: datetime, zone: ZoneInfo) -> datetime:
    """By trying every minute: the first at which the clocks read the local time or later."""
    moment = local.replace(tzinfo=UTC) - timedelta(hours=28)
    while moment.astimezone(zone).replace(tzinfo=None) < local:
        moment += timedelta(minutes=1)
    return moment


@pytest.mark.parametrize("row", figures("policy", "local_time")["rows"], ids=lambda row: row["local"])
def test_local_times_of_the_oracle(row: dict[str, str]) -> None:
    """A skipped local time is the end of the gap, a repeated one its first occurrence."""
    assert resolve(datetime.fromisoformat(row["local"]), ZoneInfo(row["zone"])) == at(row["instant"])


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00+00:00"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30+00:00"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00+00:00"),
        ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:00+00:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30+00:00"),
    ],
)
def test_clock_changes_of_the_world(zone: str, local: str, instant: str) -> None:
    """Half hours, lost midnights, a lost day and changes backwards are all resolved by the one rule."""
    assert resolve(datetime.fromisoformat(local), ZoneInfo(zone)) == at(instant)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    local=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
)
def test_a_local_time_is_the_first_instant_that_reads_it_or_later(zone: ZoneInfo, local: datetime) -> None:
    """Resolving agrees with trying every minute of the day."""
    assert resolve(local, zone) == _first_reading(local, zone)


def test_an_unknown_zone_of_a_person_is_the_default() -> None:
    """What a platform delivers as a zone may be wrong; the person is then on the organisation's clock."""
    names = ["Mars/Phobos", "../etc/passwd", "Europe", "", None]
    assert [zone_of(name, "Europe/Helsinki").key for name in names] == ["Europe/Helsinki"] * 5


def test_an_unknown_default_zone_is_an_error() -> None:
    """The organisation's own zone is checked with the configuration, so here it must exist."""
    with pytest.raises(ZoneInfoNotFoundError):
        zone_of(None, "Mars/Phobos")


@pytest.mark.parametrize("row", figures("policy", "send_window")["rows"], ids=lambda row: row["case"])
def test_openings_of_the_oracle(row: dict[str, Any]) -> None:
    """Weekdays, weekends and holidays open where the oracle says."""
    window = _window(
        holidays=row["holiday_mode"],
        holiday_dates=frozenset(date.fromisoformat(day) for day in row["holidays"]),
    )
    assert next_open(window, HELSINKI, None, "census", at(row["at"])) == at(row["next_open"])


@pytest.mark.parametrize("row", figures("policy", "event_pulse")["rows"], ids=lambda row: row["case"])
def test_pulse_moments_of_the_oracle(row: dict[str, Any]) -> None:
    """An encounter is asked about two hours after its end, or at a civil hour of the next opening."""
    window = _window(holiday_dates=frozenset(date.fromisoformat(day) for day in row["holidays"]))
    sent = pulse_moment(window, HELSINKI, None, at(row["event_end"]))
    assert sent == at(row["send_at"])
    assert sent is not None
    assert (sent - at(row["event_end"])) / timedelta(hours=1) == row["lag_hours"]


def test_a_pulse_keeps_to_hours_that_end_before_ten() -> None:
    """Whoever wants messages from six to nine only gets the pulse at six, not never."""
    own = Hours(opens=time(6), closes=time(9))
    sent = pulse_moment(USUAL, HELSINKI, own, at("2026-05-05T20:00+03:00"))
    assert sent == at("2026-05-06T06:00+03:00")


def test_a_pulse_without_any_opening_has_no_moment() -> None:
    """Hours that are never open give no moment at all."""
    own = Hours(opens=time(9), closes=time(9))
    assert pulse_moment(USUAL, HELSINKI, own, at("2026-05-05T20:00+03:00")) is None


def test_a_pulse_that_opens_late_is_not_moved_forward_to_ten() -> None:
    """Where the day opens at noon the pulse waits for noon."""
    own = Hours(opens=time(12), closes=time(15))
    sent = pulse_moment(USUAL, HELSINKI, own, at("2026-05-05T20:00+03:00"))
    assert sent == at("2026-05-06T12:00+03:00")


def test_own_hours_replace_the_window_on_every_day() -> None:
    """A person's own hours hold on weekdays and weekends alike."""
    own = Hours(opens=time(6), closes=time(8))
    opened = [
        next_open(USUAL, HELSINKI, own, "census", at(f"2026-05-{day}T12:00+03:00")) for day in ("08", "09")
    ]
    assert opened == [at("2026-05-09T06:00+03:00"), at("2026-05-10T06:00+03:00")]


def test_own_hours_may_run_over_midnight() -> None:
    """Somebody who works nights is written to from ten in the evening to two in the morning."""
    own = Hours(opens=time(22), closes=time(2))
    asked = [
        "2026-05-05T21:59+03:00",
        "2026-05-05T23:00+03:00",
        "2026-05-06T01:59+03:00",
        "2026-05-06T02:00+03:00",
    ]
    opened = [next_open(USUAL, HELSINKI, own, "census", at(moment)) for moment in asked]
    assert opened == [at("2026-05-05T22:00+03:00"), at(asked[1]), at(asked[2]), at("2026-05-06T22:00+03:00")]


def test_hours_that_end_at_midnight_last_the_whole_evening() -> None:
    """Closing at 00:00 means the end of the day, not its beginning."""
    own = Hours(opens=time(9), closes=time(0))
    evening = at("2026-05-05T23:59+03:00")
    assert next_open(USUAL, HELSINKI, own, "census", evening) == evening


def test_hours_inside_a_gap_are_closed_that_day() -> None:
    """A window that the clocks jump over opens the day after."""
    own = Hours(opens=time(3), closes=time(4))
    assert next_open(USUAL, HELSINKI, own, "census", at("2026-03-28T12:00+02:00")) == at(
        "2026-03-30T03:00+03:00"
    )


def test_equal_times_are_closed_for_ever() -> None:
    """No opening is found where none exists, and the search ends."""
    closed = Hours(opens=time(9), closes=time(9))
    window = _window(weekday=closed, weekend=closed)
    assert next_open(window, HELSINKI, None, "census", at("2026-05-05T12:00+03:00")) is None


@pytest.mark.parametrize(("days", "found"), [(13, "2026-07-15T09:00+03:00"), (15, None)])
def test_openings_are_looked_for_two_weeks_ahead(days: int, found: str | None) -> None:
    """Thirteen closed days are waited for, fifteen are not."""
    closed = frozenset(date(2026, 7, 2) + DAY * number for number in range(days))
    window = _window(holiday_dates=closed)
    opening = next_open(window, HELSINKI, None, "census", at("2026-07-02T08:00+03:00"))
    assert opening == (at(found) if found else None)


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        ("closed", "census", None),
        ("weekend", "census", USUAL.weekend),
        ("open", "census", USUAL.weekday),
        ("closed", "event", USUAL.weekend),
    ],
)
def test_a_holiday_has_the_hours_of_its_mode(mode: Any, kind: Kind, expected: Hours | None) -> None:
    """Holidays close, have weekend hours, or count for nothing; event pulses have a mode of their own."""
    window = _window(holidays=mode, holiday_dates=frozenset({date(2026, 5, 1)}))
    assert hours_on(window, None, kind, date(2026, 5, 1)) == expected


def test_a_holiday_on_a_saturday_keeps_weekend_hours() -> None:
    """Where holidays count for nothing, a Saturday is still a Saturday."""
    window = _window(holidays="open", holiday_dates=frozenset({date(2026, 5, 2)}))
    assert hours_on(window, None, "census", date(2026, 5, 2)) == USUAL.weekend


def test_a_persons_quiet_day_closes_it() -> None:
    """Whatever hours the day would have had, the person's own among them."""
    saturday, own = date(2026, 5, 2), Hours(opens=time(6), closes=time(8))
    assert hours_on(USUAL, own, "census", saturday, {5, 6}) is None
    assert hours_on(USUAL, own, "census", saturday, {6}) == own


def test_a_holiday_closes_a_persons_own_hours_too() -> None:
    """Own hours replace the organisation's hours, not its holidays."""
    window = _window(holiday_dates=frozenset({date(2026, 5, 1)}))
    own = Hours(opens=time(6), closes=time(8))
    assert hours_on(window, own, "census", date(2026, 5, 1)) is None


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    moment=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_an_opening_is_inside_the_window_and_stays_where_it_is(zone: ZoneInfo, moment: datetime) -> None:
    """The found moment is not earlier, reads as open on the wall clock, and is its own next opening."""
    found = next_open(USUAL, zone, None, "census", moment)
    assert found is not None
    local = found.astimezone(zone)
    hours = USUAL.weekend if local.weekday() >= 5 else USUAL.weekday
    assert found >= moment
    assert hours.opens <= local.time() < hours.closes
    assert next_open(USUAL, zone, None, "census", found) == found
