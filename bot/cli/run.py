"""``kuulolla run``: everything that is configured, until SIGTERM or Ctrl-C."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli.common import config_option, load_with_holidays, open_store

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App
    from bot.calls import Call
    from bot.config.model import Config
    from bot.health import Health
    from bot.hook import Hook
    from storage.store import Store

log: Final = logging.getLogger(__name__)

LAST_LOOKS: Final = 50
"""Tenths of a second in which the last replies to a terminal may still be printed."""


@click.command()
@config_option
def run(config_path: Path) -> None:
    """Run the bot until it is stopped (SIGTERM or Ctrl-C); it finishes what it has in hand within ten
    seconds.

    Without [telegram] and [slack] whoever sits at this terminal is met here; Ctrl-D ends it.
    """
    config = load_with_holidays(config_path)
    if config.telegram is None and config.slack is None:
        click.echo(
            "No platform is configured, so you are met here. Write 'start', or the keyword of a survey."
        )
    serve(config)


def _as_it_is(_: "App") -> None:
    """Change nothing."""


def serve(config: "Config", prepare: Callable[["App"], None] = _as_it_is) -> None:
    """Run what is configured until a signal comes. ``prepare`` may change the program before it starts, as
    rehearsals do that cannot wait half a minute. Raises UserError.
    """
    from bot import logs
    from storage import ballast, place
    from storage.lock import FileLock

    with ExitStack() as stack:
        if config.storage.url is None:
            place.refuse_network(config.storage.path)
            stack.enter_context(FileLock(config.storage.path))
            ballast.ensure(config.storage.path, config.storage.ballast_mb)
        store = stack.enter_context(open_store(config))
        from bot import wiring

        app, secrets = wiring.app(config, store)
        hook_secret = wiring.hook_secret(config)
        secrets += filter(None, (hook_secret,))
        at_terminal = any(isinstance(adapter, wiring.Terminal) for adapter, _ in app.adapters)
        logs.set_up(config.runtime.log, secrets, aside=at_terminal)
        prepare(app)
        # What is loaded by now lives as long as the program: the collector need not look at it again, which
        # takes a fifth off the cost of an answer.
        gc.collect()
        gc.freeze()
        asyncio.run(_serve(app, config, store, hook_secret))


async def _serve(app: "App", config: "Config", store: "Store", hook_secret: str) -> None:
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        app.stopping.set()
        loop.remove_signal_handler(number)  # the second signal ends us at once, as if we had crashed

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    if not await _connected(app):
        return
    health = await _health(app, config, store, hook_secret)
    ending = asyncio.create_task(_end_with_the_terminal(app, store))
    try:
        await app.run()
    finally:
        ending.cancel()
        if health is not None:
            await health.stop()


async def _end_with_the_terminal(app: "App", store: "Store") -> None:
    """When the person at the terminal has left, answer what they said last, and stop."""
    from bot.wiring import Terminal
    from storage import inbox, outbox

    for adapter, _ in app.adapters:
        if not isinstance(adapter, Terminal):
            return
        await adapter.left.wait()

    def quiet() -> bool:
        with store.read() as connection:
            return not inbox.waiting(connection) and not outbox.waiting(connection)

    for _ in range(LAST_LOOKS):
        await asyncio.sleep(0.1)
        if await asyncio.to_thread(quiet):
            break
    app.stopping.set()


async def _connected(app: "App") -> bool:
    """Whether every platform was reached; False when we were stopped while waiting for one.

    Raises UserError for a refused token.
    """
    connecting = asyncio.create_task(app.connect())
    stopping = asyncio.create_task(app.stopping.wait())
    await asyncio.wait([connecting, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if connecting.done() and connecting.exception() is None:
        return True
    connecting.cancel()
    await asyncio.wait([connecting])
    for adapter, _ in app.adapters:
        await adapter.close()
    if not connecting.cancelled():
        connecting.result()
    return False


async def _health(app: "App", config: "Config", store: "Store", hook_secret: str) -> "Health | None":
    if not config.runtime.health:
        return None
    from bot.errors import UserError
    from bot.health import Health as Server
    from storage import inbox, outbox

    def look() -> Mapping[str, object]:
        with store.read() as connection:
            return {
                "platforms": [line.adapter.platform for line in app.lines],
                "inbox": inbox.waiting(connection),
                "outbox": outbox.waiting(connection),
                "in_doubt": len(outbox.doubtful(connection)),
            }

    async def figures() -> Mapping[str, object]:
        return await asyncio.to_thread(look)

    health = Server(config.runtime.health, figures, _hook(app, config, hook_secret))
    try:
        log.info("health address", extra={"url": await health.start()})
    except OSError as error:
        raise UserError(
            f"The health address {config.runtime.health} cannot be used: {error.strerror or error}. "
            'Choose another in [runtime], or health = "" for none.'
        ) from None
    return health


def _hook(app: "App", config: "Config", secret: str) -> "Hook | None":
    """What takes the calls of other programs, where the configuration has a hook."""
    if not secret:
        return None
    from bot.hook import Hook
    from bot.service import calls

    async def take(call: "Call", key: str, now: "datetime") -> Mapping[str, object]:
        return await app.write(lambda connection: calls.take(app.context, connection, call, key, now))

    return Hook(secret, config.organisation.timezone, take, app.clock)
