"""The numbers that hold for one person: the organisation's, scaled by what the person prefers.

The preference scales first; a survey's own stricter number is taken afterwards, by the rule that needs it.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from scheduler.ledger import Preference
from scheduler.surveys import Policy

UNSCALED: Final = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps in contacts, gap and rest in days, capacity in points."""

    invites_per_1d: int
    invites_per_30d: int
    invites_per_365d: int
    messages_per_7d: int
    min_gap_days: float
    completed_rest_days: float
    capacity: float


def limits_of(policy: Policy, preference: Preference) -> Limits:
    """Caps per 30 and 365 days and capacity × f, rounded up; gap and completed rest ÷ f, rounded down.

    The daily cap, the message cap and the other rests stay. A preference for less is never looser than the
    organisation's own number, one for more never stricter, whatever the rounding.
    """
    factor = policy.preference.get(preference, UNSCALED)
    rest = policy.rest_days.get("completed", 0.0)
    if factor == UNSCALED:
        return Limits(
            policy.invites_per_1d,
            policy.invites_per_30d,
            policy.invites_per_365d,
            policy.messages_per_7d,
            policy.min_gap_days,
            rest,
            policy.capacity,
        )
    return Limits(
        policy.invites_per_1d,
        ceil(policy.invites_per_30d * factor),
        ceil(policy.invites_per_365d * factor),
        policy.messages_per_7d,
        _days(policy.min_gap_days, factor, policy.min_gap_floor_days),
        _days(rest, factor, policy.min_gap_floor_days) if policy.scale_completed_rest else rest,
        _points(policy.capacity, factor),
    )


def _days(days: float, factor: float, least: float) -> float:
    scaled = floor(days / factor)
    if factor < UNSCALED:
        return max(scaled, days)
    return max(scaled, min(days, least))


def _points(capacity: float, factor: float) -> float:
    scaled = ceil(capacity * factor)
    return min(scaled, capacity) if factor < UNSCALED else scaled


def backoff(policy: Policy, ignored_in_row: int) -> float:
    """What the gap is multiplied with after so many ignored invites in a row: factorᵏ, up to a most."""
    multiple = 1.0
    for _ in range(ignored_in_row):
        multiple *= policy.backoff_factor
        if multiple >= policy.backoff_max_factor or multiple <= 1.0:
            break
    return max(1.0, min(multiple, policy.backoff_max_factor))
