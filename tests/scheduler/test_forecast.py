"""The planner run ahead over days, on copies."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from scheduler.forecast import Forecast, delivered, forecast
from scheduler.ledger import Ledger
from scheduler.plans import Candidate, OpenWave, PlannedContact, Wanted
from scheduler.surveys import Kind, Survey
from scheduler.verdicts import Reason
from tests.scheduler.examples import DAY, HOUR, NOW, USUAL, at


def _wave(number: int = 1, kind: Kind = "census", **fields: Any) -> OpenWave:
    survey = Survey(id=f"{kind}{number}", flow="f", purpose={"en": "p"}, owner="o", kind=kind)
    usual: dict[str, Any] = {"survey": survey, "opens": NOW, "closes": NOW + 20 * DAY, "cost": 1.0}
    return OpenWave(id=number, **{**usual, **fields})


def _person(number: int, *wanted: Wanted, turn: int = 0, **ledger: Any) -> Candidate:
    return Candidate(ledger=Ledger(person=number, **ledger), wanted=wanted or (Wanted(1, NOW),), turn=turn)


def _asked(found: Forecast) -> list[tuple[int, int, str]]:
    return [(fire.person, fire.wave, f"{fire.at:%d %H:%M}") for fire in found.fires]


def _left(found: Forecast) -> list[tuple[int, int, Reason]]:
    return [(one.person, one.wave, one.reason) for one in found.not_asked]


def test_a_census_reaches_people_as_their_rests_end() -> None:
    """One is free now, one on Friday evening and so on Saturday, one not before the wave closes."""
    people = [
        _person(1),
        _person(2, invites=(NOW - 5 * DAY + 10 * HOUR,)),
        _person(3, outcomes={"declined": NOW - DAY}),
    ]
    found = forecast([_wave()], people, USUAL, NOW, 10)
    assert _asked(found) == [(1, 1, "06 09:00"), (2, 1, "09 07:00")]
    assert _left(found) == [(3, 1, Reason.QUARANTINE)]


def test_an_invite_closes_the_person_for_the_next_wave() -> None:
    """Planned invites count as delivered: the second survey waits for the gap."""
    person = _person(1, Wanted(1, NOW), Wanted(2, NOW + DAY))
    found = forecast([_wave(1), _wave(2, opens=NOW + DAY)], [person], USUAL, NOW, 20)
    assert _asked(found) == [(1, 1, "06 09:00"), (1, 2, "13 09:00")]
    assert found.not_asked == ()


def test_costs_add_up_over_the_days() -> None:
    """The estimate is booked, so a third long survey no longer fits before its wave closes."""
    waves = [_wave(number, cost=1.9) for number in (1, 2, 3)]
    person = _person(1, *(Wanted(number, NOW) for number in (1, 2, 3)))
    policy = replace(USUAL, invites_per_30d=9)
    found = forecast(waves, [person], policy, NOW, 15)
    assert [(fire.wave, f"{fire.at:%d}") for fire in found.fires] == [(1, "06"), (2, "13")]
    (third,) = found.not_asked
    assert {one.rule for one in third.findings} >= {Reason.MIN_GAP, Reason.BURDEN, Reason.TOO_LATE}


def test_a_sample_is_spread_over_its_days_and_its_queue() -> None:
    """Two a day for three days, the lowest turns first; the rest were not drawn."""
    wave = _wave(kind="sample", invitations=6, sizes={"": 9}, closes=NOW + 2 * DAY + HOUR)
    people = [_person(number, turn=number) for number in range(1, 10)]
    found = forecast([wave], people, USUAL, NOW, 10)
    assert [(fire.person, f"{fire.at:%d}") for fire in found.fires] == [
        (1, "06"), (2, "06"), (3, "07"), (4, "07"), (5, "08"), (6, "08"),
    ]  # fmt: skip
    assert _left(found) == [(number, 1, Reason.NOT_DRAWN) for number in (7, 8, 9)]


def test_those_who_were_drawn_go_to_the_back_of_the_queue() -> None:
    """The next sample begins where the last one ended, although the first person is free again."""
    sizes = {"": 3}
    first = _wave(1, "sample", invitations=1, sizes=sizes, closes=NOW + HOUR)
    later = NOW + 8 * DAY
    second = _wave(2, "sample", invitations=1, sizes=sizes, opens=later, closes=later + HOUR)
    people = [_person(number, Wanted(1, NOW), Wanted(2, later), turn=number) for number in (1, 2, 3)]
    found = forecast([first, second], people, USUAL, NOW, 9)
    assert [(fire.person, fire.wave) for fire in found.fires] == [(1, 1), (2, 2)]


def test_a_pulse_that_was_dropped_does_not_come_back() -> None:
    """Its reason stays, although the person is free two days later."""
    person = _person(1, invites=(NOW - 5 * DAY,))
    found = forecast([_wave(kind="event")], [person], USUAL, NOW, 10)
    assert found.fires == ()
    assert _left(found) == [(1, 1, Reason.MIN_GAP)]


def test_newcomers_come_in_their_hour() -> None:
    """Whoever is wanted at twenty past one is looked at two o'clock; at the full hour at once."""
    people = [
        _person(1, Wanted(1, at("2026-05-07T13:20+03:00"))),
        _person(2, Wanted(1, at("2026-05-07T14:00+03:00"))),
        _person(3, Wanted(1, NOW + 40 * DAY)),
    ]
    found = forecast([_wave()], people, USUAL, NOW, 10)
    assert _asked(found) == [(1, 1, "07 11:00"), (2, 1, "07 11:00")]
    assert found.not_asked == ()
    assert _asked(forecast([_wave()], people[:1], USUAL, NOW, 10)) == [(1, 1, "07 11:00")]


def test_no_days_are_only_the_next_tick() -> None:
    """Zero days ahead is what would happen now."""
    person = _person(1, invites=(NOW - 6 * DAY,))
    found = forecast([_wave()], [person, _person(2)], USUAL, NOW, 0)
    assert _asked(found) == [(2, 1, "06 09:00")]
    assert _left(found) == [(1, 1, Reason.MIN_GAP)]


def test_a_forecast_changes_nothing_that_it_was_given() -> None:
    """Run twice on the same values it says the same."""
    waves, people = (
        [_wave(kind="sample", invitations=3, sizes={"": 5})],
        [_person(number) for number in range(5)],
    )
    assert forecast(waves, people, USUAL, NOW, 5) == forecast(waves, people, USUAL, NOW, 5)


def test_a_delivered_invite_is_in_every_count() -> None:
    """Caps, gap, hard floor, wave, survey and burden know it; outcomes are left unknown."""
    before = Ledger(
        person=1, invites=(NOW - 30 * DAY,), burden=2.0, burden_at=NOW - 30 * DAY, ignored_in_row=1
    )
    fire = PlannedContact(person=1, wave=7, survey="pulse", at=NOW, cost=1.5)
    after = delivered(before, fire, USUAL)
    assert after == replace(
        before,
        invites=(NOW - 30 * DAY, NOW),
        messages=(NOW,),
        contacts=(NOW,),
        asked_survey={"pulse": NOW},
        asked_waves=frozenset({7}),
        burden=2.5,
        burden_at=NOW,
    )


def test_an_empty_association_has_an_empty_forecast() -> None:
    """Nobody and nothing."""
    assert forecast([], [], USUAL, NOW, 30) == Forecast()


def test_ticks_end_with_the_days() -> None:
    """A wave that opens on the last day is in it, one a minute later is not."""
    end = NOW + 2 * DAY
    waves = [_wave(1, opens=end), _wave(2, opens=end + timedelta(minutes=1))]
    people = [_person(1, Wanted(1, end)), _person(2, Wanted(2, end + timedelta(minutes=1)))]
    assert [fire.person for fire in forecast(waves, people, USUAL, NOW, 2).fires] == [1]
