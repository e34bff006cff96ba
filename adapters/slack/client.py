"""The Slack adapter: one app in one workspace, its payloads in, its messages out.

Payloads are committed before they are acknowledged, which Slack's Bolt does the other way round; so they come
in past it. What concerns the app itself, windows and uninstallation, is Bolt's. Nothing here decides whether
or when to send.
"""

import asyncio
import logging
import random
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from adapters.base import Absent, Finding, Limits, NotFetched, Receive
from adapters.slack import examination, files
from adapters.slack.api import READ_SECONDS, Api, NotShared
from adapters.slack.blocks import LIMITS, Words, fallback
from adapters.slack.connection import Connection, Lines
from adapters.slack.endpoint import Endpoint
from adapters.slack.errors import error
from adapters.slack.intake import Intake
from adapters.slack.matters import Matters
from adapters.slack.pace import Pace, Sleep
from adapters.slack.payload import Raw, inner, text
from adapters.slack.profiles import Profiles
from adapters.slack.translate import PLATFORM, Call, to_inbound, to_platform
from bot.config.model import SlackConfig
from bot.engine.messages import HOME, Failure, Inbound, Outbound, Outgoing, Receipt, SendError
from bot.errors import Problem, UserError
from bot.texts import Texts

SEND_SECONDS: Final = 20.0
"""For everything that one send does on the wire."""
PART_SECONDS: Final = 1.05
"""Between the parts of a long text: Slack takes about one message a second in a channel."""
BEGUN: Final = 1_000
"""Most half-sent texts remembered; the oldest is forgotten and would begin anew."""
FIRST_URL_SECONDS: Final = 10.0
"""How long the socket's address is used that proved the app's token: a stand-by begins much later."""
_log: Final = logging.getLogger(__name__)
_CHATTY: Final = ("slack_bolt", "slack_sdk", "aiohttp.access")
"""Loggers that write tokens, signatures or members' words below WARNING."""
_SHAPES: Final = {
    "bot_token": (re.compile(r"xoxb-[A-Za-z0-9-]+"), "It begins with xoxb-; see OAuth & Permissions."),
    "app_token": (re.compile(r"xapp-[A-Za-z0-9-]+"), "It begins with xapp-; see Basic Information."),
    "signing_secret": (re.compile(r"[0-9a-f]{32,}"), "It has 32 letters 0-9 and a-f; see Basic Information."),
}

Answer = TypeVar("Answer")


class Slack:
    """An ``adapters.base.Adapter`` for one Slack app in one workspace.

    ``app_token`` is needed for Socket Mode, ``signing_secret`` for HTTP. ``clock`` gives Unix time. Raises
    UserError for a secret that has not the shape of one.
    """

    platform: Final = PLATFORM
    limits: Final[Limits] = LIMITS

    def __init__(
        self,
        config: SlackConfig,
        bot_token: str,
        *,
        app_token: str = "",
        signing_secret: str = "",
        words: Words | None = None,
        clock: Callable[[], float] = time.time,
        pace: Pace | None = None,
        chance: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        _require("bot_token", bot_token)
        if config.mode == "socket":
            _require("app_token", app_token)
        else:
            _require("signing_secret", signing_secret)
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        self.account = ""
        self.heard_at: datetime | None = None
        """When Slack last sent a payload; aware UTC."""
        self.port = 0
        """Where the HTTP endpoint listens, once ``listening`` is set."""
        self.listening = asyncio.Event()
        self._config = config
        self._bot_token = bot_token
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._words = words or Texts.load()
        self._clock = clock
        self._pace = pace or Pace()
        self._chance = chance or random.Random()
        self._sleep = sleep
        self._read_seconds = read_seconds
        self._me: Raw = {}
        self._app_id = ""
        self._first_url = ""
        self._first_until = 0.0
        self._api: Api | None = None
        self._matters: Matters | None = None
        self._begun: OrderedDict[str, int] = OrderedDict()
        self._echo = _Echo(self._pace.silence)

    def __repr__(self) -> str:
        return f"Slack({self.account})"

    # -- life ------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Learn the workspace and that the tokens are good. Network trouble is waited out.

        Raises UserError for a refused token.
        """
        api = self._open()
        self._me = inner((await self._persist("bot_token", api.web.auth_test)).data)
        self.account = text(self._me, "team_id")
        if self._config.mode == "socket":
            self._first_url = await self._persist("app_token", api.socket_url)
            self._first_until = self._clock() + FIRST_URL_SECONDS
        else:
            self._app_id = await self._learn_app(api)

    @property
    def entry(self) -> str:
        """The direct message with the bot (Slack, deep linking). It carries no word: the token is written."""
        user = text(self._me, "user_id")
        return f"slack://user?team={self.account}&id={user}" if user else ""

    async def _learn_app(self, api: Api) -> str:
        """The app's id, if Slack tells: a signed request for another app is then refused."""
        try:
            return text((await api.web.bots_info(bot=text(self._me, "bot_id"))).data, "bot", "app_id")
        except Exception as problem:  # noqa: BLE001 - the signature already says whose request it is
            _log.info("The app's id is not known: %s", error(problem).code)
            return ""

    async def run(self, receive: Receive) -> None:
        """Take in payloads until cancelled. Raises UserError for an occupied address."""
        api = self._open()
        profiles = Profiles(api.user)
        self._matters = Matters(api, self._me, self._bot_token, self._words)
        intake = Intake(
            account=self.account,
            receive=receive,
            profiles=profiles,
            own=self._matters.see_to,
            words=self._words,
            heard=self._hear,
            echo=self._echo.heard,
            seconds=self._pace.receive,
        )
        try:
            if self._config.mode == "http":
                await self._serve(intake)
            else:
                await self._listen(api, intake)
        finally:
            await intake.close()
            await profiles.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._api is not None:
            await self._api.close()
            self._api = None

    def _open(self) -> Api:
        if self._api is None:
            self._api = Api(
                self._config.base_url, self._bot_token, self._app_token, read_seconds=self._read_seconds
            )
        return self._api

    async def _persist(self, path: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        wait = self._pace.first
        while True:
            try:
                return await call()
            except Exception as problem:  # noqa: BLE001 - all but a refusal is waited out
                failed = error(problem)
            if failed.failure is Failure.STOP:
                raise _refusal(path, failed)
            _log.warning("Slack cannot be reached: %s", failed.code)
            await self._sleep(failed.retry_after or wait * (1 + self._chance.random()) / 2)
            wait = min(2 * wait, self._pace.longest)

    # -- in --------------------------------------------------------------------------------------------

    def to_inbound(self, body: bytes) -> Inbound | None:
        """Translate what the inbox stored; None for what is let go. Never raises."""
        try:
            return to_inbound(msgspec.json.decode(body, type=dict[str, Any]))
        except ValueError:
            return None

    async def _serve(self, intake: Intake) -> None:
        endpoint = Endpoint(secret=self._signing_secret, app=self._app_id, intake=intake, clock=self._clock)
        host, _, port = self._config.listen.rpartition(":")

        def ready(port: int) -> None:
            self.port = port
            self.listening.set()

        try:
            await endpoint.serve(host.strip("[]"), int(port), ready)
        except OSError as problem:
            raise UserError(
                Problem(
                    message=f"Slack's endpoint cannot listen on {self._config.listen}.",
                    path="slack.listen",
                    advice="Another program holds the address, or it is not one of this machine.",
                )
            ) from problem

    async def _listen(self, api: Api, intake: Intake) -> None:
        async def locate() -> str:
            url, self._first_url = self._first_url, ""
            return url if url and self._clock() < self._first_until else await api.socket_url()

        lines = Lines(
            locate,
            lambda: Connection(api.app, self._app_token, intake.take, self._pace),
            pace=self._pace,
            chance=self._chance,
            sleep=self._sleep,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(lines.run())
            group.create_task(self._watch(lines))

    async def _watch(self, lines: Lines) -> None:
        """Renew connections on which nothing comes any more though they stand: Slack's known silent death."""
        while True:
            await self._sleep(self._pace.watch)
            if self._echo.missing(self._clock()):
                _log.error("Slack's events have stopped: the connections are renewed.")
                lines.renew("silent")

    def _hear(self) -> None:
        self.heard_at = datetime.fromtimestamp(self._clock(), UTC)

    # -- out -------------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """Put one message on the wire, once. Never raises for what Slack or the network does."""
        if self._matters is not None and self._matters.ended:
            return SendError(failure=Failure.STOP, code=self._matters.ended)
        if outgoing.op == "acknowledge":
            return await self._acknowledge(outgoing)
        api = self._open()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                chat = outgoing.chat if outgoing.ref == HOME else await api.channel(outgoing.chat)
        except Exception as problem:  # noqa: BLE001 - the table knows them all
            return _unsent(error(problem))
        if outgoing.message.document is not None:
            return await self._share(api, chat, outgoing.message)
        try:
            calls = to_platform(replace(outgoing, chat=chat), self._words)
        except ValueError:  # our own fault, and no reason to stop the others' messages
            return SendError(
                failure=Failure.PERMANENT, code="bad_message", detail="a button without an answer"
            )
        return await self._put(api, outgoing.key, calls)

    async def _share(self, api: Api, chat: str, message: Outbound) -> Receipt | SendError:
        """Send a file. Until its last step nobody has seen it; a scope that lacks ends no account's work."""
        assert message.document is not None
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return Receipt(await api.upload(chat, message.document, fallback(message.text)))
        except NotShared as problem:
            failed = _unsent(error(problem.__cause__ or problem))
        except Exception as problem:  # noqa: BLE001 - the table knows them all
            failed = error(problem)
        if failed.code == "missing_scope":
            advice = "Add the scope files:write to the app and install it once more."
            return SendError(failure=Failure.PERMANENT, code="files_not_allowed", detail=advice)
        return failed

    async def _put(self, api: Api, key: str, calls: Sequence[Call]) -> Receipt | SendError:
        """Make the calls; of a text in parts only those that an earlier, broken-off send has left."""
        begun = self._begun.pop(key, 0)
        ref = ""
        for place, call in enumerate(calls[begun:], begun):
            if place > begun:
                await self._sleep(PART_SECONDS)
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    answer = (await api.call(*call)).data
                    ref = text(answer, "ts") or text(answer, "view", "id")
            except Exception as problem:  # noqa: BLE001 - the table knows them all
                self._remember(key, place)
                return error(problem)
        if calls[-1].method != "views.publish":  # that is no message, and nothing is told of it
            self._echo.expected(self._clock())
        return Receipt(ref) if ref else SendError(failure=Failure.AMBIGUOUS, code="broken_answer")

    def _remember(self, key: str, parts: int) -> None:
        if parts:
            self._begun[key] = parts
        if len(self._begun) > BEGUN:
            self._begun.popitem(last=False)

    async def _acknowledge(self, outgoing: Outgoing) -> Receipt | SendError:
        """Say what is left to say, once; after ten seconds nobody misses it."""
        for url, message in to_platform(outgoing, self._words):
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    if not await self._open().respond(url, message):
                        return SendError(failure=Failure.DROP, code="response_refused")
            except Exception as problem:  # noqa: BLE001 - whatever it is, nobody waits for this any more
                return SendError(failure=Failure.DROP, code=error(problem).code)
        return Receipt()

    async def fetch(self, source: str, most: int) -> bytes | NotFetched:
        """The file that a member sent. Never raises."""
        return await files.fetch(self._open(), self._bot_token, source, most)

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:
        """Read the direct message back and look for the outbox key in the messages' metadata."""
        api = self._open()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                ref = await api.find(await api.channel(outgoing.chat), outgoing.key)
        except Exception as problem:  # noqa: BLE001 - the table knows them all
            _log.warning("A message could not be looked up: %s", error(problem).code)
            return None
        return Receipt(ref) if ref else Absent()

    async def check(self) -> list[Finding]:
        """Look at tokens, scopes, clock and socket for ``kuulolla doctor``. Sends nothing."""
        return await examination.examine(
            self._open(), socket=self._config.mode == "socket", now=self._clock()
        )


class _Echo:
    """Slack tells us of our own messages too: their silence is a sign, once we have heard one at all."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._heard = False
        self._waiting_since: float | None = None

    def expected(self, now: float) -> None:
        """A message went out."""
        if self._waiting_since is None:
            self._waiting_since = now

    def heard(self) -> None:
        """A message of ours came back."""
        self._heard = True
        self._waiting_since = None

    def missing(self, now: float) -> bool:
        """Whether one has been awaited too long; told once, then the waiting begins anew."""
        since = self._waiting_since
        if not self._heard or since is None or now - since < self._patience:
            return False
        self._waiting_since = None
        return True


def _unsent(failed: SendError) -> SendError:
    """The direct message could not be opened, so whatever happened, nothing was sent in it."""
    return replace(failed, failure=Failure.RETRY) if failed.failure is Failure.AMBIGUOUS else failed


def _require(path: str, secret: str) -> None:
    shape, advice = _SHAPES[path]
    if shape.fullmatch(secret) is None:
        raise UserError(Problem(message="This is not what Slack gives.", path=f"slack.{path}", advice=advice))


def _refusal(path: str, failed: SendError) -> UserError:
    return UserError(
        Problem(
            message=f"Slack refuses the token: {failed.code}.",
            path=f"slack.{path}",
            advice="Copy it once more from the app's page at api.slack.com/apps, and check slack.base_url.",
        )
    )
