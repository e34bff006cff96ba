"""Quantiles agree with 40-digit arithmetic, with closed forms and with printed examples."""

from math import atan, inf, pi, sqrt, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.distributions import beta_cdf, beta_quantile, f_quantile, normal_quantile, t_quantile
from tests.oracles import figures

PROBABILITIES = st.floats(0.0005, 0.9995)
SHAPES = st.floats(0.5, 5000)


def test_t_quantiles_agree_with_exact_arithmetic() -> None:
    """From 1 to 10,000 degrees of freedom and far into both tails, t is exact to nine digits."""
    for df, p, expected in figures("quantiles", "t")["rows"]:
        assert t_quantile(p, df) == pytest.approx(expected, rel=1e-9), (df, p)


def test_beta_quantiles_agree_with_exact_arithmetic() -> None:
    """Flat, steep and narrow beta distributions are exact to nine digits."""
    for a, b, p, expected in figures("quantiles", "beta")["rows"]:
        assert beta_quantile(p, a, b) == pytest.approx(expected, rel=1e-9), (a, b, p)


def test_f_quantiles_agree_with_exact_arithmetic() -> None:
    """F is exact to nine digits for scales of 2 to 25 items and 2 to 2,800 people."""
    for df1, df2, p, expected in figures("quantiles", "f")["rows"]:
        assert f_quantile(p, df1, df2) == pytest.approx(expected, rel=1e-9), (df1, df2, p)


def test_quantiles_reproduce_printed_intervals() -> None:
    """The intervals that an R package prints for a mean and for an alpha come out to the digits shown."""
    printed = figures("quantiles", "printed")
    mean = printed["ci.mean.fpc"]
    half = t_quantile(0.975, mean["n"] - 1) * mean["se"]
    assert mean["mean"] - half == pytest.approx(mean["low"], abs=1e-5)
    assert mean["mean"] + half == pytest.approx(mean["high"], abs=1e-5)
    alpha = printed["ci.cronbach"]
    df1, df2 = alpha["n"] - 1, alpha["n"] * (alpha["items"] - 1)
    limits = [1 - (1 - alpha["alpha"]) * f_quantile(p, df1, df2) for p in (0.975, 0.025)]
    assert limits == pytest.approx([alpha["low"], alpha["high"]], abs=1e-7)


def test_a_million_answers_leave_the_normal_factor() -> None:
    """With a million degrees of freedom, t stands where the first term of its expansion puts it."""
    z = normal_quantile(0.975)
    assert t_quantile(0.975, 1e6) == pytest.approx(z + (z**3 + z) / 4e6, rel=1e-10)


def test_the_usual_normal_factor() -> None:
    """The factor of 95 % intervals is 1.959963984540054."""
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-15)


@given(PROBABILITIES)
def test_closed_forms(p: float) -> None:
    """Where a distribution has a closed form, its quantile meets it."""
    assert t_quantile(p, 1) == pytest.approx(tan(pi * (p - 0.5)), rel=1e-9, abs=1e-15)
    assert t_quantile(p, 2) == pytest.approx((2 * p - 1) / sqrt(2 * p * (1 - p)), rel=1e-9, abs=1e-15)
    assert beta_quantile(p, 1, 1) == pytest.approx(p, rel=1e-12)
    assert beta_quantile(p, 7, 1) == pytest.approx(p ** (1 / 7), rel=1e-12)
    assert beta_cdf(p, 0.5, 0.5) == pytest.approx(2 / pi * atan(sqrt(p / (1 - p))), rel=1e-12)


@given(PROBABILITIES, SHAPES, SHAPES)
def test_a_quantile_inverts_the_distribution(p: float, a: float, b: float) -> None:
    """The area below a beta quantile is the probability it was asked for."""
    assert beta_cdf(beta_quantile(p, a, b), a, b) == pytest.approx(p, rel=1e-9)


@given(PROBABILITIES, st.floats(1, 5000))
def test_t_is_symmetric_and_wider_than_normal(p: float, df: float) -> None:
    """Both tails of t mirror each other and reach at least as far as the normal ones."""
    assert t_quantile(1 - p, df) == pytest.approx(-t_quantile(p, df), rel=1e-9, abs=1e-12)
    assert abs(t_quantile(p, df)) >= abs(normal_quantile(p)) - 1e-15


@given(st.floats(1, 500), st.floats(1, 500), st.floats(0.51, 0.9995))
def test_t_falls_with_more_degrees_of_freedom(df: float, other: float, p: float) -> None:
    """More answers never lengthen the factor of an interval."""
    few, many = sorted((df, other))
    assert t_quantile(p, many) <= t_quantile(p, few) * (1 + 1e-12)


def test_the_middle_and_the_ends() -> None:
    """Half the area lies below 0 for t; a beta distribution has nothing outside [0, 1]."""
    assert t_quantile(0.5, 3) == 0
    assert [beta_cdf(x, 2, 3) for x in (-1, 0, 1, 2)] == [0, 0, 1, 1]


def test_a_quantile_too_close_to_the_end_stays_inside() -> None:
    """Where the answer is nearer to 0 or 1 than floats can tell, the search still ends."""
    assert beta_quantile(1e-12, 0.02, 5) < 1e-300
    assert beta_quantile(0.999, 5, 0.01) == pytest.approx(1)


@pytest.mark.parametrize("p", [0, 1, -0.1, 1.1, inf])
def test_probabilities_lie_between_0_and_1(p: float) -> None:
    """Every quantile refuses what is no probability."""
    with pytest.raises(ValueError, match="probability"):
        normal_quantile(p)
    with pytest.raises(ValueError, match="probability"):
        beta_quantile(p, 1, 1)
    with pytest.raises(ValueError, match="probability"):
        t_quantile(p, 5)
    with pytest.raises(ValueError, match="probability"):
        f_quantile(p, 5, 5)


def test_parameters_are_checked() -> None:
    """Degrees of freedom below 1 and shapes that are not positive are refused."""
    with pytest.raises(ValueError, match="at least 1"):
        t_quantile(0.9, 0.5)
    for shapes in ((0, 1), (1, -1)):
        with pytest.raises(ValueError, match="positive"):
            beta_quantile(0.5, *shapes)
