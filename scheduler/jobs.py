"""The ticks. APScheduler calls us at intervals and knows nothing else; what is due stands in the database.

A tick that is late still runs, one that is missed is made up by the next, and two of the same kind never
overlap.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.errors import UserError

log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """Call ``work`` every so many seconds."""

    seconds: float
    work: Callable[[], Awaitable[None]]


def start(ticks: Mapping[str, Tick]) -> AsyncIOScheduler:
    """Begin ticking on the running event loop, in UTC. End with ``shutdown(wait=False)``."""
    # that a tick is passed over while the one before it still works is how it is meant
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # what fails in a tick is told below; all that is left to the executor is that the end cut one short
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)
    scheduler = AsyncIOScheduler(timezone="UTC")
    for name, tick in ticks.items():
        scheduler.add_job(
            _guarded(name, tick.work),
            "interval",
            seconds=tick.seconds,
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    return scheduler


def _guarded(name: str, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await work()
        except (UserError, TimeoutError) as trouble:  # the database is away, which is told in plain words
            log.warning("a tick failed, and is tried again: %s", trouble, extra={"tick": name})
        except Exception:
            log.exception("a tick failed; the next one tries again", extra={"tick": name})

    return run
