"""Whether what was published, taken together, gives a small group away, and how to hide cells against it.

Whoever keeps all reports can add and subtract them. ``isolated`` finds every small group that comes out of
such sums, exactly; ``bounds`` and ``two_way`` do the same for the hidden cells of a table with totals. Only
counts come in here, never answers.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeAlias

Atom: TypeAlias = object
"""People whom every report so far takes in, or leaves out, together."""

PRIME: Final = 2**61 - 1
"""Sums are solved modulo this prime: what holds among fractions holds here too, and quickly."""

Cell: TypeAlias = tuple[int, int]


# --- sums of reports --------------------------------------------------------------------------------------


def isolated(sets: Iterable[Collection[Atom]], sizes: Mapping[Atom, int], k: int) -> frozenset[Atom] | None:
    """A group of fewer than k people that sums and differences of these sets give away; None: none.

    ``sizes``: the people of each atom. A set that is published tells its figures, and so does every set whose
    indicator is a linear combination of theirs (the audit of statistical databases: Chin and Ozsoyoglu, IEEE
    Transactions on Software Engineering 8, 1982).
    """
    published = [frozenset(one) for one in sets]
    cells: dict[tuple[bool, ...], list[Atom]] = {}
    for atom, size in sizes.items():
        if size > 0 and any(atom in one for one in published):
            cells.setdefault(tuple(atom in one for one in published), []).append(atom)
    weights = [sum(sizes[atom] for atom in atoms) for atoms in cells.values()]
    small = [place for place, weight in enumerate(weights) if weight < k]
    if not small:
        return None
    basis = _basis([[int(inside[row]) for inside in cells] for row in range(len(published))])
    atoms = list(cells.values())
    for group in _groups(small, weights, k):
        if _within(basis, [int(place in group) for place in range(len(weights))]):
            return frozenset(atom for place in group for atom in atoms[place])
    return None


def _groups(small: Sequence[int], weights: Sequence[int], k: int) -> Iterator[tuple[int, ...]]:
    """All sets of cells with fewer than k people together."""
    for size in range(1, k):
        for group in combinations(small, size):
            if sum(weights[place] for place in group) < k:
                yield group


def _basis(rows: Iterable[list[int]]) -> dict[int, list[int]]:
    """Rows in reduced form, by the column that each leads in."""
    basis: dict[int, list[int]] = {}
    for row in rows:
        left = _reduced(basis, row)
        lead = next((place for place, value in enumerate(left) if value), None)
        if lead is not None:
            inverse = pow(left[lead], -1, PRIME)
            basis[lead] = [value * inverse % PRIME for value in left]
    return basis


def _reduced(basis: Mapping[int, list[int]], row: list[int]) -> list[int]:
    for lead in sorted(basis):
        factor = row[lead]
        if factor:
            row = [(value - factor * one) % PRIME for value, one in zip(row, basis[lead], strict=True)]
    return row


def _within(basis: Mapping[int, list[int]], row: list[int]) -> bool:
    return not any(_reduced(basis, row))


# --- tables with totals -----------------------------------------------------------------------------------


def bounds(table: Sequence[Sequence[int]], hidden: Collection[Cell]) -> dict[Cell, tuple[int, int]]:
    """The least and the greatest value that each hidden cell can have, given the others and all totals.

    Exact: the hidden cells are flows from rows to columns, and how far one of them can rise or fall is how
    much can go round without it (Ford and Fulkerson). The totals of rows and columns are taken to be public.
    """
    return {cell: (_least(table, hidden, cell), _greatest(table, hidden, cell)) for cell in hidden}


def _greatest(table: Sequence[Sequence[int]], hidden: Collection[Cell], cell: Cell) -> int:
    """One more here needs one less elsewhere in the row, one more below that, and so on round."""
    return table[cell[0]][cell[1]] + _flow(table, hidden, cell, ("row", cell[0]), ("column", cell[1]))


def _least(table: Sequence[Sequence[int]], hidden: Collection[Cell], cell: Cell) -> int:
    value = table[cell[0]][cell[1]]
    return value - min(value, _flow(table, hidden, cell, ("column", cell[1]), ("row", cell[0])))


Node: TypeAlias = tuple[str, int]


def _flow(
    table: Sequence[Sequence[int]], hidden: Collection[Cell], without: Cell, start: Node, end: Node
) -> int:
    """How much can be moved from a row to a column (or back) over the other hidden cells.

    From a row to a column a cell gives what it holds; from a column to a row it takes as much as comes.
    """
    total = sum(map(sum, table))
    room: dict[tuple[Node, Node], int] = {}
    for row, column in hidden:
        if (row, column) != without:
            room[("row", row), ("column", column)] = table[row][column]
            room[("column", column), ("row", row)] = total
    moved = 0
    while (path := _path(room, start, end)) is not None:
        amount = min(room[step] for step in path)
        for here, there in path:
            room[here, there] -= amount
            room[there, here] += amount
        moved += amount
        if moved >= total:
            break
    return moved


def _path(room: Mapping[tuple[Node, Node], int], start: Node, end: Node) -> list[tuple[Node, Node]] | None:
    came: dict[Node, Node] = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for (source, target), left in room.items():
            if source == here and left > 0 and target not in came:
                came[target] = here
                waiting.append(target)
    if end not in came:
        return None
    steps = []
    while end != start:
        steps.append((came[end], end))
        end = came[end]
    return steps[::-1]


def exposed(table: Sequence[Sequence[int]], hidden: Collection[Cell], k: int) -> list[Cell]:
    """Hidden cells with people in them whose value can be had to within less than k.

    Safe is a cell that may be empty as far as anybody can tell, or whose bounds lie at least k apart.
    """
    found = bounds(table, hidden)
    return [
        cell
        for cell, (least, greatest) in sorted(found.items())
        if table[cell[0]][cell[1]] > 0 and least > 0 and greatest - least < k
    ]


def two_way(table: Sequence[Sequence[int]], k: int) -> frozenset[Cell] | None:
    """The cells of a table with totals that must be hidden; None where not even the totals may be shown.

    Cells with fewer than k people, and then, as long as one of the hidden ones can be worked out, the
    cheapest further cells that form a rectangle with it: its row, another row, its column, another column.
    """
    if 0 < sum(map(sum, table)) < k:
        return None
    rows, columns = range(len(table)), range(len(table[0]) if table else 0)
    sums = [sum(row) for row in table] + [sum(row[column] for row in table) for column in columns]
    if any(0 < total < k for total in sums):
        return None
    hidden = {(row, column) for row in rows for column in columns if 0 < table[row][column] < k}
    while True:
        more = _rectangle(table, hidden, k)
        if more is None:
            more = _thin(table, hidden, k)
            if not more:
                return frozenset(hidden)
        elif not more:
            return frozenset((row, column) for row in rows for column in columns)
        hidden |= more


def _thin(table: Sequence[Sequence[int]], hidden: Collection[Cell], k: int) -> set[Cell]:
    """The cheapest cell that brings the hidden ones of a line to k people; empty where none is needed."""
    lines = [[(row, column) for column in range(len(table[0]))] for row in range(len(table))]
    lines += [[(row, column) for row in range(len(table))] for column in range(len(table[0]) if table else 0)]
    for line in lines:
        inside = sum(table[row][column] for row, column in line if (row, column) in hidden)
        rest = sorted((table[cell[0]][cell[1]], cell) for cell in line if cell not in hidden)
        if 0 < inside < k and (filled := [cell for people, cell in rest if people > 0]):
            return {filled[0]}
    return set()


def _rectangle(table: Sequence[Sequence[int]], hidden: Collection[Cell], k: int) -> set[Cell] | None:
    """The cheapest cells that protect the first exposed one; None: none is exposed; empty: nothing helps."""
    weak = exposed(table, hidden, k)
    if not weak:
        return None
    row, column = weak[0]
    found = sorted(
        (sum(table[r][c] for r, c in more), len(more), sorted(more))
        for r2 in range(len(table))
        for c2 in range(len(table[0]))
        if r2 != row and c2 != column
        and (more := {(row, c2), (r2, column), (r2, c2)} - set(hidden))
        and all(table[r][c] > 0 for r, c in more)
    )  # fmt: skip
    return set(found[0][2]) if found else set()
