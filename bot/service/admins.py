"""Admins in the chat: whose rights stand now, and messages to them. Rights hang on addresses and have an end.

They are looked at when something is asked for, and again when a message to an admin is about to leave.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from bot.config.model import Admin, Right
from bot.engine.messages import Outbound
from bot.service.context import Context
from storage import meta
from storage.work import Work

MARK_BYTES: Final = 6


def stands(context: Context, admin: Admin, now: datetime) -> bool:
    """Whether the last day of these rights is not over, on the organisation's calendar."""
    return now.astimezone(ZoneInfo(context.config.organisation.timezone)).date() <= admin.until


def here(context: Context, address: str, now: datetime) -> Admin | None:
    """The admin who writes from this address, if their rights stand."""
    found = (one for one in context.config.admins if one.address == address)
    return next((one for one in found if stands(context, one, now)), None)


def named(context: Context, name: str, now: datetime) -> Admin | None:
    """The admin of this name, if their rights stand."""
    found = (one for one in context.config.admins if one.name == name)
    return next((one for one in found if stands(context, one, now)), None)


def with_right(context: Context, right: Right, now: datetime) -> Sequence[Admin]:
    """Everybody who has this right now."""
    return [one for one in context.config.admins if right in one.rights and stands(context, one, now)]


def language(context: Context, admin: Admin) -> str:
    """In which an admin is written to."""
    return context.language(admin.language or None)


# --- messages to them -------------------------------------------------------------------------------------


def tell(context: Context, work: Work, admin: Admin, right: Right, about: str, message: Outbound) -> bool:
    """Put a message to an admin in line, once for each ``about`` (24 letters at most).

    False where the platform of their address was never connected, so that nobody could deliver it.
    """
    platform, _, rest = admin.address.partition(":")
    known = work.writer(admin.address)
    if known is not None and known.account:
        account, chat = known.account, known.chat
    else:
        account, chat = _place(work, platform, rest)
    if not account:
        return False
    key = f"{right}/{_mark(admin.address)}/{about}"
    if not work.enqueued(key):
        work.notify(platform, account, chat, key, message, language=language(context, admin))
    return True


def _place(work: Work, platform: str, rest: str) -> tuple[str, str]:
    """Account and chat of somebody who has never written to us: Slack opens a direct message by itself."""
    team, _, user = rest.rpartition(":")
    account = meta.get(work.connection, f"account.{platform}") or ""
    return (account, user) if team in ("", account) else ("", "")


def _mark(address: str) -> str:
    return blake2b(address.encode(), digest_size=MARK_BYTES).hexdigest()


def may_still_read(context: Context, key: str, now: datetime) -> bool:
    """Whether the admin to whom a message of this key goes has the right it was written under."""
    right, _, rest = key.partition("/")
    mark = rest.partition("/")[0]
    return any(
        _mark(one.address) == mark and right in one.rights and stands(context, one, now)
        for one in context.config.admins
    )
