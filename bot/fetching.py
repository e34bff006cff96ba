"""Files that members sent, fetched from their platform into a folder of our own, within a size.

Names on the disk are ours and say nothing; what a member calls a file is never a path. A file whose row is
gone (its person was erased, its time is over) is deleted. The address that a platform gives is used once and
is kept nowhere.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from adapters.base import Adapter, Fetching, NotFetched
from bot.config.model import MediaConfig
from bot.delivery import Write
from storage import Connection, attachments
from storage.attachments import OURS, Waiting
from storage.store import Store

log: Final = logging.getLogger(__name__)

AT_ONCE: Final = 5
"""Files of one account in one round: the chat goes first."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches what is due for the accounts of this process."""

    config: MediaConfig
    store: Store
    write: Write
    clock: Callable[[], datetime]

    async def fetch(self, adapter: Adapter) -> int:
        """One round for one account; returns how many files were saved."""
        if not isinstance(adapter, Fetching):
            return 0
        now, saved = self.clock(), 0
        for waiting in await asyncio.to_thread(self._due, adapter, now):
            found = await adapter.fetch(waiting.source, self.config.max_mb * 1_000_000)
            if isinstance(found, NotFetched):
                log.info("a file was not fetched", extra={"reason": found.reason, "row": waiting.id})
                await self.write(partial(_not_fetched, waiting=waiting, why=found, now=now))
                continue
            await asyncio.to_thread(keep, self.config.folder, waiting.file, found)
            await self.write(partial(attachments.saved, row=waiting.id, size=len(found)))
            saved += 1
        return saved

    def _due(self, adapter: Adapter, now: datetime) -> list[Waiting]:
        with self.store.read() as connection:
            return list(attachments.due(connection, adapter.platform, adapter.account, now, AT_ONCE))

    def sweep(self) -> int:
        """Delete files that belong to nobody any more; returns how many. Cheap where there is none."""
        if not self.config.folder.is_dir():
            return 0
        found = [path for path in self.config.folder.iterdir() if OURS.fullmatch(path.name.lstrip("."))]
        if not found:
            return 0
        with self.store.read() as connection:
            gone = attachments.nobodys(connection, {path.name.lstrip(".") for path in found})
        nobodys = [path for path in found if path.name.lstrip(".") in gone]
        for path in nobodys:
            path.unlink(missing_ok=True)
        return len(nobodys)


def _not_fetched(connection: Connection, waiting: Waiting, why: NotFetched, now: datetime) -> None:
    if why.again:
        attachments.again(connection, waiting, why.reason, now)
    else:
        attachments.refused(connection, waiting.id, why.reason)


def keep(folder: Path, name: str, body: bytes) -> None:
    """Write the file for its owner's eyes only, whole or not at all.

    Raises OSError, and ValueError for a name that is not one of ours.
    """
    if OURS.fullmatch(name) is None:
        raise ValueError("that is no name of ours")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)
