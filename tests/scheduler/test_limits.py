"""The numbers that hold for one person, scaled by what they prefer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.ledger import Preference
from scheduler.limits import backoff, limits_of
from scheduler.surveys import Policy
from tests.oracles import figures
from tests.scheduler.examples import USUAL

ROWS = figures("policy", "preferences")["rows"]


@pytest.mark.parametrize("preference", ["less", "normal", "more"])
def test_limits_of_the_oracle(preference: Preference) -> None:
    """Caps and capacity are multiplied and rounded up, gap and rest divided and rounded down."""
    limits = limits_of(USUAL, preference)
    assert {name: getattr(limits, name) for name in ROWS[preference]} == ROWS[preference]


def test_the_message_cap_is_not_scaled() -> None:
    """More questions do not mean more messages in a week."""
    assert [limits_of(USUAL, wish).messages_per_7d for wish in ("less", "normal", "more")] == [3, 3, 3]


def test_the_completed_rest_can_be_left_unscaled() -> None:
    """With the switch off, everybody rests the organisation's own number of days."""
    policy = replace(USUAL, scale_completed_rest=False)
    assert [limits_of(policy, wish).completed_rest_days for wish in ("less", "more")] == [14, 14]


def test_scaling_never_goes_below_two_days_nor_above_the_own_number() -> None:
    """More at a gap of three days is two days; at a gap of one day it stays one."""
    gaps = [limits_of(replace(USUAL, min_gap_days=days), "more").min_gap_days for days in (3, 1)]
    assert gaps == [2, 1]


def test_fractions_of_days_survive_where_nothing_is_scaled() -> None:
    """An organisation that says half a day means half a day."""
    assert limits_of(replace(USUAL, min_gap_days=0.5), "normal").min_gap_days == 0.5


def test_a_policy_without_completed_rest_has_none() -> None:
    """An outcome that the organisation left out needs no rest."""
    assert limits_of(replace(USUAL, rest_days={}), "more").completed_rest_days == 0


@given(
    policy=st.builds(
        Policy,
        invites_per_30d=st.integers(0, 40),
        invites_per_365d=st.integers(0, 400),
        min_gap_days=st.floats(0, 60),
        capacity=st.floats(0.1, 40),
        rest_days=st.fixed_dictionaries({"completed": st.floats(0, 60)}),
    )
)
def test_less_is_never_looser_and_more_never_stricter(policy: Policy) -> None:
    """Whatever the rounding does, the three preferences keep their order."""
    less, normal, more = (limits_of(policy, wish) for wish in ("less", "normal", "more"))
    for name in ("invites_per_30d", "invites_per_365d", "capacity"):
        assert getattr(less, name) <= getattr(normal, name) <= getattr(more, name)
    for name in ("min_gap_days", "completed_rest_days"):
        assert getattr(less, name) >= getattr(normal, name) >= getattr(more, name)


@pytest.mark.parametrize(("ignored", "days"), figures("policy", "backoff")["gap_days"].items())
def test_gaps_after_ignored_invites(ignored: str, days: float) -> None:
    """Each ignored invite doubles the gap, up to eight times."""
    assert USUAL.min_gap_days * backoff(USUAL, int(ignored)) == days


@pytest.mark.parametrize(("factor", "multiple"), [(1.0, 1.0), (0.5, 1.0), (1e300, 8.0)])
def test_a_strange_factor_never_shortens_the_gap(factor: float, multiple: float) -> None:
    """Ignoring a million invites of any policy gives a finite multiple, at least one."""
    assert backoff(replace(USUAL, backoff_factor=factor), 1_000_000) == multiple
