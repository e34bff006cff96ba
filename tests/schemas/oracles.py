"""The oracles' front door: each function returns every problem with a payload, or an empty list."""

from __future__ import annotations

from tests.schemas.telegram import check as check_telegram

__all__ = ["check_telegram"]
