"""The net promoter score and its interval, from three counts or from the answers 0 to 10.

The score is a fraction in [−1, 1], promoters minus detractors; the usual "+45" is the page's business.
"""

from math import sqrt

from reports.statistics.interval import (
    CONFIDENCE,
    Counts,
    Interval,
    checked_total,
    named,
    sampled_share,
    z_value,
)

SCALE = range(11)
PROMOTERS = frozenset((9, 10))  # Reichheld, Harvard Business Review, December 2003: "the one number"
DETRACTORS = frozenset(range(7))
ADDED = (0.75, 1.5, 0.75)  # promoters, passives, detractors: three answers, divided 1 : 2 : 1


def nps_interval(
    promoters: int,
    passives: int,
    detractors: int,
    *,
    population: int | None = None,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The score p − d with the adjusted Wald interval (Rocks, American Statistician 70, 2016, 365–372).

    Three answers are added before the interval is taken (3/4 promoters, 3/2 passives, 3/4 detractors): p′ −
    d′ ± z √((p′ + d′ − (p′ − d′)²) / (n + 3) · (1 − n/N)), cut at −1 and 1, so that ten promoters out of
    ten do not look certain. Where that centre is far from the score (one or two answers, or nearly
    everybody asked) the interval is widened to hold the score itself. `se` is the adjusted standard error.
    Without answers: no score, and [−1, 1]. n = N gives a point. ValueError for negative counts or n > N.
    """
    groups = (promoters, passives, detractors)
    if min(groups) < 0:
        raise ValueError("a count cannot be negative")
    n, method = sum(groups), named("adjusted_wald", population)
    sampled = sampled_share(n, population)
    if n == 0:
        return Interval(None, -1.0, 1.0, 0, method)
    score = (promoters - detractors) / n
    if sampled == 1.0:
        return Interval(score, score, score, n, method, 0.0)
    p, _, d = ((count + more) / (n + sum(ADDED)) for count, more in zip(groups, ADDED, strict=True))
    se = sqrt((p + d - (p - d) ** 2) / (n + sum(ADDED)) * (1 - sampled))
    half = z_value(confidence) * se
    low, high = min(score, max(-1.0, p - d - half)), max(score, min(1.0, p - d + half))
    return Interval(score, low, high, n, method, se)


def nps_of(counts: Counts, *, population: int | None = None, confidence: float = CONFIDENCE) -> Interval:
    """The score from answers 0 to 10: 9 and 10 promote, 0 to 6 detract; ValueError for other values."""
    n = checked_total(counts)
    if strange := sorted(value for value in counts if value not in SCALE):
        raise ValueError(f"the net promoter score is asked on whole numbers from 0 to 10, not {strange}")
    promoters = sum(count for value, count in counts.items() if value in PROMOTERS)
    detractors = sum(count for value, count in counts.items() if value in DETRACTORS)
    return nps_interval(
        promoters, n - promoters - detractors, detractors, population=population, confidence=confidence
    )
