"""Burden: points of a minute that fade with a half-life."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.flow import Question
from scheduler.burden import (
    active_seconds,
    added,
    decayed,
    flow_points,
    invite_points,
    question_seconds,
    reachable_by,
    spacing_days,
    strain,
    sustainable_points,
    wait_days,
)
from tests.oracles import figures
from tests.scheduler.examples import DAY, NOW, USUAL

BURDEN = figures("policy", "burden")
SPACING = figures("policy", "burden_spacing")
HALF_LIFE = 30.0


def _question(kind: Any = "scale", **fields: Any) -> Question:
    return Question(id="q", type=kind, text={"en": "How was it?"}, **fields)


def _booked_until(day: float) -> tuple[float, datetime | None]:
    points, since = 0.0, None
    for event_day, more in BURDEN["events"]:
        if event_day <= day:
            points, since = added(points, since, more, NOW + event_day * DAY, HALF_LIFE)
    return points, since


@pytest.mark.parametrize(("day", "points"), BURDEN["B"].items())
def test_burden_of_the_oracle(day: str, points: float) -> None:
    """Decay first, then add: two numbers give the whole sum."""
    booked, since = _booked_until(int(day))
    assert decayed(booked, since, NOW + int(day) * DAY, HALF_LIFE) == pytest.approx(points, abs=1e-9)


@pytest.mark.parametrize("row", BURDEN["wait"], ids=str)
def test_waits_of_the_oracle(row: dict[str, float | None]) -> None:
    """The time until a cost fits is the time in which the burden falls to the room that is left."""
    points, cost, capacity = row["B"], row["cost"], row["cap"]
    assert points is not None
    assert cost is not None
    assert capacity is not None
    assert wait_days(points, cost, capacity, HALF_LIFE) == pytest.approx(row["days"], abs=1e-9)


@pytest.mark.parametrize("row", SPACING["rows"], ids=lambda row: row[0])
def test_spacings_of_the_oracle(row: list[Any]) -> None:
    """A steady rhythm of each survey, for people who want less, as usual and more."""
    for capacity, days in zip((2, 4, 8), row[2:], strict=True):
        assert spacing_days(row[1], capacity, HALF_LIFE) == pytest.approx(days, abs=1e-3)


@pytest.mark.parametrize(
    ("days", "points"), [(1, SPACING["sustainable"]["per_day"]), (30, SPACING["sustainable"]["per_30_days"])]
)
def test_sustainable_points_of_the_oracle(days: float, points: float) -> None:
    """What one person can give in a day and in thirty."""
    assert sustainable_points(USUAL, days) == pytest.approx(points, abs=1e-6)


def test_a_weekly_tap_needs_the_capacity_of_the_oracle() -> None:
    """With that capacity the spacing of one tap is a week."""
    assert spacing_days(2 / 3, SPACING["weekly_one_tap_needs_capacity"], HALF_LIFE) == pytest.approx(
        7, abs=1e-3
    )


def test_a_clock_that_goes_back_changes_no_points() -> None:
    """Points neither grow nor move to an earlier time when the clock was put back."""
    assert decayed(3.0, NOW, NOW - 30 * DAY, HALF_LIFE) == 3.0
    assert added(3.0, NOW, 1.0, NOW - 30 * DAY, HALF_LIFE) == (4.0, NOW)


def test_points_of_unknown_time_stay() -> None:
    """A burden that came with an import and no date counts as it is."""
    assert decayed(3.0, None, NOW, HALF_LIFE) == 3.0


@given(points=st.floats(0, 100), cost=st.floats(0.01, 10), capacity=st.floats(0.1, 20))
def test_the_wait_is_long_enough_and_not_longer(points: float, cost: float, capacity: float) -> None:
    """After the wait the cost fits; a day earlier it did not."""
    days = wait_days(points, cost, capacity, HALF_LIFE)
    if days is None:
        assert cost >= capacity
        return
    later = NOW + days * DAY
    assert decayed(points, NOW, later, HALF_LIFE) + cost <= capacity + 1e-6
    if days > 1:
        assert decayed(points, NOW, later - DAY, HALF_LIFE) + cost > capacity


@pytest.mark.parametrize(
    ("kind", "fields", "seconds"),
    [
        ("scale", {}, 10),
        ("select_multiple", {}, 15),
        ("text", {}, 25),
        ("text", {"long": True}, 45),
        ("date", {"seconds": 7}, 7),
    ],
)
def test_a_question_takes_its_own_time_or_that_of_its_type(kind: Any, fields: Any, seconds: float) -> None:
    """The flow's author may know better than the type."""
    assert question_seconds(USUAL, _question(kind, **fields)) == seconds


def test_faces_have_a_time_of_their_own() -> None:
    """An organisation may find that faces go faster than numbers."""
    policy = replace(USUAL, seconds={"scale": 10, "faces": 6})
    assert [question_seconds(policy, _question(preset=preset)) for preset in ("", "faces")] == [10, 6]


def test_a_type_that_the_policy_does_not_know_is_one_tap() -> None:
    """A policy that leaves a type out counts ten seconds for it."""
    assert question_seconds(replace(USUAL, seconds={}), _question("long_text")) == 10


def test_an_invite_costs_the_contact_and_the_questions() -> None:
    """Five closed questions are half a point and fifty seconds."""
    assert invite_points(USUAL, [_question()] * 5) == pytest.approx(4 / 3)


def test_heavy_questions_weigh_more_and_chosen_ones_less() -> None:
    """One minute of grief is a point and a half; a minute that the person chose is half a point."""
    minute = [_question(seconds=60)]
    assert [
        flow_points(USUAL, minute),
        flow_points(USUAL, minute, heavy=True),
        flow_points(USUAL, minute, self_started=True),
        flow_points(USUAL, minute, heavy=True, self_started=True),
        invite_points(USUAL, minute, heavy=True),
    ] == [1.0, 1.5, 0.5, 0.75, 2.0]


@pytest.mark.parametrize(("measured", "counted"), [(0, 0), (8, 8), (120, 120), (120.1, 10), (-5, 10)])
def test_a_long_pause_counts_as_the_expected_time(measured: float, counted: float) -> None:
    """Whoever goes for lunch in the middle of a question has not worked on it."""
    assert active_seconds(USUAL, _question(), measured) == counted


@pytest.mark.parametrize(
    ("cost", "found"), [(1.9, [True, True, True]), (2.0, [False, True, True]), (5, [False, False, True])]
)
def test_a_long_survey_never_reaches_some(cost: float, found: list[bool]) -> None:
    """What costs the whole capacity of a person can never be asked of them."""
    assert [reachable_by(USUAL, cost, wish) for wish in ("less", "normal", "more")] == found


def test_a_plan_is_held_against_what_members_can_give() -> None:
    """A quarter that wants 143 % of what a hundred members can give is told so."""
    given = 100 * sustainable_points(USUAL, 90)
    assert strain(USUAL, [(100, 1.43 * given / 100)], {"normal": 100}, 90) == pytest.approx(1.43)


def test_preferences_count_in_what_members_can_give() -> None:
    """Ten people who want less and five who want as usual can give the same."""
    plan = [(10, 1.0)]
    assert strain(USUAL, plan, {"less": 10}, 30) == pytest.approx(strain(USUAL, plan, {"normal": 5}, 30))


def test_a_plan_for_nobody_is_impossible_and_no_plan_is_none() -> None:
    """Nobody can give anything; where nothing is wanted that is no trouble."""
    assert [strain(USUAL, [(1, 1.0)], {}, 30), strain(USUAL, [], {}, 30)] == [float("inf"), 0.0]
