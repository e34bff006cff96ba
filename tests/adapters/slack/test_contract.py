"""Slack keeps the contract of a platform, in both of its modes."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.adapters.contract import NetworkContract
from tests.adapters.slack.rig import SlackRig, slack_rig


class TestSocketMode(NetworkContract):
    @pytest_asyncio.fixture
    async def rig(self) -> AsyncIterator[SlackRig]:
        """One member and a connected adapter."""
        async with slack_rig() as rig:
            yield rig


class TestSignedHttp(NetworkContract):
    @pytest_asyncio.fixture
    async def rig(self) -> AsyncIterator[SlackRig]:
        """One member and a connected adapter that listens."""
        async with slack_rig("http") as rig:
            yield rig
