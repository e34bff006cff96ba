"""Reception: from a platform's updates to their effect, and the replies on their way.

What a poll brings is stored, applied and its replies claimed in one transaction: one commit for the three,
and nothing is confirmed or sent before it. If that fails for any reason but the database's, the updates are
stored by themselves and applied after.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from adapters.base import Adapter
from bot.delivery import Delivery, Write
from bot.engine.messages import Delivery as Kind
from bot.engine.messages import Outbound, Outgoing, RawUpdate, SendError
from bot.service import moments, receive
from bot.service.context import Context
from bot.service.dispatch import Claims
from bot.service.receive import Applied
from bot.service.silence import PRESSES_LOST
from storage import Connection
from storage.leases import LeaseLost
from storage.trouble import StorageFull, StorageTrouble

log: Final = logging.getLogger(__name__)

SILENT: Final = frozenset({"blocked", "unblocked", "edit", "home"})
"""What awaits no word."""
PAUSE: Final = 1.0
"""Seconds after trouble with the database."""


@dataclass(slots=True)
class Line:
    """One platform account: its adapter and what sends for it."""

    adapter: Adapter
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class _Effect:
    applied: Applied
    claimed: Sequence[tuple[Delivery, Claims]] = ()


@dataclass(slots=True)
class Reception:
    """``lines`` are those of the program, and may still grow. ``clock`` gives aware UTC."""

    context: Context
    write: Write
    clock: Callable[[], datetime]
    lines: Sequence[Line]
    _waiting: asyncio.Event = field(default_factory=asyncio.Event)
    _committing: set[asyncio.Task[_Effect]] = field(default_factory=set)
    _refused: dict[str, datetime] = field(default_factory=dict)
    """By platform since when nothing can be stored, because the disk is full."""
    _told: set[tuple[str, str]] = field(default_factory=set)
    """Chats that have been told so."""

    def wake(self) -> None:
        """There may be updates that nobody has applied."""
        self._waiting.set()

    async def take_in(self, adapter: Adapter, write: Write, updates: Sequence[RawUpdate]) -> None:
        """Store updates; returns once they are committed. ``write`` is fenced by the poller's role."""
        now = self.clock()

        def store(connection: Connection) -> None:
            receive.intake(connection, adapter.platform, adapter.account, updates, now)

        def store_and_apply(connection: Connection) -> _Effect:
            store(connection)
            return self._effect(connection, now)

        try:
            effect = await self._commit(write, store_and_apply)
        except StorageFull:
            await self._refuse(adapter, updates, now)
            raise
        except (StorageTrouble, LeaseLost):
            raise
        except Exception:
            log.exception("updates are stored without being applied", extra={"updates": len(updates)})
            await write(store)
            self.wake()
            return
        await self._room_again(adapter.platform, now)
        if effect.applied.rows >= receive.BATCH:
            self.wake()

    async def _refuse(self, adapter: Adapter, updates: Sequence[RawUpdate], now: datetime) -> None:
        """Nothing can be stored, not even a reply: tell each chat once, past the outbox."""
        self._refused.setdefault(adapter.platform, now)
        for update in updates:
            inbound = adapter.to_inbound(update.body)
            if inbound is None or inbound.kind in SILENT or (inbound.platform, inbound.chat) in self._told:
                continue
            self._told.add((inbound.platform, inbound.chat))
            language = self.context.language(inbound.profile.language)
            words = Outbound(text=self.context.texts("disk_full", language))
            result = await adapter.send(
                Outgoing(
                    key=f"full:{inbound.external_id}",
                    delivery=Kind.ACKNOWLEDGE,
                    chat=inbound.chat,
                    op="send",
                    message=words,
                    language=language,
                )
            )
            if isinstance(result, SendError):
                log.debug("a member could not be told of the full disk", extra={"code": result.code})

    async def _room_again(self, platform: str, now: datetime) -> None:
        """It was promised to ask again; where presses were lost meanwhile, it is done."""
        since = self._refused.pop(platform, None)
        if since is None:
            return
        self._told = {(one, chat) for one, chat in self._told if one != platform}
        if now - since > PRESSES_LOST:
            await self.write(lambda c: moments.ask_again(self.context, c, platform, now))

    async def run(self) -> None:
        """Apply what is left over from before, or from other processes, until cancelled."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            try:
                while await self.apply():
                    pass
            except StorageTrouble as trouble:
                log.warning("what came stays in the inbox: %s", trouble)
                await self._pause()
            except Exception:
                log.exception("what came cannot be applied and stays in the inbox")
                await self._pause()

    async def _pause(self) -> None:
        await asyncio.sleep(PAUSE)
        self._waiting.set()

    async def apply(self) -> int:
        """Give waiting messages their effect and let the replies go. Returns how many there were."""
        now = self.clock()
        try:
            effect = await self._commit(self.write, lambda connection: self._effect(connection, now))
        except StorageTrouble:
            raise
        except Exception:
            log.exception("messages are applied without sending the replies at once")
            applied = await self.write(lambda connection: receive.apply(self.context, connection, now))
            effect = _Effect(applied)
            self._wake_senders()
            self._let_go(effect)
        return effect.applied.rows

    async def finish(self) -> None:
        """Wait for what is being committed, and start its sends."""
        await asyncio.gather(*self._committing, return_exceptions=True)

    async def _commit(self, write: Write, job: Callable[[Connection], _Effect]) -> _Effect:
        """Whoever is cancelled meanwhile leaves no claim behind of which nobody knows."""
        task = asyncio.create_task(self._commit_and_let_go(write, job))
        self._committing.add(task)
        task.add_done_callback(self._committing.discard)
        return await asyncio.shield(task)

    async def _commit_and_let_go(self, write: Write, job: Callable[[Connection], _Effect]) -> _Effect:
        effect = await write(job)
        self._let_go(effect)
        return effect

    def _effect(self, connection: Connection, now: datetime) -> _Effect:
        applied = receive.apply(self.context, connection, now)
        if not applied.rows:
            return _Effect(applied)
        senders = [line.delivery for line in self.lines if line.delivery.allowed()]
        return _Effect(
            applied, [(sender, sender.claim(connection, now, invites_too=False)) for sender in senders]
        )

    def _let_go(self, effect: _Effect) -> None:
        """After the commit: show the taps that they were taken, and start the sends."""
        for tap in effect.applied.taps:
            for line in self.lines:
                if line.adapter.platform == tap.platform:
                    line.delivery.acknowledge(tap)
        for sender, claims in effect.claimed:
            sender.begin(claims)
            if claims.look_at is not None:
                sender.wake()

    def _wake_senders(self) -> None:
        for line in self.lines:
            line.delivery.wake()
