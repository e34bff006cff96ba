"""Fixtures for every test that talks to a platform; `tests/conftest.py` loads them.

The servers are imported when first asked for, so that a run of pure tests does not pay for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.servers.clock import ManualClock

if TYPE_CHECKING:
    from tests.servers.slack import FakeSlack
    from tests.servers.telegram import FakeTelegram


@pytest.fixture
async def fake_telegram() -> AsyncIterator[FakeTelegram]:
    """A Bot API server on real time, without rate limits."""
    from tests.servers.telegram import FakeTelegram

    async with FakeTelegram() as server:
        yield server


@pytest.fixture
async def still_telegram() -> AsyncIterator[FakeTelegram]:
    """A Bot API server whose clock moves only by `clock.advance`."""
    from tests.servers.telegram import FakeTelegram

    async with FakeTelegram(clock=ManualClock()) as server:
        yield server


@pytest.fixture
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """A Slack workspace on real time that repeats events after hundredths of a second instead of minutes."""
    from tests.servers.slack import FakeSlack

    async with FakeSlack(ack_seconds=1.0, retry_pauses=(0.0, 0.02, 0.05)) as server:
        yield server


@pytest.fixture
async def still_slack() -> AsyncIterator[FakeSlack]:
    """The same with a clock that moves only by `clock.advance`."""
    from tests.servers.slack import FakeSlack

    async with FakeSlack(clock=ManualClock(), ack_seconds=1.0, retry_pauses=(0.0, 0.02, 0.05)) as server:
        yield server
