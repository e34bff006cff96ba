"""The planner run ahead over days, on copies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from scheduler.crowd import NONE, crowd_of, micros, moment_of
from scheduler.forecast import Foreseen, Rehearsal, delivered, forecast
from scheduler.ledger import Ledger
from scheduler.plans import OpenWave
from scheduler.surveys import Kind, Policy, Survey
from scheduler.verdicts import Reason, from_bits
from tests.scheduler.examples import DAY, HOUR, NOW, USUAL, at
from tests.scheduler.people import Candidate, Wanted, columns


def _wave(number: int = 1, kind: Kind = "census", **fields: Any) -> OpenWave:
    survey = Survey(id=f"{kind}{number}", flow="f", purpose={"en": "p"}, owner="o", kind=kind)
    usual: dict[str, Any] = {"survey": survey, "opens": NOW, "closes": NOW + 20 * DAY, "cost": 1.0}
    return OpenWave(id=number, **{**usual, **fields})


def _person(number: int, *wanted: Wanted, turn: int = 0, **ledger: Any) -> Candidate:
    return Candidate(ledger=Ledger(person=number, **ledger), wanted=wanted or (Wanted(1, NOW),), turn=turn)


@dataclass(frozen=True)
class Seen:
    """A forecast, person by person."""

    fires: tuple[tuple[int, int, datetime], ...]
    """Person, wave, moment; in the order of the moments."""
    kept: tuple[tuple[int, int, Reason], ...]
    waves: tuple[Foreseen, ...]


def _foresee(
    waves: Sequence[OpenWave], people: Sequence[Candidate], policy: Policy, now: datetime, days: int
) -> Seen:
    enrolled, crowd = columns(waves, people)
    found = forecast(enrolled, crowd, policy, now, days)
    fires = [
        (int(crowd.person[row]), one.wave.id, moment_of(moment))
        for one in found
        for row, moment in zip(one.enrolled.rows[one.asked], one.at[one.asked], strict=True)
    ]
    kept = [
        (int(crowd.person[one.enrolled.rows[line]]), one.wave.id, Reason(one.reason[line]))
        for one in found
        for line in np.flatnonzero(one.refused)
    ]
    return Seen(
        tuple(sorted(fires, key=lambda fire: (fire[2], fire[1], fire[0]))), tuple(sorted(kept)), found
    )


def _asked(found: Seen) -> list[tuple[int, int, str]]:
    return [(person, wave, f"{moment:%d %H:%M}") for person, wave, moment in found.fires]


def _left(found: Seen) -> list[tuple[int, int, Reason]]:
    return list(found.kept)


def test_a_census_reaches_people_as_their_rests_end() -> None:
    """One is free now, one on Friday evening and so on Saturday, one not before the wave closes."""
    people = [
        _person(1),
        _person(2, invites=(NOW - 5 * DAY + 10 * HOUR,)),
        _person(3, outcomes={"declined": NOW - DAY}),
    ]
    found = _foresee([_wave()], people, USUAL, NOW, 10)
    assert _asked(found) == [(1, 1, "06 09:00"), (2, 1, "09 07:00")]
    assert _left(found) == [(3, 1, Reason.QUARANTINE)]


def test_an_invite_closes_the_person_for_the_next_wave() -> None:
    """Planned invites count as delivered: the second survey waits for the gap."""
    person = _person(1, Wanted(1, NOW), Wanted(2, NOW + DAY))
    found = _foresee([_wave(1), _wave(2, opens=NOW + DAY)], [person], USUAL, NOW, 20)
    assert _asked(found) == [(1, 1, "06 09:00"), (1, 2, "13 09:00")]
    assert found.kept == ()


def test_costs_add_up_over_the_days() -> None:
    """The estimate is booked, so a third long survey no longer fits before its wave closes."""
    waves = [_wave(number, cost=1.9) for number in (1, 2, 3)]
    person = _person(1, *(Wanted(number, NOW) for number in (1, 2, 3)))
    policy = replace(USUAL, invites_per_30d=9)
    found = _foresee(waves, [person], policy, NOW, 15)
    assert [(wave, f"{moment:%d}") for _, wave, moment in found.fires] == [(1, "06"), (2, "13")]
    assert _left(found) == [(1, 3, Reason.MIN_GAP)]
    assert {Reason.BURDEN, Reason.TOO_LATE} <= set(from_bits(int(found.waves[2].mask[0])))


def test_a_sample_is_spread_over_its_days_and_its_queue() -> None:
    """Two a day for three days, the lowest turns first; the rest were not drawn."""
    wave = _wave(kind="sample", invitations=6, sizes={"": 9}, closes=NOW + 2 * DAY + HOUR)
    people = [_person(number, turn=number) for number in range(1, 10)]
    found = _foresee([wave], people, USUAL, NOW, 10)
    assert [(person, f"{moment:%d}") for person, _, moment in found.fires] == [
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
    found = _foresee([first, second], people, USUAL, NOW, 9)
    assert [(person, wave) for person, wave, _ in found.fires] == [(1, 1), (2, 2)]


def test_a_pulse_that_was_dropped_does_not_come_back() -> None:
    """Its reason stays, although the person is free two days later."""
    person = _person(1, invites=(NOW - 5 * DAY,))
    found = _foresee([_wave(kind="event")], [person], USUAL, NOW, 10)
    assert found.fires == ()
    assert _left(found) == [(1, 1, Reason.MIN_GAP)]


def test_newcomers_come_in_their_hour() -> None:
    """Whoever is wanted at twenty past one is looked at two o'clock; at the full hour at once."""
    people = [
        _person(1, Wanted(1, at("2026-05-07T13:20+03:00"))),
        _person(2, Wanted(1, at("2026-05-07T14:00+03:00"))),
        _person(3, Wanted(1, NOW + 40 * DAY)),
    ]
    found = _foresee([_wave()], people, USUAL, NOW, 10)
    assert _asked(found) == [(1, 1, "07 11:00"), (2, 1, "07 11:00")]
    assert found.kept == ()
    assert _asked(_foresee([_wave()], people[:1], USUAL, NOW, 10)) == [(1, 1, "07 11:00")]


def test_no_days_are_only_the_next_tick() -> None:
    """Zero days ahead is what would happen now."""
    person = _person(1, invites=(NOW - 6 * DAY,))
    found = _foresee([_wave()], [person, _person(2)], USUAL, NOW, 0)
    assert _asked(found) == [(2, 1, "06 09:00")]
    assert _left(found) == [(1, 1, Reason.MIN_GAP)]


def test_a_forecast_changes_nothing_that_it_was_given() -> None:
    """Run twice on the same values it says the same."""
    waves, people = (
        [_wave(kind="sample", invitations=3, sizes={"": 5})],
        [_person(number) for number in range(5)],
    )
    enrolled, crowd = columns(waves, people)
    first, again = (forecast(enrolled, crowd, USUAL, NOW, 5) for _ in range(2))
    assert [one.at.tolist() for one in first] == [one.at.tolist() for one in again]
    assert crowd.invites.shape == (5, 0)


def test_a_delivered_invite_is_in_every_count() -> None:
    """Caps, gap, survey and burden know it; outcomes are left unknown, and others are left alone."""
    before = Ledger(
        person=1, invites=(NOW - 30 * DAY,), burden=2.0, burden_at=NOW - 30 * DAY, ignored_in_row=1
    )
    wave = _wave(7, cost=1.5)
    rows, moments = np.array([0]), np.array([micros(NOW)])
    after = delivered(crowd_of([before, Ledger(person=2)]), rows, moments, wave, USUAL, 9)
    assert after.invites.tolist() == [[micros(NOW), micros(NOW - 30 * DAY)], [NONE, NONE]]
    assert after.messages.tolist() == [[micros(NOW)], [NONE]]
    assert after.asked["census7"].tolist() == [micros(NOW), NONE]
    assert after.burden.tolist() == [2.5, 0.0]
    assert after.burden_at.tolist() == [micros(NOW), NONE]
    assert after.ignored.tolist() == [1, 0]


def test_only_events_that_can_still_matter_are_kept() -> None:
    """Of many invites the newest stay, in their order, also where one comes between others."""
    before = Ledger(person=1, invites=(NOW - 30 * DAY, NOW + DAY))
    after = delivered(crowd_of([before]), np.array([0]), np.array([micros(NOW)]), _wave(), USUAL, 2)
    assert after.invites.tolist() == [[micros(NOW + DAY), micros(NOW)]]


def test_progress_is_told_up_to_the_end() -> None:
    """Shares of the days, growing, one at last."""
    shares: list[float] = []
    enrolled, crowd = columns([_wave()], [_person(1)])
    forecast(enrolled, crowd, USUAL, NOW, 10, shares.append)
    assert shares == sorted(shares)
    assert 0.8 < shares[-1] <= 1.0


def test_a_year_is_looked_at_more_coarsely_and_asks_the_same_people() -> None:
    """Beyond a month somebody may be asked some hours later, and is asked."""
    people = [_person(number, invites=(NOW - (12 + number) * HOUR,)) for number in range(1, 40)]
    fine = _foresee([_wave()], people, USUAL, NOW, 31)
    coarse = _foresee([_wave()], people, USUAL, NOW, 200)
    assert {person for person, _, _ in coarse.fires} == {person for person, _, _ in fine.fires}


@pytest.mark.parametrize("pieces", [[3, 3, 4], [1, 9], [5, 5]])
def test_a_plan_made_in_pieces_is_the_plan_made_at_once(pieces: list[int]) -> None:
    """What was foreseen for the first days, done, and then looked at again, gives the rest unchanged."""
    waves = [
        _wave(1, "sample", invitations=30, sizes={"": 60}, closes=NOW + 9 * DAY),
        _wave(2, opens=NOW + 2 * DAY, closes=NOW + 12 * DAY),
        _wave(3, "event", opens=NOW + 4 * DAY, closes=NOW + 6 * DAY),
    ]
    people = [
        _person(number, *(Wanted(wave.id, wave.opens) for wave in waves), turn=number % 7)
        for number in range(60)
    ]
    whole = _foresee(waves, people, USUAL, NOW, sum(pieces))
    enrolled, crowd = columns(waves, people)
    rehearsal = Rehearsal(enrolled, crowd, USUAL, HOUR)
    begin = NOW
    for days in pieces:
        rehearsal.run(begin, begin + days * DAY)
        begin += days * DAY
    for at_once, piece in zip(whole.waves, rehearsal.waves.values(), strict=True):
        assert at_once.at.tolist() == piece.at.tolist()
        assert at_once.reason.tolist() == piece.reason.tolist()


def test_an_empty_association_has_an_empty_forecast() -> None:
    """Nobody and nothing."""
    assert _foresee([], [], USUAL, NOW, 30) == Seen((), (), ())


def test_ticks_end_with_the_days() -> None:
    """A wave that opens on the last day is in it, one a minute later is not."""
    end = NOW + 2 * DAY
    waves = [_wave(1, opens=end), _wave(2, opens=end + timedelta(minutes=1))]
    people = [_person(1, Wanted(1, end)), _person(2, Wanted(2, end + timedelta(minutes=1)))]
    assert [person for person, _, _ in _foresee(waves, people, USUAL, NOW, 2).fires] == [1]
