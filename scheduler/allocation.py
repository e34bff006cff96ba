"""Who is given to which survey of one tick: a maximum b-matching by augmenting paths over classes of people.

Pure arithmetic on places and people, the same result for the same input in any order. Whether a person may be
asked at all was decided before; no rule of the policy stands here.

Surveys are filled in order of priority. A survey that finds too few free people gets one who was given to
an earlier one, as long as that one can be compensated: nobody loses a person without a replacement, so the
result is the best for the first survey, then for the second, and so on. Each stratum of a survey is a cell
with places of its own, and people who may go to the same cells are one class: the work grows with classes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final, NamedTuple


class Cell(NamedTuple):
    """One stratum of one wave."""

    wave: int
    stratum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who is free, with the cells that are open to them: at most one per wave."""

    person: int
    cells: tuple[Cell, ...]
    turn: int = 0
    """Place in the queue; the lowest is asked first."""
    prn: int = 0
    """Permanent random number, for equal turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a wave wants today, shared out over its strata in proportion to ``sizes``, the audience."""

    wave: int
    quota: int
    sizes: Mapping[str, int]


class Place(NamedTuple):
    """Where a person was given to, and how probable that was in this tick."""

    cell: Cell
    probability: float


@dataclass(frozen=True, slots=True)
class Allocation:
    """The places by person; and per cell how many were wanted and how many were found."""

    places: Mapping[int, Place]
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


def allocate(members: Iterable[Member], demands: Sequence[Demand]) -> Allocation:
    """Give each member at most one place. ``demands`` come in the order in which they are filled."""
    board = _Board(members, [demand.wave for demand in demands])
    wanted: dict[Cell, int] = {}
    found: dict[Cell, int] = {}
    for demand in demands:
        strata = sorted(demand.sizes)
        quotas = largest_remainder([demand.sizes[stratum] for stratum in strata], demand.quota)
        for stratum, places in zip(strata, quotas, strict=True):
            cell = Cell(demand.wave, stratum)
            wanted[cell] = places
            found[cell] = board.fill(cell, places)
    return Allocation(board.places(), wanted, found)


@dataclass(slots=True)
class _Class:
    """People who may go to the same cells, and how many of them have been given to each."""

    members: list[Member]
    free: int
    given: dict[Cell, int] = field(default_factory=dict)


class _Board:
    """The classes, and which of them are open to a cell."""

    def __init__(self, members: Iterable[Member], waves: Iterable[int]) -> None:
        alike: defaultdict[tuple[Cell, ...], list[Member]] = defaultdict(list)
        for member in members:
            alike[tuple(sorted(member.cells))].append(member)
        self._rank: Final = {wave: rank for rank, wave in enumerate(waves)}
        self._classes: Final = [_Class(alike[key], len(alike[key])) for key in sorted(alike)]
        self._open_to: Final[defaultdict[Cell, list[_Class]]] = defaultdict(list)
        for key, same in zip(sorted(alike), self._classes, strict=True):
            for cell in key:
                self._open_to[cell].append(same)

    def fill(self, cell: Cell, places: int) -> int:
        """Give the cell up to so many more people; return how many it got."""
        got = 0
        while got < places:
            path = self._path(cell)
            if not path:
                break  # nobody is free, and nobody can be freed
            got += self._shift(path, places - got)
        return got

    def _path(self, cell: Cell) -> list[Cell]:
        """The shortest chain of cells from one with free people back to this one; empty if there is none."""
        follows: dict[Cell, Cell | None] = {cell: None}
        queue = [cell]
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
                follows[giver] = taker
                queue.append(giver)
        return []

    def _shift(self, path: Sequence[Cell], most: int) -> int:
        """Along the path each cell hands people to the next, and its first takes free ones. How many."""
        spare = [same.free for same in self._open_to[path[0]]]
        moves = [
            (giver, taker, [same.given.get(giver, 0) for same in self._open_to[taker]])
            for giver, taker in pairwise(path)
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

    def places(self) -> dict[int, Place]:
        """Within a class the lowest turns are drawn, first for the first survey."""
        chosen: dict[int, Place] = {}
        for same in self._classes:
            line = iter(sorted(same.members, key=lambda member: (member.turn, member.prn, member.person)))
            for cell in sorted(same.given, key=lambda cell: self._rank[cell.wave]):
                place = Place(cell, same.given[cell] / len(same.members))
                for member in islice(line, same.given[cell]):
                    chosen[member.person] = place
        return chosen


def _chain(end: Cell, follows: Mapping[Cell, Cell | None]) -> list[Cell]:
    path = [end]
    while (taker := follows[path[-1]]) is not None:
        path.append(taker)
    return path
