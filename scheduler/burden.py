"""Burden: what a person has been asked to give, in points of about one minute, fading with a half-life.

Arithmetic only. It protects a person from too many questions and is never shown as a score of anybody.
``B(t) = Σ bᵢ · 2^(−(t − tᵢ)/H)``, kept as two numbers per person, B and its time.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import log2
from typing import Final

from bot.engine.flow import Question
from scheduler.ledger import Preference
from scheduler.limits import limits_of
from scheduler.surveys import Policy

DAY: Final = timedelta(days=1)
SECONDS_PER_POINT: Final = 60
DEFAULT_SECONDS: Final = 10.0
"""A question of a type that the policy has no time for: one tap."""


def decayed(points: float, since: datetime | None, at: datetime, half_life_days: float) -> float:
    """The points of ``since`` as they count at ``at``. A clock that was put back does not make them grow."""
    if not points or since is None or at <= since:
        return points
    faded: float = points * 2.0 ** (-((at - since) / DAY) / half_life_days)
    return faded


def added(
    points: float, since: datetime | None, more: float, at: datetime, half_life_days: float
) -> tuple[float, datetime]:
    """The two numbers to keep after ``more`` points were booked at ``at``: decay first, then add."""
    moment = at if since is None else max(since, at)
    return decayed(points, since, moment, half_life_days) + more, moment


def wait_days(points: float, cost: float, capacity: float, half_life_days: float) -> float | None:
    """Days until the cost fits beside the points, 0 if it does now; None if it never will.

    H · log2(B / (C − b)): the time in which B falls to C − b.
    """
    if points + cost <= capacity:
        return 0.0
    room = capacity - cost
    return half_life_days * log2(points / room) if room > 0 else None


def spacing_days(cost: float, capacity: float, half_life_days: float) -> float | None:
    """Days between contacts of this cost at a steady rhythm, −H · log2(1 − b/C); None if it never fits."""
    return -half_life_days * log2(1 - cost / capacity) if cost < capacity else None


def question_seconds(policy: Policy, question: Question) -> float:
    """The time an answer is expected to take: the question's own, else that of its type."""
    if question.seconds:
        return question.seconds
    kind: str = question.type
    if question.preset == "faces":
        kind = "faces"
    elif question.type == "text" and question.long:
        kind = "long_text"
    return policy.seconds.get(kind, DEFAULT_SECONDS)


def flow_points(
    policy: Policy, questions: Iterable[Question], *, heavy: bool = False, self_started: bool = False
) -> float:
    """What these questions are expected to cost, without the contact itself."""
    seconds = sum(question_seconds(policy, question) for question in questions)
    return points(policy, seconds, heavy=heavy, self_started=self_started)


def invite_points(policy: Policy, questions: Iterable[Question], *, heavy: bool = False) -> float:
    """The cost of an invite: the contact and the questions behind it. Reminders are booked when they come."""
    return policy.points_contact + flow_points(policy, questions, heavy=heavy)


def points(policy: Policy, seconds: float, *, heavy: bool = False, self_started: bool = False) -> float:
    """Points of so many seconds of a person's time: ``heavy · self · seconds/60``."""
    factor = policy.heavy_factor if heavy else 1.0
    if self_started:
        factor *= policy.self_started_factor
    return factor * seconds / SECONDS_PER_POINT


def active_seconds(policy: Policy, question: Question, measured: float) -> float:
    """The measured time of an answer; after a pause that is too long to be work, the time expected of it."""
    if 0 <= measured <= policy.idle_cut_seconds:
        return measured
    return question_seconds(policy, question)


def reachable_by(policy: Policy, cost: float, preference: Preference) -> bool:
    """Whether an invite of this cost can ever fit the capacity of people with this preference.

    Not for ``normal``: the survey wants to be split. Not for ``less``: these people are never asked.
    """
    return cost < limits_of(policy, preference).capacity


def sustainable_points(policy: Policy, days: float, *, capacity: float | None = None) -> float:
    """What one person can give in so many days at a steady rhythm: ``C (1 − 2^(−1/H))`` per day."""
    full = policy.capacity if capacity is None else capacity
    return float(full * (1 - 2.0 ** (-1 / policy.half_life_days)) * days)


def strain(
    policy: Policy, planned: Iterable[tuple[float, float]], people: Mapping[Preference, int], days: float
) -> float:
    """The share of what the members can give that a plan wants; above 1 it asks too much of them.

    ``planned`` are pairs of invites and points per invite, ``people`` counts by preference. Infinite for a
    plan without people, 0 for no plan.
    """
    wanted = sum(invites * cost for invites, cost in planned)
    given = sum(
        count * sustainable_points(policy, days, capacity=limits_of(policy, preference).capacity)
        for preference, count in people.items()
    )
    if not wanted:
        return 0.0
    return wanted / given if given else float("inf")
