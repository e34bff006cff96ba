"""A tick of the planner: who is asked what, when, and why the others are not."""

from dataclasses import replace
from datetime import time, timedelta
from random import Random
from typing import Any

import pytest

from scheduler import planner
from scheduler.crowd import micros
from scheduler.ledger import Ledger
from scheduler.planner import ON_SUPPRESS
from scheduler.plans import OpenWave, Shortfall
from scheduler.policy import decide
from scheduler.surveys import Hours, Kind, Policy, SendWindow, Survey
from scheduler.verdicts import Reason, bits
from tests.scheduler.examples import DAY, HOUR, INVITE, NOW, USUAL, at
from tests.scheduler.people import Candidate, Told, Wanted, columns, planned

NOTHING = Told((), (), (), {})


def _survey(name: str = "census", kind: Kind = "census", **fields: Any) -> Survey:
    return Survey(id=name, flow="f", purpose={"en": "p"}, owner="o", kind=kind, **fields)


def _wave(
    number: int = 1, kind: Kind = "census", *, survey: dict[str, Any] | None = None, **fields: Any
) -> OpenWave:
    """A wave of a survey of its own, open since this morning for a week."""
    usual: dict[str, Any] = {"opens": NOW - HOUR, "closes": NOW + 7 * DAY, "cost": 1.0}
    return OpenWave(
        id=number, survey=_survey(f"{kind}{number}", kind, **(survey or {})), **{**usual, **fields}
    )


def _person(number: int, *waves: int, stratum: str = "", turn: int = 0, **ledger: Any) -> Candidate:
    return Candidate(
        ledger=Ledger(person=number, **ledger),
        wanted=tuple(Wanted(wave, NOW - HOUR, stratum) for wave in waves),
        turn=turn,
    )


def _asked(found: Told) -> list[tuple[int, int]]:
    return [(fire.person, fire.wave) for fire in found.fires]


def _left(found: Told) -> list[tuple[int, int, Reason, str]]:
    return [(one.person, one.wave, one.reason, one.action) for one in found.kept]


def test_a_census_asks_everybody_now() -> None:
    """All who are free are asked at once, with probability one."""
    found = planned([_wave()], [_person(2, 1), _person(1, 1)], USUAL, NOW)
    assert [(fire.person, fire.wave, fire.survey, fire.at) for fire in found.fires] == [
        (1, 1, "census1", NOW),
        (2, 1, "census1", NOW),
    ]
    assert {(fire.probability, fire.cost) for fire in found.fires} == {(1.0, 1.0)}
    assert found.kept == ()


@pytest.mark.parametrize(
    ("kind", "action"), [("event", "drop"), ("sample", "substitute"), ("census", "defer")]
)
def test_a_suppressed_contact_is_treated_by_kind(kind: Kind, action: str) -> None:
    """A pulse is dropped, a sample gives the place to the next in turn, a census waits."""
    found = planned([_wave(kind=kind)], [_person(1, 1, invites=(NOW - 3 * DAY,))], USUAL, NOW)
    assert _left(found) == [(1, 1, Reason.MIN_GAP, action)]


def test_a_suppressed_contact_keeps_the_whole_verdict() -> None:
    """Reason, all rules that fail, and the moment are there to be stored."""
    resting = _person(1, 1, invites=(NOW - 3 * DAY,), outcomes={"completed": NOW - 9 * DAY})
    (one,) = planned([_wave()], [resting], USUAL, NOW).kept
    assert (one.person, one.wave, one.survey) == (1, 1, "census1")
    assert (one.reason, one.mask, one.earliest) == (
        Reason.QUARANTINE,
        bits([Reason.QUARANTINE, Reason.MIN_GAP]),
        NOW + 5 * DAY,
    )


@pytest.mark.parametrize(
    ("ledger", "wave", "action"),
    [
        ({"stopped": True}, {}, "drop"),
        ({"asked_waves": frozenset({1})}, {}, "drop"),
        ({"invites": (NOW - DAY,)}, {"closes": NOW + 2 * DAY}, "drop"),
        ({}, {"enough_answers": True}, "drop"),
        ({"reachable": False}, {}, "defer"),
        ({"dormant": True}, {}, "defer"),
        ({"in_session": True}, {}, "defer"),
        ({"reserved_invites": 1}, {}, "defer"),
        ({"asked_survey": {"census1": NOW - DAY}}, {"survey": {"recontact_days": 3}}, "defer"),
    ],
    ids=str,
)
def test_a_census_drops_what_waiting_cannot_mend(ledger: Any, wave: Any, action: str) -> None:
    """Stop, asked already, too late: no later tick changes these; the rest may pass."""
    (one,) = planned([_wave(**wave)], [_person(1, 1, **ledger)], USUAL, NOW).kept
    assert one.action == action


def test_the_table_of_kinds_is_closed() -> None:
    """Each kind has one treatment."""
    assert ON_SUPPRESS == {"event": "drop", "sample": "substitute", "census": "defer"}


def test_a_condition_that_fails_is_told() -> None:
    """A row of the audience that is no longer eligible is suppressed as such."""
    person = Candidate(ledger=Ledger(person=1), wanted=(Wanted(1, NOW, eligible=False),))
    assert _left(planned([_wave()], [person], USUAL, NOW)) == [(1, 1, Reason.NOT_ELIGIBLE, "defer")]


# When


def test_a_closed_window_sets_the_moment_and_excludes_nobody() -> None:
    """At nine in Helsinki people in New York are planned for their own morning."""
    people = [
        _person(1, 1),
        _person(2, 1, zone="America/New_York"),
        _person(3, 1, hours=Hours(opens=time(18), closes=time(20))),
    ]
    found = planned([_wave()], people, USUAL, NOW)
    assert [(fire.person, fire.at) for fire in found.fires] == [
        (1, NOW),
        (2, at("2026-05-06T09:00-04:00")),
        (3, at("2026-05-06T18:00+03:00")),
    ]


def test_the_rules_are_looked_at_for_the_next_opening() -> None:
    """A gap that ends during the night does not hold up the invite of the next morning."""
    evening = at("2026-05-06T21:00+03:00")
    person = _person(1, 1, invites=(evening + 3 * HOUR - 7 * DAY,))
    (fire,) = planned([_wave()], [person], USUAL, evening).fires
    assert fire.at == at("2026-05-07T09:00+03:00")


def test_a_closed_season_defers_a_census() -> None:
    """Where nothing opens for two weeks nobody is planned, and nobody is forgotten."""
    closed = SendWindow(holiday_dates=frozenset(NOW.date() + number * DAY for number in range(40)))
    wave = _wave(closes=NOW + 60 * DAY)
    found = planned([wave], [_person(1, 1)], replace(USUAL, window=closed), NOW)
    assert _left(found) == [(1, 1, Reason.SEND_WINDOW, "defer")]


def test_a_safety_question_does_not_wait_for_the_morning() -> None:
    """A class that passes the window is planned for now."""
    night = at("2026-05-06T23:00+03:00")
    (fire,) = planned([_wave(survey={"exempt": "safety"})], [_person(1, 1)], USUAL, night).fires
    assert fire.at == night


def test_a_person_is_not_asked_before_their_moment() -> None:
    """Whoever is wanted only later is neither planned nor suppressed yet."""
    person = Candidate(ledger=Ledger(person=1), wanted=(Wanted(1, NOW + HOUR),))
    assert planned([_wave()], [person], USUAL, NOW) == NOTHING
    assert _asked(planned([_wave()], [person], USUAL, NOW + HOUR)) == [(1, 1)]


def test_good_until_counts_from_the_persons_own_moment() -> None:
    """A pulse is worth two days from its own event, not from the opening of the wave."""
    wave = _wave(kind="event", survey={"good_until_hours": 48})
    people = [
        Candidate(ledger=Ledger(person=1), wanted=(Wanted(1, NOW - 47 * HOUR),)),
        Candidate(ledger=Ledger(person=2), wanted=(Wanted(1, NOW - 49 * HOUR),)),
    ]
    found = planned([wave], people, USUAL, NOW)
    assert _asked(found) == [(1, 1)]
    assert _left(found) == [(2, 1, Reason.TOO_LATE, "drop")]


def test_invites_are_strewn_over_the_spread() -> None:
    """Each person has a moment of their own in the two hours after the opening, the same in every tick."""
    wave = _wave(spread=timedelta(hours=2), opens=NOW)
    people = [Candidate(ledger=Ledger(person=number), wanted=(Wanted(1, NOW),)) for number in range(50)]
    first = planned([wave], people, USUAL, NOW)
    again = planned([wave], people, USUAL, NOW + timedelta(minutes=1))
    assert len({fire.at for fire in first.fires}) > 40
    assert all(NOW <= fire.at < NOW + 2 * HOUR for fire in first.fires)
    late = NOW + timedelta(minutes=1)
    assert {fire.person: fire.at for fire in again.fires} == {
        fire.person: max(fire.at, late) for fire in first.fires
    }


# Which waves


@pytest.mark.parametrize(
    "wave",
    [
        _wave(closes=NOW),
        _wave(survey={"priority": 0}),
        _wave(opens=NOW + 4 * DAY),
        _wave(2),
    ],
    ids=["closed", "draft", "far away", "unknown"],
)
def test_waves_that_do_not_run_ask_nobody(wave: OpenWave) -> None:
    """Closed waves, drafts, and waves that the person has no part in leave no trace."""
    assert planned([wave], [_person(1, 1)], USUAL, NOW) == NOTHING


def test_the_higher_priority_takes_the_person() -> None:
    """One invite per tick: the other survey is told that it was taken, and waits for the next tick."""
    waves = [_wave(1), _wave(2, survey={"priority": 5})]
    found = planned(waves, [_person(1, 1, 2)], USUAL, NOW)
    assert _asked(found) == [(1, 2)]
    assert _left(found) == [(1, 1, Reason.TAKEN_BY_HIGHER_PRIORITY, "defer")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"closes": NOW + 2 * DAY}, {"closes": NOW + 3 * DAY}),
        ({"shortfall": 0.9}, {"shortfall": 0.1}),
        ({}, {}),
    ],
    ids=["good until", "shortfall", "id"],
)
def test_equals_are_ordered(first: Any, second: Any) -> None:
    """The one that ends sooner, then the one that lacks more, then by name."""
    waves = [_wave(2, **second), _wave(1, **first)]
    assert _asked(planned(waves, [_person(1, 1, 2)], USUAL, NOW)) == [(1, 1)]


def test_two_waves_of_one_survey_are_ordered_by_age() -> None:
    """The wave with the lower number comes first."""
    waves = [replace(_wave(number), survey=_survey()) for number in (2, 1)]
    assert _asked(planned(waves, [_person(1, 1, 2)], USUAL, NOW)) == [(1, 1)]


# Samples


def _sample(number: int = 1, **fields: Any) -> OpenWave:
    """Closes today, so that its whole quota is wanted now."""
    usual: dict[str, Any] = {"invitations": 2, "sizes": {"": 10}, "closes": NOW + 5 * HOUR}
    return _wave(number, "sample", **{**usual, **fields})


def test_a_sample_draws_the_lowest_turns() -> None:
    """Two of four, by turn; the others keep their place in the queue."""
    people = [_person(number, 1, turn=10 - number) for number in range(1, 5)]
    found = planned([_sample()], people, USUAL, NOW)
    assert sorted(_asked(found)) == [(3, 1), (4, 1)]
    assert {fire.probability for fire in found.fires} == {0.5}
    assert _left(found) == [(1, 1, Reason.NOT_DRAWN, "substitute"), (2, 1, Reason.NOT_DRAWN, "substitute")]
    assert found.quotas == {1: 2}


def test_a_suppressed_person_is_replaced_from_the_same_stratum() -> None:
    """The next in turn among the young takes the place, nobody among the old."""
    people = [
        _person(1, 1, stratum="young", invites=(NOW - DAY,)),
        _person(2, 1, stratum="young", turn=1),
        _person(3, 1, stratum="old"),
        _person(4, 1, stratum="old", turn=1),
    ]
    found = planned([_sample(sizes={"young": 5, "old": 5})], people, USUAL, NOW)
    assert sorted(_asked(found)) == [(2, 1), (3, 1)]
    assert {fire.person: fire.stratum for fire in found.fires} == {2: "young", 3: "old"}


def test_a_stratum_without_enough_people_is_reported() -> None:
    """No other stratum fills the gap."""
    people = [_person(1, 1, stratum="young"), *(_person(number, 1, stratum="old") for number in range(2, 9))]
    found = planned([_sample(invitations=6, sizes={"young": 5, "old": 5})], people, USUAL, NOW)
    assert found.shortfalls == (Shortfall(1, "young", 3, 1),)
    assert len(found.fires) == 4


def test_planning_again_on_the_same_day_adds_nobody() -> None:
    """With the first draw counted, the second finds nothing left to draw today."""
    wave = _sample(closes=NOW + 3 * DAY, invitations=8)
    people = [_person(number, 1, turn=number) for number in range(10)]
    first = planned([wave], people, USUAL, NOW)
    rest = [person for person in people if person.ledger.person not in {fire.person for fire in first.fires}]
    again = planned([replace(wave, invited_today=len(first.fires))], rest, USUAL, NOW + HOUR)
    assert (len(first.fires), again.fires) == (2, ())


def test_a_sample_that_lost_its_person_to_a_later_survey_did_not_draw_them() -> None:
    """Somebody free whom the sample did not reach may be asked by a less important census."""
    waves = [_sample(1, invitations=1, survey={"priority": 5}), _wave(2)]
    found = planned(waves, [_person(1, 1, 2, turn=1), _person(2, 1, 2, turn=2)], USUAL, NOW)
    assert sorted(_asked(found)) == [(1, 1), (2, 2)]
    assert _left(found) == [
        (2, 1, Reason.NOT_DRAWN, "substitute"),
        (1, 2, Reason.TAKEN_BY_HIGHER_PRIORITY, "defer"),
    ]


# Shadows


def test_a_shadow_keeps_its_people_free() -> None:
    """A more important wave of the day after tomorrow holds back its quota, and asks nobody yet."""
    shadow = _sample(
        2, invitations=1, opens=NOW + 2 * DAY, closes=NOW + 2 * DAY + HOUR, survey={"priority": 5}
    )
    people = [
        Candidate(
            ledger=Ledger(person=number),
            wanted=(Wanted(1, NOW - HOUR), Wanted(2, NOW + 2 * DAY)),
            turn=number,
        )
        for number in (1, 2)
    ]
    found = planned([_wave(1), shadow], people, USUAL, NOW)
    assert _asked(found) == [(2, 1)]
    assert _left(found) == [(1, 1, Reason.TAKEN_BY_HIGHER_PRIORITY, "defer")]
    assert found.quotas == {}
    assert found.shortfalls == ()


@pytest.mark.parametrize(("days", "wave"), [(3, None), (3.01, 1)])
def test_a_shadow_begins_three_days_ahead(days: float, wave: int | None) -> None:
    """A wave that is exactly ``reserve_days`` away holds people back, one a little further does not."""
    shadow = _wave(2, opens=NOW + days * DAY, survey={"priority": 5})
    person = Candidate(ledger=Ledger(person=1), wanted=(Wanted(1, NOW - HOUR), Wanted(2, NOW + days * DAY)))
    asked = _asked(planned([_wave(1), shadow], [person], USUAL, NOW))
    assert asked == ([(1, wave)] if wave else [])


def test_a_wave_that_opens_now_is_open() -> None:
    """At its very opening it is no shadow any more, and stands before its equals by its end alone."""
    waves = [_wave(1, closes=NOW + 6 * DAY), _wave(2, opens=NOW, closes=NOW + 5 * DAY)]
    person = Candidate(ledger=Ledger(person=1), wanted=(Wanted(1, NOW), Wanted(2, NOW)))
    found = planned(waves, [person], USUAL, NOW)
    assert _asked(found) == [(1, 2)]
    assert _left(planned([waves[1]], [_person(1, 2, stopped=True)], USUAL, NOW)) == [
        (1, 2, Reason.OPT_OUT, "drop")
    ]


@pytest.mark.parametrize("priority", [1, 3])
def test_a_shadow_of_no_higher_priority_holds_nobody_back(priority: int) -> None:
    """Only waves that matter more reserve people."""
    shadow = _wave(2, opens=NOW + 2 * DAY, closes=NOW + 2 * DAY + HOUR, survey={"priority": priority})
    person = Candidate(ledger=Ledger(person=1), wanted=(Wanted(1, NOW - HOUR), Wanted(2, NOW + 2 * DAY)))
    assert _asked(planned([_wave(1), shadow], [person], USUAL, NOW)) == [(1, 1)]


def test_a_shadow_holds_back_only_whom_it_can_ask() -> None:
    """Somebody who will be resting when the important wave opens may be asked today by the other."""
    shadow = _wave(2, opens=NOW + 2 * DAY, closes=NOW + 3 * DAY, survey={"priority": 5, "recontact_days": 60})
    person = Candidate(
        ledger=Ledger(person=1, asked_survey={"census2": NOW - 30 * DAY}),
        wanted=(Wanted(1, NOW - HOUR), Wanted(2, NOW + 2 * DAY)),
    )
    found = planned([_wave(1), shadow], [person], USUAL, NOW)
    assert _asked(found) == [(1, 1)]
    assert found.kept == ()


# What always holds


def _random_tick(seed: int) -> tuple[list[OpenWave], list[Candidate], Policy]:
    chance = Random(seed)
    waves = [
        _wave(
            number,
            chance.choice(["event", "sample", "census"]),
            survey={"priority": chance.randint(0, 5), "recontact_days": chance.choice([0, 40])},
            opens=NOW + chance.choice([-1, -30, 20]) * HOUR,
            closes=NOW + chance.choice([2, 50, 100]) * HOUR,
            invitations=chance.randint(0, 30),
            invited_today=chance.randint(0, 2),
            sizes={"": 20, "young": 20},
            spread=chance.choice([0, 3]) * HOUR,
            cost=chance.choice([0.7, 1.5, 2.5]),
        )
        for number in range(1, chance.randint(2, 6))
    ]
    people = [
        Candidate(
            ledger=Ledger(
                person=number,
                stopped=chance.random() < 0.1,
                zone=chance.choice([None, "America/New_York", "Asia/Tokyo"]),
                preference=chance.choice(["less", "normal", "more"]),
                invites=tuple(sorted(NOW - chance.randint(1, 90) * DAY for _ in range(chance.randint(0, 2)))),
                burden=chance.random() * 3,
                burden_at=NOW - DAY,
            ),
            wanted=tuple(
                Wanted(wave.id, wave.opens + chance.choice([0, 0, 5]) * HOUR, chance.choice(["", "young"]))
                for wave in waves
                if chance.random() < 0.7
            ),
            turn=chance.randint(0, 5),
            prn=chance.getrandbits(64),
        )
        for number in range(chance.randint(0, 40))
    ]
    return waves, people, replace(USUAL, invites_per_30d=chance.choice([2, 4]))


@pytest.mark.parametrize("seed", range(60))
def test_a_plan_keeps_the_policy(seed: int) -> None:
    """Each invite is allowed at its moment, one per person, of an open wave, inside the person's hours."""
    waves, people, policy = _random_tick(seed)
    found = planned(waves, people, policy, NOW)
    by_id = {wave.id: wave for wave in waves}
    ledgers = {person.ledger.person: person.ledger for person in people}
    assert len({fire.person for fire in found.fires}) == len(found.fires)
    for fire in found.fires:
        wave = by_id[fire.wave]
        ask = replace(
            INVITE,
            survey=fire.survey,
            wave=fire.wave,
            kind=wave.survey.kind,
            cost=fire.cost,
            recontact_days=wave.survey.recontact_days,
            good_until=wave.closes,
        )
        assert wave.opens <= NOW <= fire.at <= wave.closes
        assert decide(policy, ledgers[fire.person], ask, fire.at).reason == Reason.SELECTED


@pytest.mark.parametrize("seed", range(60))
def test_everybody_wanted_is_asked_or_told_why_not(seed: int) -> None:
    """Each row of an open wave that is due ends up in exactly one of the two lists."""
    waves, people, policy = _random_tick(seed)
    found = planned(waves, people, policy, NOW)
    running = {wave.id for wave in waves if wave.opens <= NOW < wave.closes and wave.survey.priority}
    due = [
        (person.ledger.person, wanted.wave)
        for person in people
        for wanted in person.wanted
        if wanted.wave in running and wanted.at <= NOW
    ]
    told = [(one.person, one.wave) for one in found.kept]
    assert sorted([*_asked(found), *told]) == sorted(due)


@pytest.mark.parametrize("seed", range(60))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    """Shuffled waves and people give the same plan."""
    waves, people, policy = _random_tick(seed)
    expected = planned(waves, people, policy, NOW)
    chance = Random(seed)
    chance.shuffle(waves)
    chance.shuffle(people)
    assert planned(waves, people, policy, NOW) == expected


def test_an_empty_tick_plans_nothing() -> None:
    """No waves, or nobody: an empty plan."""
    assert planned([], [_person(1, 1)], USUAL, NOW) == NOTHING
    assert planned([_wave()], [], USUAL, NOW) == NOTHING


def test_many_strata_of_many_waves_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many combinations there are: everybody is asked once, by whatever way they are numbered."""
    chance = Random(3)
    waves = [_wave(number, survey={"priority": chance.randint(1, 5)}) for number in range(1, 21)]
    people = [
        Candidate(
            ledger=Ledger(person=number),
            wanted=tuple(Wanted(wave.id, NOW - HOUR, f"stratum {chance.randint(0, 12)}") for wave in waves),
            prn=chance.getrandbits(63),
        )
        for number in range(80)
    ]
    found = planned(waves, people, USUAL, NOW)
    assert sorted(fire.person for fire in found.fires) == list(range(80))
    few = waves[:3]
    expected = planned(few, people, USUAL, NOW)
    monkeypatch.setattr(planner, "WIDEST", 1)
    assert planned(few, people, USUAL, NOW) == expected


def test_those_who_are_left_keep_their_moment() -> None:
    """When they would have been asked is known, for what is told of them later."""
    enrolled, crowd = columns([_wave()], [_person(1, 1, stopped=True), _person(2, 1)])
    found = planner.plan(enrolled, crowd, USUAL, NOW)
    assert found.left[0].at.tolist() == [micros(NOW)]
    assert len(found.chosen) == 1
