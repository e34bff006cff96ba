"""What became of everybody who was drawn, and the response rates that follow from it, as exact fractions.

The outcome codes and RR1 to RR6 are those of the American Association for Public Opinion Research, Standard
Definitions (10th edition, 2023). The page shows RR2 with RR1 beside it; which session is which outcome is
decided here only as far as the answers decide it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

# Convention of the field for break-offs, not a rule of the standard, which asks that the limits be stated.
COMPLETE_FROM = Fraction(8, 10)  # of the applicable questions answered
PARTIAL_FROM = Fraction(5, 10)


class Outcome(StrEnum):
    """The final disposition of one person drawn for a wave, in a chat."""

    COMPLETE = "I"  # interview: 80 % or more of the applicable questions answered
    PARTIAL = "P"  # 50 % or more
    REFUSAL = "R"  # declined, stopped, or broke off before half
    NON_CONTACT = "NC"  # delivered, no reaction
    OTHER = "O"  # drawn, then withheld by a rule, or unable
    UNKNOWN_HOUSEHOLD = "UH"  # no use in a chat; kept so that the formulas stay the published ones
    UNKNOWN_OTHER = "UO"  # delivery unknown or blocked
    NOT_ELIGIBLE = "NE"  # found to be out of scope


def outcome_of_answers(answered: int, applicable: int) -> Outcome:
    """Complete, partial or refusal (a break-off), from the questions that applied to the person.

    A flow in which nothing applied counts as complete. ValueError unless 0 ≤ answered ≤ applicable.
    """
    if not 0 <= answered <= applicable:
        raise ValueError(f"{answered} of {applicable} questions cannot be answered")
    done = Fraction(answered, applicable) if applicable else Fraction(1)
    if done >= COMPLETE_FROM:
        return Outcome.COMPLETE
    return Outcome.PARTIAL if done >= PARTIAL_FROM else Outcome.REFUSAL


@dataclass(frozen=True, slots=True)
class ResponseRates:
    """RR1–RR6, each None where nobody is in its denominator, and the e used in RR3 and RR4.

    RR1 = I/(K + U), RR2 = (I + P)/(K + U); RR3 and RR4 have K + eU below, RR5 and RR6 only K, where K = I +
    P + R + NC + O are the people known to be eligible and U = UH + UO those of whom it is not known.
    """

    rr1: Fraction | None
    rr2: Fraction | None
    rr3: Fraction | None
    rr4: Fraction | None
    rr5: Fraction | None
    rr6: Fraction | None
    eligible_share: Fraction


def response_rates(
    outcomes: Iterable[Outcome] | Counter[Outcome], *, eligible_share: Fraction | None = None
) -> ResponseRates:
    """The six rates from one outcome per person, or from a Counter of outcomes.

    `eligible_share` is the standard's e, the share of the unknown who are thought eligible; unless stated
    it is K/(K + NE), and 1 (the strictest) if nobody's eligibility is known. ValueError unless 0 ≤ e ≤ 1.
    """
    n = Counter(outcomes)
    complete, partial = n[Outcome.COMPLETE], n[Outcome.PARTIAL]
    known = complete + partial + n[Outcome.REFUSAL] + n[Outcome.NON_CONTACT] + n[Outcome.OTHER]
    unknown = n[Outcome.UNKNOWN_HOUSEHOLD] + n[Outcome.UNKNOWN_OTHER]
    e = eligible_share
    if e is None:
        seen = known + n[Outcome.NOT_ELIGIBLE]
        e = Fraction(known, seen) if seen else Fraction(1)
    if not 0 <= e <= 1:
        raise ValueError(f"e is a share between 0 and 1, not {e}")
    every, likely, sure = Fraction(known + unknown), known + e * unknown, Fraction(known)
    both = complete + partial
    return ResponseRates(
        rr1=_ratio(complete, every),
        rr2=_ratio(both, every),
        rr3=_ratio(complete, likely),
        rr4=_ratio(both, likely),
        rr5=_ratio(complete, sure),
        rr6=_ratio(both, sure),
        eligible_share=e,
    )


def _ratio(count: int, base: Fraction) -> Fraction | None:
    return count / base if base else None
