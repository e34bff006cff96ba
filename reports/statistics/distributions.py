"""Quantiles of the normal, beta, t and F distributions from the standard library alone.

They serve the intervals of this package and the sample sizes of the scheduler. Everything rests on the
regularised incomplete beta function; nothing here knows what a survey is. Relative errors stay below 1e-9
(measured against 40-digit arithmetic for the parameters a survey can bring, up to a million answers).
"""

from math import exp, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

LN_SQRT_2PI = 0.5 * log(2 * pi)
# Stirling's series for ln Γ; for n > 15 the first term left out is below 2e-16 (Loader 2000).
STIRLING = (1 / 12, 1 / 360, 1 / 1260, 1 / 1680, 1 / 1188)
STIRLING_FROM = 15.0
CONVERGED = 1e-15  # relative change at which the continued fraction has nothing left to add
SETTLED = 1e-14  # relative step at which a quantile is accepted
TINY = 1e-300  # stands in for an exact zero in Lentz's method


def normal_quantile(p: float) -> float:
    """The z with P(Z ≤ z) = p for the standard normal; 0 < p < 1, otherwise ValueError."""
    _open_unit(p)
    return NormalDist().inv_cdf(p)


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(X ≤ x) for X ~ Beta(a, b), that is the regularised incomplete beta function I_x(a, b); a, b > 0."""
    return _incomplete_beta(x, 1.0 - x, a, b)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with P(X ≤ x) = p for X ~ Beta(a, b); a, b > 0 and 0 < p < 1, otherwise ValueError.

    Newton's method inside a bracket that every evaluation narrows, bisection where Newton would leave it.
    """
    _open_unit(p)
    if a <= 0 or b <= 0:
        raise ValueError(f"a and b must be positive, not {a} and {b}")
    low, high, x = 0.0, 1.0, a / (a + b)
    while True:
        excess = beta_cdf(x, a, b) - p
        low, high = (low, x) if excess > 0 else (x, high)
        density = _power_term(x, 1.0 - x, a, b) / (x * (1.0 - x) or TINY)
        guess = x - excess / (density or TINY)
        if not low < guess < high:
            guess = (low + high) / 2
        if abs(guess - x) <= SETTLED * x:
            return guess
        x = guess


def t_quantile(p: float, df: float) -> float:
    """The t with P(T ≤ t) = p for Student's t with `df` ≥ 1 degrees of freedom (fractions allowed).

    Raises ValueError for p outside (0, 1) or df < 1. Newton's method on the upper tail, which is convex
    there, so that the steps from the normal quantile (always too small) approach from one side.
    """
    _open_unit(p)
    if df < 1:
        raise ValueError(f"degrees of freedom must be at least 1, not {df}")
    tail = min(p, 1.0 - p)
    t = -normal_quantile(tail)
    while t > 0:
        x, y = df / (df + t * t), t * t / (df + t * t)
        area = 0.5 * _incomplete_beta(x, y, df / 2, 0.5)
        density = _power_term(x, y, df / 2, 0.5) / t
        step = (area - tail) / density
        t += step
        if step <= SETTLED * t:
            break
    return -t if p == tail else t


def f_quantile(p: float, df1: float, df2: float) -> float:
    """The f with P(F ≤ f) = p for the F distribution with `df1` and `df2` > 0 degrees of freedom."""
    x = beta_quantile(p, df1 / 2, df2 / 2)
    y = beta_quantile(1.0 - p, df2 / 2, df1 / 2)  # 1 − x, which would lose digits where x is close to 1
    return df2 * x / (df1 * y)


def chi_square_tail(x: float, df: float) -> float:
    """P(X > x) for the chi-square distribution with `df` > 0 degrees of freedom; ValueError otherwise.

    The regularised incomplete gamma function: its series below the mean (DLMF 8.7.1), the continued fraction
    above (DLMF 8.9.2, by Lentz's method).
    """
    if df <= 0:
        raise ValueError(f"degrees of freedom must be positive, not {df}")
    if x <= 0:
        return 1.0
    a, y = df / 2, x / 2
    scale = exp(a * log(y) - y - lgamma(a))
    if y < a + 1:
        term = total = 1 / a
        n = a
        while term > total * CONVERGED:
            n += 1
            term *= y / n
            total += term
        return 1 - scale * total
    b = y + 1 - a
    c, d = 1 / TINY, 1 / b
    value, change, i = d, 0.0, 0
    while abs(change - 1) > CONVERGED:
        i += 1
        b += 2
        step = -i * (i - a)
        d = 1 / (step * d + b)
        c = b + step / c
        change = c * d
        value *= change
    return scale * value


def _open_unit(p: float) -> None:
    if not 0.0 < p < 1.0:
        raise ValueError(f"a probability must lie between 0 and 1, not {p}")


def _incomplete_beta(x: float, y: float, a: float, b: float) -> float:
    """I_x(a, b) with y = 1 − x given apart, so that neither loses digits near the ends (DLMF 8.17.22)."""
    if x <= 0.0 or y <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        return 1.0 - _power_term(y, x, b, a) * _fraction(y, b, a) / b
    return _power_term(x, y, a, b) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c = 1.0
    value = d = 1.0 / (1.0 - (a + b) * x / (a + 1))
    m, change = 0, 0.0
    while abs(change - 1.0) > CONVERGED:
        m += 1
        k = a + 2 * m
        for term in (m * (b - m) * x / ((k - 1) * k), -(a + m) * (a + b + m) * x / (k * (k + 1))):
            c = 1.0 + term / c or TINY
            d = 1.0 / (1.0 + term * d or TINY)
            change = c * d
            value *= change
    return value


def _power_term(x: float, y: float, a: float, b: float) -> float:
    """x^a y^b / B(a, b) by a saddle-point expansion, so that large log-gammas never cancel (Loader 2000)."""
    n = a + b
    if x <= 0.0 or y <= 0.0:
        return 0.0
    scale = _stirling_error(n) - _stirling_error(a) - _stirling_error(b)
    return sqrt(a * b / (2 * pi * n)) * exp(scale - _deviance(a, n * x) - _deviance(b, n * y))


def _stirling_error(n: float) -> float:
    """How far ln Γ(n + 1) lies above Stirling's approximation of it."""
    if n <= STIRLING_FROM:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - LN_SQRT_2PI
    s0, s1, s2, s3, s4 = STIRLING
    nn = n * n
    return (s0 - (s1 - (s2 - (s3 - s4 / nn) / nn) / nn) / nn) / n


def _deviance(n: float, expected: float) -> float:
    """The deviance n ln(n / expected) + expected − n, accurate whether the two are close or far apart."""
    difference = expected - n
    close = abs(difference) < 0.5 * n
    return difference - n * (log1p(difference / n) if close else log(expected / n))
