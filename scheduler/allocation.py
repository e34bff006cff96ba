"""Which survey of one tick gets how many people: a maximum b-matching by augmenting paths over classes.

Pure arithmetic on places and counts, the same result for the same input in any order. Whether a person may be
asked at all was decided before, and which of a class are drawn is decided after (``drawing``).

Surveys are filled in order of priority. A survey that finds too few free people gets one who was given to
an earlier one, as long as that one can be compensated: nobody loses a person without a replacement, so the
result is the best for the first survey, then for the second, and so on. Each stratum of a survey is a cell
with places of its own, and people who may go to the same cells are one class: the work grows with classes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple


class Cell(NamedTuple):
    """One stratum of one wave."""

    wave: int
    stratum: str


Alike = tuple[Cell, ...]
"""The cells that are open to a class of people, sorted: at most one per wave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a wave wants today, shared out over its strata in proportion to ``sizes``, the audience."""

    wave: int
    quota: int
    sizes: Mapping[str, int]
    spill: bool = False
    """Places that a stratum cannot fill go to the others."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """People of each class given to each cell; and per cell how many were wanted and how many were found."""

    given: Mapping[Alike, Mapping[Cell, int]]
    wanted: Mapping[Cell, int]
    found: Mapping[Cell, int]


def largest_remainder(weights: Sequence[int], seats: int) -> list[int]:
    """Whole seats in proportion to the weights, never more than a weight; what is left goes by remainder.

    Equal remainders: the earlier one. More seats than weights altogether: every weight is filled.
    """
    total = sum(weights)
    seats = min(seats, total)
    if seats <= 0:
        return [0] * len(weights)
    shares = [weight * seats // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(weights[i] * seats % total), i))
    for index in by_remainder[: seats - sum(shares)]:
        shares[index] += 1
    return shares


def allocate(classes: Mapping[Alike, int], demands: Sequence[Demand]) -> Allocation:
    """Give out each class's people, each at most once. ``demands`` come in the order they are filled in."""
    board = _Board(classes, demands)
    wanted: dict[Cell, int] = {}
    for demand in demands:
        strata = _strata(demand)
        places = _shares(demand, strata, demand.quota)
        wanted.update(places)
        left = sum(places.values())
        while places:
            got = {cell: board.fill([cell], count) for cell, count in places.items()}
            left -= sum(got.values())
            strata = [cell.stratum for cell, count in places.items() if got[cell] == count]
            places = _shares(demand, strata, left) if demand.spill and left else {}
        if demand.spill and left:
            board.fill([Cell(demand.wave, stratum) for stratum in _strata(demand)], left)
    given = board.given()
    found = dict.fromkeys(wanted, 0)
    for counts in given.values():
        for cell, count in counts.items():
            found[cell] += count
    return Allocation(given, wanted, found)


def _strata(demand: Demand) -> list[str]:
    return sorted(stratum for stratum, size in demand.sizes.items() if size)


def _shares(demand: Demand, strata: Sequence[str], places: int) -> dict[Cell, int]:
    """Places of these strata in proportion to the audience."""
    shares = largest_remainder([demand.sizes[stratum] for stratum in strata], places)
    return {Cell(demand.wave, stratum): share for stratum, share in zip(strata, shares, strict=True)}


@dataclass(slots=True)
class _Class:
    """People who may go to the same cells: how many are free, and how many were given to each."""

    free: int
    given: dict[Cell, int] = field(default_factory=dict)


class _Board:
    """The classes, and which of them are open to a cell."""

    def __init__(self, classes: Mapping[Alike, int], demands: Sequence[Demand]) -> None:
        self._rank: Final = {demand.wave: rank for rank, demand in enumerate(demands)}
        self._siblings: Final = {
            demand.wave: [Cell(demand.wave, stratum) for stratum in _strata(demand)] if demand.spill else []
            for demand in demands
        }
        self._classes: Final = {alike: _Class(classes[alike]) for alike in sorted(classes)}
        self._open_to: Final[defaultdict[Cell, list[_Class]]] = defaultdict(list)
        for alike, same in self._classes.items():
            for cell in alike:
                self._open_to[cell].append(same)

    def fill(self, cells: Sequence[Cell], places: int) -> int:
        """Give these cells of one wave up to so many more people together; return how many they got."""
        got = 0
        while got < places:
            path = self._path(cells)
            if not path:
                break  # nobody is free, and nobody can be freed
            got += self._shift(path, places - got)
        return got

    def _path(self, cells: Sequence[Cell]) -> list[Cell]:
        """The shortest chain of cells from one with free people back to one of these; empty if there is none.

        Where strata are soft, a wave may be given back in another of its cells what it gave up in one.
        """
        follows: dict[Cell, Cell | None] = dict.fromkeys(cells)
        queue = list(cells)
        for taker in queue:  # breadth first: the list grows
            if any(same.free for same in self._open_to[taker]):
                return _chain(taker, follows)
            givers = {
                giver
                for same in self._open_to[taker]
                for giver, count in same.given.items()
                if count and giver not in follows
            }
            for giver in sorted(givers, key=lambda giver: (self._rank[giver.wave], giver.stratum)):
                if giver not in follows:
                    follows[giver] = taker
                    queue.append(giver)
                for sibling in self._siblings[giver.wave]:
                    if sibling not in follows:
                        follows[sibling] = giver
                        queue.append(sibling)
        return []

    def _shift(self, path: Sequence[Cell], most: int) -> int:
        """Along the path each cell hands people to the next, and its first takes free ones. How many."""
        spare = [same.free for same in self._open_to[path[0]]]
        moves = [
            (giver, taker, [same.given.get(giver, 0) for same in self._open_to[taker]])
            for giver, taker in pairwise(path)
            if giver.wave != taker.wave
        ]
        step = min(most, sum(spare), *(sum(counts) for _, _, counts in moves))
        for giver, taker, counts in moves:
            for same, count in zip(self._open_to[taker], largest_remainder(counts, step), strict=True):
                same.given[giver] = same.given.get(giver, 0) - count
                same.given[taker] = same.given.get(taker, 0) + count
        for same, count in zip(self._open_to[path[0]], largest_remainder(spare, step), strict=True):
            same.given[path[0]] = same.given.get(path[0], 0) + count
            same.free -= count
        return step

    def given(self) -> dict[Alike, Mapping[Cell, int]]:
        """What each class gave, in the order in which the waves were filled."""
        return {
            alike: {
                cell: same.given[cell]
                for cell in sorted(same.given, key=lambda cell: self._rank[cell.wave])
                if same.given[cell]
            }
            for alike, same in self._classes.items()
        }


def _chain(end: Cell, follows: Mapping[Cell, Cell | None]) -> list[Cell]:
    path = [end]
    while (taker := follows[path[-1]]) is not None:
        path.append(taker)
    return path
