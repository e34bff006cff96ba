"""The oracles' front door: each function returns every problem with a payload, or an empty list."""

from __future__ import annotations

from tests.schemas.generated import check_telegram_update
from tests.schemas.slack import check_blocks as check_slack_blocks
from tests.schemas.slack import check_message as check_slack_message
from tests.schemas.slack import check_view as check_slack_view
from tests.schemas.telegram import check as check_telegram

__all__ = [
    "check_slack_blocks",
    "check_slack_message",
    "check_slack_view",
    "check_telegram",
    "check_telegram_update",
]
