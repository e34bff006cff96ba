"""Delivery: claim what may go, send it at its moment, settle what became of it. One loop per platform
account.

The network is touched between two transactions and never inside one. What a failure means is decided by the
service; this module only carries messages, and keeps a breaker against outages.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from adapters.base import Absent, Adapter
from bot.engine.messages import Delivery as Kind
from bot.engine.messages import Failure, Inbound, Outbound, Outgoing, Receipt, SendError
from bot.service import dispatch
from bot.service.context import Context
from bot.service.dispatch import Claimed, Claims, Pace
from bot.service.pacing import CLOSEST
from storage import Connection
from storage.trouble import StorageTrouble

log: Final = logging.getLogger(__name__)
T = TypeVar("T")
Results = list[tuple[Claimed, Receipt | SendError]]

SEND_LIMIT: Final = 20.0
"""Seconds that one send may take in all."""
OVERSLEPT: Final = timedelta(seconds=SEND_LIMIT)
"""So late after its claim nothing is sent any more: we were stopped, and others may have taken over."""
BREAK_AFTER: Final = 3
"""Doubtful sends in a row after which no invites go out for a while: an outage must not put hundreds in
doubt.
"""
BREAK_FOR: Final = timedelta(seconds=60)
IDLE: Final = 1.0
"""Seconds between two looks when nothing has woken us: a row may have become due by itself."""
GATHER: Final = 0.01
"""Seconds in which results are gathered before they are stored together: a commit for each would be slow."""


class Write(Protocol):
    """Run a job in the one writing thread and wait for its commit."""

    def __call__(self, job: Callable[[Connection], T]) -> Awaitable[T]:
        """The result of the job, once it is committed."""


@dataclass(slots=True)
class Delivery:
    """Sends for one adapter. ``clock`` gives aware UTC; ``owner`` names this process in claims."""

    context: Context
    adapter: Adapter
    write: Write
    clock: Callable[[], datetime]
    owner: str
    pace: Pace
    allowed: Callable[[], bool] = lambda: True
    """Whether this process holds the sender's lease of this account, as far as it knows."""
    holds: Callable[[Connection], bool] = lambda _: True
    """The same, asked of the database inside the transaction that relies on it."""
    heard: Callable[[], datetime | None] | None = None
    """When the platform was last heard, aware UTC, where it is asked all the time."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    _shown: set[asyncio.Task[None]] = field(default_factory=set)
    _done: Results = field(default_factory=list)
    _gathering: asyncio.TimerHandle | None = None
    _settling: asyncio.Task[None] | None = None
    _claiming: asyncio.Task[int] | None = None
    _look_at: datetime | None = None
    _behind: bool = False
    _free_at: float = 0.0
    _doubts: int = 0
    _broken_at: datetime | None = None
    _stopping: bool = False

    def wake(self) -> None:
        """There may be something to send."""
        self.woken.set()

    async def run(self) -> None:
        """Until cancelled or stopped. Trouble with the database is logged and waited out."""
        while not self._stopping:
            try:
                await self.round()
            except StorageTrouble as trouble:
                log.warning("nothing can be sent: %s", trouble)
                await asyncio.sleep(IDLE)
            except Exception:
                log.exception("delivery failed; trying again")
                await asyncio.sleep(IDLE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), self._pause())
            self.woken.clear()

    def _pause(self) -> float:
        """Seconds until it is worth looking again, if nothing wakes us before."""
        if self._look_at is None:
            return IDLE
        return min(IDLE, max(0.0, (self._look_at - self.clock()).total_seconds()))

    def acknowledge(self, tap: Inbound) -> None:
        """Show the presser of a button that it was taken: at most once, and worth nothing ten seconds later.

        So it does not go through the outbox, and nobody waits for its result.
        """
        outgoing = Outgoing(
            key=tap.external_id,
            delivery=Kind.ACKNOWLEDGE,
            chat=tap.chat,
            op="acknowledge",
            message=Outbound(text=""),
            ref=tap.interaction,
        )
        task = asyncio.create_task(self._show(outgoing))
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)

    async def _show(self, outgoing: Outgoing) -> None:
        result = await self.adapter.send(outgoing)
        if isinstance(result, SendError):
            log.debug("a tap was not acknowledged", extra={"code": result.code})

    async def stop(self) -> None:
        """Claim nothing more, finish the sends in hand, store their results."""
        self._stopping = True
        self.wake()
        if self._claiming is not None:
            await asyncio.gather(self._claiming, return_exceptions=True)
        await self.settle_all()

    async def settle_all(self) -> None:
        """Wait until everything that was claimed is sent and stored."""
        while self._in_flight or self._settling is not None or self._done:
            if self._in_flight:
                await asyncio.wait(self._in_flight)
            self._settle_now()
            if self._settling is not None:
                await self._settling

    async def round(self) -> int:
        """Claim once and start the sends. Returns how many were claimed."""
        if not self.allowed():
            return 0
        # whoever is cancelled meanwhile leaves no claim behind of which nobody knows
        self._claiming = asyncio.create_task(self._claim_and_begin(self.clock()))
        return await asyncio.shield(self._claiming)

    async def _claim_and_begin(self, now: datetime) -> int:
        return self.begin(await self.write(lambda connection: self.claim(connection, now)))

    def claim(self, connection: Connection, now: datetime, *, invites_too: bool = True) -> Claims:
        """The claim as a part of somebody's transaction; give what it returns to ``begin`` once committed.

        Nothing is claimed where another process sends for this account by now.
        """
        if not self.holds(connection):
            return Claims()
        return dispatch.claim(
            self.context,
            connection,
            self.adapter.platform,
            self.adapter.account,
            self.owner,
            self.pace,
            now,
            invites_too=invites_too and not self._broken(),
        )

    def _broken(self) -> bool:
        """Whether an outage goes on: until the platform is heard a minute after the last doubt, or an invite
        a minute would end in doubt.
        """
        if self._broken_at is None or self.heard is None:
            return False
        heard = self.heard()
        if heard is None or heard < self._broken_at + BREAK_FOR:
            return True
        self._broken_at = None
        return False

    def begin(self, claims: Claims) -> int:
        """Start the sends of a claim that is committed. Returns how many there are."""
        self._look_at, self._behind = claims.look_at, claims.behind
        for item in claims.sends:
            task = asyncio.create_task(self._send(item))
            self._in_flight.add(task)
            task.add_done_callback(self._in_flight.discard)
        return len(claims.sends)

    async def _send(self, item: Claimed) -> None:
        wait = (item.send_at - self.clock()).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        if item.outgoing.op == "send":
            await self._turn()
        result = await self._attempt(item)
        # not in one line: the list as it was before the wait may have been taken away to be stored
        self._done.append((item, result))
        self._settle_soon()

    async def _turn(self) -> None:
        """Keep messages apart whose moments have passed together, as when this process had to wait."""
        if not self.pace.per_second:
            return
        now = asyncio.get_running_loop().time()
        turn = max(now, self._free_at)
        self._free_at = turn + CLOSEST / self.pace.per_second
        if turn > now:
            await asyncio.sleep(turn - now)

    async def _attempt(self, item: Claimed) -> Receipt | SendError:
        if self.clock() - item.send_at > OVERSLEPT:
            return SendError(failure=Failure.RETRY, code="overslept")
        try:
            async with asyncio.timeout(SEND_LIMIT):
                return await self.adapter.send(item.outgoing)
        except TimeoutError:
            return SendError(failure=Failure.AMBIGUOUS, code="timeout")
        except Exception as error:
            # an adapter never raises; if one does, nobody knows whether the message is out
            log.exception("an adapter failed while sending", extra={"outbox": item.row})
            return SendError(failure=Failure.AMBIGUOUS, code=type(error).__name__)

    def _settle_soon(self) -> None:
        if self._settling is None and self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER, self._settle_now)

    def _settle_now(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._settling is None and self._done:
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """Store all results that have come in, together; more may come while the commit runs."""
        results, self._done = self._done, []
        try:
            await self._store(results)
        except StorageTrouble as trouble:
            log.warning("results of sends are kept for the next try: %s", trouble)
            self._done[:0] = results
            await asyncio.sleep(IDLE)
        except Exception as error:  # noqa: BLE001 - which one it was is found out, and logged, below
            await self._store_apart(results, error)
        finally:
            self._settling = None
            if self._done:
                self._settle_soon()
        if self._behind or any(isinstance(result, SendError) for _, result in results):
            self.wake()

    async def _store_apart(self, results: Results, error: Exception) -> None:
        """One of them makes us fail: it shall not cost the others theirs.

        Its row stays "sending" and is taken for doubtful a minute later: nothing is repeated blindly.
        """
        log.error("results of sends are stored one by one", extra={"error": type(error).__name__})
        for one in results:
            try:
                await self._store([one])
            except Exception:
                log.exception("the result of a send cannot be stored", extra={"outbox": one[0].row})

    async def _store(self, results: Results) -> None:
        now = self.clock()
        broken = self._count_doubts(results)
        self._broken_at = now if broken else self._broken_at

        def job(connection: Connection) -> None:
            dispatch.settle(
                self.context, connection, self.adapter.platform, self.adapter.account, results, now
            )
            if broken:
                dispatch.break_off(connection, self.adapter.platform, self.adapter.account, now + BREAK_FOR)

        await self.write(job)

    def _count_doubts(self, results: Results) -> bool:
        for _, result in results:
            doubtful = isinstance(result, SendError) and result.failure is Failure.AMBIGUOUS
            self._doubts = self._doubts + 1 if doubtful else 0
        if self._doubts < BREAK_AFTER:
            return False
        self._doubts = 0
        return True

    async def resolve_doubts(self) -> None:
        """Where the platform keeps a history, ask it about invites in doubt."""
        if not self.allowed():
            return
        now = self.clock()
        platform, account = self.adapter.platform, self.adapter.account
        items = await self.write(
            lambda connection: dispatch.doubtful_invites(connection, platform, account, now)
        )
        for item in items:
            found = await self.adapter.look_up(item.outgoing)
            if isinstance(found, Receipt | Absent):
                await self.write(self._resolution(item, found, self.clock()))
        if items:
            self.wake()

    def _resolution(
        self, item: Claimed, found: Receipt | Absent, now: datetime
    ) -> Callable[[Connection], None]:
        receipt = found if isinstance(found, Receipt) else None

        def job(connection: Connection) -> None:
            if self.holds(connection):  # or another process asks as well, and two looks would be one
                dispatch.resolve(self.context, connection, item, receipt, now)

        return job
