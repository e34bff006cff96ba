"""The database's side of sending: claiming what may go now, and what each result means.

Claims are committed before the network is touched; results are stored after. Who may go is decided in
``line``, when in ``pacing``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.engine.messages import Delivery, Failure, Outbound, Outgoing, Receipt, SendError
from bot.service import gate
from bot.service.context import Context
from bot.service.line import MOST, Line
from bot.service.pacing import Budget, Pace
from storage import Connection, alerts, delivery_rows, holds, outbox
from storage.outbox import Candidate, Settlement

__all__ = ["Claimed", "Claims", "Pace", "break_off", "claim", "doubtful_invites", "reap", "resolve", "settle"]

PAGE: Final = 64
"""Rows looked at together. One chat with a long line must not hide the others behind it."""
BACKOFF: Final = (1, 5, 15, 60, 300, 900)
"""Seconds before the next try of a send that surely did not happen."""
TRIES: Final[Mapping[Delivery, int]] = {Delivery.EDIT: 5, Delivery.ALERT: 3}
"""Questions and invites have no last try: a question is never silently missing while it stands, and an invite
ends when it is no longer good.
"""
STOPPED: Final = timedelta(seconds=60)
"""How long an account rests after the platform has refused it as such: one try a minute."""
COPIES: Final = 2
"""A question may reach a person twice, never more."""

_decode: Final = msgspec.json.Decoder(Outbound).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One message that this process now has to send, at ``send_at`` and not before."""

    row: int
    token: str
    attempts: int
    doubts: int
    """Earlier sends of it that perhaps arrived."""
    send_at: datetime
    outgoing: Outgoing
    contact_id: int | None
    person_id: int | None
    payload: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What was claimed, and when it is worth looking again."""

    sends: Sequence[Claimed] = ()
    look_at: datetime | None = None
    """When somebody's turn comes by itself."""
    behind: bool = False
    """Whether somebody waits for a send in hand to end."""


def claim(
    context: Context,
    connection: Connection,
    platform: str,
    account: str,
    owner: str,
    pace: Pace,
    now: datetime,
    *,
    invites_too: bool = True,
) -> Claims:
    """Claim what may go within the next moment, evenly spaced, in order within each chat."""
    hold = holds.current(connection, _account(platform, account), now)
    if hold == "all":
        return Claims()
    line = Line(context, connection, Budget(connection, _account(platform, account), pace, now), now)
    after = outbox.START
    while line.room:
        page = outbox.candidates(
            connection, platform, account, now, PAGE, after=after, invites_too=invites_too and not hold
        )
        if page and after == outbox.START:
            line.taken = outbox.occupied(connection, platform, account, now)
        line.admit(page)
        if len(page) < PAGE:
            break
        after = (page[-1].priority, page[-1].id)
    line.close()
    look_at = now if len(line.chosen) >= MOST else line.budget.look_at
    tokens = outbox.claim(connection, [row.id for row, _ in line.chosen], owner, now)
    sends = [
        Claimed(
            row=row.id,
            token=tokens[row.id],
            attempts=row.attempts + 1,
            doubts=row.doubts,
            send_at=moment,
            outgoing=_outgoing(row),
            contact_id=row.contact_id,
            person_id=row.person_id,
            payload=row.payload,
        )
        for row, moment in line.chosen
    ]
    return Claims(sends, look_at, line.behind)


def _account(platform: str, account: str) -> str:
    return f"{platform}:{account}"


def _outgoing(row: Candidate) -> Outgoing:
    return Outgoing(
        key=row.dedup_key,
        delivery=Delivery(row.delivery),
        chat=row.chat,
        op=row.op,  # type: ignore[arg-type]  # the column holds nothing else
        message=_decode(row.payload),
        ref=row.ref,
        language=row.language,
    )


# --- results ----------------------------------------------------------------------------------------------


def settle(
    context: Context,
    connection: Connection,
    platform: str,
    account: str,
    results: Sequence[tuple[Claimed, Receipt | SendError]],
    now: datetime,
) -> None:
    """Store what became of claimed rows and act on it. The one place where failures have consequences."""
    settlements = {item.row: _settlement(context, item, result, now) for item, result in results}
    kept = {item.row for item in outbox.settle(connection, list(settlements.values()), now)}
    for item, result in results:
        if item.row not in kept:
            continue
        code = ""
        if isinstance(result, SendError):
            code = result.code
            _consequences(context, connection, platform, account, item, result, now)
        state = settlements[item.row].state
        if item.contact_id is not None and state != "ready":
            gate.settled(context, connection, item.contact_id, state, code, now)


def _settlement(context: Context, item: Claimed, result: Receipt | SendError, now: datetime) -> Settlement:
    if isinstance(result, Receipt):
        return Settlement(row=item.row, token=item.token, state="sent", ref=result.ref or None)
    delivery = item.outgoing.delivery
    match result.failure:
        case Failure.DONE:
            return Settlement(row=item.row, token=item.token, state="sent", ref=item.outgoing.ref or None)
        case Failure.DROP:
            return _ended(item, "cancelled", result.code)
        case Failure.PERMANENT if not (result.moved_to or result.send_as_new):
            return _ended(item, "failed", result.code)
        case Failure.AMBIGUOUS:
            return _doubt(context, item, result, now)
        case Failure.RETRY if item.attempts >= TRIES.get(delivery, math.inf):
            return _ended(item, "failed", result.code)
    wait = (
        result.retry_after
        if result.retry_after is not None
        else BACKOFF[min(item.attempts, len(BACKOFF)) - 1]
    )
    if result.moved_to or result.send_as_new:
        wait = 0
    if result.failure is Failure.STOP:
        wait = STOPPED.total_seconds()
    return _again(item, result.code, now + timedelta(seconds=wait))


def _doubt(context: Context, item: Claimed, result: SendError, now: datetime) -> Settlement:
    """Perhaps sent. A question is repeated once after a while; an edit freely; an invite never by itself."""
    match item.outgoing.delivery:
        case Delivery.EDIT if item.attempts < TRIES[Delivery.EDIT]:
            return _again(item, result.code, now + timedelta(seconds=BACKOFF[1]))
        case Delivery.ALERT if item.attempts < TRIES[Delivery.ALERT]:
            return _again(item, result.code, now + context.doubt)
        case Delivery.QUESTION if item.doubts + 1 < COPIES:
            return replace(_again(item, result.code, now + context.doubt), doubts=1)
        case Delivery.FILE:  # it is never sent again, so nothing of it need be kept
            return Settlement(row=item.row, token=item.token, state="unknown", error=result.code, doubts=1)
    return Settlement(
        row=item.row, token=item.token, state="unknown", error=result.code, not_before=now + context.doubt,
        payload=item.payload, doubts=1,
    )  # fmt: skip


def _ended(item: Claimed, state: str, code: str) -> Settlement:
    return Settlement(row=item.row, token=item.token, state=state, error=code)


def _again(item: Claimed, code: str, moment: datetime) -> Settlement:
    return Settlement(
        row=item.row, token=item.token, state="ready", error=code, not_before=moment, payload=item.payload
    )


def _consequences(
    context: Context,
    connection: Connection,
    platform: str,
    account: str,
    item: Claimed,
    result: SendError,
    now: datetime,
) -> None:
    whole = _account(platform, account)
    if result.unreachable and item.person_id is None:
        alerts.raise_(
            connection, "admin_unreachable", f"{platform}:{item.outgoing.chat}",
            f"An admin cannot be written to on {platform} ({result.code}): they must begin a chat with the "
            "bot. What they missed: kuulolla alerts, kuulolla feedback list", now,
        )  # fmt: skip
    elif result.unreachable and item.person_id is not None:
        gate.unreachable(context, connection, item.person_id, platform, item.outgoing.chat, result.code, now)
    if result.moved_to:
        delivery_rows.move_chat(connection, platform, item.outgoing.chat, result.moved_to)
    if result.send_as_new:
        delivery_rows.edit_to_send(connection, item.row)
    if result.failure is Failure.STOP:
        holds.put(connection, whole, now + STOPPED, "all", result.code)
        alerts.raise_(
            connection, "refused", whole,
            f"{platform} refuses our account ({result.code}); nothing can be sent. "
            "Run 'kuulolla doctor'.", now,
        )  # fmt: skip
    elif result.hold_account and result.retry_after is not None:
        holds.put(connection, whole, now + timedelta(seconds=result.retry_after), "all", result.code)
    elif result.failure is Failure.PERMANENT and not (
        result.unreachable or result.moved_to or result.send_as_new
    ):
        alerts.raise_(
            connection, "send_failed", f"{platform}:{result.code}",
            f"A message could not be sent on {platform}: {result.code}. {result.detail}".strip(), now,
        )  # fmt: skip


def break_off(connection: Connection, platform: str, account: str, until: datetime) -> None:
    """Too many sends in a row are in doubt: no invites until then; replies go on."""
    holds.put(connection, _account(platform, account), until, "first", "several sends in doubt")


def reap(
    context: Context, connection: Connection, now: datetime, *, owner_alive: Sequence[str] | None = None
) -> int:
    """Rows whose sender is gone are in doubt: treat them as a send whose answer was lost.

    ``owner_alive`` names the processes that may still be sending; None trusts the clock alone.
    """
    rows = delivery_rows.stuck(connection, now, owner_alive)
    doubt = SendError(failure=Failure.AMBIGUOUS, code="sender_gone")
    for row in rows:
        settle(context, connection, row.platform, row.account, [(_once_claimed(row, now), doubt)], now)
    return len(rows)


def doubtful_invites(connection: Connection, platform: str, account: str, now: datetime) -> list[Claimed]:
    """Invites in doubt that a platform with history may be asked about now. They are not claimed."""
    return [_once_claimed(row, now) for row in delivery_rows.doubtful(connection, platform, account, now)]


def _once_claimed(row: delivery_rows.Row, now: datetime) -> Claimed:
    """A row that somebody claimed and nobody settled, or settled as unknown."""
    return Claimed(
        row=row.id,
        token=row.claim_token,
        attempts=row.attempts,
        doubts=row.candidate.doubts,
        send_at=now,
        outgoing=_outgoing(row.candidate),
        contact_id=row.candidate.contact_id,
        person_id=row.candidate.person_id,
        payload=row.candidate.payload,
    )


def resolve(
    context: Context, connection: Connection, item: Claimed, found: Receipt | None, now: datetime
) -> None:
    """The platform was asked: it has the message (``found``), or has surely not got it; then it is sent
    again.
    """
    if found is not None:
        delivery_rows.reconciled(connection, item.row, found.ref, now)
        if item.contact_id is not None:
            gate.settled(context, connection, item.contact_id, "sent", "", now)
    else:
        delivery_rows.absent(connection, item.row, now)
