"""What holds for every policy, every ledger and every moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.ledger import Ask, Ledger
from scheduler.limits import limits_of
from scheduler.policy import decide
from scheduler.surveys import Hours, Policy, SendWindow, Tighten
from scheduler.verdicts import Go, Later, Never, Reason, Verdict
from tests.scheduler.examples import ANYBODY, DAY, HOUR, INVITE, NOW, USUAL

FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)

moments = st.integers(0, 60 * 24 * 400).map(lambda minutes: NOW + timedelta(minutes=minutes))
past = st.integers(0, 60 * 24 * 400).map(lambda minutes: NOW - timedelta(minutes=minutes))
recent = st.integers(0, 60 * 24 * 7).map(lambda minutes: NOW - timedelta(minutes=minutes))
clock = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60)))
hours = st.builds(Hours, opens=clock, closes=clock)
modes = st.sampled_from(["closed", "weekend", "open"])
zones = st.sampled_from(
    [None, "Europe/Helsinki", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Africa/Casablanca"]
)
seldom = st.sampled_from([False] * 7 + [True])
days = st.floats(0, 60).map(lambda number: round(number, 2))


def _in_order(elements: st.SearchStrategy[datetime], most: int) -> st.SearchStrategy[tuple[datetime, ...]]:
    return st.lists(elements, max_size=most).map(lambda found: tuple(sorted(found)))


windows = st.builds(
    SendWindow,
    weekday=hours,
    weekend=st.just(SendWindow().weekend) | hours,
    holidays=modes,
    event_pulse_holidays=modes,
    holiday_dates=st.frozensets(st.integers(0, 400).map(lambda day: NOW.date() + day * DAY), max_size=20),
)
policies = st.builds(
    Policy,
    invites_per_1d=st.integers(1, 3),
    invites_per_30d=st.integers(1, 6),
    invites_per_365d=st.integers(1, 20),
    messages_per_7d=st.integers(1, 5),
    min_gap_days=days,
    reserve_for_sampled_per_365d=st.integers(0, 6),
    group_cap_key=st.sampled_from(["", "household"]),
    window=st.one_of(st.just(SendWindow()), windows),
    rest_days=st.fixed_dictionaries({}, optional=dict.fromkeys(["completed", "partial", "not_now"], days)),
    dormant_after_ignored=st.sampled_from([0, 0, 3]),
    half_life_days=st.floats(1, 90),
    capacity=st.floats(1, 10),
)
ledgers = st.builds(
    Ledger,
    person=st.just(1),
    stopped=seldom,
    paused_until=st.none() | moments,
    preference=st.sampled_from(["less", "normal", "more"]),
    zone=zones,
    hours=st.none() | hours,
    invites=_in_order(past, 15),
    messages=_in_order(recent, 6),
    reserved_invites=st.sampled_from([0, 0, 0, 1]),
    reserved_burden=st.sampled_from([0.0, 0.0, 1.0]),
    ignored_in_row=st.sampled_from([0, 0, 0, 1, 2, 3]),
    outcomes=st.dictionaries(
        st.sampled_from(["completed", "partial", "not_now", "ignored"]), past, max_size=3
    ),
    in_session=seldom,
    session_until=st.none() | moments,
    asked_survey=st.dictionaries(st.sampled_from(["pulse", "other"]), past),
    asked_waves=st.frozensets(st.integers(1, 9), max_size=2),
    burden=st.floats(0, 20),
    burden_at=past,
    group_invites=_in_order(past, 3),
)
asks = st.builds(
    Ask,
    survey=st.just("pulse"),
    wave=st.integers(1, 9),
    kind=st.sampled_from(["event", "sample", "census"]),
    contact=st.sampled_from(["invite", "invite", "invite", "reminder", "results", "dormant_check"]),
    exempt=st.sampled_from(["", "", "", "self", "safety", "statutory"]),
    cost=st.floats(0, 2),
    good_until=st.none() | st.none() | moments,
    recontact_days=days,
    tighten=st.builds(Tighten, min_gap_days=st.none() | days, invites_per_30d=st.none() | st.integers(1, 3)),
)


def _earliest(verdict: Verdict, now: datetime) -> datetime:
    """A number for "how early": now, the moment of a Later, or never."""
    if isinstance(verdict, Later):
        return verdict.at
    return now if isinstance(verdict, Go) else FAR


@settings(max_examples=600)
@given(policy=policies, ledger=ledgers, ask=asks, now=moments)
def test_every_verdict_settles(policy: Policy, ledger: Ledger, ask: Ask, now: datetime) -> None:
    """If nothing happens until then, the contact goes out at exactly the moment that was named."""
    verdict = decide(policy, ledger, ask, now)
    if isinstance(verdict, Later):
        assert verdict.at > now
        assert ask.good_until is None or verdict.at <= ask.good_until
        assert isinstance(decide(policy, ledger, ask, verdict.at), Go)


@settings(max_examples=600)
@given(
    policy=policies,
    ledger=ledgers,
    ask=asks.map(lambda ask: replace(ask, contact="invite", exempt="")),
    now=moments,
)
def test_an_invite_never_breaks_a_rule(policy: Policy, ledger: Ledger, ask: Ask, now: datetime) -> None:
    """No Go after stop, in a pause, outside the hours, inside a gap, over a cap, or twice in a wave."""
    if not isinstance(decide(policy, ledger, ask, now), Go):
        return
    limits = limits_of(policy, ledger.preference)
    assert not ledger.stopped
    assert ledger.paused_until is None or ledger.paused_until <= now
    assert ask.wave not in ledger.asked_waves
    assert not ledger.invites or now - ledger.invites[-1] >= limits.min_gap_days * DAY
    for cap, window in (
        (limits.invites_per_1d, 1),
        (limits.invites_per_30d, 30),
        (limits.invites_per_365d, 365),
    ):
        used = sum(1 for invite in ledger.invites if now - window * DAY < invite <= now)
        assert used + ledger.reserved_invites + 1 <= cap
    assert sum(1 for sent in ledger.messages if now - 7 * DAY < sent <= now) + 1 <= limits.messages_per_7d
    assert _is_open(policy, ledger, ask, now)


def _is_open(policy: Policy, ledger: Ledger, ask: Ask, now: datetime) -> bool:
    """Read off the wall clock, with yesterday's hours where they run over midnight."""
    local = now.astimezone(ZoneInfo(ledger.zone or policy.timezone_default))
    today = _hours(policy.window, ledger, ask, local.date())
    before = _hours(policy.window, ledger, ask, local.date() - DAY)
    minute = local.time()
    if today and today.opens < today.closes and today.opens <= minute < today.closes:
        return True
    if today and today.closes < today.opens <= minute:
        return True
    return bool(before and before.closes < before.opens and minute < before.closes)


def _hours(window: SendWindow, ledger: Ledger, ask: Ask, day: date) -> Hours | None:
    mode = window.event_pulse_holidays if ask.kind == "event" else window.holidays
    holiday = mode if day in window.holiday_dates else "open"
    if holiday == "closed":
        return None
    weekend = day.weekday() >= 5 or holiday == "weekend"
    return ledger.hours or (window.weekend if weekend else window.weekday)


def _narrow(window: SendWindow) -> SendWindow:
    """The same window with every second day of the next year closed."""
    more = {NOW.date() + number * DAY for number in range(0, 800, 2)}
    return replace(
        window, holidays="closed", event_pulse_holidays="closed", holiday_dates=window.holiday_dates | more
    )


STRICTER: dict[str, Callable[[Policy], Policy]] = {
    "gap": lambda policy: replace(policy, min_gap_days=policy.min_gap_days + 3),
    "day": lambda policy: replace(policy, invites_per_1d=1),
    "month": lambda policy: replace(policy, invites_per_30d=1),
    "year": lambda policy: replace(policy, invites_per_365d=max(1, policy.invites_per_365d - 2)),
    "messages": lambda policy: replace(policy, messages_per_7d=1),
    "reserve": lambda policy: replace(
        policy, reserve_for_sampled_per_365d=policy.reserve_for_sampled_per_365d + 1
    ),
    "rest": lambda policy: replace(
        policy, rest_days={name: length + 5 for name, length in policy.rest_days.items()}
    ),
    "back-off": lambda policy: replace(policy, backoff_factor=policy.backoff_factor * 2),
    "capacity": lambda policy: replace(policy, capacity=policy.capacity * 0.8),
    "half-life": lambda policy: replace(policy, half_life_days=policy.half_life_days * 2),
    "group": lambda policy: replace(policy, group_cap_key="household"),
    "holidays": lambda policy: replace(policy, window=_narrow(policy.window)),
}


@pytest.mark.parametrize("name", STRICTER)
@settings(max_examples=100)
@given(policy=policies, ledger=ledgers, ask=asks, now=moments)
def test_a_stricter_policy_never_asks_earlier(
    name: str, policy: Policy, ledger: Ledger, ask: Ask, now: datetime
) -> None:
    """Tightening any one number moves no contact forward."""
    loose = _earliest(decide(policy, ledger, ask, now), now)
    strict = _earliest(decide(STRICTER[name](policy), ledger, ask, now), now)
    assert strict >= loose


@settings(max_examples=200)
@given(policy=policies, ledger=ledgers, ask=asks, now=moments)
def test_who_wants_less_is_never_asked_earlier(
    policy: Policy, ledger: Ledger, ask: Ask, now: datetime
) -> None:
    """Less comes no earlier than as usual, and that no earlier than more."""
    less, normal, more = (
        _earliest(decide(policy, replace(ledger, preference=wish), ask, now), now)
        for wish in ("less", "normal", "more")
    )
    assert less >= normal >= more


@settings(max_examples=200)
@given(policy=policies, ledger=ledgers, ask=asks, now=moments)
def test_the_reason_is_the_first_of_the_findings(
    policy: Policy, ledger: Ledger, ask: Ask, now: datetime
) -> None:
    """Findings, reason and mask tell the same story, in the order of the codes."""
    verdict = decide(policy, ledger, ask, now)
    if isinstance(verdict, Later | Never):
        rules = [found.rule for found in verdict.findings]
        assert rules == sorted(set(rules))
        assert verdict.reason == rules[0]
        assert verdict.mask == sum(1 << rule for rule in rules[1:])


@settings(max_examples=100)
@given(policy=policies, ask=asks, now=moments)
@example(policy=USUAL, ask=INVITE, now=NOW)
@example(policy=USUAL, ask=INVITE, now=NOW + 14 * HOUR)
def test_stop_is_the_end(policy: Policy, ask: Ask, now: datetime) -> None:
    """After stop nothing of any kind or class goes out but a reply."""
    assert decide(policy, replace(ANYBODY, stopped=True), ask, now).reason == Reason.OPT_OUT


@settings(max_examples=60)
@given(
    policy=policies,
    start=moments,
    cost=st.floats(0.1, 2),
    kind=st.sampled_from(["event", "sample", "census"]),
)
def test_a_year_of_obeying_keeps_every_window(
    policy: Policy, start: datetime, cost: float, kind: Any
) -> None:
    """Asking whenever the policy says Go, for a year, never exceeds a cap in any window nor a gap."""
    ledger, moment, wave = ANYBODY, start, 0
    while moment < start + 365 * DAY:
        wave += 1
        verdict = decide(policy, ledger, Ask(survey="pulse", wave=wave, kind=kind, cost=cost), moment)
        if isinstance(verdict, Never):
            break
        if isinstance(verdict, Later):
            moment = verdict.at
        ledger = replace(ledger, invites=(*ledger.invites, moment), messages=(*ledger.messages, moment))
    limits = limits_of(policy, "normal")
    for invite in ledger.invites:
        for cap, window in (
            (limits.invites_per_1d, 1),
            (limits.invites_per_30d, 30),
            (limits.invites_per_365d, 365),
        ):
            assert sum(1 for other in ledger.invites if invite - window * DAY < other <= invite) <= cap
    for first, second in zip(ledger.invites, ledger.invites[1:], strict=False):
        assert second - first >= limits.min_gap_days * DAY
