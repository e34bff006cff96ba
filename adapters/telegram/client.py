"""The Telegram adapter: one bot account, its updates in, its messages out.

Built on python-telegram-bot's ``Bot`` and ``BaseRequest`` alone. Its Updater, Application and persistence are
not used: they confirm what nobody has stored. Nothing here decides whether or when to send.
"""

import asyncio
import logging
import random
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from telegram import Bot, BotCommand

from adapters.base import Absent, Finding, Limits, NotFetched, Receive
from adapters.telegram import examination, files
from adapters.telegram.errors import BROKEN_ANSWER, TOO_LONG_ABOUT, error
from adapters.telegram.polling import (
    POLL_READ_SECONDS,
    TROUBLE,
    Backoff,
    Poller,
    Sleep,
    refusal,
    token_refused,
)
from adapters.telegram.request import READ_SECONDS, Request, UpdatesRequest, open_session
from adapters.telegram.translate import (
    ALLOWED_UPDATES,
    LIMITS,
    PLATFORM,
    Call,
    Ignored,
    Me,
    read,
    to_platform,
)
from adapters.telegram.webhook import Endpoint, path_of
from bot.config.model import TelegramConfig
from bot.engine.messages import Delivery, Failure, Inbound, Outgoing, Receipt, SendError
from bot.errors import Problem, UserError

SEND_SECONDS: Final = 20.0
"""For everything that one send does on the wire."""
PART_SECONDS: Final = 1.05
"""Between the parts of a long text: Telegram takes one message a second in a chat."""
BEGUN: Final = 1000
"""Most half-sent texts remembered; the oldest is forgotten and would begin anew."""

_TOKEN: Final = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]{20,100}")
"""The bot's id and its secret. Real ones have 8 to 10 digits and 35 letters."""
_CHATTY: Final = ("telegram", "httpx", "httpcore", "aiohttp.access")
"""Loggers that write tokens or members' words below WARNING."""

T = TypeVar("T")

_log: Final = logging.getLogger(__name__)


class Telegram:
    """An ``adapters.base.Adapter`` for one Telegram bot.

    ``commands`` are the command names and descriptions to register, by language; ``""`` is for everybody
    else. ``webhook_secret`` (``A-Za-z0-9_-``) is needed only where several processes share a webhook; else
    each start makes its own. Raises UserError for something that is not a token.
    """

    platform: str = PLATFORM
    limits: Limits = LIMITS

    def __init__(
        self,
        config: TelegramConfig,
        token: str,
        *,
        commands: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        webhook_secret: str = "",
        chance: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        shape = _TOKEN.fullmatch(token)
        if shape is None:
            raise UserError(
                Problem(
                    message="This is not a Telegram bot token.",
                    path="telegram.token",
                    advice="A token looks like 123456789:AA…; @BotFather shows it.",
                )
            )
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        self.account = shape[1]
        self.username = config.username
        self.heard_at: datetime | None = None
        """When Telegram last handed over, or had nothing to hand over; aware UTC."""
        self.ignored: Counter[Ignored] = Counter()
        """Updates let go by ``to_inbound``, by reason."""
        self.webhook_port: int | None = None
        """Where the webhook listens, once it does."""
        self._config = config
        self._token = token
        self._commands = commands or {}
        self._secret = webhook_secret or secrets.token_urlsafe(32)
        self._chance = chance or random.Random()
        self._sleep = sleep
        self._read_seconds = read_seconds
        self._line: _Line | None = None
        self._begun: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"Telegram({self.account})"

    # -- life ------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Learn the bot's user name and register its commands. Network trouble is waited out.

        Raises UserError for a refused token.
        """
        line = self._open()
        me = await self._persist(line.bot.get_me)
        self.username = me.username or ""
        for language, commands in self._commands.items():
            await self._register(language, commands)

    @property
    def entry(self) -> str:
        """The chat with the bot, with a word of ours (Bot API, deep linking)."""
        return f"https://t.me/{self.username}?start={{token}}" if self.username else ""

    async def run(self, receive: Receive) -> None:
        """Take in updates until cancelled. Raises UserError for a refused token or an occupied address."""
        if self._config.mode == "webhook":
            await self._serve(receive)
        else:
            await self._poll(receive)

    async def close(self) -> None:
        """Close every connection."""
        if self._line is not None:
            await self._line.session.close()
            self._line = None

    def _open(self) -> "_Line":
        if self._line is None:
            self._line = _Line(self._config.base_url, self._token, self._read_seconds)
        return self._line

    # -- in --------------------------------------------------------------------------------------------

    def to_inbound(self, body: bytes) -> Inbound | None:
        """Translate what the inbox stored; None for what is let go, which is counted. Never raises."""
        try:
            raw: object = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raw = None
        inbound = read(raw, Me(self.account, self.username))
        if isinstance(inbound, Inbound):
            return inbound
        self.ignored[inbound] += 1
        return None

    async def _poll(self, receive: Receive) -> None:
        line = self._open()
        # A webhook and polling exclude one another; what waits in the queue stays there.
        await self._persist(lambda: line.bot.delete_webhook(drop_pending_updates=False))
        backoff = Backoff(self._chance)
        await Poller(line.get_updates, receive, backoff=backoff, heard=self._hear, sleep=self._sleep).run()

    async def _serve(self, receive: Receive) -> None:
        endpoint = Endpoint(self._secret, receive, self._hear)
        host, _, port = self._config.webhook_listen.rpartition(":")
        try:
            self.webhook_port = await endpoint.start(host.strip("[]"), int(port))
            await self._announce()
            await asyncio.Event().wait()
        except OSError as problem:
            raise UserError(
                Problem(
                    message=f"The webhook cannot listen on {self._config.webhook_listen}.",
                    path="telegram.webhook_listen",
                    advice="Another program holds the address, or it is not one of this machine.",
                )
            ) from problem
        finally:
            await endpoint.stop()

    async def _announce(self) -> None:
        line = self._open()
        url = f"{self._config.webhook_url.rstrip('/')}/{path_of(self._secret)}"
        await self._persist(
            lambda: line.bot.set_webhook(
                url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False
            )
        )

    def _hear(self) -> None:
        self.heard_at = datetime.now(UTC)

    # -- out -------------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """Put one message on the wire, once; the ref is the message with the buttons. Never raises.

        A text beyond Telegram's limit goes out in parts. If a part fails, the next call with the same key
        goes on with that part; what was sent is not sent again. That is remembered in this process only, so
        an invite, which must not come twice, is in doubt as soon as its first part has left.
        """
        try:
            calls = to_platform(outgoing)
        except ValueError as problem:
            return SendError(failure=Failure.PERMANENT, code="bad_button", detail=str(problem))
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self._send(outgoing, calls)
        except TimeoutError:
            return TOO_LONG_ABOUT

    async def fetch(self, source: str, most: int) -> bytes | NotFetched:
        """The file that a member sent. Never raises."""
        line = self._open()
        return await files.fetch(
            line.session, line.request, line.bot.base_url, line.bot.base_file_url, source, most
        )

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:  # noqa: ARG002 - the contract's
        """Telegram has no history that a bot may read: it cannot be told."""
        return None

    async def _send(self, outgoing: Outgoing, calls: Sequence[Call]) -> Receipt | SendError:
        line = self._open()
        receipt = Receipt()
        for part in range(self._begun.get(outgoing.key, 0), len(calls)):
            if part:
                self._remember(outgoing.key, part)
                await self._sleep(PART_SECONDS)
            result = await line.put(calls[part])
            if isinstance(result, SendError):
                return self._halfway(outgoing, part, result)
            receipt = result
        self._begun.pop(outgoing.key, None)
        return receipt

    def _remember(self, key: str, part: int) -> None:
        while key not in self._begun and len(self._begun) >= BEGUN:
            del self._begun[next(iter(self._begun))]
        self._begun[key] = part

    @staticmethod
    def _halfway(outgoing: Outgoing, part: int, problem: SendError) -> SendError:
        if part and outgoing.delivery is Delivery.INVITE and problem.failure is Failure.RETRY:
            return replace(problem, failure=Failure.AMBIGUOUS, code="partly_sent")
        return problem

    # -- set-up and doctor -----------------------------------------------------------------------------

    async def check(self) -> list[Finding]:
        """Ask Telegram about the token, the bot, the webhook and the time. One try, no waiting."""
        line = self._open()
        try:
            me = await line.bot.get_me()
            clock = examination.clock(line.request.date, datetime.now(UTC))
            webhook = await line.bot.get_webhook_info()
        except TROUBLE as problem:
            return [examination.unreachable(error(problem))]
        return [
            examination.token(me.username or "", self._config.username),
            examination.groups(can_join=bool(me.can_join_groups)),
            examination.webhook(webhook, self._config.mode),
            clock,
        ]

    async def _register(self, language: str, commands: Sequence[tuple[str, str]]) -> None:
        known = [BotCommand(name, description) for name, description in commands]
        try:
            await self._open().bot.set_my_commands(known, language_code=language or None)
        except TROUBLE as problem:
            if token_refused(problem):
                raise refusal() from None
            # Nothing else depends on the menu: the commands work without it.
            _log.warning("The commands for %r could not be registered: %s", language, error(problem).detail)

    async def _persist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until it works. Raises UserError for what no waiting can mend."""
        backoff = Backoff(self._chance)
        while True:
            try:
                return await call()
            except TROUBLE as problem:
                if token_refused(problem):
                    raise refusal() from None
                meaning = error(problem)
                if meaning.failure is Failure.PERMANENT:
                    raise UserError(f"Telegram refuses the set-up: {meaning.detail}") from None
                if not backoff.failures:
                    _log.warning("Telegram cannot be reached: %s %s", meaning.code, meaning.detail)
                await self._sleep(meaning.retry_after or backoff.wait())


class _Line:
    """The open session and what speaks over it. Made inside a running loop."""

    def __init__(self, base_url: str, token: str, read_seconds: float) -> None:
        self.session = open_session()
        self.request = Request(self.session, read_seconds=read_seconds)
        self.updates = UpdatesRequest(self.session, read_seconds=POLL_READ_SECONDS)
        root = base_url.rstrip("/")
        self.bot = Bot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self.request,
            get_updates_request=self.updates,
        )

    async def get_updates(self, params: dict[str, object]) -> Sequence[msgspec.Raw]:
        """Call getUpdates and leave the updates as they come."""
        found: Sequence[msgspec.Raw] = await self.updates.call(f"{self.bot.base_url}/getUpdates", params)
        return found

    async def put(self, call: Call) -> Receipt | SendError:
        """Make one call; the receipt names the message, if the call was about one."""
        try:
            result = await self.request.call(f"{self.bot.base_url}/{call.method}", call.params)
        except TROUBLE as problem:
            return error(problem)
        if isinstance(result, dict) and isinstance(result.get("message_id"), int):
            return Receipt(str(result["message_id"]))
        return Receipt() if result is True else BROKEN_ANSWER
