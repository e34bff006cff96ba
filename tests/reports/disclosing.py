"""Somebody who keeps every table and every report and tries to work out small groups, over and over."""

import random

from reports.disclosure import exposed, two_way
from reports.figures.shapes import Steps, Tally
from reports.memory import Memory, Published, audit
from tests.reports.seed import faces

K = 5
POOL = (0, 0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 40)


def random_table(chance: random.Random) -> list[list[int]]:
    """Up to five by five, with many small and empty cells."""
    rows, columns = chance.randint(2, 5), chance.randint(2, 5)
    return [[chance.choice(POOL) for _ in range(columns)] for _ in range(rows)]


def recovered_from_tables(times: int) -> int:
    """Cells below k that can be had from so many random tables with totals."""
    chance, found = random.Random(20_000), 0
    for _ in range(times):
        table = random_table(chance)
        hidden = two_way(table, K)
        rows, columns = range(len(table)), range(len(table[0]))
        if hidden is None or len(hidden) == len(rows) * len(columns):
            continue
        found += len(exposed(table, hidden, K))
        found += sum(0 < table[r][c] < K and (r, c) not in hidden for r in rows for c in columns)
        sums = [sum(table[r][c] for r, c in hidden if r == row) for row in rows]
        sums += [sum(table[r][c] for r, c in hidden if c == column) for column in columns]
        found += sum(0 < total < K for total in sums)
    return found


def tally(n: int) -> Tally:
    """So many answers."""
    return Tally(
        question=faces("mood"), values={"4": n}, steps=Steps(asked=n, answered=n), tenths={12.0: n}, k=K,
        words=("hello",),
    )  # fmt: skip


def recovered_from_reports(times: int) -> int:
    """Questions that give a small group away in so many random histories.

    Waves open, grow and lose people; reports of all, of one, of some are made at any time.
    """
    chance, found = random.Random(2_000), 0
    for _ in range(times):
        known: list[Published] = []
        present: dict[int, dict[int, int]] = {1: {}}
        for step in range(1, chance.randint(3, 8)):
            _live(present, step * 100, chance)
            memory = Memory("pulse", step * 100, known)
            for wanted in [list(present), *([wave] for wave in present), chance.sample(list(present), 1)]:
                people = {wave: dict(present[wave]) for wave in wanted}
                n = sum(sum(by_mark.values()) for by_mark in people.values())
                memory.admit("mood", " ".join(map(str, wanted)), people, tally(n))
            known = [*known, *memory.made]
        found += len(audit(known, K)) + sum(one.n < K for one in known)
    return found


def _live(present: dict[int, dict[int, int]], mark: int, chance: random.Random) -> None:
    """Some withdraw, some answer, and sometimes a wave opens."""
    if chance.random() < 0.4:
        present[len(present) + 1] = {}
    for by_mark in present.values():
        for old in by_mark:
            by_mark[old] = max(0, by_mark[old] - chance.choice((0, 0, 0, 1, 2, 6)))
        by_mark[mark] = chance.choice((0, 0, 1, 2, 4, 5, 7, 15))
