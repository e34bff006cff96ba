"""What Slack tells the app itself rather than a member's chat: open a window, or go. Bolt's listeners do it.

Everything here is acknowledged already and stored nowhere: a window that was not opened is asked for again by
the person, and what a member says never comes this way.
"""

import logging
import re
from collections import OrderedDict
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import window
from adapters.slack.api import Api
from adapters.slack.blocks import WINDOW, Words
from adapters.slack.errors import error
from adapters.slack.intake import OWN_EVENTS
from adapters.slack.payload import Raw, inner, text

LATE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
"""The window came too late: a fresh button is all that helps."""
WINDOWS: Final = 1_000
"""Taps on window buttons remembered, so that a repeated request opens nothing twice."""

_log: Final = logging.getLogger(__name__)
_bolt_log: Final = logging.getLogger("slack_bolt")


class Matters:
    """The listeners of one workspace's app. ``me`` is what ``auth.test`` said."""

    def __init__(self, api: Api, me: Raw, bot_token: str, words: Words) -> None:
        self.ended = ""
        """Slack's word for the end of our access; empty while we have it."""
        self._api = api
        self._account = text(me, "team_id")
        self._words = words
        self._windows: OrderedDict[str, None] = OrderedDict()
        self._bolt = _bolt(api, me, bot_token)
        self._bolt.action(re.compile(re.escape(WINDOW)))(self._open_window)
        for name in OWN_EVENTS:
            self._bolt.event(name)(self._uninstalled)

    async def see_to(self, raw: Raw) -> None:
        """Do what a payload asks of the app."""
        await self._bolt.async_dispatch(AsyncBoltRequest(body=dict(raw), mode="socket_mode"))

    async def _open_window(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Open the window at once: its trigger lives three seconds. Too late, the button is sent again."""
        await ack()
        tap = window.read_tap(body)
        if tap is None or tap.team != self._account or tap.id in self._windows:
            return
        self._windows[tap.id] = None
        if len(self._windows) > WINDOWS:
            self._windows.popitem(last=False)
        try:
            await client.views_open(trigger_id=tap.trigger, view=window.view(tap, self._words))
        except Exception as problem:  # noqa: BLE001 - the table knows them all
            failed = error(problem)
            _log.warning("A window could not be opened: %s", failed.code)
            if failed.code in LATE:
                await self._api.call("chat.postMessage", window.again(tap, self._words))

    async def _uninstalled(self, body: dict[str, Any]) -> None:
        event = inner(body, "event")
        ours = text(event, "type") == "app_uninstalled" or inner(event, "tokens").get("bot")
        if ours and text(body, "team_id") == self._account:
            self.ended = text(event, "type")
            _log.error("Slack has ended our access: %s", self.ended)


def _bolt(api: Api, me: Raw, bot_token: str) -> AsyncApp:
    result = AuthorizeResult(
        enterprise_id=None,
        team_id=text(me, "team_id"),
        bot_user_id=text(me, "user_id"),
        bot_id=text(me, "bot_id"),
        bot_token=bot_token,
    )

    async def authorize() -> AuthorizeResult:
        return result

    return AsyncApp(
        name="kuulolla",
        logger=_bolt_log,
        client=AsyncWebClient(base_url=api.web.base_url, session=api.web.session, retry_handlers=[]),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,  # Endpoint and Socket Mode have seen to it
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
