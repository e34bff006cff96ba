"""Fixtures for every test that talks to a platform: ``pytest_plugins = ["tests.servers.fixtures"]``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.servers.clock import ManualClock
from tests.servers.telegram import FakeTelegram


@pytest_asyncio.fixture
async def fake_telegram() -> AsyncIterator[FakeTelegram]:
    """A Bot API server on real time, without rate limits."""
    async with FakeTelegram() as server:
        yield server


@pytest_asyncio.fixture
async def still_telegram() -> AsyncIterator[FakeTelegram]:
    """A Bot API server whose clock moves only by `clock.advance`."""
    async with FakeTelegram(clock=ManualClock()) as server:
        yield server
