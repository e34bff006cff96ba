"""What a strategy asks of whom, put together: surveys, people, weeks, and what to change."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from scheduler.burden import sustainable_points
from scheduler.forecast import forecast
from scheduler.ledger import Ledger
from scheduler.plans import OpenWave
from scheduler.strategy import Strategy, strategy
from scheduler.surveys import Kind, Survey
from tests.scheduler.examples import DAY, NOW, USUAL
from tests.scheduler.people import Candidate, Wanted, columns


def _wave(number: int = 1, kind: Kind = "census", survey: str = "", **fields: Any) -> OpenWave:
    made = Survey(id=survey or f"{kind}{number}", flow="f", purpose={"en": "p"}, owner="o", kind=kind)
    usual: dict[str, Any] = {"survey": made, "opens": NOW, "closes": NOW + 5 * DAY, "cost": 1.0}
    return OpenWave(id=number, **{**usual, **fields})


def _person(number: int, *wanted: Wanted, turn: int = 0, **ledger: Any) -> Candidate:
    return Candidate(ledger=Ledger(person=number, **ledger), wanted=wanted or (Wanted(1, NOW),), turn=turn)


def _told(waves: Sequence[OpenWave], people: Sequence[Candidate], days: int = 28) -> Strategy:
    enrolled, crowd = columns(waves, people)
    return strategy(forecast(enrolled, crowd, USUAL, NOW, days), crowd, USUAL, NOW, days)


def test_each_survey_is_told_in_numbers() -> None:
    """Wanted, asked, deferred and dropped, with the reasons; nobody is in two of them."""
    people = [_person(1), _person(2, stopped=True), _person(3, in_session=True), _person(4)]
    (line,) = _told([_wave(cost=1.5)], people).surveys
    assert (line.survey, line.waves, line.audience) == ("census1", 1, 4)
    assert (line.wanted, line.asked, line.deferred, line.dropped) == (4, 2, 1, 1)
    assert line.reasons == {"OPT_OUT": 1, "IN_SESSION": 1}
    assert line.points == 3.0


def test_waves_of_one_survey_are_one_line() -> None:
    """People are counted once, their places in waves twice."""
    waves = [_wave(1, survey="weekly"), _wave(2, survey="weekly", opens=NOW + 9 * DAY, closes=NOW + 12 * DAY)]
    parts = (Wanted(1, NOW), Wanted(2, NOW + 9 * DAY))
    (line,) = _told(waves, [_person(1, *parts), _person(2, *parts)]).surveys
    assert (line.waves, line.audience, line.wanted, line.asked) == (2, 2, 4, 4)


def test_a_sample_wants_its_draw() -> None:
    """Not everybody who waits; those who are not drawn stay free."""
    wave = _wave(kind="sample", invitations=4, sizes={"": 10})
    (line,) = _told([wave], [_person(number, turn=number) for number in range(10)]).surveys
    assert (line.wanted, line.asked, line.deferred) == (4, 4, 6)
    later = _wave(kind="sample", invitations=4, sizes={"": 10}, opens=NOW + 40 * DAY, closes=NOW + 50 * DAY)
    (line,) = _told([later], [_person(1, Wanted(1, NOW + 40 * DAY))]).surveys
    assert (line.wanted, line.asked) == (0, 0)


def test_what_falls_on_people_is_told() -> None:
    """The most, the median, who is never asked and why."""
    waves = [_wave(1), _wave(2, opens=NOW + 9 * DAY, closes=NOW + 12 * DAY)]
    both = (Wanted(1, NOW), Wanted(2, NOW + 9 * DAY))
    people = [
        _person(1, *both),
        _person(2),
        _person(3),
        _person(4, reachable=False),
        _person(5, stopped=True),
    ]
    found = _told(waves, people)
    assert (found.people, found.most, found.median, found.never) == (5, 2, 1.0, 2)
    assert found.never_for == {"UNREACHABLE": 1, "OPT_OUT": 1}
    assert "1 person cannot be written to" in found.advice[-1]


def test_weeks_hold_wishes_against_what_people_can_give() -> None:
    """A wave is spread over its open time; capacity is the steady rhythm of all who may be asked."""
    people = [_person(number) for number in range(10)]
    first, second, *_ = _told([_wave(cost=2.0, closes=NOW + 14 * DAY)], people).weeks
    assert (first.asked, first.load, first.wanted, second.wanted) == (10, 20.0, 10.0, 10.0)
    assert first.capacity == pytest.approx(10 * sustainable_points(USUAL, 7), abs=0.06)
    assert first.strain == pytest.approx(10 / (10 * sustainable_points(USUAL, 7)), rel=0.01)
    assert first.begins == NOW
    assert second.begins == NOW + 7 * DAY


def test_days_that_make_no_week_belong_to_the_last_one() -> None:
    """A year is 52 weeks, the last a day longer; no days are one short week."""
    weeks = _told([_wave()], [_person(1)], 365).weeks
    assert len(weeks) == 52
    assert weeks[-1].capacity == pytest.approx(8 / 7 * weeks[0].capacity, abs=0.1)
    assert len(_told([_wave()], [_person(1)], 0).weeks) == 1


def test_weeks_over_capacity_are_told_with_the_survey_that_weighs_most() -> None:
    """The worst first, three by name, the others counted."""
    waves = [
        _wave(
            number,
            survey="yearly",
            opens=NOW + number * 7 * DAY,
            closes=NOW + number * 7 * DAY + 6 * DAY,
            cost=2,
        )
        for number in range(1, 6)
    ]
    waves.append(_wave(9, survey="small", cost=0.6))
    parts = tuple(Wanted(wave.id, wave.opens) for wave in waves)
    found = _told(waves, [_person(number, *parts) for number in range(20)], 42)
    assert len(found.over) == 5
    assert found.advice[0].startswith("The week of 2026-05-13 wants ")
    assert "most of it yearly" in found.advice[0]
    assert found.advice[3] == "So do 2 more weeks."


def test_a_strategy_without_people_asks_nothing_and_says_so() -> None:
    """No survey lines without waves, no strain without wishes, infinite strain where nobody can give."""
    empty = _told([], [])
    assert (empty.surveys, empty.people, empty.most, empty.median, empty.heat) == ((), 0, 0, 0.0, ())
    assert {week.strain for week in empty.weeks} == {0.0}
    stopped = _told([_wave()], [_person(1, stopped=True)])
    assert stopped.weeks[0].strain == float("inf")
    assert "nobody can give any" in stopped.advice[0]


@pytest.mark.parametrize(
    ("waves", "ledger", "words"),
    [
        ([_wave(cost=3.0)], {"burden": 3.9, "burden_at": NOW}, "it asks for too much at once"),
        ([_wave()], {"invites": (NOW - DAY,)}, "rest after earlier questions"),
        (
            [_wave(1, "event"), replace(_wave(2), survey=replace(_wave(2).survey, priority=5))],
            {},
            "Raise its priority",
        ),
        ([_wave()], {"dormant": True}, "have fallen silent"),
    ],
)
def test_a_survey_that_reaches_few_is_given_advice(
    waves: list[OpenWave], ledger: dict[str, Any], words: str
) -> None:
    """By what stands against it most often."""
    parts = tuple(Wanted(wave.id, NOW) for wave in waves)
    found = _told(waves, [_person(number, *parts, **ledger) for number in range(20)], 6)
    assert words in " ".join(found.advice)


def test_a_survey_that_reaches_nearly_everybody_needs_no_advice() -> None:
    """One in twenty who rests is no reason to change anything."""
    people = [_person(1, invites=(NOW - DAY,)), *(_person(number) for number in range(2, 21))]
    assert _told([_wave(cost=0.6)], people).advice == ()


def test_the_picture_shows_burden_as_a_share_of_what_one_can_bear() -> None:
    """Bands of people, the most burdened first; it fades with the half-life and adds to what was there."""
    people = [_person(1), _person(2, stopped=True), _person(3, burden=2.0, burden_at=NOW - 30 * DAY)]
    heat = _told([_wave(cost=2.0)], people).heat
    assert [len(band) for band in heat] == [4, 4, 4]
    fresh = 2.0 * 2 ** (-7 / 30) / 4
    assert heat[0][0] == pytest.approx(fresh * 1.5, abs=0.001)
    assert heat[1][0] == pytest.approx(fresh, abs=0.001)
    assert heat[1][1] == pytest.approx(fresh * 2 ** (-7 / 30), abs=0.001)
    assert heat[2] == (0.0, 0.0, 0.0, 0.0)


def test_many_people_share_bands() -> None:
    """Whatever their number, the picture has forty rows."""
    assert len(_told([_wave()], [_person(number) for number in range(100)]).heat) == 40
