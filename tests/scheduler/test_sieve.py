"""The rules for many people at once say of each what the policy says of one."""

from dataclasses import replace
from datetime import date, time, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest

from scheduler.crowd import NONE, crowd_of, micros, moment_of
from scheduler.ledger import Ask, Ledger
from scheduler.openings import Openings
from scheduler.policy import decide
from scheduler.rules import RULES
from scheduler.sieve import OF_THE_WAVE, PERSONAL, Sieve, Wish
from scheduler.surveys import Hours, Policy, SendWindow, Survey, Tighten
from scheduler.triggers import good_until
from scheduler.verdicts import Go, Later, Reason, bits
from scheduler.windows import next_open, zone_of
from tests.scheduler.examples import DAY, HOUR, NOW, USUAL

ZONES = (None, "America/New_York", "Asia/Kathmandu", "Pacific/Apia")
OWN = (None, None, Hours(opens=time(7), closes=time(9)), Hours(opens=time(21), closes=time(1)))


def _days(chance: Random, most: float = 60) -> timedelta:
    return chance.choice([0.0, 1.0, 7.0, 14.0, 30.0, chance.random() * most]) * DAY


def _ledger(person: int, chance: Random) -> Ledger:
    invites = sorted(NOW - _days(chance, 400) for _ in range(chance.choice([0, 0, 1, 2, 5, 13])))
    outcomes = {
        name: NOW - _days(chance)
        for name in ("completed", "partial", "not_now", "declined", "ignored")
        if chance.random() < 0.15
    }
    return Ledger(
        person=person,
        stopped=chance.random() < 0.05,
        reachable=chance.random() > 0.05,
        paused_until=chance.choice([None] * 5 + [NOW - DAY, NOW, NOW + 20 * DAY]),
        dormant=chance.random() < 0.05,
        preference=chance.choice(["less", "normal", "normal", "more"]),
        zone=chance.choice(ZONES),
        hours=chance.choice(OWN),
        quiet_days=chance.choice([frozenset(), frozenset(), frozenset({2, 3}), frozenset(range(7))]),
        left_topics=chance.choice([frozenset(), frozenset(), frozenset({"Courses"})]),
        invites=tuple(invites),
        messages=tuple(sorted(NOW - 7 * chance.random() * DAY for _ in range(chance.choice([0, 1, 4])))),
        reserved_invites=chance.choice([0, 0, 0, 1, 2]),
        reserved_messages=chance.choice([0, 0, 0, 1, 3]),
        reserved_burden=chance.choice([0.0, 0.0, 1.5]),
        ignored_in_row=chance.choice([0, 0, 0, 1, 2, 3]),
        outcome=chance.choice(["", "declined"]),
        outcome_at=NOW - _days(chance) if chance.random() < 0.1 else None,
        outcomes=outcomes,
        in_session=chance.random() < 0.1,
        session_until=chance.choice([None, NOW + DAY, NOW - DAY]),
        asked_survey={"s": NOW - _days(chance)} if chance.random() < 0.3 else {},
        asked_waves=frozenset({1}) if chance.random() < 0.05 else frozenset(),
        declined_waves=frozenset({1}) if chance.random() < 0.05 else frozenset(),
        burden=chance.choice([0.0, 2.0, 5.0 * chance.random()]),
        burden_at=chance.choice([None, NOW - 20 * DAY, NOW - DAY, NOW + DAY]),
        group_invites=tuple(sorted(NOW - _days(chance) for _ in range(chance.choice([0, 0, 1])))),
    )


def _policy(chance: Random) -> Policy:
    return replace(
        USUAL,
        invites_per_1d=chance.choice([1, 1, 0, 3]),
        invites_per_30d=chance.choice([2, 2, 5]),
        min_gap_days=chance.choice([7, 0, 2.5]),
        group_cap_key=chance.choice(["", "household"]),
        dormant_after_ignored=chance.choice([3, 0]),
        capacity=chance.choice([4.0, 2.5]),
        window=chance.choice([
            SendWindow(),
            SendWindow(holiday_dates=frozenset(NOW.date() + number * DAY for number in range(3))),
            SendWindow(holiday_dates=frozenset(date(2026, 5, 1) + number * DAY for number in range(60))),
        ]),
    )  # fmt: skip


def _survey(chance: Random) -> Survey:
    return Survey(
        id="s", flow="f", purpose={"en": "p"}, owner="o",
        kind=chance.choice(["event", "sample", "census"]),
        exempt=chance.choice(["", "", "", "safety", "statutory"]),
        topic=chance.choice([{}, {"en": "Courses"}, {"en": "Shifts"}]),
        recontact_days=chance.choice([0, 30]),
        open_hours=chance.choice([168, 2000]),
        tighten=chance.choice([
            Tighten(), Tighten(min_gap_days=20, invites_per_30d=1), Tighten(invites_per_365d=3),
        ]),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_the_sieve_says_of_each_what_the_policy_says_of_one(seed: int) -> None:
    """Same reason, same rules that fail, same moment, for invites of every kind and class."""
    chance = Random(seed)
    policy, survey, cost = _policy(chance), _survey(chance), chance.choice([0.7, 2.0, 3.9, 5.0])
    people = [_ledger(number, chance) for number in range(80)]
    eligible = [chance.random() > 0.05 for _ in people]
    enough, hour = chance.random() < 0.1, chance.choice([0, 12]) * HOUR
    now, closes = NOW + hour, NOW + hour + 30 * DAY
    crowd, rows = crowd_of(people), np.arange(len(people))
    wanted = [now - chance.choice([0, 0, 100]) * HOUR for _ in people]
    until = [good_until(survey, one, closes) for one in wanted]
    sieve = Sieve(policy, crowd, Openings(policy))
    standing = sieve.standing(survey, rows, micros(now))
    wish = Wish(
        survey=survey, rows=rows, good_until=np.array([micros(one) for one in until]), cost=cost,
        eligible=np.array(eligible),
        taken_part=np.array([1 in one.asked_waves | one.declined_waves for one in people]),
        enough_answers=enough,
    )  # fmt: skip
    found = sieve.judge(wish, standing)
    final = found.final(wish.taken_part)
    assert (sieve.free(wish, standing) == (found.mask == 0)).all()
    for row, person in enumerate(people):
        moment = now
        if survey.exempt != "safety":
            zone = zone_of(person.zone, policy.timezone_default)
            quiet = person.quiet_days
            found_open = next_open(policy.window, zone, person.hours, survey.kind, now, quiet_days=quiet)
            moment = found_open or now
        ask = Ask(
            survey="s", wave=1, kind=survey.kind, exempt=survey.exempt, cost=cost, good_until=until[row],
            topic=survey.topic_id,
            recontact_days=survey.recontact_days, tighten=survey.tighten, eligible=eligible[row],
            enough_answers=enough,
        )  # fmt: skip
        verdict = decide(policy, person, ask, moment)
        told: Any = (Reason(found.reason[row]), int(found.mask[row]), found.earliest[row])
        assert moment_of(found.at[row]) == moment
        if isinstance(verdict, Go):
            assert told == (Reason.SELECTED, 0, NONE)
            continue
        end = verdict.at if isinstance(verdict, Later) else verdict.earliest
        failing = verdict.mask | bits([verdict.reason])
        assert told == (verdict.reason, failing, NONE if end is None else micros(end)), person
        if isinstance(verdict, Later):
            assert not final[row]
        elif end is not None:
            assert final[row]


def test_each_person_may_have_a_moment_of_their_own() -> None:
    """Moments one by one give what one common moment gives to those who share it."""
    chance = Random(1)
    people, survey = [_ledger(number, chance) for number in range(30)], _survey(Random(5))
    sieve = Sieve(USUAL, crowd_of(people), Openings(USUAL))
    few = np.array([3, 7, 20])
    common = sieve.standing(survey, few, micros(NOW))
    single = sieve.standing(survey, few, np.full(3, micros(NOW)))
    assert (common.at == single.at).all()
    assert (common.mask == single.mask).all()
    everybody = np.arange(30)
    assert (sieve.standing(survey, everybody, np.full(30, micros(NOW))).mask[few] == common.mask).all()


def test_every_rule_has_its_form_for_many() -> None:
    """A rule of the policy cannot be forgotten here."""
    assert PERSONAL.keys() | OF_THE_WAVE == RULES.keys()
    assert not PERSONAL.keys() & OF_THE_WAVE
