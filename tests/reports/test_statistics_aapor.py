"""Response rates are those of the AAPOR Standard Definitions, as exact fractions."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import Outcome, ResponseRates, outcome_of_answers, response_rates
from tests.oracles import figures

TALLIES = st.dictionaries(st.sampled_from(Outcome), st.integers(0, 300)).map(Counter)


def six(rates: ResponseRates) -> list[Fraction | None]:
    """RR1 to RR6 in order."""
    return [rates.rr1, rates.rr2, rates.rr3, rates.rr4, rates.rr5, rates.rr6]


@pytest.mark.parametrize("row", figures("aapor", "response_rates")["rows"])
def test_response_rates(row: dict[str, int | str | list[str]]) -> None:
    """The six rates of published tallies, with a stated e."""
    tally = Counter({outcome: int(str(row[outcome])) for outcome in Outcome})
    rates = response_rates(tally, eligible_share=Fraction(str(row["e"])))
    assert isinstance(row["RR"], list)
    assert six(rates) == [Fraction(rate) for rate in row["RR"]]


def test_e_is_estimated_unless_stated() -> None:
    """K/(K + NE) of those whose eligibility is known stands in for e: 550 of 562."""
    row = figures("aapor", "response_rates")["rows"][2]
    rates = response_rates(Counter({outcome: row[outcome] for outcome in Outcome}))
    assert rates.eligible_share == Fraction(row["e"]) == Fraction(550, 562)


def test_people_are_tallied_one_by_one() -> None:
    """One outcome per person gives the same rates as their tally."""
    people = [Outcome.COMPLETE, Outcome.NON_CONTACT, Outcome.COMPLETE, Outcome.PARTIAL]
    assert response_rates(iter(people)) == response_rates(Counter(people))
    assert response_rates(people).rr2 == Fraction(3, 4)


def test_nobody_has_no_rate() -> None:
    """Where nobody was asked, rates are absent rather than nought; out of scope is nobody too."""
    assert six(response_rates([])) == [None] * 6
    assert six(response_rates([Outcome.NOT_ELIGIBLE])) == [None] * 6


def test_only_the_unknown() -> None:
    """If nobody is known to be eligible, the strictest e counts all the unknown."""
    rates = response_rates([Outcome.UNKNOWN_OTHER])
    assert rates.eligible_share == 1
    assert six(rates) == [0, 0, 0, 0, None, None]


def test_e_is_a_share() -> None:
    """An e above 1 is refused."""
    with pytest.raises(ValueError, match="e is a share"):
        response_rates([Outcome.COMPLETE], eligible_share=Fraction(3, 2))


@given(TALLIES)
def test_rates_keep_their_order(tally: Counter[Outcome]) -> None:
    """0 ≤ RR1 ≤ RR3 ≤ RR5 ≤ 1, the even rates alike, and partial interviews never lower a rate."""
    rates = [rate for rate in six(response_rates(tally)) if rate is not None]
    assert all(0 <= rate <= 1 for rate in rates)
    assert rates[::2] == sorted(rates[::2])
    assert rates[1::2] == sorted(rates[1::2])
    assert all(strict <= kind for strict, kind in zip(rates[::2], rates[1::2], strict=True))


@pytest.mark.parametrize(
    ("answered", "applicable", "expected"),
    [
        (5, 5, Outcome.COMPLETE),
        (4, 5, Outcome.COMPLETE),
        (3, 4, Outcome.PARTIAL),
        (1, 2, Outcome.PARTIAL),
        (2, 5, Outcome.REFUSAL),
        (0, 3, Outcome.REFUSAL),
        (0, 0, Outcome.COMPLETE),
    ],
)
def test_answers_decide_the_outcome(answered: int, applicable: int, expected: Outcome) -> None:
    """Complete from 80 %, partial from 50 %, below that a break-off."""
    assert outcome_of_answers(answered, applicable) is expected


@pytest.mark.parametrize(("answered", "applicable"), [(3, 2), (-1, 2)])
def test_impossible_answers_are_refused(answered: int, applicable: int) -> None:
    """Nobody answers more questions than there are, or fewer than none."""
    with pytest.raises(ValueError, match="cannot be answered"):
        outcome_of_answers(answered, applicable)
