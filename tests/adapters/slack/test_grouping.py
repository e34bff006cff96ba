"""Rows that wait are committed together, in order, and every sender learns how it went."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.slack.grouping import MOST, Grouping, NotStored
from bot.engine.messages import RawUpdate


def row(number: int) -> RawUpdate:
    """Return a row."""
    return RawUpdate(external_id=str(number), chat="D0AINO", body=b"{}")


class Store:
    """Keeps groups of ids; waits at a gate; may refuse some groups."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.refuse: set[int] = set()

    async def receive(self, rows: Sequence[RawUpdate]) -> None:
        """Commit, or do not."""
        await self.gate.wait()
        self.groups.append([int(row.external_id) for row in rows])
        if len(self.groups) - 1 in self.refuse:
            raise OSError("the disk is full")


async def test_a_row_that_comes_alone_is_stored_at_once() -> None:
    """Nothing is held back to make a group of."""
    store = Store()
    rows = Grouping(store.receive, 2.0)
    await rows.store(row(1))
    await rows.store(row(2))
    assert store.groups == [[1], [2]]


async def test_rows_that_wait_share_one_commit() -> None:
    """While one is under way the others gather, up to the most that one may have."""
    store = Store()
    rows = Grouping(store.receive, 2.0)
    store.gate.clear()
    waiting = [asyncio.create_task(rows.store(row(0)))]
    await asyncio.sleep(0.01)
    waiting += [asyncio.create_task(rows.store(row(number))) for number in range(1, MOST + 6)]
    await asyncio.sleep(0.01)
    store.gate.set()
    await asyncio.gather(*waiting)
    assert store.groups == [[0], list(range(1, MOST + 1)), list(range(MOST + 1, MOST + 6))]


async def test_a_refused_group_is_told_to_all_of_it() -> None:
    """The next group is another matter."""
    store = Store()
    store.refuse = {0}
    rows = Grouping(store.receive, 2.0)
    told = await asyncio.gather(rows.store(row(1)), rows.store(row(2)), return_exceptions=True)
    assert [(type(problem), str(problem)) for problem in told] == [(NotStored, "OSError")] * 2
    await rows.store(row(3))
    assert store.groups == [[1, 2], [3]]


async def test_a_store_that_never_answers_is_given_up() -> None:
    """Those who wait behind it are served."""
    store = Store()
    store.gate.clear()
    rows = Grouping(store.receive, 0.05)
    with pytest.raises(NotStored, match="TimeoutError"):
        await rows.store(row(1))
    store.gate.set()
    await rows.store(row(2))
    assert store.groups == [[2]]


async def test_a_sender_who_gave_up_is_no_trouble() -> None:
    """The row may be stored all the same; its repetition is known by its id."""
    store = Store()
    store.gate.clear()
    rows = Grouping(store.receive, 2.0)
    leaving = asyncio.create_task(rows.store(row(1)))
    staying = asyncio.create_task(rows.store(row(2)))
    await asyncio.sleep(0.01)
    leaving.cancel()
    store.gate.set()
    await staying
    assert store.groups == [[1, 2]]


async def test_closing_waits_for_what_was_handed_in() -> None:
    """And for nothing else."""
    store = Store()
    rows = Grouping(store.receive, 2.0)
    await rows.close()
    handed = asyncio.create_task(rows.store(row(1)))
    await asyncio.sleep(0)
    await rows.close()
    assert store.groups == [[1]]
    await handed
