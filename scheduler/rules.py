"""The rules of the contact policy, one function each, in one registry in the order in which they are named.

A rule looks at a case and says nothing (it passes) or what it found. No rule knows another one, nor to which
contacts it applies: that is in ``exemptions``.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from scheduler import burden
from scheduler.ledger import Ask, Ledger
from scheduler.limits import Limits, backoff, limits_of
from scheduler.surveys import Policy
from scheduler.verdicts import Finding, Reason
from scheduler.windows import DAY, next_open, zone_of

ROUNDING: Final = 1e-9
"""Points of burden that are noise of the arithmetic."""


class Case:
    """One question to the policy, with what several rules need worked out once."""

    __slots__ = ("ask", "at", "ledger", "limits", "policy")

    def __init__(self, policy: Policy, ledger: Ledger, ask: Ask, at: datetime) -> None:
        self.policy: Final = policy
        self.ledger: Final = ledger
        self.ask: Final = ask
        self.at: Final = at
        self.limits: Final[Limits] = limits_of(policy, ledger.preference)

    def next_open(self, at: datetime) -> datetime | None:
        """The person's first open moment from ``at`` on."""
        zone = zone_of(self.ledger.zone, self.policy.timezone_default)
        ledger = self.ledger
        return next_open(
            self.policy.window, zone, ledger.hours, self.ask.kind, at, quiet_days=ledger.quiet_days
        )


Rule = Callable[[Case], Finding | None]


def opt_out(case: Case) -> Finding | None:
    """Said stop, blocked the bot, or left the topic that this is about."""
    if case.ledger.stopped:
        return Finding(Reason.OPT_OUT)
    topic = case.ask.topic
    return Finding(Reason.OPT_OUT, about=topic) if topic and topic in case.ledger.left_topics else None


def paused(case: Case) -> Finding | None:
    """A snooze, or the date of a "not now", lies ahead."""
    until = case.ledger.paused_until
    return Finding(Reason.PAUSED, until) if until is not None and case.at < until else None


def dormant(case: Case) -> Finding | None:
    """So many invites ignored in a row that the person is left alone, but for one check after a while."""
    ledger, policy = case.ledger, case.policy
    ignored, limit = ledger.ignored_in_row, policy.dormant_after_ignored
    if case.ask.contact == "dormant_check":
        until = ledger.invites[-1] + policy.dormant_check_days * DAY if ledger.invites else case.at
        return Finding(Reason.DORMANT, until, ignored, limit) if case.at < until else None
    if ledger.dormant or 0 < limit <= ignored:
        return Finding(Reason.DORMANT, None, ignored, limit)
    return None


def unreachable(case: Case) -> Finding | None:
    """No address that can be written to."""
    return None if case.ledger.reachable else Finding(Reason.UNREACHABLE)


def not_in_audience(case: Case) -> Finding | None:
    """Not in the list that was fixed when the wave opened."""
    return None if case.ask.in_audience else Finding(Reason.NOT_IN_AUDIENCE)


def not_eligible(case: Case) -> Finding | None:
    """A condition of the survey is false."""
    return None if case.ask.eligible else Finding(Reason.NOT_ELIGIBLE)


def already_asked(case: Case) -> Finding | None:
    """Invited or declined in this wave; or too short a time since this survey's last invite."""
    ledger, ask = case.ledger, case.ask
    last = ledger.asked_survey.get(ask.survey)
    if ask.contact == "dormant_check":
        once = last is not None and (not ledger.invites or ledger.invites[-1] <= last)
        return Finding(Reason.ALREADY_ASKED) if once else None
    if ask.wave in ledger.declined_waves:
        return Finding(Reason.ALREADY_ASKED, about="declined")
    if ask.contact == "reminder":
        return None
    if ask.wave in ledger.asked_waves:
        return Finding(Reason.ALREADY_ASKED)
    if last is None or not ask.recontact_days:
        return None
    return _rest(case, Reason.ALREADY_ASKED, last, ask.recontact_days)


def in_session(case: Case) -> Finding | None:
    """Another conversation is open; it ends at its deadline at the latest."""
    ledger = case.ledger
    if not ledger.in_session or case.ask.own_session:
        return None
    until = ledger.session_until
    return Finding(Reason.IN_SESSION, until) if until is None or case.at < until else None


def quarantine(case: Case) -> Finding | None:
    """The rest after an outcome; the one that lasts longest, so that a milder outcome cuts none short."""
    ledger = case.ledger
    moments = ledger.outcomes
    if ledger.outcome_at is not None and ledger.outcome not in moments:
        moments = {**moments, ledger.outcome: ledger.outcome_at}
    longest: Finding | None = None
    for outcome, moment in moments.items():
        found = _rest(case, Reason.QUARANTINE, moment, _rest_days(case, outcome, moment), outcome)
        if found and (longest is None or _end(found) > _end(longest)):
            longest = found
    return longest


def min_gap(case: Case) -> Finding | None:
    """Too short a time since the last invite of any survey; longer after each one that was ignored."""
    ledger, ask = case.ledger, case.ask
    if not ledger.invites:
        return None
    if ask.exempt == "statutory":
        gap = case.policy.statutory_min_gap_hours / 24
    else:
        gap = case.limits.min_gap_days
        if ledger.ignored_in_row:
            gap *= backoff(case.policy, ledger.ignored_in_row)
    return _rest(case, Reason.MIN_GAP, ledger.invites[-1], max(gap, ask.tighten.min_gap_days or 0.0))


def cap_1d(case: Case) -> Finding | None:
    """Invites within a day."""
    return _invite_cap(case, Reason.CAP_1D, case.limits.invites_per_1d, 1)


def cap_30d(case: Case) -> Finding | None:
    """Invites within 30 days."""
    limit = _stricter(case.limits.invites_per_30d, case.ask.tighten.invites_per_30d)
    return _invite_cap(case, Reason.CAP_30D, limit, 30)


def cap_365d(case: Case) -> Finding | None:
    """Invites within 365 days."""
    limit = _stricter(case.limits.invites_per_365d, case.ask.tighten.invites_per_365d)
    return _invite_cap(case, Reason.CAP_365D, limit, 365)


def cap_messages(case: Case) -> Finding | None:
    """Invites, reminders and results within 7 days. Results are owed: plans of others do not hold them up."""
    ledger = case.ledger
    reserved = 0 if case.ask.contact == "results" else ledger.reserved_messages
    return _cap(case, Reason.CAP_MESSAGES, ledger.messages, reserved, case.limits.messages_per_7d, 7)


def reserved_for_sample(case: Case) -> Finding | None:
    """Event pulses leave the last invites of the year to samples, up to half of the person's own cap."""
    if case.ask.kind != "event":
        return None
    cap = case.limits.invites_per_365d
    reserve = min(case.policy.reserve_for_sampled_per_365d, cap // 2)
    return _invite_cap(case, Reason.RESERVED_FOR_SAMPLE, cap - reserve, 365)


def group_cap(case: Case) -> Finding | None:
    """Invites to the household or board, the person's own among them, where one answer speaks for all."""
    if not case.policy.group_cap_key:
        return None
    invites = sorted((*case.ledger.group_invites, *case.ledger.invites))
    return _cap(case, Reason.GROUP_CAP, invites, 0, case.policy.group_cap_invites_per_30d, 30)


def too_much_burden(case: Case) -> Finding | None:
    """What the person has given lately, and this contact, are more than the capacity."""
    ledger, policy = case.ledger, case.policy
    cost = policy.points_reminder if case.ask.contact == "reminder" else case.ask.cost
    points = burden.decayed(ledger.burden, ledger.burden_at, case.at, policy.half_life_days)
    asked = ledger.reserved_burden + cost
    if points + asked <= case.limits.capacity + ROUNDING:
        return None
    days = burden.wait_days(points, asked, case.limits.capacity, policy.half_life_days)
    until = None if days is None else case.at + _whole_seconds(days)
    return Finding(Reason.BURDEN, until, points + asked, case.limits.capacity)


def send_window(case: Case) -> Finding | None:
    """Outside the hours, or a holiday."""
    opening = case.next_open(case.at)
    return None if opening == case.at else Finding(Reason.SEND_WINDOW, opening)


def too_late(case: Case) -> Finding | None:
    """The contact is no longer worth making."""
    good_until = case.ask.good_until
    return Finding(Reason.TOO_LATE) if good_until is not None and good_until < case.at else None


def enough_answers(case: Case) -> Finding | None:
    """The wave has what it wanted and invites nobody else."""
    return Finding(Reason.ENOUGH_ANSWERS) if case.ask.enough_answers else None


def _rest_days(case: Case, outcome: str, moment: datetime) -> float:
    if outcome == "completed":
        return case.limits.completed_rest_days
    chosen = case.ledger.paused_until
    if outcome == "not_now" and chosen is not None and moment <= chosen:
        return 0.0  # the date of this "not now" stands, and PAUSED keeps it
    return case.policy.rest_days.get(outcome, 0.0)


def _rest(case: Case, rule: Reason, since: datetime, days: float, about: str = "") -> Finding | None:
    until = since + days * DAY
    if case.at >= until:
        return None
    return Finding(rule, until, (case.at - since) / DAY, days, about)


def _end(finding: Finding) -> datetime:
    assert finding.until is not None
    return finding.until


def _stricter(limit: int, own: int | None) -> int:
    return limit if own is None or own > limit else own


def _invite_cap(case: Case, rule: Reason, limit: int, days: int) -> Finding | None:
    return _cap(case, rule, case.ledger.invites, case.ledger.reserved_invites, limit, days)


def _cap(
    case: Case, rule: Reason, events: Sequence[datetime], reserved: int, limit: int, days: int
) -> Finding | None:
    """Events of the last days, half-open: one exactly that old no longer counts.

    An event that seems to lie in the future does count: a clock that was put back frees no cap.
    """
    if len(events) + reserved < limit:
        return None
    window = days * DAY
    first = bisect_right(events, case.at - window)
    used = len(events) - first
    if used + reserved < limit:
        return None
    room = limit - 1 - reserved
    until = events[len(events) - room - 1] + window if room >= 0 else None
    return Finding(rule, until, used + reserved, limit)


def _whole_seconds(days: float) -> timedelta:
    # Up, so that the burden has surely fallen far enough by then.
    return timedelta(seconds=ceil(days * DAY.total_seconds()))


RULES: Final[Mapping[Reason, Rule]] = {
    Reason.OPT_OUT: opt_out,
    Reason.PAUSED: paused,
    Reason.DORMANT: dormant,
    Reason.UNREACHABLE: unreachable,
    Reason.NOT_IN_AUDIENCE: not_in_audience,
    Reason.NOT_ELIGIBLE: not_eligible,
    Reason.ALREADY_ASKED: already_asked,
    Reason.IN_SESSION: in_session,
    Reason.QUARANTINE: quarantine,
    Reason.MIN_GAP: min_gap,
    Reason.CAP_1D: cap_1d,
    Reason.CAP_30D: cap_30d,
    Reason.CAP_365D: cap_365d,
    Reason.CAP_MESSAGES: cap_messages,
    Reason.RESERVED_FOR_SAMPLE: reserved_for_sample,
    Reason.GROUP_CAP: group_cap,
    Reason.BURDEN: too_much_burden,
    Reason.SEND_WINDOW: send_window,
    Reason.TOO_LATE: too_late,
    Reason.ENOUGH_ANSWERS: enough_answers,
}
"""Every rule. TAKEN_BY_HIGHER_PRIORITY and NOT_DRAWN are findings of the planner, which sees everybody."""
