"""Reasons and verdicts: what the policy answers, as values that explain themselves.

The numbers of the reasons are stored and shown; they never change their meaning. Nothing is decided here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final


class Reason(IntEnum):
    """Why a contact goes out or does not. The first failing rule, in this order, is *the* reason."""

    SELECTED = 0
    OPT_OUT = 1
    PAUSED = 2
    DORMANT = 3
    UNREACHABLE = 4
    NOT_IN_AUDIENCE = 5
    NOT_ELIGIBLE = 6
    ALREADY_ASKED = 7
    IN_SESSION = 8
    QUARANTINE = 9
    MIN_GAP = 10
    CAP_1D = 11
    CAP_30D = 12
    CAP_365D = 13
    CAP_MESSAGES = 14
    RESERVED_FOR_SAMPLE = 15
    GROUP_CAP = 16
    BURDEN = 17
    SEND_WINDOW = 18
    TOO_LATE = 19
    ENOUGH_ANSWERS = 20
    TAKEN_BY_HIGHER_PRIORITY = 21
    """Another survey took the person in this tick."""
    NOT_DRAWN = 22
    """Free, but not reached in the queue of the sample."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fails: what was found, what is allowed, and when it passes by itself.

    ``observed`` and ``limit`` are in the rule's own unit: days for rests and gaps, contacts for caps, points
    for burden, places for the queue; None where there is nothing to count.
    """

    rule: Reason
    until: datetime | None = None
    """None: it does not pass by itself."""
    observed: float | None = None
    limit: float | None = None
    about: str = ""
    """Which one, where a rule has several: the outcome that is rested after, the group of a queue."""


@dataclass(frozen=True, slots=True)
class Go:
    """Every rule passes at the moment that was asked about."""

    @property
    def reason(self) -> Reason:
        """Always SELECTED."""
        return Reason.SELECTED


@dataclass(frozen=True, slots=True)
class Later:
    """Not now, but from ``at`` on (aware UTC, inside the send window), if nothing happens until then."""

    at: datetime
    reason: Reason
    mask: int = 0
    """The other rules that fail, as bits."""
    findings: tuple[Finding, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Never:
    """No date can be given: a rule without an end fails, or the end is later than the contact is good for."""

    reason: Reason
    mask: int = 0
    """The other rules that fail, as bits."""
    earliest: datetime | None = None
    """When the rules would pass, where only ``good_until`` stands against it."""
    findings: tuple[Finding, ...] = field(default=(), compare=False)


Verdict = Go | Later | Never

GO: Final = Go()


def bits(reasons: Iterable[Reason]) -> int:
    """These reasons as a bit mask: reason n is bit n."""
    mask = 0
    for reason in reasons:
        mask |= 1 << reason
    return mask


def from_bits(mask: int) -> Iterator[Reason]:
    """The reasons of a mask, in their order."""
    return (reason for reason in Reason if mask >> reason & 1)
