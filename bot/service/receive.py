"""From the platform to its effect in two transactions: stored (then confirmed), and applied exactly once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.engine.messages import Inbound, Outbound, RawUpdate
from bot.service.context import Context
from bot.service.conversation import handle
from storage import Connection, alerts, inbox, trouble
from storage.inbox import InboxRow
from storage.work import Work

log: Final = logging.getLogger(__name__)

FRESH: Final = timedelta(seconds=10)
"""A tap that is older need not be acknowledged any more: the platform has given up waiting."""
BATCH: Final = 200
"""Messages in one transaction: enough to make the commit cheap, few enough that the first need not wait."""


def intake(
    connection: Connection, platform: str, account: str, updates: Sequence[RawUpdate], now: datetime
) -> None:
    """Store updates as they came. After this commits the platform may be told that we have them."""
    inbox.add(connection, platform, account, updates, now)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a round has done: messages looked at, and taps whose presser still waits for a sign."""

    rows: int = 0
    taps: tuple[Inbound, ...] = ()


def apply(context: Context, connection: Connection, now: datetime, limit: int = BATCH) -> Applied:
    """Give the oldest waiting messages their effect, all in one transaction.

    The whole batch is tried at once. If anything in it fails, each message is done alone, so that one that
    makes us fail spoils nobody else's. Trouble of the database itself (a full disk, a lost connection) is
    raised: no message is to blame for it, and none may be given up.
    """
    rows = inbox.take(connection, limit)
    if not rows:
        return Applied()
    try:
        with connection.begin_nested():
            return Applied(len(rows), _apply(context, connection, rows, now))
    except Exception as error:
        if trouble.of_the_database(error):
            raise
        log.exception("a batch failed; its messages are applied one by one", extra={"rows": len(rows)})
        _one_by_one(context, connection, rows, now)
    return Applied(len(rows))


def _apply(
    context: Context, connection: Connection, rows: Sequence[InboxRow], now: datetime
) -> tuple[Inbound, ...]:
    work = Work(connection, now)
    meant = [(row, _read(context, row)) for row in rows]
    work.load({inbound.address for _, inbound in meant if inbound is not None})
    for row, inbound in meant:
        if inbound is not None:
            handle(context, work, row, inbound)
    work.flush()
    inbox.finish(connection, [row.id for row in rows])
    return tuple(
        inbound for row, inbound in meant if inbound and inbound.interaction and now - row.received_at < FRESH
    )


def _read(context: Context, row: InboxRow) -> Inbound | None:
    return context.translate[row.platform](row.body)


def _one_by_one(context: Context, connection: Connection, rows: Sequence[InboxRow], now: datetime) -> None:
    stuck: set[str] = set()
    for row in rows:
        if row.chat in stuck:
            continue
        try:
            with connection.begin_nested():
                _apply(context, connection, [row], now)
        except Exception as error:
            if trouble.of_the_database(error):
                raise
            stuck.add(row.chat)
            log.exception("a message failed", extra={"row": row.id, "attempt": row.attempts + 1})
            if inbox.fail(connection, row, type(error).__name__):
                _give_up(context, connection, row, now)


def _give_up(context: Context, connection: Connection, row: InboxRow, now: datetime) -> None:
    """Five tries were in vain: say sorry, tell the admin, and let the chat go on."""
    alerts.raise_(
        connection,
        "message_failed",
        f"inbox {row.id}",
        f"A message on {row.platform} could not be understood by the program five times. "
        f"It is kept as inbox row {row.id}; see the log.",
        now,
    )
    try:
        with connection.begin_nested():
            _apologise(context, Work(connection, now), row)
    except Exception as error:
        if trouble.of_the_database(error):
            raise
        log.exception("a dead message gets no apology", extra={"row": row.id})


def _apologise(context: Context, work: Work, row: InboxRow) -> None:
    inbound = _read(context, row)
    who = work.writer(inbound.address) if inbound is not None else None
    if who is not None:
        sorry = context.texts("busy_apology", context.language(who.language))
        work.send(who, f"{row.id}:sorry", Outbound(text=sorry))
        work.flush()
