"""From the configuration to a program: which adapters there are, with which secrets, at which pace."""

import asyncio
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from adapters.base import Adapter, Receive
from adapters.console import Console
from bot.app import App
from bot.config.model import Config, SecretSource
from bot.config.secrets import read
from bot.engine.flow import in_language
from bot.service.context import Context
from bot.service.dispatch import Pace
from bot.texts import LANGUAGES, Texts
from storage.erased import ledger
from storage.store import Store

MENU = (
    "start", "feedback", "later", "stop", "why", "language", "less", "more", "me", "mydata", "privacy",
    "help",
)  # fmt: skip
"""Commands that a platform lists, in its order; the others work as well."""


def app(config: Config, store: Store) -> tuple[App, list[str]]:
    """The program that this configuration describes, and the secrets that its log must never show.

    Raises UserError for a missing or malformed secret.
    """
    texts, secrets = Texts.load().replaced(config.texts), _Secrets()
    adapters = [*_telegram(config, texts, secrets), *_slack(config, texts, secrets)] or _terminal(config)
    context = Context(config, texts, {adapter.platform: adapter.to_inbound for adapter, _ in adapters})
    program = App(
        context,
        store,
        adapters,
        polled=_polled(config, adapters),
        erased=ledger(config.storage.key_file),
    )
    return program, secrets.seen


def hook_secret(config: Config) -> str:
    """What other programs sign their calls with; empty where there is no hook. Raises UserError."""
    return read(config.hook.secret).reveal() if config.hook is not None else ""


def _polled(
    config: Config, adapters: Sequence[tuple[Adapter, Pace]]
) -> Mapping[str, Callable[[], datetime | None]]:
    """Slack repeats what it could not hand over; a Telegram that is polled forgets, so silence is watched."""
    if config.telegram is None or config.telegram.mode != "polling":
        return {}
    from adapters.telegram.client import Telegram

    return {
        adapter.platform: partial(getattr, adapter, "heard_at")
        for adapter, _ in adapters
        if isinstance(adapter, Telegram)
    }


class Terminal(Console):
    """The terminal as the only platform: ``left`` is set when the input has ended."""

    def __init__(self, speaker: str) -> None:
        super().__init__(getpass.getuser(), reader=sys.stdin, writer=sys.stdout, speaker=speaker)
        self.left = asyncio.Event()

    async def run(self, receive: Receive) -> None:
        """Take in lines until the input ends; then there is nothing more to take in."""
        await super().run(receive)
        self.left.set()
        await asyncio.Event().wait()


def _terminal(config: Config) -> list[tuple[Adapter, Pace]]:
    organisation = config.organisation
    speaker = in_language(organisation.name, organisation.languages[0])
    return [(Terminal(speaker), Pace(per_second=0, per_chat_per_second=0))]


def platforms(config: Config) -> Mapping[str, Callable[[], Sequence[Adapter]]]:
    """The adapters of each platform, to be made one by one by whoever only looks at them.

    Each call reads its secrets, and raises UserError where one is missing or malformed.
    """
    texts, secrets = Texts.load().replaced(config.texts), _Secrets()
    return {
        "telegram": lambda: [adapter for adapter, _ in _telegram(config, texts, secrets)],
        "slack": lambda: [adapter for adapter, _ in _slack(config, texts, secrets)],
    }


class _Secrets:
    """Reads secrets and remembers them for the log's redaction."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def take(self, source: SecretSource | None) -> str:
        if source is None:
            return ""
        secret = read(source).reveal()
        self.seen.append(secret)
        return secret


def menu(config: Config, texts: Texts) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Command names and descriptions by language; "" is for everybody whose language we do not speak."""
    spoken = [language for language in config.organisation.languages if language in LANGUAGES]
    by_language = {
        language: [(name, texts(f"command.{name}", language)) for name in MENU] for language in spoken
    }
    return {"": by_language[spoken[0]], **by_language} if spoken else {}


def _telegram(config: Config, texts: Texts, secrets: _Secrets) -> list[tuple[Adapter, Pace]]:
    if config.telegram is None:
        return []
    from adapters.telegram.client import Telegram

    settings = config.telegram
    adapter = Telegram(
        settings,
        secrets.take(settings.token),
        commands=menu(config, texts),
        webhook_secret=secrets.take(settings.webhook_secret),
    )
    return [
        (
            adapter,
            Pace(per_second=settings.messages_per_second, per_chat_per_second=settings.per_chat_per_second),
        )
    ]


def _slack(config: Config, texts: Texts, secrets: _Secrets) -> list[tuple[Adapter, Pace]]:
    if config.slack is None:
        return []
    from adapters.slack.client import Slack

    settings = config.slack
    adapter = Slack(
        settings,
        secrets.take(settings.bot_token),
        app_token=secrets.take(settings.app_token),
        signing_secret=secrets.take(settings.signing_secret),
        words=texts,
    )
    return [
        (
            adapter,
            Pace(per_second=settings.messages_per_second, per_chat_per_second=settings.per_chat_per_second),
        )
    ]
