"""Who was asked, who answered, who was not asked and why, with the rates of the AAPOR standard.

Counts of people, not of answers: they say nothing about what anybody thinks and are shown as they are. Which
story of a person is which outcome is decided here; the formulas are those of ``reports.statistics``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, get_args

from reports.statistics import Outcome, median, outcome_of_answers, response_rates

Story = Literal[
    "completed",
    "partial",
    "abandoned",
    "declined",
    "not_now",
    "ignored",
    "blocked",
    "doubtful",
    "open",
    "withheld",
    "planned",
    "not_asked",
]
"""What became of one person of an audience. ``doubtful``: nobody knows whether the invite arrived. ``open``:
may still answer. ``withheld``: an invite was planned, and a rule stopped it. ``planned``: it is to come."""

STORIES: Final[tuple[Story, ...]] = get_args(Story)

OUTCOMES: Final[Mapping[Story, Outcome]] = {
    "partial": Outcome.PARTIAL,
    "abandoned": Outcome.REFUSAL,
    "declined": Outcome.REFUSAL,
    "not_now": Outcome.REFUSAL,
    "ignored": Outcome.NON_CONTACT,
    "open": Outcome.NON_CONTACT,
    "blocked": Outcome.UNKNOWN_OTHER,
    "doubtful": Outcome.UNKNOWN_OTHER,
    "withheld": Outcome.OTHER,
}
"""A completed session is judged by its answers; those who were never drawn have no outcome."""

ASKED: Final = frozenset({"sent", "unknown"})
"""States of an invite that reached the person, or may have."""

WAITING: Final = frozenset({"invited", "active"})

NOT_ELIGIBLE: Final = frozenset({5, 6})
"""Reasons that put a person outside the audience: NOT_IN_AUDIENCE, NOT_ELIGIBLE."""

NO_HINDRANCE: Final = frozenset({0, 20, 22})
"""Reasons that stood in nobody's way: SELECTED, ENOUGH_ANSWERS, NOT_DRAWN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """So many people of an audience to whom the same happened."""

    people: int = 1
    reason: int | None = None
    """Why they were not asked, or 0."""
    invite: str | None = None
    """reserved, sent, unknown, released; None: none was planned."""
    status: str | None = None
    """Of the session that the invite began."""
    cut_off: bool = False
    """The address cannot be written to any more, and nothing has happened since."""
    answered: int = 0
    applicable: int = 0
    closed: bool = True
    """The wave is over: what has not happened will not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The response of one wave, or of several together. Rates are None where nobody is below the line."""

    audience: int = 0
    drawn: int = 0
    """An invite was planned for them."""
    asked: int = 0
    """The invite was sent, or perhaps sent."""
    reached: int = 0
    """Asked, and neither blocked nor in doubt."""
    started: int = 0
    """Came to at least one answer."""
    answered: int = 0
    """Complete or partial in the sense of the standard: the numerator of RR2."""
    stories: Mapping[Story, int] = field(default_factory=dict)
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    rr1: Fraction | None = None
    rr2: Fraction | None = None
    coverage: Fraction | None = None
    """Of those that the survey is meant for, the share that could be drawn."""
    not_asked: Mapping[int, int] = field(default_factory=dict)
    """By reason code, the most frequent first; 0: their turn did not come, or not yet."""
    median_seconds: float | None = None
    """Active time of a completed session."""


def response(cases: Iterable[Case], tenths: Mapping[float, int] | None = None) -> Response:
    """Count stories and outcomes. ``tenths``: active time of completed sessions, in tenths of a second."""
    stories: Counter[Story] = Counter()
    outcomes: Counter[Outcome] = Counter()
    reasons: Counter[int] = Counter()
    audience = drawn = asked = reached = started = meant = possible = 0
    for case in cases:
        told, outcome, people = story(case), outcome_of(case), case.people
        stories[told] += people
        audience += people
        drawn += people * (case.invite is not None)
        asked += people * (case.invite in ASKED)
        reached += people * (case.invite in ASKED and told not in ("blocked", "doubtful"))
        started += people * (case.applicable > 0)
        meant += people * (case.invite is not None or case.reason not in NOT_ELIGIBLE)
        possible += people * (case.invite is not None or (case.reason or 0) in NO_HINDRANCE)
        if outcome is not None:
            outcomes[outcome] += people
        if case.invite not in ASKED and told != "blocked":
            reasons[case.reason or 0] += people
    rates, middle = response_rates(outcomes), median(tenths or {})
    return Response(
        audience=audience,
        drawn=drawn,
        asked=asked,
        reached=reached,
        started=started,
        answered=outcomes[Outcome.COMPLETE] + outcomes[Outcome.PARTIAL],
        stories={told: stories[told] for told in STORIES if told in stories},
        outcomes={outcome: outcomes[outcome] for outcome in Outcome if outcome in outcomes},
        rr1=rates.rr1,
        rr2=rates.rr2,
        coverage=Fraction(possible, meant) if meant else None,
        not_asked=dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        median_seconds=None if middle is None else middle / 10,
    )


def story(case: Case) -> Story:
    """What became of these people, in one word."""
    if case.cut_off and case.status in (None, "invited", "declined", "ignored"):
        return "blocked"
    if case.status is not None and case.status not in WAITING:
        return "doubtful" if case.status == "ignored" and case.invite == "unknown" else _ended(case.status)
    if case.status == "active":
        return "open"
    match case.invite:
        case None:
            return "not_asked"
        case "released":
            return "withheld"
        case "reserved":
            return "withheld" if case.closed else "planned"
        case "unknown":
            return "doubtful"
    return "ignored" if case.status is None else "open"


def _ended(status: str) -> Story:
    """Statuses of an ended session are stories by the same name."""
    return next(told for told in STORIES if told == status)


def outcome_of(case: Case) -> Outcome | None:
    """The final disposition by the standard; None for those who were never drawn, or not yet."""
    told = story(case)
    if told == "completed":
        return outcome_of_answers(case.answered, case.applicable)
    if told == "withheld" and case.reason in NOT_ELIGIBLE:
        return Outcome.NOT_ELIGIBLE
    return OUTCOMES.get(told)
