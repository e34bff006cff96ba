"""Who of many alike is drawn: by turn, by lot, or by the panel's place on the ring of permanent numbers.

Every person has a permanent random number, and nothing here throws dice: the same people, turns and seed give
the same draw, in whatever order they come. Numbers of people are decided in ``allocation``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scheduler.allocation import Cell
from scheduler.crowd import Bits, Codes, Crowd, Numbers
from scheduler.surveys import Method

PRN_BITS: Final = 63
"""A permanent random number is a whole number of so many bits."""
RING: Final = 1 << PRN_BITS

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def splitmix64(keys: Bits) -> Bits:
    """One output of SplitMix64 for each key taken as state (Steele, Lea, Flood, OOPSLA 2014, page 459)."""
    with np.errstate(over="ignore"):
        mixed = keys + _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    found: Bits = mixed ^ (mixed >> np.uint64(31))
    return found


@dataclass(frozen=True, slots=True)
class Lot:
    """How a wave draws. ``seed`` is for a lot, ``start`` (0 to 1) the panel's first place on the ring."""

    method: Method = "turn_queue"
    seed: int = 0
    start: float = 0.0


def rotated(start: float, drawn: int, audience: int, rotate: float) -> float:
    """Where the next panel begins on the ring, so that the share ``rotate`` of this one leaves it.

    Sampling by permanent random numbers with rotation (Ohlsson, Business Survey Methods, 1995, chapter 9).
    """
    return (start + rotate * drawn / audience) % 1.0 if audience else start


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Rows of the crowd that were given to a cell, and how probable that was for each."""

    cell: Cell
    rows: Numbers
    probability: float


def draw(
    crowd: Crowd,
    rows: Numbers,
    classes: Codes,
    given: Sequence[Mapping[Cell, int]],
    lots: Mapping[int, Lot],
) -> Iterator[Drawn]:
    """The people of each class (``classes`` numbers one for each of ``rows``) to the cells they are given to.

    The first survey draws first. Ties go by turn, then by permanent number.
    """
    sizes = np.bincount(classes, minlength=len(given))
    giving = np.array([bool(counts) for counts in given], np.bool_)
    if len(given) and not giving.all():
        some = giving[classes]
        rows, classes = rows[some], classes[some]
    line = _line(crowd, rows, classes, given)
    ends = np.cumsum(np.where(giving, sizes, 0))
    for number, counts in enumerate(given):
        waiting = line[ends[number] - sizes[number] : ends[number]] if counts else line[:0]
        for cell, count in counts.items():
            lot = lots.get(cell.wave, Lot())
            chosen = _first(crowd, waiting, count, lot)
            yield Drawn(cell, waiting[chosen], count / int(sizes[number]))
            waiting = waiting[~chosen]


def _line(crowd: Crowd, rows: Numbers, classes: Codes, given: Sequence[Mapping[Cell, int]]) -> Numbers:
    """The rows class by class, and in each class by turn."""
    queue = np.lexsort((crowd.person[rows], crowd.prn[rows], crowd.turn[rows]))
    few = classes[queue].astype(np.uint16 if len(given) < 1 << 16 else np.int64)
    return rows[queue[np.argsort(few, kind="stable")]]


def _first(
    crowd: Crowd, waiting: Numbers, count: int, lot: Lot
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    chosen = np.zeros(len(waiting), np.bool_)
    if lot.method == "turn_queue":
        chosen[:count] = True
    else:
        chosen[np.argsort(_keys(crowd.prn[waiting], lot), kind="stable")[:count]] = True
    return chosen


def _keys(prn: Bits, lot: Lot) -> Bits:
    if lot.method == "random":
        return splitmix64(prn ^ np.uint64(lot.seed))
    return (prn - np.uint64(int(lot.start * RING))) & np.uint64(RING - 1)


def places(crowd: Crowd, rows: Numbers) -> Numbers:
    """The place of each of these rows in their common turn queue, from 1."""
    found = np.empty(len(rows), np.int64)
    found[np.lexsort((crowd.person[rows], crowd.prn[rows], crowd.turn[rows]))] = np.arange(1, len(rows) + 1)
    return found
