"""The ticks: what fails is told once, and the end is told by nobody."""

import asyncio
import logging

import pytest

from scheduler.jobs import Tick, start

SOON = 0.001


async def test_the_end_may_cut_a_tick_short_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever stops the program is not shown a failure that is none."""
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    with caplog.at_level(logging.INFO):
        scheduler = start({"endless": Tick(SOON, work)})
        await asyncio.wait_for(begun.wait(), 5)
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_tick_that_fails_is_told_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    """One mistake does not stop the clock."""
    again = asyncio.Event()
    calls = 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError(calls)
        again.set()

    scheduler = start({"fragile": Tick(SOON, work)})
    await asyncio.wait_for(again.wait(), 5)
    scheduler.shutdown(wait=False)
    (told,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (told.getMessage(), told.__dict__["tick"]) == (
        "a tick failed; the next one tries again",
        "fragile",
    )
