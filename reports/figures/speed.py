"""How soon people answer. Nothing here says what anybody answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.statistics import quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Promptness:
    """Whole hours from the invite to the end of the conversation."""

    half: float
    """Half of those who came to the end were there by then."""
    most: float
    """Nine out of ten were."""


def promptness(hours: Mapping[float, int], k: int) -> Promptness | None:
    """None below k sessions."""
    if sum(hours.values()) < k:
        return None
    half, most = quantile(hours, 0.5), quantile(hours, 0.9)
    assert half is not None
    assert most is not None
    return Promptness(half=half, most=most)
