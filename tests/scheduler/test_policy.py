"""The contact policy, rule by rule: who may be asked now, who later, who not, and for which reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from scheduler.exemptions import APPLICABLE, APPLIES, PASSES
from scheduler.ledger import Ask, Ledger
from scheduler.policy import HARD_FLOOR, decide, hard_floor
from scheduler.rules import RULES
from scheduler.surveys import Hours, Policy, SendWindow, Tighten
from scheduler.verdicts import GO, Later, Never, Reason, Verdict, bits, from_bits
from tests.scheduler.examples import ANYBODY, DAY, HOUR, INVITE, NOW, USUAL, at

OPEN = Hours(opens=time(0), closes=time(23, 59, 59))
ROUND_THE_CLOCK = replace(USUAL, window=SendWindow(weekday=OPEN, weekend=OPEN))


def _ledger(**fields: Any) -> Ledger:
    return replace(ANYBODY, **fields)


def _ask(**fields: Any) -> Ask:
    return replace(INVITE, **fields)


def _decide(
    ledger: Ledger = ANYBODY, ask: Ask = INVITE, policy: Policy = USUAL, moment: datetime = NOW
) -> Verdict:
    return decide(policy, ledger, ask, moment)


def test_somebody_who_was_never_asked_may_be_asked() -> None:
    """A new person at noon on a Wednesday is free."""
    assert _decide() == GO
    assert GO.reason == Reason.SELECTED


def test_whoever_left_a_topic_is_asked_about_the_others() -> None:
    """Leaving one topic is a stop for that topic alone; a survey without a topic is not meant by it."""
    left = _ledger(left_topics=frozenset({"Courses"}))
    refused = _decide(left, _ask(topic="Courses"))
    assert refused == Never(Reason.OPT_OUT)
    assert isinstance(refused, Never)
    assert [found.about for found in refused.findings] == ["Courses"]
    assert _decide(left, _ask(topic="Shifts")) == GO
    assert _decide(left, _ask()) == GO


def test_a_quiet_day_waits_for_the_next_one() -> None:
    """Wednesday and Thursday are quiet for this person: the invite waits for Friday's opening."""
    quiet = _ledger(quiet_days=frozenset({2, 3}))
    assert _decide(quiet) == Later(at("2026-05-08T09:00+03:00"), Reason.SEND_WINDOW)


# One failing case for every rule, with what the verdict says about it.
FAILING: dict[Reason, tuple[Ledger, Ask, Policy, Verdict]] = {
    Reason.OPT_OUT: (_ledger(stopped=True), INVITE, USUAL, Never(Reason.OPT_OUT)),
    Reason.PAUSED: (
        _ledger(paused_until=NOW + 30 * DAY),
        INVITE,
        USUAL,
        Later(NOW + 30 * DAY, Reason.PAUSED),
    ),
    Reason.DORMANT: (_ledger(dormant=True), INVITE, USUAL, Never(Reason.DORMANT)),
    Reason.UNREACHABLE: (_ledger(reachable=False), INVITE, USUAL, Never(Reason.UNREACHABLE)),
    Reason.NOT_IN_AUDIENCE: (ANYBODY, _ask(in_audience=False), USUAL, Never(Reason.NOT_IN_AUDIENCE)),
    Reason.NOT_ELIGIBLE: (ANYBODY, _ask(eligible=False), USUAL, Never(Reason.NOT_ELIGIBLE)),
    Reason.ALREADY_ASKED: (
        _ledger(asked_survey={"pulse": NOW - 20 * DAY}),
        _ask(recontact_days=30),
        USUAL,
        Later(NOW + 10 * DAY, Reason.ALREADY_ASKED),
    ),
    Reason.IN_SESSION: (
        _ledger(in_session=True, session_until=NOW + 2 * HOUR),
        INVITE,
        USUAL,
        Later(NOW + 2 * HOUR, Reason.IN_SESSION),
    ),
    Reason.QUARANTINE: (
        _ledger(outcome="completed", outcome_at=NOW - 13 * DAY),
        INVITE,
        USUAL,
        Later(NOW + DAY, Reason.QUARANTINE),
    ),
    Reason.MIN_GAP: (_ledger(invites=(NOW - 6 * DAY,)), INVITE, USUAL, Later(NOW + DAY, Reason.MIN_GAP)),
    Reason.CAP_1D: (
        _ledger(invites=(NOW - 23 * HOUR,)),
        INVITE,
        replace(USUAL, min_gap_days=0),
        Later(NOW + HOUR, Reason.CAP_1D),
    ),
    Reason.CAP_30D: (
        _ledger(invites=(NOW - 29 * DAY, NOW - 8 * DAY)),
        INVITE,
        USUAL,
        Later(NOW + DAY, Reason.CAP_30D),
    ),
    Reason.CAP_365D: (
        _ledger(invites=tuple(NOW - days * DAY for days in (364, *range(331, 30, -30)))),
        INVITE,
        USUAL,
        Later(NOW + DAY, Reason.CAP_365D),
    ),
    Reason.CAP_MESSAGES: (
        _ledger(messages=(NOW - 6 * DAY, NOW - 5 * DAY, NOW - 4 * DAY)),
        INVITE,
        USUAL,
        Later(NOW + DAY, Reason.CAP_MESSAGES),
    ),
    Reason.RESERVED_FOR_SAMPLE: (
        _ledger(invites=tuple(NOW - days * DAY for days in (364, *range(300, 50, -33)))),
        _ask(kind="event"),
        USUAL,
        Later(NOW + DAY, Reason.RESERVED_FOR_SAMPLE),
    ),
    Reason.GROUP_CAP: (
        _ledger(group_invites=(NOW - 29 * DAY,)),
        INVITE,
        replace(USUAL, group_cap_key="household"),
        Later(NOW + DAY, Reason.GROUP_CAP),
    ),
    Reason.BURDEN: (
        _ledger(burden=3.0, burden_at=NOW),
        _ask(cost=2.5),
        USUAL,
        Later(NOW + 30 * DAY, Reason.BURDEN),
    ),
    Reason.SEND_WINDOW: (
        _ledger(hours=Hours(opens=time(18), closes=time(20))),
        INVITE,
        USUAL,
        Later(NOW + 6 * HOUR, Reason.SEND_WINDOW),
    ),
    Reason.TOO_LATE: (ANYBODY, _ask(good_until=NOW - HOUR), USUAL, Never(Reason.TOO_LATE)),
    Reason.ENOUGH_ANSWERS: (ANYBODY, _ask(enough_answers=True), USUAL, Never(Reason.ENOUGH_ANSWERS)),
}


def test_every_rule_has_a_failing_case() -> None:
    """A rule that is registered is tested here."""
    assert list(FAILING) == list(RULES)


@pytest.mark.parametrize("reason", RULES, ids=lambda reason: reason.name)
def test_a_failing_rule_gives_its_reason_and_its_end(reason: Reason) -> None:
    """Each rule alone stops an invite, says its own code, and names the first open moment after its end."""
    ledger, ask, policy, verdict = FAILING[reason]
    assert _decide(ledger, ask, policy) == verdict


@pytest.mark.parametrize("reason", RULES, ids=lambda reason: reason.name)
def test_where_a_rule_ends_the_invite_is_free(reason: Reason) -> None:
    """At the moment that the verdict named, with nothing else changed, the invite goes out."""
    ledger, ask, policy, verdict = FAILING[reason]
    if isinstance(verdict, Later):
        assert _decide(ledger, ask, policy, verdict.at) == GO


# The same cases a moment before and at the limit.
BOUNDARIES: dict[str, tuple[Callable[[timedelta], Ledger], Policy]] = {
    "gap": (lambda ago: _ledger(invites=(NOW - 7 * DAY - ago,)), USUAL),
    "rest": (lambda ago: _ledger(outcomes={"declined": NOW - 30 * DAY - ago}), USUAL),
    "day": (lambda ago: _ledger(invites=(NOW - DAY - ago,)), replace(USUAL, min_gap_days=0)),
    "month": (lambda ago: _ledger(invites=(NOW - 30 * DAY - ago, NOW - 8 * DAY)), USUAL),
    "week of messages": (lambda ago: _ledger(messages=(NOW - 7 * DAY - ago, NOW - DAY, NOW - DAY)), USUAL),
    "pause": (lambda ago: _ledger(paused_until=NOW - ago), USUAL),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_a_limit_is_reached_exactly(name: str) -> None:
    """What is exactly that old no longer counts; a second less and it does."""
    build, policy = BOUNDARIES[name]
    second = timedelta(seconds=1)
    assert _decide(build(timedelta()), policy=policy) == GO
    assert isinstance(_decide(build(-second), policy=policy), Later)


def test_all_failing_rules_are_kept_as_bits() -> None:
    """The first in order is the reason, the others are the mask."""
    ledger = _ledger(invites=(NOW - 3 * DAY,), outcomes={"completed": NOW - 2 * DAY}, paused_until=NOW + DAY)
    verdict = _decide(ledger)
    assert isinstance(verdict, Later)
    assert verdict.reason == Reason.PAUSED
    assert list(from_bits(verdict.mask)) == [Reason.QUARANTINE, Reason.MIN_GAP]
    assert verdict.mask == bits([Reason.QUARANTINE, Reason.MIN_GAP])


def test_the_earliest_moment_is_the_last_end() -> None:
    """A pause of a day does not shorten a rest of twelve more."""
    ledger = _ledger(outcomes={"completed": NOW - 2 * DAY}, paused_until=NOW + DAY)
    assert _decide(ledger) == Later(NOW + 12 * DAY, Reason.PAUSED, bits([Reason.QUARANTINE]))


def test_the_earliest_moment_lies_inside_the_window() -> None:
    """A pause that ends at night ends the next morning."""
    ledger = _ledger(paused_until=at("2026-05-07T23:30+03:00"))
    assert _decide(ledger) == Later(at("2026-05-08T09:00+03:00"), Reason.PAUSED)


def test_a_rule_without_an_end_outweighs_those_that_end() -> None:
    """Somebody who said stop has no earliest moment, whatever else will pass."""
    ledger = _ledger(invites=(NOW - 3 * DAY,), stopped=True)
    assert _decide(ledger) == Never(Reason.OPT_OUT, bits([Reason.MIN_GAP]))


def test_an_invite_that_would_come_too_late_never_goes() -> None:
    """The reason stays the rule that held it up; the mask says that it comes too late, and when it would."""
    verdict = _decide(_ledger(invites=(NOW - 3 * DAY,)), _ask(good_until=NOW + 3 * DAY))
    assert verdict == Never(Reason.MIN_GAP, bits([Reason.TOO_LATE]), NOW + 4 * DAY)


def test_good_until_holds_to_the_last_moment() -> None:
    """An invite at the very end of its time still goes, and one that would be free just then waits for it."""
    assert _decide(ask=_ask(good_until=NOW)) == GO
    verdict = _decide(_ledger(invites=(NOW - 3 * DAY,)), _ask(good_until=NOW + 4 * DAY))
    assert verdict == Later(NOW + 4 * DAY, Reason.MIN_GAP)


def test_a_season_without_opening_is_named() -> None:
    """Where the end of a gap falls into a closed month, the closed window is among the reasons."""
    closed = frozenset(date(2026, 5, 7) + DAY * number for number in range(40))
    policy = replace(USUAL, window=replace(USUAL.window, holiday_dates=closed))
    verdict = _decide(_ledger(invites=(NOW - 3 * DAY,)), policy=policy)
    assert verdict == Never(Reason.MIN_GAP, bits([Reason.SEND_WINDOW]))


def test_findings_tell_the_numbers() -> None:
    """A verdict carries what was found, what is allowed and when each rule ends."""
    verdict = _decide(_ledger(invites=(NOW - 3 * DAY,)))
    assert isinstance(verdict, Later)
    (found,) = verdict.findings
    assert (found.rule, found.observed, found.limit, found.until) == (Reason.MIN_GAP, 3, 7, NOW + 4 * DAY)


@pytest.mark.parametrize(
    ("ledger", "ask", "observed", "limit"),
    [
        (_ledger(reserved_invites=1, invites=(NOW - 20 * DAY, NOW - 10 * DAY)), INVITE, 3, 2),
        (_ledger(burden=3.0, burden_at=NOW, reserved_burden=0.5), _ask(cost=2.5), 6.0, 4),
        (_ledger(ignored_in_row=5), INVITE, 5, 3),
        (_ledger(outcomes={"partial": NOW - 2 * DAY}), INVITE, 2, 21),
    ],
    ids=["cap", "burden", "dormant", "rest"],
)
def test_each_finding_counts_in_its_own_unit(ledger: Ledger, ask: Ask, observed: float, limit: float) -> None:
    """Contacts with the planned ones, points with this contact, ignored invites, days."""
    verdict = _decide(ledger, ask, replace(USUAL, invites_per_1d=9))
    assert isinstance(verdict, Later | Never)
    assert (verdict.findings[0].observed, verdict.findings[0].limit) == (observed, limit)


def test_the_person_is_on_their_own_clock() -> None:
    """Nine in Helsinki is two at night in New York; an unknown zone is the organisation's."""
    verdicts = [_decide(_ledger(zone=zone)) for zone in ("America/New_York", "Mars/Phobos")]
    assert verdicts == [Later(NOW + 4 * HOUR, Reason.SEND_WINDOW), GO]


# Outcomes, back-off, dormancy


@pytest.mark.parametrize(
    ("outcome", "days"),
    [("completed", 14), ("partial", 21), ("abandoned", 21), ("not_now", 7), ("declined", 30)],
)
def test_each_outcome_has_its_rest(outcome: Any, days: int) -> None:
    """The rest begins at the outcome and is that of its kind."""
    verdict = _decide(_ledger(outcome=outcome, outcome_at=NOW), policy=ROUND_THE_CLOCK)
    assert verdict == Later(NOW + days * DAY, Reason.QUARANTINE)


def test_an_ignored_invite_needs_no_rest_of_its_own() -> None:
    """What follows from ignoring is a longer gap, not a quarantine."""
    assert _decide(_ledger(outcome="ignored", outcome_at=NOW)) == GO


def test_a_milder_outcome_cuts_no_rest_short() -> None:
    """Declining rests a month, even if another survey was finished since."""
    outcomes = {"declined": NOW - 10 * DAY, "completed": NOW - 5 * DAY}
    verdict = _decide(
        _ledger(outcomes=outcomes, outcome="completed", outcome_at=NOW - 5 * DAY), policy=ROUND_THE_CLOCK
    )
    assert verdict == Later(NOW + 20 * DAY, Reason.QUARANTINE)


def test_a_chosen_date_replaces_the_rest_of_not_now() -> None:
    """Whoever says "tomorrow" is asked tomorrow, not in a week."""
    ledger = _ledger(outcomes={"not_now": NOW - HOUR}, paused_until=NOW + DAY)
    assert _decide(ledger) == Later(NOW + DAY, Reason.PAUSED)


def test_an_older_pause_is_no_chosen_date() -> None:
    """A snooze of last month does not shorten the rest after today's "not now"."""
    ledger = _ledger(outcomes={"not_now": NOW - HOUR}, paused_until=NOW - 20 * DAY)
    assert _decide(ledger, policy=ROUND_THE_CLOCK) == Later(NOW + 7 * DAY - HOUR, Reason.QUARANTINE)


@pytest.mark.parametrize(("ignored", "days"), [(0, 7), (1, 14), (2, 28)])
def test_the_gap_grows_with_every_ignored_invite(ignored: int, days: int) -> None:
    """The longer gap begins at the last invite."""
    ledger = _ledger(invites=(NOW,), ignored_in_row=ignored)
    verdict = _decide(ledger, policy=replace(ROUND_THE_CLOCK, invites_per_1d=5))
    assert verdict == Later(NOW + days * DAY, Reason.MIN_GAP)


def test_the_third_ignored_invite_makes_dormant() -> None:
    """The policy sees it in the count even before anybody has marked the person."""
    assert _decide(_ledger(ignored_in_row=3)) == Never(Reason.DORMANT)
    impatient = replace(USUAL, dormant_after_ignored=1)
    assert [_decide(_ledger(ignored_in_row=ignored), policy=impatient) for ignored in (0, 1)] == [
        GO,
        Never(Reason.DORMANT),
    ]


def test_a_raised_dormancy_limit_reaches_the_longest_gap() -> None:
    """With dormancy switched off the gap ends at eight times."""
    ledger = _ledger(invites=(NOW,), ignored_in_row=7)
    policy = replace(ROUND_THE_CLOCK, dormant_after_ignored=0, invites_per_1d=5)
    assert _decide(ledger, policy=policy) == Later(NOW + 56 * DAY, Reason.MIN_GAP)


# Waves, caps, preferences


def test_nobody_is_invited_twice_in_a_wave() -> None:
    """One invite per wave, whatever the recontact time."""
    assert _decide(_ledger(asked_waves=frozenset({1}))) == Never(Reason.ALREADY_ASKED)


def test_a_declined_wave_stays_declined() -> None:
    """After "no thanks" this wave does not come back, not even as a reminder."""
    ledger = _ledger(declined_waves=frozenset({1}))
    asks = [INVITE, _ask(contact="reminder")]
    assert [_decide(ledger, ask) for ask in asks] == [Never(Reason.ALREADY_ASKED)] * 2


def test_the_next_wave_of_a_survey_is_free_without_recontact_days() -> None:
    """The time between two waves is the organisation's gap, unless the survey asks for more."""
    ledger = _ledger(
        asked_survey={"pulse": NOW - 8 * DAY}, asked_waves=frozenset({7}), invites=(NOW - 8 * DAY,)
    )
    assert _decide(ledger) == GO


def test_planned_contacts_take_their_place() -> None:
    """An invite that is planned and not yet sent fills the cap of the day, and no date can be given."""
    verdict = _decide(_ledger(reserved_invites=1))
    assert verdict == Never(Reason.CAP_1D)


def test_a_planned_contact_waits_with_those_that_were_sent() -> None:
    """With one planned, both earlier ones must leave a window of two."""
    ledger = _ledger(reserved_invites=1, invites=(NOW - 29 * DAY, NOW - 20 * DAY))
    policy = replace(ROUND_THE_CLOCK, invites_per_1d=9)
    assert _decide(ledger, policy=policy) == Later(NOW + 10 * DAY, Reason.CAP_30D)


def test_a_cap_of_nothing_has_no_end() -> None:
    """A policy that allows no messages never lets one through."""
    assert _decide(policy=replace(USUAL, messages_per_7d=0)) == Never(Reason.CAP_MESSAGES)


def test_an_event_of_the_future_still_counts() -> None:
    """A clock that was put back does not free a cap or a gap."""
    verdict = _decide(_ledger(invites=(NOW + HOUR,)), policy=ROUND_THE_CLOCK)
    assert verdict == Later(NOW + HOUR + 7 * DAY, Reason.MIN_GAP, bits([Reason.CAP_1D]))


def test_the_strictest_number_wins() -> None:
    """A survey lowers caps and lengthens gaps; a looser number of its own changes nothing."""
    ledger = _ledger(invites=(NOW - 300 * DAY, NOW - 8 * DAY))
    tight = [
        Tighten(min_gap_days=9),
        Tighten(invites_per_30d=1),
        Tighten(invites_per_365d=2),
        Tighten(min_gap_days=1, invites_per_30d=9, invites_per_365d=99),
    ]
    verdicts = [_decide(ledger, _ask(tighten=own), ROUND_THE_CLOCK) for own in tight]
    assert verdicts == [
        Later(NOW + DAY, Reason.MIN_GAP),
        Later(NOW + 22 * DAY, Reason.CAP_30D),
        Later(NOW + 65 * DAY, Reason.CAP_365D),
        GO,
    ]


@pytest.mark.parametrize(
    ("preference", "verdict"),
    [
        ("less", Later(NOW + 22 * DAY, Reason.MIN_GAP, bits([Reason.CAP_30D]))),
        ("normal", GO),
        ("more", GO),
    ],
)
def test_a_preference_changes_the_numbers(preference: Any, verdict: Verdict) -> None:
    """Eight days after an invite, whoever wants less waits until the month is over."""
    ledger = _ledger(invites=(NOW - 8 * DAY,), preference=preference)
    assert _decide(ledger, policy=ROUND_THE_CLOCK) == verdict


def test_event_pulses_leave_half_of_a_small_cap() -> None:
    """Whoever wants less has six invites a year; pulses may use three of them, samples all six."""
    ledger = _ledger(preference="less", invites=tuple(NOW - days * DAY for days in (300, 200, 100)))
    verdicts = [_decide(ledger, _ask(kind=kind)).reason for kind in ("event", "sample", "census")]
    assert verdicts == [Reason.RESERVED_FOR_SAMPLE, Reason.SELECTED, Reason.SELECTED]


def test_the_own_invite_speaks_for_the_household_too() -> None:
    """Where one answer speaks for all, the person's own invite of this month counts."""
    policy = replace(ROUND_THE_CLOCK, group_cap_key="household")
    assert _decide(_ledger(invites=(NOW - 10 * DAY,)), policy=policy) == Later(
        NOW + 20 * DAY, Reason.GROUP_CAP
    )


def test_without_a_key_there_is_no_group_cap() -> None:
    """Invites to others count for nothing where the organisation names no household."""
    assert _decide(_ledger(group_invites=(NOW - DAY,))) == GO


def test_reserved_burden_counts_and_may_leave_no_room() -> None:
    """What is planned already counts as asked; where it fills the capacity no date can be given."""
    verdicts = [_decide(_ledger(reserved_burden=points)) for points in (3.0, 3.1)]
    assert verdicts == [GO, Never(Reason.BURDEN)]


def test_an_open_session_without_an_end_gives_no_date() -> None:
    """Somebody in the middle of a conversation that never expires is left in peace."""
    assert _decide(_ledger(in_session=True)) == Never(Reason.IN_SESSION)


def test_a_session_past_its_deadline_stands_in_nobodys_way() -> None:
    """The row may be closed a moment later; the session is over."""
    assert _decide(_ledger(in_session=True, session_until=NOW)) == GO


# Reminders, results, the check on dormant people


def test_a_reminder_is_no_second_invite() -> None:
    """Gap, invite caps and enough answers do not hold up a reminder of an invite of yesterday."""
    ledger = _ledger(
        invites=(NOW - 20 * DAY, NOW - 2 * DAY),
        messages=(NOW - 2 * DAY,),
        asked_waves=frozenset({1}),
        in_session=True,
    )
    reminder = _ask(contact="reminder", own_session=True, enough_answers=True, cost=9.0)
    assert _decide(ledger, reminder) == GO


def test_only_the_window_moves_a_reminder() -> None:
    """At night it waits for the morning."""
    assert _decide(ask=_ask(contact="reminder"), moment=at("2026-05-06T23:00+03:00")) == Later(
        at("2026-05-07T09:00+03:00"), Reason.SEND_WINDOW
    )


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        (_ledger(stopped=True), Reason.OPT_OUT),
        (_ledger(paused_until=NOW + DAY), Reason.PAUSED),
        (_ledger(in_session=True, session_until=NOW + HOUR), Reason.IN_SESSION),
        (_ledger(outcomes={"completed": NOW - DAY}), Reason.QUARANTINE),
        (_ledger(messages=(NOW - DAY,) * 3), Reason.CAP_MESSAGES),
        (_ledger(burden=3.6, burden_at=NOW), Reason.BURDEN),
    ],
)
def test_any_other_rule_drops_a_reminder(ledger: Ledger, reason: Reason) -> None:
    """A reminder does not wait for rules to pass: it is dropped with its code."""
    assert _decide(ledger, _ask(contact="reminder", cost=0.0)) == Never(reason)


def test_a_reminder_too_near_to_the_deadline_is_dropped() -> None:
    """If the next opening is after its time, the window is the reason and the moment is told."""
    night = at("2026-05-06T23:00+03:00")
    morning = at("2026-05-07T09:00+03:00")
    verdict = _decide(ask=_ask(contact="reminder", good_until=morning - HOUR), moment=night)
    assert verdict == Never(Reason.SEND_WINDOW, bits([Reason.TOO_LATE]), morning)


def test_results_wait_for_the_message_cap_alone() -> None:
    """What was done with the answers is owed: rests, gaps, burden and others' plans do not hold it up."""
    ledger = _ledger(
        invites=(NOW - DAY,),
        outcomes={"completed": NOW - DAY},
        burden=9.0,
        burden_at=NOW,
        reserved_messages=3,
    )
    assert _decide(ledger, _ask(contact="results")) == GO
    full = replace(ledger, messages=(NOW - 6 * DAY, NOW - DAY, NOW - DAY))
    assert _decide(full, _ask(contact="results")) == Later(NOW + DAY, Reason.CAP_MESSAGES)


def test_dormant_people_are_asked_once_whether_to_go_on() -> None:
    """Ninety days after the last invite one question may come; after it there is silence."""
    check = Ask(survey="dormant", wave=None, contact="dormant_check", cost=0.5)
    last = NOW - 90 * DAY
    ledger = _ledger(dormant=True, ignored_in_row=3, invites=(last,))
    assert _decide(ledger, check) == GO
    assert _decide(ledger, check, ROUND_THE_CLOCK, NOW - DAY) == Later(NOW, Reason.DORMANT)
    assert _decide(replace(ledger, asked_survey={"dormant": NOW - DAY}), check) == Never(Reason.ALREADY_ASKED)


def test_a_later_dormancy_may_be_asked_about_again() -> None:
    """Who came back, was invited and fell silent again is asked anew."""
    check = Ask(survey="dormant", wave=None, contact="dormant_check", cost=0.5)
    again = _ledger(dormant=True, invites=(NOW - 95 * DAY,), asked_survey={"dormant": NOW - 200 * DAY})
    assert _decide(again, check) == GO
    assert _decide(_ledger(dormant=True), check) == GO
    assert _decide(_ledger(dormant=True, asked_survey={"dormant": NOW}), check) == Never(Reason.ALREADY_ASKED)


# Exempt classes

PASSED = {
    "service": set(RULES),
    "self": {
        Reason.PAUSED, Reason.DORMANT, Reason.UNREACHABLE, Reason.ALREADY_ASKED, Reason.QUARANTINE,
        Reason.MIN_GAP, Reason.CAP_1D, Reason.CAP_30D, Reason.CAP_365D, Reason.CAP_MESSAGES,
        Reason.RESERVED_FOR_SAMPLE, Reason.GROUP_CAP, Reason.SEND_WINDOW, Reason.ENOUGH_ANSWERS,
    },
    "safety": {
        Reason.QUARANTINE, Reason.MIN_GAP, Reason.CAP_1D, Reason.CAP_30D, Reason.CAP_365D,
        Reason.CAP_MESSAGES, Reason.RESERVED_FOR_SAMPLE, Reason.GROUP_CAP, Reason.BURDEN, Reason.SEND_WINDOW,
    },
    "statutory": {
        Reason.QUARANTINE, Reason.MIN_GAP, Reason.CAP_30D, Reason.RESERVED_FOR_SAMPLE, Reason.GROUP_CAP,
        Reason.BURDEN,
    },
}  # fmt: skip


@pytest.mark.parametrize("exempt", PASSED)
def test_an_exempt_class_passes_its_rules_and_no_other(exempt: Any) -> None:
    """Each class gets past exactly the rules in its line; six days are gap enough for a statutory one."""
    passed = {
        reason
        for reason, (ledger, ask, policy, _) in FAILING.items()
        if _decide(ledger, replace(ask, exempt=exempt), policy) == GO
    }
    assert passed == PASSED[exempt]


def test_a_statutory_notice_keeps_a_gap_of_a_day() -> None:
    """Twenty hours after an invite it waits for four more."""
    ledger = _ledger(invites=(NOW - 20 * HOUR,), ignored_in_row=2)
    ask = _ask(exempt="statutory")
    policy = replace(ROUND_THE_CLOCK, invites_per_1d=2)
    assert _decide(ledger, ask, policy) == Later(NOW + 4 * HOUR, Reason.MIN_GAP)


def test_a_safety_message_that_must_wait_does_not_wait_for_hours() -> None:
    """Where another conversation is open until night, it comes at night."""
    night = at("2026-05-06T23:00+03:00")
    ledger = _ledger(in_session=True, session_until=night)
    assert _decide(ledger, _ask(exempt="safety")) == Later(night, Reason.IN_SESSION)


def test_the_tables_are_closed() -> None:
    """Every contact and every class has its line, and nothing else has one."""
    assert set(APPLIES) == {"invite", "piggyback", "reminder", "results", "dormant_check"}
    assert set(PASSES) == {"", "service", "self", "safety", "statutory"}
    assert len(APPLICABLE) == len(APPLIES) * len(PASSES)
    assert PASSES[""] == frozenset()
    assert all(not APPLICABLE[contact, "service"] for contact in APPLIES)


# The hard floor of the sender


def test_the_hard_floor_is_what_it_is() -> None:
    """The numbers are no setting; whoever changes them changes this line."""
    assert [(most, window / HOUR) for most, window in HARD_FLOOR] == [
        (1, 1 / 60),
        (2, 1 / 6),
        (4, 1),
        (10, 24),
        (60, 168),
    ]


def test_the_first_message_passes_the_hard_floor() -> None:
    """Nothing was sent, so nothing holds."""
    assert hard_floor((), NOW) is None


@pytest.mark.parametrize(("most", "window"), HARD_FLOOR, ids=str)
def test_each_step_of_the_hard_floor_holds(most: int, window: timedelta) -> None:
    """With so many messages in the window the next one waits until the oldest of them has left it."""
    spacing = window / most
    sent = tuple(NOW - window + spacing * number for number in range(1, most + 1))
    found = hard_floor(sent, NOW)
    assert found is not None
    assert found >= sent[0] + window > NOW
    assert hard_floor(sent, found) is None


def test_messages_outside_every_window_do_not_count() -> None:
    """A message of exactly a minute ago no longer fills the minute."""
    assert hard_floor((NOW - timedelta(minutes=1),), NOW) is None


def test_the_longest_wait_of_the_hard_floor_counts() -> None:
    """Ten messages in a day, the last a second ago: the day is what holds."""
    sent = (*(NOW - 20 * HOUR + HOUR * number for number in range(9)), NOW - timedelta(seconds=1))
    assert hard_floor(sent, NOW) == NOW + 4 * HOUR


def test_bits_are_the_numbers_of_the_reasons() -> None:
    """Reason n is bit n, and comes back from it."""
    assert bits([Reason.OPT_OUT, Reason.NOT_DRAWN]) == 0b100_0000_0000_0000_0000_0010
    assert list(from_bits(bits(Reason))) == list(Reason)


def test_the_codes_keep_their_numbers() -> None:
    """The numbers are stored; a new reason gets a new one."""
    assert [(reason.name, reason.value) for reason in Reason] == [
        ("SELECTED", 0), ("OPT_OUT", 1), ("PAUSED", 2), ("DORMANT", 3), ("UNREACHABLE", 4),
        ("NOT_IN_AUDIENCE", 5), ("NOT_ELIGIBLE", 6), ("ALREADY_ASKED", 7), ("IN_SESSION", 8),
        ("QUARANTINE", 9), ("MIN_GAP", 10), ("CAP_1D", 11), ("CAP_30D", 12), ("CAP_365D", 13),
        ("CAP_MESSAGES", 14), ("RESERVED_FOR_SAMPLE", 15), ("GROUP_CAP", 16), ("BURDEN", 17),
        ("SEND_WINDOW", 18), ("TOO_LATE", 19), ("ENOUGH_ANSWERS", 20), ("TAKEN_BY_HIGHER_PRIORITY", 21),
        ("NOT_DRAWN", 22),
    ]  # fmt: skip
