"""Telegram keeps the contract of a platform."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.adapters.contract import NetworkContract
from tests.adapters.telegram.rig import TelegramRig, telegram_rig


class TestTelegram(NetworkContract):
    @pytest_asyncio.fixture
    async def rig(self) -> AsyncIterator[TelegramRig]:
        """One member and a connected adapter."""
        async with telegram_rig() as rig:
            yield rig
