"""Triggers become moments: waves have their times, newcomers their day, everybody a place in the spread."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.surveys import Joined, Survey
from scheduler.triggers import WaveTimes, good_until, jitter, joined_moment, wave_times
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
