"""Slots of schedules: each exactly once, over every change of the clocks, restarts and clock jumps."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from scheduler.slots import Due, Slot, due_slots, slots_after, slots_between
from scheduler.surveys import At, Recurring
from tests.scheduler.examples import DAY, HOUR, NOW, at

MINUTE = timedelta(minutes=1)
# Two changes a year, a lost midnight, half an hour, a lost day, a month of other time.
CLOCKS = {
    "Europe/Berlin": (2025, time(2, 30)),
    "America/New_York": (2025, time(2, 15)),
    "Africa/Cairo": (2025, time(0, 0)),
    "Australia/Lord_Howe": (2025, time(2, 10)),
    "Pacific/Apia": (2010, time(10, 0)),
    "Africa/Casablanca": (2025, time(2, 30)),
}
RHYTHMS = {"daily": "* * *", "weekly": "* * fri", "monthly": "30 * *"}


def _rule(cron: str, zone: str = "Europe/Helsinki", **fields: object) -> Recurring:
    return Recurring(cron=cron, zone=zone, **fields)  # type: ignore[arg-type]


def _named_dates(rhythm: str, first: date, last: date) -> Iterator[date]:
    """The calendar alone, by another way than the rule's own."""
    day = first
    while day < last:
        if (
            rhythm == "daily"
            or (rhythm == "weekly" and day.weekday() == 4)
            or (rhythm == "monthly" and day.day == 30)
        ):
            yield day
        day += DAY


def _first_reading(local: datetime, zone: ZoneInfo) -> datetime:
    """By trying every five minutes: the first at which the clocks read the local time or later."""
    moment = local.replace(tzinfo=UTC) - 16 * HOUR
    while moment.astimezone(zone).replace(tzinfo=None) < local:
        moment += 5 * MINUTE
    return moment


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("zone", CLOCKS)
def test_each_slot_fires_exactly_once_over_three_years(zone: str, rhythm: str) -> None:
    """Ticking through three years with all their clock changes, every named date has one firing, on time."""
    year, clock = CLOCKS[zone]
    rule = _rule(f"{clock.minute} {clock.hour} {RHYTHMS[rhythm]}", zone)
    first, last = date(year, 1, 1), date(year + 3, 1, 1)
    now = datetime.combine(first, time(), UTC) - 3 * DAY
    end = datetime.combine(last, time(), UTC) + 3 * DAY
    fired: list[Slot] = []
    chance = Random(zone + rhythm)
    while now < end:
        later = now + chance.choice([5 * MINUTE, HOUR, 5 * HOUR, 9 * HOUR])
        due = due_slots(rule, now, later)
        assert due.missed == ()
        fired.extend([due.fire] if due.fire else [])
        now = later
    counts = Counter(slot.name for slot in fired)
    expected = [f"{day}#1" for day in _named_dates(rhythm, first, last)]
    assert {name: counts[name] for name in expected} == dict.fromkeys(expected, 1)
    tz = ZoneInfo(zone)
    for slot in fired:
        local = datetime.combine(date.fromisoformat(slot.name.partition("#")[0]), clock)
        assert slot.at == _first_reading(local, tz)
    assert all(earlier.at < later.at for earlier, later in pairwise(fired))


def _some(rule: Recurring, after: str, count: int) -> list[tuple[str, datetime]]:
    return [(slot.name, slot.at) for slot in islice(slots_after(rule, at(after)), count)]


def test_several_times_a_day_are_numbered() -> None:
    """The name is the local date and the number within it."""
    assert _some(_rule("0 10,15 * * *"), "2026-05-05T12:00+03:00", 3) == [
        ("2026-05-05#2", at("2026-05-05T15:00+03:00")),
        ("2026-05-06#1", at("2026-05-06T10:00+03:00")),
        ("2026-05-06#2", at("2026-05-06T15:00+03:00")),
    ]


def test_times_inside_a_gap_fall_together() -> None:
    """Both times that the clocks jump over are one slot at the end of the gap."""
    assert _some(_rule("10,40 3 * * *"), "2026-03-29T00:00+02:00", 2) == [
        ("2026-03-29#1", at("2026-03-29T04:00+03:00")),
        ("2026-03-30#1", at("2026-03-30T03:10+03:00")),
    ]


def test_a_skipped_time_yields_to_the_slot_that_stands_there() -> None:
    """Every half hour, the skipped hour adds nothing to four o'clock, which has a slot of its own."""
    assert _some(_rule("*/30 2-4 * * *"), "2026-03-29T02:00+02:00", 3) == [
        ("2026-03-29#2", at("2026-03-29T02:30+02:00")),
        ("2026-03-29#3", at("2026-03-29T04:00+03:00")),
        ("2026-03-29#4", at("2026-03-29T04:30+03:00")),
    ]


def test_a_repeated_hour_has_its_slots_once() -> None:
    """When the clocks go back, the second pass through the hour is no slot."""
    assert _some(_rule("0,30 3 * * *"), "2026-10-25T00:00+03:00", 3) == [
        ("2026-10-25#1", at("2026-10-25T03:00+03:00")),
        ("2026-10-25#2", at("2026-10-25T03:30+03:00")),
        ("2026-10-26#1", at("2026-10-26T03:00+02:00")),
    ]


def test_a_lost_day_is_not_asked_about_twice_at_midnight() -> None:
    """The midnight of a day that never was is the next one's own midnight."""
    rule = _rule("0 0 * * *", "Pacific/Apia")
    names = [name for name, _ in _some(rule, "2011-12-28T12:00-10:00", 3)]
    assert names == ["2011-12-29#1", "2011-12-31#1", "2012-01-01#1"]


def test_a_leap_day_is_found_across_a_century() -> None:
    """Between 2096 and 2104 lie eight years without one."""
    assert _some(_rule("0 10 29 2 *"), "2096-03-01T00:00+02:00", 1)[0][0] == "2104-02-29#1"


def test_slots_end_where_nothing_comes_any_more() -> None:
    """The search has a horizon, so it ends."""
    assert len(list(slots_after(_rule("0 10 29 2 *"), NOW))) == 2


def test_between_is_open_before_and_closed_after() -> None:
    """A slot exactly at the last look is dealt with, one exactly now is due."""
    rule = _rule("0 10 * * *")
    first, second = at("2026-05-05T10:00+03:00"), at("2026-05-06T10:00+03:00")
    assert [slot.at for slot in slots_between(rule, first, second)] == [second]


def test_a_moment_has_one_slot() -> None:
    """A single moment is due once, between the look before it and the look after it."""
    trigger = At(NOW)
    slot = Slot("2026-05-06T09:00Z", NOW)
    assert [
        due_slots(trigger, NOW - HOUR, NOW - MINUTE),
        due_slots(trigger, NOW - MINUTE, NOW),
        due_slots(trigger, NOW - MINUTE, NOW + 40 * DAY),
        due_slots(trigger, NOW, NOW + HOUR),
    ] == [Due(), Due(slot), Due(slot), Due()]


DAILY = "0 10 * * *"
LAST_LOOK = at("2026-05-04T12:00+03:00")
MISSED = ("2026-05-05#1", "2026-05-06#1", "2026-05-07#1")


def _after_downtime(rule: Recurring, now: str) -> tuple[str | None, tuple[str, ...]]:
    due = due_slots(rule, LAST_LOOK, at(now))
    return (due.fire.name if due.fire else None), tuple(slot.name for slot in due.missed)


@pytest.mark.parametrize(
    ("catch_up", "now", "fire", "missed"),
    [
        ("once", "2026-05-07T18:00+03:00", MISSED[2], MISSED[:2]),
        ("once", "2026-05-07T22:00+03:00", MISSED[2], MISSED[:2]),
        ("once", "2026-05-07T22:01+03:00", None, MISSED),
        ("skip", "2026-05-07T18:00+03:00", None, MISSED),
        ("skip", "2026-05-07T10:09+03:00", MISSED[2], MISSED[:2]),
        ("skip", "2026-05-07T10:11+03:00", None, MISSED),
    ],
)
def test_downtime_over_three_slots(
    catch_up: str, now: str, fire: str | None, missed: tuple[str, ...]
) -> None:
    """Catching up once fires the newest if it is not too late; skipping fires only what is on time."""
    assert _after_downtime(_rule(DAILY, catch_up=catch_up), now) == (fire, missed)


def test_on_time_is_never_too_late() -> None:
    """A rule that allows no lateness at all still fires at its moment, with the few seconds a tick takes."""
    rule = _rule(DAILY, max_late=timedelta())
    assert _after_downtime(rule, "2026-05-05T10:00:04+03:00") == (MISSED[0], ())


def test_a_year_of_downtime_is_not_told_slot_by_slot() -> None:
    """Only the last month of what was missed is named, even of a rule for every minute."""
    due = due_slots(_rule("0 * * * *"), NOW - 400 * DAY, NOW)
    assert due.fire is not None
    assert len(due.missed) == 31 * 24 - 1


def test_a_long_lateness_looks_back_as_far() -> None:
    """A monthly rule that may be forty days late is found after thirty-five."""
    rule = _rule("0 10 1 4 *", max_late=40 * DAY)
    assert due_slots(rule, at("2026-03-01T00:00Z"), NOW).fire == Slot(
        "2026-04-01#1", at("2026-04-01T10:00+03:00")
    )


def test_looking_backwards_finds_nothing() -> None:
    """When the clock was put back, nothing is due again."""
    assert due_slots(_rule(DAILY), NOW, NOW - 2 * HOUR) == Due()
    assert due_slots(At(NOW), NOW, NOW - 2 * HOUR) == Due()
