"""The R-indicator says how evenly the groups answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import Representativity, representativity
from tests.oracles import figures

GROUPS = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 999)), min_size=1).filter(
    lambda groups: sum(size for _, size in groups) > 1
)


def test_r_indicator() -> None:
    """Three groups that answered at 60, 40 and 20 %."""
    known = figures("representativity", "r_indicator")
    found = representativity(zip(known["rho"], known["N"], strict=True))
    assert found is not None
    assert (found.indicator, found.spread) == pytest.approx((known["R"], known["S"]), rel=1e-12)
    assert (found.mean, found.largest_bias) == pytest.approx((known["mean"], known["max_bias"]), rel=1e-9)


def test_groups_that_answer_alike_are_representative() -> None:
    """Equal propensities give 1; if nobody answered, the bias is unknown."""
    assert representativity([(0.5, 10), (0.5, 30)]) == Representativity(1, 0.5, 0, 0)
    assert representativity([(0, 10)]) == Representativity(1, 0, 0, None)


def test_too_few_people() -> None:
    """One person, or none, has no spread."""
    assert representativity([]) is None
    assert representativity([(1, 1)]) is None


@pytest.mark.parametrize("rho", [-0.1, 1.1])
def test_propensities_are_shares(rho: float) -> None:
    """A propensity outside [0, 1] is refused."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        representativity([(rho, 5)])


@given(GROUPS)
def test_the_indicator_has_bounds(groups: list[tuple[float, int]]) -> None:
    """R is at most 1, and at least what two opposite halves leave of it."""
    found = representativity(groups)
    people = sum(size for _, size in groups)
    assert found is not None
    assert 1 - (people / (people - 1)) ** 0.5 - 1e-9 <= found.indicator <= 1
    assert -1e-12 <= found.mean <= 1 + 1e-12
