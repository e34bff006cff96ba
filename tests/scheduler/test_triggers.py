"""Triggers become moments: waves have their times, newcomers their day, everybody a place in the spread."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scheduler.surveys import Anniversary, Joined, RandomMoments, Survey
from scheduler.triggers import (
    WaveTimes,
    anniversary,
    anniversary_moment,
    day_of,
    days_reached,
    good_until,
    jitter,
    joined_moment,
    random_moments,
    wave_times,
)
from tests.scheduler.examples import DAY, HOUR, NOW, at

HELSINKI = ZoneInfo("Europe/Helsinki")
PULSE = Survey(id="pulse", flow="pulse", purpose={"en": "To do better"}, owner="office")


def test_a_wave_is_open_for_its_hours() -> None:
    """A week, where nothing else is said."""
    assert wave_times(PULSE, NOW) == WaveTimes(NOW, NOW + 7 * DAY)


def test_a_wave_closes_with_its_survey() -> None:
    """The survey's own end comes first if it is earlier."""
    survey = replace(PULSE, close_at=NOW + 2 * DAY)
    assert wave_times(survey, NOW) == WaveTimes(NOW, NOW + 2 * DAY)


@pytest.mark.parametrize("survey", [replace(PULSE, close_at=NOW), replace(PULSE, open_at=NOW + HOUR)])
def test_no_wave_outside_the_survey(survey: Survey) -> None:
    """A slot after the survey's end or before its beginning opens nothing."""
    assert wave_times(survey, NOW) is None


def test_a_survey_may_open_exactly_now() -> None:
    """The beginning belongs to it."""
    assert wave_times(replace(PULSE, open_at=NOW), NOW) == WaveTimes(NOW, NOW + 7 * DAY)


@pytest.mark.parametrize(
    ("hours", "expected"), [(None, NOW + 7 * DAY), (48, NOW + 50 * HOUR), (999, NOW + 7 * DAY)]
)
def test_an_invite_is_good_until_its_hours_or_the_close(hours: float | None, expected: datetime) -> None:
    """Counted from the wanted moment, and never beyond the close."""
    survey = replace(PULSE, good_until_hours=hours)
    assert good_until(survey, NOW + 2 * HOUR, NOW + 7 * DAY) == expected


@pytest.mark.parametrize(
    ("trigger", "joined", "expected"),
    [
        (Joined(30 * DAY), "2026-05-05T14:00+03:00", "2026-06-04T14:00+03:00"),
        (Joined(30 * DAY, time(10)), "2026-05-05T14:00+03:00", "2026-06-04T10:00+03:00"),
        (Joined(30 * DAY), "2026-03-15T14:00+02:00", "2026-04-14T14:00+03:00"),
        (Joined(DAY), "2026-03-28T03:30+02:00", "2026-03-29T04:00+03:00"),
        (Joined(2 * HOUR), "2026-03-29T02:30+02:00", "2026-03-29T05:30+03:00"),
        (Joined(timedelta(days=1, hours=2)), "2026-05-05T14:00+03:00", "2026-05-06T16:00+03:00"),
        (Joined(timedelta(), time(10)), "2026-05-05T14:00+03:00", "2026-05-06T10:00+03:00"),
        (Joined(timedelta(), time(18)), "2026-05-05T14:00+03:00", "2026-05-05T18:00+03:00"),
        (Joined(365 * DAY, time(10)), "2028-02-29T14:00+02:00", "2029-02-28T10:00+02:00"),
        (Joined(1461 * DAY, time(10)), "2028-02-29T14:00+02:00", "2032-02-29T10:00+02:00"),
        (Joined(DAY, time(3, 30)), "2026-03-28T12:00+02:00", "2026-03-29T04:00+03:00"),
    ],
)
def test_newcomers_are_asked_by_their_own_clock(trigger: Joined, joined: str, expected: str) -> None:
    """Days are calendar days, hours are elapsed; a leap day and a skipped hour have their moment too."""
    assert joined_moment(trigger, at(joined), HELSINKI) == at(expected)


def test_the_same_joining_is_another_moment_in_another_zone() -> None:
    """Ten in the morning is where the person lives."""
    trigger, joined = Joined(DAY, time(10)), at("2026-05-05T23:30Z")
    assert [
        joined_moment(trigger, joined, ZoneInfo(zone)) for zone in ("Europe/Helsinki", "America/New_York")
    ] == [
        at("2026-05-07T10:00+03:00"),
        at("2026-05-06T10:00-04:00"),
    ]


def test_jitter_is_the_same_in_every_process() -> None:
    """The number comes from a digest, so it can be written down here."""
    assert jitter(17, "pulse", 4, HOUR) == timedelta(seconds=1448)


def test_jitter_lies_inside_its_spread_and_fills_it() -> None:
    """A thousand people are strewn evenly over the hour."""
    found = [jitter(person, "pulse", 1, HOUR) for person in range(1000)]
    quarters = [sum(1 for moment in found if moment // (HOUR / 4) == quarter) for quarter in range(4)]
    assert min(found) >= timedelta()
    assert max(found) < HOUR
    assert min(quarters) > 200


def test_jitter_differs_by_person_survey_and_wave() -> None:
    """Nobody is always the last."""
    found = {
        jitter(1, "pulse", 1, DAY),
        jitter(2, "pulse", 1, DAY),
        jitter(1, "other", 1, DAY),
        jitter(1, "pulse", 2, DAY),
    }
    assert len(found) == 4


def test_no_spread_is_no_jitter() -> None:
    """Where nothing is strewn everybody is asked at the moment itself."""
    assert jitter(1, "pulse", 1, timedelta()) == timedelta()


# Anniversaries


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2023, None),
        (2024, None),
        (2025, date(2025, 2, 28)),
        (2028, date(2028, 2, 29)),
        (2100, date(2100, 2, 28)),
    ],
)
def test_a_leap_day_returns_on_the_last_day_of_february(year: int, expected: date | None) -> None:
    """Never on the day itself, nor before."""
    assert anniversary(date(2024, 2, 29), year) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("4.5.1980", date(1980, 5, 4)), ("1980-05-04", date(1980, 5, 4)), ("31.2.1980", None), ("", None)],
)
def test_a_day_is_read_as_the_member_list_writes_it(written: str, expected: date | None) -> None:
    """Or in the form that every program understands."""
    assert day_of(written, "%d.%m.%Y") == expected


@pytest.mark.parametrize(
    "zone", ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
)
def test_an_anniversary_keeps_its_time_of_day_everywhere(zone: str) -> None:
    """Over every change of the clocks; not on another day."""
    trigger, own = Anniversary(attribute="born", at=time(10)), ZoneInfo(zone)
    for on in (date(2026, 3, 29), date(2026, 10, 4), date(2026, 7, 1)):
        moment = anniversary_moment(trigger, on.replace(year=1980), on, own)
        assert moment is not None
        assert moment.astimezone(own).replace(tzinfo=None) == datetime.combine(on, time(10))
    assert anniversary_moment(trigger, date(1980, 3, 30), date(2026, 3, 29), own) is None


@given(some.integers(0, 23), some.lists(some.integers(1, 5000), min_size=1, max_size=30))
def test_every_day_is_reached_once_however_the_clock_is_looked_at(hour: int, steps: list[int]) -> None:
    """Minutes between looks do not matter: no date is missed and none comes twice."""
    now, found = datetime(2026, 5, 5, tzinfo=UTC), list[date]()
    begun = now
    for step in steps:
        found += days_reached(time(hour), now, now + timedelta(minutes=step))
        now += timedelta(minutes=step)
    assert found == list(days_reached(time(hour), begun, now))
    assert all(later - one == timedelta(days=1) for one, later in pairwise(found))


# Random moments


@given(
    some.integers(1, 6), some.integers(0, 120), some.integers(1, 10**6),
    some.dates(date(2026, 1, 1), date(2027, 12, 31)),
    some.sampled_from(["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
)  # fmt: skip
def test_random_moments_stay_in_their_hours_and_apart(
    times: int, apart: int, person: int, day: date, zone: str
) -> None:
    """On the person's own clock, in order, the same ones each time."""
    trigger = RandomMoments(opens=time(9), closes=time(20), times=times, apart=timedelta(minutes=apart))
    found = random_moments(trigger, person, "pulse", day, ZoneInfo(zone))
    assert len(found) == times
    local = [one.astimezone(ZoneInfo(zone)) for one in found]
    assert all(one.date() == day and time(9) <= one.time() < time(20) for one in local)
    assert all(later - one >= timedelta(minutes=apart) for one, later in pairwise(found))
    assert random_moments(trigger, person, "pulse", day, ZoneInfo(zone)) == found


def test_moments_that_do_not_fit_are_none() -> None:
    """Where a change of the clocks takes the room."""
    trigger = RandomMoments(opens=time(2), closes=time(5), times=2, apart=timedelta(hours=2, minutes=30))
    zone = ZoneInfo("Europe/Helsinki")
    assert len(random_moments(trigger, 1, "pulse", date(2026, 3, 28), zone)) == 2
    assert random_moments(trigger, 1, "pulse", date(2026, 3, 29), zone) == ()


def test_random_moments_are_spread_evenly() -> None:
    """Of many people a quarter falls into each quarter of the span."""
    trigger = RandomMoments(opens=time(8), closes=time(20))
    zone, day = ZoneInfo("Europe/Helsinki"), date(2026, 5, 5)
    hours = [
        random_moments(trigger, person, "pulse", day, zone)[0].astimezone(zone).hour for person in range(4000)
    ]
    quarters = [sum((hour - 8) // 3 == quarter for hour in hours) for quarter in range(4)]
    assert all(abs(number - 1000) < 120 for number in quarters)
