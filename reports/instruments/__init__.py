"""Published instruments: from a person's answers to a score, and from scores to the figure of a group.

What an instrument is stands in ``instruments.toml``, with its source and licence; nothing here knows a single
one of them. The texts of the items are the admin's.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from reports.statistics import Interval, mean_interval, nps_of, top_box

FILE: Final = Path(__file__).with_name("instruments.toml")


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One instrument. Items count from 1."""

    name: str
    items: int
    points: tuple[int, int]
    """The first and the last point of every item."""
    reversed: tuple[int, ...] = ()
    """Items that are asked the other way round."""
    zero: int = 0
    """Taken from every item."""
    factor: float = 1.0
    group: Literal["mean", "nps", "top2"]
    """The figure of a group."""
    cut_off: float | None = None
    cut_off_meaning: str = ""
    source: str
    licence: str

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest score."""
        first, last = self.points
        return self.items * (first - self.zero) * self.factor, self.items * (last - self.zero) * self.factor


@cache
def instruments() -> Mapping[str, Instrument]:
    """All of them, by id."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Instrument])


def score(instrument: Instrument, answers: Sequence[float | None]) -> float | None:
    """One person's score; None where an item has no answer.

    ValueError for another number of answers, and for an answer that is no point of the scale.
    """
    if len(answers) != instrument.items:
        raise ValueError(f"{instrument.name} has {instrument.items} items, not {len(answers)}")
    first, last = instrument.points
    total = 0.0
    for item, answer in enumerate(answers, start=1):
        if answer is None:
            return None
        if not first <= answer <= last:
            raise ValueError(f"{answer} is not between {first} and {last}")
        turned = first + last - answer if item in instrument.reversed else answer
        total += turned - instrument.zero
    return total * instrument.factor


def of_group(
    instrument: Instrument, scores: Iterable[float | None], *, population: int | None = None
) -> Interval:
    """The group's figure with its 95 % interval: mean score, net promoter score, or share of the best two."""
    counts = Counter(one for one in scores if one is not None)
    match instrument.group:
        case "nps":
            return nps_of(counts, population=population)
        case "top2":
            first, last = instrument.points
            return top_box(counts, range(first, last + 1), population=population)
    return mean_interval(counts, population=population)
