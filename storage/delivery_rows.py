"""What happens to outbox rows after the ordinary way: stuck, in doubt, moved to another chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, or_, select, update

from storage.outbox import STUCK, Candidate
from storage.tables import OUTBOX_DOUBTFUL, OUTBOX_WAITING, addresses, outbox

LOOK_AGAIN: Final = timedelta(seconds=10)
"""Between the two looks that must both miss a message before it may be sent again."""
MISSED_ONCE: Final = "missed_once"
PROVED: Final = "answered"


@dataclass(frozen=True, slots=True)
class Row:
    """An outbox row that left the ordinary way."""

    id: int
    platform: str
    account: str
    claim_token: str
    attempts: int
    candidate: Candidate


_columns: Final = (
    outbox.c.id, outbox.c.platform, outbox.c.account, outbox.c.claim_token, outbox.c.attempts,
    outbox.c.dedup_key, outbox.c.delivery, outbox.c.chat, outbox.c.lane, outbox.c.op, outbox.c.payload,
    outbox.c.ref, outbox.c.target_key, outbox.c.language, outbox.c.person_id, outbox.c.turn,
    outbox.c.contact_id, outbox.c.doubts, outbox.c.expires_at, outbox.c.priority,
)  # fmt: skip


def stuck(connection: Connection, now: datetime, owner_alive: Sequence[str] | None) -> list[Row]:
    """Rows in ``sending`` that nobody is sending any more."""
    query = select(*_columns).where(OUTBOX_WAITING, outbox.c.state == "sending")
    if owner_alive is None:
        query = query.where(_too_long(now))
    else:
        query = query.where(_too_long(now) | outbox.c.owner.not_in(owner_alive))
    return _rows(connection, query)


def _too_long(now: datetime) -> ColumnElement[bool]:
    """Claimed too long ago; or in a future that a clock put back has taken away."""
    return or_(outbox.c.claimed_at < now - STUCK, outbox.c.claimed_at > now + STUCK)


def doubtful(connection: Connection, platform: str, account: str, now: datetime) -> list[Row]:
    """Invites and reminders in doubt whose time for a look has come."""
    query = select(*_columns).where(
        OUTBOX_DOUBTFUL,
        outbox.c.delivery == "I",
        outbox.c.platform == platform,
        outbox.c.account == account,
        outbox.c.not_before <= now,
        outbox.c.payload != "",
    )
    return _rows(connection, query)


def _rows(connection: Connection, query: "object") -> list[Row]:
    found = connection.execute(query)  # type: ignore[call-overload]
    return [
        Row(
            row.id,
            row.platform,
            row.account,
            row.claim_token or "",
            row.attempts,
            Candidate(
                row.id, row.dedup_key, row.delivery, row.chat, row.lane, row.op, row.payload, row.ref,
                row.target_key, row.language, row.person_id, row.turn, row.contact_id, row.attempts,
                row.doubts, row.expires_at, row.priority, None, None,
            ),
        )
        for row in found
    ]  # fmt: skip


def reconciled(connection: Connection, row: int, ref: str, now: datetime) -> None:
    """It had arrived after all."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row, outbox.c.state == "unknown")
        .values(state="sent", platform_ref=ref, error="reconciled", settled_at=now, payload="")
    )


def proved(connection: Connection, session_row: int, now: datetime) -> bool:
    """The person has reacted to a session's messages: those in doubt had arrived. Whether there were any."""
    doubted = update(outbox).where(outbox.c.session_id == session_row, outbox.c.state == "unknown")
    values = {"state": "sent", "error": PROVED, "settled_at": now, "payload": ""}
    return connection.execute(doubted.values(**values)).rowcount > 0


def absent(connection: Connection, row: int, now: datetime) -> None:
    """One look missed it: look again. Two looks missed it: it was surely not sent, and goes back in line."""
    here = update(outbox).where(outbox.c.id == row, outbox.c.state == "unknown")
    again = here.where(outbox.c.error == MISSED_ONCE).values(
        state="ready", error="surely_absent", not_before=now
    )
    if connection.execute(again).rowcount == 0:
        connection.execute(here.values(error=MISSED_ONCE, not_before=now + LOOK_AGAIN))


def move_chat(connection: Connection, platform: str, chat: str, new_chat: str) -> None:
    """A group became a supergroup: everything addressed to the old id goes to the new one."""
    for table in (addresses, outbox):
        connection.execute(
            update(table).where(table.c.platform == platform, table.c.chat == chat).values(chat=new_chat)
        )


def edit_to_send(connection: Connection, row: int) -> None:
    """The message to edit is gone: what it should show is sent as a new one."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row)
        .values(op="send", lane="s", delivery="Q", ref="", target_key=None)
    )


def cut_off(connection: Connection, platform: str, chat: str, code: str, now: datetime) -> None:
    """Nothing more goes to this chat until the person writes again."""
    connection.execute(
        update(addresses)
        .where(addresses.c.platform == platform, addresses.c.chat == chat)
        .values(unreachable=code)
    )
    connection.execute(
        update(outbox)
        .where(
            OUTBOX_WAITING, outbox.c.platform == platform, outbox.c.chat == chat, outbox.c.state == "ready"
        )
        .values(state="cancelled", error=code, settled_at=now, payload="")
    )
