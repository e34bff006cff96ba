"""What to do with one payload of Slack's: have it committed, and tell what the acknowledgement may say.

Socket and HTTP both come through here. Returning means "acknowledge"; ``NotStored`` means that Slack must not
hear of success, as its repetition would then be the only copy. Retry headers are never looked at: the unique
``external_id`` of a row is what makes a repetition harmless.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from adapters.base import Receive
from adapters.slack.blocks import Words
from adapters.slack.grouping import Grouping, NotStored
from adapters.slack.payload import Raw, text
from adapters.slack.profiles import Profiles, with_profile
from adapters.slack.translate import to_inbound
from adapters.slack.window import read_tap
from bot.engine.messages import Inbound, Profile, RawUpdate

OWN_EVENTS: Final = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events about the app itself."""

Own = Callable[[Raw], Awaitable[None]]
"""Deals with a payload that concerns the app and no member: a window to open, an uninstallation."""

_log: Final = logging.getLogger(__name__)


class Intake:
    """Takes in one workspace's payloads.

    ``heard`` is called for every one, ``echo`` for our own messages; ``seconds`` bound the commit.
    """

    def __init__(
        self,
        *,
        account: str,
        receive: Receive,
        profiles: Profiles,
        own: Own,
        words: Words,
        heard: Callable[[], None],
        echo: Callable[[], None],
        seconds: float,
    ) -> None:
        self._account = account
        self._rows = Grouping(receive, seconds)
        self._profiles = profiles
        self._own = own
        self._words = words
        self._heard = heard
        self._echo = echo
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, raw: Raw, body: bytes) -> dict[str, Any]:
        """Commit what ``raw`` tells of a member and return what the acknowledgement says, often nothing.

        ``body`` is the same object as JSON. Raises NotStored when it could not be committed in time.
        """
        self._heard()
        if text(raw, "type") == "app_rate_limited":
            _log.error("Slack holds back events: more than 30,000 came in an hour.")
        if concerns_app(raw):
            task = asyncio.create_task(self._see_to(raw))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return {}
        if text(raw, "event", "bot_id"):
            self._echo()
        inbound = to_inbound(raw)
        if inbound is None:
            return {}
        if inbound.account != self._account:
            _log.warning("A payload of another workspace was let go.")
            return {}
        said = await self._commit(inbound, body)
        return self._reply(raw, said)

    async def close(self) -> None:
        """Wait until what was begun is done."""
        await self._rows.close()
        await asyncio.gather(*self._tasks)

    async def _commit(self, inbound: Inbound, body: bytes) -> Profile:
        try:
            async with asyncio.timeout(self._seconds):
                said = await self._profiles.of(inbound.address.rpartition(":")[2])
                row = RawUpdate(
                    external_id=inbound.external_id, chat=inbound.chat, body=with_profile(body, said)
                )
                await self._rows.store(row)
                return said
        except TimeoutError as late:
            _log.error("A payload could not be stored in time.")
            raise NotStored from late
        except NotStored as refused:
            # only the kind: a store's own words may quote what it was to keep
            _log.error("A payload could not be stored: %s", refused)
            raise

    async def _see_to(self, raw: Raw) -> None:
        try:
            await self._own(raw)
        except Exception as problem:  # noqa: BLE001 - it is acknowledged already; nobody could act on it
            _log.error("A request to the app itself failed: %s", type(problem).__name__)

    def _reply(self, raw: Raw, said: Profile) -> dict[str, Any]:
        """A command typed in a channel is answered in the direct message; there, a line says so."""
        if not text(raw, "command") or text(raw, "channel_name") == "directmessage":
            return {}
        seen = self._words("slack.command.seen", said.language or "")
        return {"response_type": "ephemeral", "text": seen}


def concerns_app(raw: Raw) -> bool:
    """Whether a payload is for the app itself: nothing in it is stored, and no member said it."""
    if read_tap(raw) is not None:
        return True
    return text(raw, "type") == "event_callback" and text(raw, "event", "type") in OWN_EVENTS
