"""Five-field rules are understood as crontab(5) has them, or refused in words that help."""

from calendar import monthrange
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cron import CronError, cron_problem, parse


def _days_of_may(rule: str) -> list[int]:
    cron = parse(rule)
    return [day for day in range(1, 32) if cron.has(date(2026, 5, day))]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("0 10 * * *", list(range(1, 32))),
        ("0 10 * * mon", [4, 11, 18, 25]),
        ("0 10 * * MON-Fri/2", [1, 4, 6, 8, 11, 13, 15, 18, 20, 22, 25, 27, 29]),
        ("0 10 * * 0", [3, 10, 17, 24, 31]),
        ("0 10 * * 7", [3, 10, 17, 24, 31]),
        ("0 10 * * fri,sun", [1, 3, 8, 10, 15, 17, 22, 24, 29, 31]),
        ("0 10 1,15 * *", [1, 15]),
        ("0 10 20/5 * *", [20, 25, 30]),
        ("0 10 31 may *", [31]),
        ("0 10 1 jun-aug *", []),
        ("0 10 1 * mon", [1, 4, 11, 18, 25]),
        ("0 10 */10 * mon", [11]),
    ],
)
def test_a_rule_names_its_dates(rule: str, days: list[int]) -> None:
    """Lists, ranges, steps and names; of day and weekday one is enough where both are restricted."""
    assert _days_of_may(rule) == days


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        ("30 9 * * *", [time(9, 30)]),
        ("0,30 9-10 * * *", [time(9), time(9, 30), time(10), time(10, 30)]),
        ("*/20 8 * * *", [time(8), time(8, 20), time(8, 40)]),
        ("0 22/1 * * *", [time(22), time(23)]),
    ],
)
def test_a_rule_names_its_times(rule: str, times: list[time]) -> None:
    """The times of each of its days, in order."""
    assert list(parse(rule).times) == times


def test_a_leap_day_is_a_date_of_some_years() -> None:
    """29 February is allowed, and no other day stands in for it."""
    cron = parse("0 10 29 2 *")
    last_days = [date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29)]
    assert [cron.has(day) for day in last_days] == [False, False, False, True]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "has 0 fields"),
        ("10:00", "has 1 field, a rule has five"),
        ("0 10 * *", "has 4 fields"),
        ("0 0 10 * * mon", "has 6 fields"),
        ("@daily", "short form"),
        ("60 10 * * *", 'minute "60" is out of range. Known here: 0 to 59.'),
        ("0 24 * * *", 'hour "24" is out of range'),
        ("0 10 0 * *", 'day "0" is out of range'),
        ("0 10 * 13 *", 'month "13" is out of range'),
        ("0 10 * * 8", 'weekday "8" is out of range. Known here: 0 to 7, or sun, mon'),
        ("0 10 * * monday", 'weekday "monday" is not understood'),
        ("0 10 L * *", 'day "l" is not understood'),
        ("0 10 * * mon#1", 'weekday "mon#1" is not understood'),
        ("0 10 ? * *", 'day "?" is not understood'),
        ("1,,2 10 * * *", 'minute "" is not understood'),
        ("-5 10 * * *", 'minute "-5" is not understood'),
        ("*/0 10 * * *", 'minute "*/0" needs a whole number above 0'),
        ("*/x 10 * * *", 'minute "*/x" needs a whole number above 0'),
        ("0 22-6 * * *", 'hour "22-6" runs backwards'),
        ("0 10 31 feb *", "names a date that no year has"),
        ("0 10 30 feb *", "names a date that no year has"),
        ("0 10 31 apr *", "names a date that no year has"),
        ("0 10 31 feb,apr,jun,sep,nov *", "names a date that no year has"),
        ("٣ 10 * * *", 'minute "٣" is not understood'),
        ("99999999999999999999 10 * * *", "is not understood"),
    ],
)
def test_what_is_wrong_is_said_in_words(rule: str, words: str) -> None:
    """The problem names the field, what stands there and what may stand there."""
    problem = cron_problem(rule)
    assert problem is not None
    assert words in problem


def test_a_good_rule_has_no_problem() -> None:
    """Spaces and capitals do not matter."""
    assert cron_problem("  0   10 * *  Mon ") is None


@pytest.mark.parametrize("month", range(1, 13))
def test_the_last_day_of_a_month_is_the_last_that_may_be_named(month: int) -> None:
    """Up to that day a rule is good, and a range that only ends beyond it; one that begins beyond is not."""
    last = monthrange(2028, month)[1]
    rules = [f"0 10 {last} {month} *", f"0 10 {last}-31 {month} *", f"0 10 {last + 1} {month} *"]
    assert [cron_problem(rule) is None for rule in rules] == [True, True, False]


def test_an_impossible_day_with_a_weekday_is_possible() -> None:
    """31 February or any Monday is: any Monday of February."""
    assert parse("0 10 31 2 mon").has(date(2026, 2, 2))


def test_a_bad_rule_cannot_be_used() -> None:
    """Whoever parses without checking gets the same words as an error."""
    with pytest.raises(CronError, match="has 1 field"):
        parse("daily")


@given(st.text(alphabet="0123456789*/,-montue @#L", max_size=30))
def test_any_text_is_a_rule_or_a_problem(text: str) -> None:
    """Nothing an admin writes is an error of ours."""
    problem = cron_problem(text)
    assert (problem is None) == (not problem)
    if problem is None:
        assert parse(text).times
