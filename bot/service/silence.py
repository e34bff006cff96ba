"""A platform that was not heard for long: what was lost meanwhile, and what is put again.

Telegram keeps the press of a button for 150 seconds and words for a day (read in its server's source). A poll
that fails for longer has lost presses without an error, so every open question is put once more.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.service import moments
from bot.service.context import Context
from storage import Connection, alerts, meta

PRESSES_LOST: Final = timedelta(seconds=150)
WORDS_LOST: Final = timedelta(hours=23)
"""An hour less than the platform promises: its clock and ours need not agree."""


def heard(context: Context, connection: Connection, platform: str, at: datetime, now: datetime) -> int:
    """Note that the platform was heard at ``at`` (aware UTC), also before this process began.

    After a silence that has cost presses, open questions are put again; after one that may have cost words
    the admin is told. Returns how many questions were put again.
    """
    key = f"heard.{platform}"
    known = meta.get(connection, key)
    meta.put(connection, key, at.isoformat())
    if known is None:
        return 0
    gap = at - datetime.fromisoformat(known)
    if gap > WORDS_LOST:
        alerts.raise_(
            connection, "possible_loss", platform,
            f"{platform} was out of reach for {gap.total_seconds() / 3600:.0f} hours. "
            "What members wrote before the last day of it is lost.", now,
        )  # fmt: skip
    return moments.ask_again(context, connection, platform, now) if gap > PRESSES_LOST else 0
