"""How closely two answers go together: Pearson's correlation with the interval of Fisher's z."""

from collections.abc import Mapping
from math import atanh, fsum, sqrt, tanh

from reports.statistics.interval import CONFIDENCE, Interval, z_value

FEWEST = 4  # pairs below which Fisher's z has no standard error


def correlation(pairs: Mapping[tuple[float, float], int], *, confidence: float = CONFIDENCE) -> Interval:
    """R from (x, y) → count, with tanh(atanh r ± z/√(n − 3)) (Fisher, Metron 1, 1921, 3–32).

    No estimate where x or y does not vary; no limits below four pairs or where r is ±1. ValueError for a
    negative count.
    """
    if any(count < 0 for count in pairs.values()):
        raise ValueError("a count cannot be negative")
    n = sum(pairs.values())
    if n == 0:
        return Interval(None, None, None, 0, "fisher_z")
    mean_x = fsum(x * count for (x, _), count in pairs.items()) / n
    mean_y = fsum(y * count for (_, y), count in pairs.items()) / n
    xx = fsum(count * (x - mean_x) ** 2 for (x, _), count in pairs.items())
    yy = fsum(count * (y - mean_y) ** 2 for (_, y), count in pairs.items())
    xy = fsum(count * (x - mean_x) * (y - mean_y) for (x, y), count in pairs.items())
    if xx == 0 or yy == 0:
        return Interval(None, None, None, n, "fisher_z")
    r = max(-1.0, min(1.0, xy / sqrt(xx * yy)))
    if n < FEWEST or abs(r) == 1:
        return Interval(r, None, None, n, "fisher_z")
    half = z_value(confidence) / sqrt(n - 3)
    return Interval(r, tanh(atanh(r) - half), tanh(atanh(r) + half), n, "fisher_z", 1 / sqrt(n - 3))
