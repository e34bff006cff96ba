"""The contact policy: may this person be contacted for this, now, and if not, why, and when.

One pure function that the dry run, the planner, the moment of sending and ``why`` all ask. It knows no
clock and no storage; the rules themselves are in ``rules``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from scheduler.exemptions import APPLICABLE, PASSES
from scheduler.ledger import Ask, Ledger
from scheduler.rules import Case
from scheduler.surveys import Policy
from scheduler.verdicts import GO, Finding, Go, Later, Never, Reason, Verdict, bits

__all__ = ["HARD_FLOOR", "Go", "Later", "Never", "Reason", "Verdict", "decide", "hard_floor"]

HARD_FLOOR: Final = (
    (1, timedelta(minutes=1)),
    (2, timedelta(minutes=10)),
    (4, timedelta(hours=1)),
    (10, timedelta(days=1)),
    (60, timedelta(days=7)),
)
"""Messages begun by the bot to one person, per window; the numbers of formr's rate limit. Nobody can
configure them, no class is exempt: whoever reaches them has found a bug, and the operator hears of it."""


def decide(policy: Policy, ledger: Ledger, ask: Ask, at: datetime) -> Verdict:
    """Whether ``ask`` may go to the person of this ledger at ``at`` (aware UTC).

    All rules are looked at; the first that fails, in the order of their numbers, is the reason. Where all
    that fail end by themselves, the verdict says when: after the last of them, inside the person's send
    window. A reminder waits for the window alone and is dropped by any other rule.
    """
    case = Case(policy, ledger, ask, at)
    findings = [found for rule in APPLICABLE[ask.contact, ask.exempt] if (found := rule(case)) is not None]
    if not findings:
        return GO
    free = _end_of_all(ask, findings)
    if free is None:
        return _never(findings)
    earliest = free if Reason.SEND_WINDOW in PASSES[ask.exempt] else case.next_open(free)
    if earliest is None:
        return _never([*findings, Finding(Reason.SEND_WINDOW)])
    if ask.good_until is not None and ask.good_until < earliest:
        return _never([*findings, Finding(Reason.TOO_LATE)], earliest)
    return Later(earliest, findings[0].rule, _others(findings), tuple(findings))


def _end_of_all(ask: Ask, findings: Sequence[Finding]) -> datetime | None:
    """The end of the last rule that fails; None if one has no end."""
    if ask.contact == "reminder" and any(found.rule != Reason.SEND_WINDOW for found in findings):
        return None
    ends = [found.until for found in findings if found.until is not None]
    return max(ends) if len(ends) == len(findings) else None


def _never(findings: Sequence[Finding], earliest: datetime | None = None) -> Never:
    return Never(findings[0].rule, _others(findings), earliest, tuple(findings))


def _others(findings: Sequence[Finding]) -> int:
    return bits(found.rule for found in findings[1:])


def hard_floor(contacts: Sequence[datetime], at: datetime) -> datetime | None:
    """When the next message may be begun at the earliest, if not at ``at``; None: now.

    ``contacts`` are the messages begun by the bot to this person in the last 7 days, oldest first, of every
    kind and class.
    """
    earliest = at
    for most, window in HARD_FLOOR:
        if len(contacts) >= most:
            earliest = max(earliest, contacts[-most] + window)
    return earliest if earliest > at else None
