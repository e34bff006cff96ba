"""Which encounter somebody is asked about: those they came to, one a day, the last of them."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scheduler.pulses import Visit, asked_after, asks_about
from scheduler.surveys import AfterEncounter
from tests.scheduler.examples import HOUR, NOW

DAY = date(2026, 5, 5)
SHIFT = AfterEncounter(kind="shift")


def visit(number: int, ends: datetime, *, attended: bool = True, role: str = "", person: int = 1) -> Visit:
    """A visit of the day."""
    return Visit(number, person, DAY, ends, attended, role)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (SHIFT, True),
        (AfterEncounter(kind="course"), False),
        (AfterEncounter(kind="shift", series="KAHVIO"), True),
        (AfterEncounter(kind="shift", series="tiistai"), True),
        (AfterEncounter(kind="shift", series="muu"), False),
    ],
)
def test_a_trigger_asks_about_its_kind_and_series(trigger: AfterEncounter, *, expected: bool) -> None:
    """By the name of the series, or of the encounter."""
    assert asks_about(trigger, "shift", "Tiistai", "Kahvio") is expected


def test_the_last_of_a_day_is_asked_about() -> None:
    """Whoever came to both; by the ends, not by the order of the rows."""
    early, late = visit(1, NOW - 5 * HOUR), visit(2, NOW - HOUR)
    assert list(asked_after(SHIFT, [late, early], NOW).values()) == [late]


def test_a_later_one_keeps_the_earlier_waiting_until_it_is_known() -> None:
    """Until it is over and its delay too; then who did not come to it is asked about the first."""
    early, late = visit(1, NOW - 5 * HOUR), visit(2, NOW + HOUR, attended=False)
    assert asked_after(SHIFT, [early, late], NOW) == {}
    assert list(asked_after(SHIFT, [early, late], NOW + 3 * HOUR).values()) == [early]


def test_expected_people_are_asked_where_the_trigger_says_so() -> None:
    """And only in its roles."""
    trigger = AfterEncounter(kind="shift", presence="expected", roles=("host",))
    host, guest = (
        visit(1, NOW, attended=False, role="host"),
        visit(2, NOW, attended=False, role="guest", person=2),
    )
    assert list(asked_after(trigger, [host, guest], NOW).values()) == [host]
    assert asked_after(trigger, [host], NOW - HOUR) == {}


_visits = some.lists(
    some.builds(
        visit,
        some.integers(1, 9),
        some.integers(-48, 48).map(lambda hours: NOW + hours * HOUR),
        attended=some.booleans(),
        person=some.integers(1, 3),
    ),
    max_size=12,
)


@given(_visits, some.integers(0, 6))
def test_nobody_is_asked_twice_a_day_or_about_what_they_were_not_at(visits: list[Visit], hours: int) -> None:
    """Whatever the calendar holds: at most one a person and day, over, attended, and in any order of rows."""
    trigger = AfterEncounter(kind="shift", delay=timedelta(hours=hours))
    asked = asked_after(trigger, visits, NOW)
    assert all(one.attended and one.ends <= NOW for one in asked.values())
    assert all((one.person, one.day) == place for place, one in asked.items())
    assert {key: one.ends for key, one in asked_after(trigger, visits[::-1], NOW).items()} == {
        key: one.ends for key, one in asked.items()
    }
