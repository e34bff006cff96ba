"""The encounter map: audiences against kinds of encounters, how it felt, and who has never been asked.

A cell crosses two facts about people, so it needs the higher limit, and nothing in a column may be worked out
from the rest of it: neither one group less another that holds it, nor everybody less all groups shown.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, NamedTuple

from reports.figures.publish import share
from reports.statistics import share_difference
from reports.suppression import K_CROSS, Percent

State = Literal["never", "silent", "few", "hidden", "shown"]
"""Nobody was asked; nobody answered; too few answered; hidden for the sake of another cell."""


class Told(NamedTuple):
    """What one person said of one kind of encounter: good answers and answers, earlier and lately."""

    good_before: int
    before: int
    good_lately: int
    lately: int


Tales = Mapping[int, Told]
"""By person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of good answers in whole percent, with its 95 % interval."""

    percent: Percent
    low: int
    high: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one audience said of one kind of encounter."""

    state: State
    met: int | None
    """How many were there, as far as is known; None where attendance is not kept, or too few."""
    felt: Share | None = None
    again: Share | None = None
    trend: int = 0
    """1 better and -1 worse lately than before, beyond chance; 0 otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One audience. ``group`` empty: everybody."""

    group: str
    people: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterMap:
    """Everybody first, then the groups, the greatest first."""

    kinds: tuple[str, ...]
    rows: tuple[Row, ...]
    k: int

    @property
    def never(self) -> tuple[tuple[str, str], ...]:
        """Group and kind of each cell in which nobody was asked."""
        return tuple(
            (row.group, kind)
            for row in self.rows
            for kind, cell in zip(self.kinds, row.cells, strict=True)
            if row.group and cell.state == "never"
        )


class Column(NamedTuple):
    """All that is known of one kind of encounter."""

    kind: str
    asked: AbstractSet[int]
    met: AbstractSet[int]
    felt: Tales
    again: Tales


def encounter_map(
    columns: Sequence[Column], roll: Mapping[str, AbstractSet[int]], everybody: int, k: int
) -> EncounterMap | None:
    """The map. ``roll``: people by group; ``k``: the highest limit of the surveys. None without any kind."""
    if not columns:
        return None
    k = max(k, K_CROSS)
    groups = sorted(
        (name for name in roll if len(roll[name]) >= k), key=lambda name: (-len(roll[name]), name)
    )
    made = [_column(column, {name: roll[name] for name in groups}, k) for column in columns]
    rows = [Row(group="", people=everybody, cells=tuple(cells[""] for cells in made))]
    rows += [
        Row(group=name, people=len(roll[name]), cells=tuple(cells[name] for cells in made)) for name in groups
    ]
    return EncounterMap(kinds=tuple(column.kind for column in columns), rows=tuple(rows), k=k)


def _column(column: Column, groups: Mapping[str, AbstractSet[int]], k: int) -> dict[str, Cell]:
    felt, again = (admitted(groups, tales.keys(), k) for tales in (column.felt, column.again))
    cells = {}
    for name, people in {"": None, **groups}.items():
        asked = column.asked if people is None else column.asked & people
        met = len(column.met if people is None else column.met & people)
        said = column.felt.keys() if people is None else column.felt.keys() & people
        state: State = "shown" if name in felt else "hidden"
        if not said:
            nameless = any(person < 0 for person in column.felt)
            state = "never" if not asked else "hidden" if nameless else "silent"
        elif len(said) < k:
            state = "few"
        cells[name] = Cell(
            state=state,
            met=met if met >= k else None,
            felt=_share(column.felt, people) if name in felt else None,
            again=_share(column.again, people) if name in again else None,
            trend=_trend(column.felt, people, k) if name in felt else 0,
        )
    return cells


def admitted(groups: Mapping[str, AbstractSet[int]], answered: AbstractSet[int], k: int) -> Collection[str]:
    """Names of the groups whose answers may be shown beside those of everybody (the empty name).

    A group is let out, the greatest first, when it has k people and no small rest remains: not between it and
    a group that holds it or is held by it, and not of everybody outside all that is let out.
    """
    if len(answered) < k:
        return ()
    everybody = frozenset(answered)
    let_out: dict[str, frozenset[int]] = {"": everybody}
    sets = {name: everybody & people for name, people in groups.items()}
    for name in sorted(sets, key=lambda one: (-len(sets[one]), one)):
        mine = sets[name]
        outside = everybody - mine.union(*(let_out[one] for one in let_out if one))
        nested = (
            (greater - less)
            for other in let_out.values()
            for greater, less in ((mine, other), (other, mine))
            if less <= greater
        )
        if len(mine) >= k and all(not rest or len(rest) >= k for rest in (outside, *nested)):
            let_out[name] = mine
    return let_out.keys()


def _sums(tales: Tales, people: AbstractSet[int] | None) -> Told:
    told = [tale for person, tale in tales.items() if people is None or person in people]
    return Told(*(sum(part) for part in zip(*told, strict=True)))


def _share(tales: Tales, people: AbstractSet[int] | None) -> Share:
    sums = _sums(tales, people)
    n = sums.before + sums.lately
    found = share(sums.good_before + sums.good_lately, n, None)
    return Share(percent=found.percent, low=found.low, high=found.high, n=n)


def _trend(tales: Tales, people: AbstractSet[int] | None, k: int) -> int:
    """Lately against before, where k people spoke each time and neither share is withheld."""
    mine = [tale for person, tale in tales.items() if people is None or person in people]
    if sum(tale.before > 0 for tale in mine) < k or sum(tale.lately > 0 for tale in mine) < k:
        return 0
    sums = _sums(tales, people)
    groups = ((sums.good_lately, sums.lately), (sums.good_before, sums.before))
    if any(share(*group, None).percent.sign for group in groups):
        return 0
    found = share_difference(*groups)
    return int((found.low or 0.0) > 0) - int((found.high or 0.0) < 0)
