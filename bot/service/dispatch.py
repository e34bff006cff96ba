"""The database's side of sending: what may go now, and what each result means.

The gate stands here, inside the claim: whatever was planned, a contact is decided once more with the newest
ledger before it may leave. Claims are committed before the network is touched; results are stored after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.engine.messages import Delivery, Failure, Outbound, Outgoing, Receipt, SendError
from bot.service import gate
from bot.service.context import Context
from scheduler.verdicts import Go, Later
from storage import Connection, alerts, contacts, delivery_rows, holds, outbox
from storage.outbox import Candidate, Settlement

MOST: Final = 64
"""Rows claimed at once."""
HORIZON: Final = timedelta(milliseconds=120)
"""How far ahead a claim reaches: what is claimed and not yet sent would be in doubt after a crash."""
BACKOFF: Final = (1, 5, 15, 60, 300, 900)
"""Seconds before the next try of a send that surely did not happen."""
TRIES: Final[Mapping[Delivery, int]] = {
    Delivery.QUESTION: 20,
    Delivery.EDIT: 5,
    Delivery.INVITE: 20,
    Delivery.ALERT: 3,
}
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
    send_at: datetime
    outgoing: Outgoing
    contact_id: int | None
    person_id: int | None
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an account may send; 0 means as fast as it goes."""

    per_second: float
    per_chat_per_second: float


def claim(
    context: Context,
    connection: Connection,
    platform: str,
    account: str,
    owner: str,
    pace: Pace,
    now: datetime,
) -> list[Claimed]:
    """Claim what may go within the next moment, evenly spaced, in order within each chat."""
    hold = holds.current(connection, _account(platform, account), now)
    if hold == "all":
        return []
    found = outbox.candidates(connection, platform, account, now, MOST)
    if not found:
        return []
    ready = _first_in_line(connection, platform, account, found, now)
    ready = _still_wanted(context, connection, ready, now, hold_first=hold == "first")
    ready = _targets(connection, ready, now)
    moments = _paced(connection, platform, account, ready, pace, now)
    tokens = outbox.claim(connection, [row.id for row in ready if row.id in moments], owner, now)
    return [
        Claimed(
            row=row.id,
            token=tokens[row.id],
            attempts=row.attempts + 1,
            send_at=moments[row.id],
            outgoing=_outgoing(row),
            contact_id=row.contact_id,
            person_id=row.person_id,
            payload=row.payload,
        )
        for row in ready
        if row.id in tokens
    ]


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


def _first_in_line(
    connection: Connection, platform: str, account: str, found: Sequence[Candidate], now: datetime
) -> list[Candidate]:
    """At most one row per chat and lane: what was said first arrives first."""
    taken = outbox.occupied(connection, platform, account, now)
    first = []
    for row in found:
        if (row.chat, row.lane) not in taken:
            taken.add((row.chat, row.lane))
            first.append(row)
    return first


def _still_wanted(
    context: Context, connection: Connection, found: Sequence[Candidate], now: datetime, *, hold_first: bool
) -> list[Candidate]:
    """Drop what has been overtaken: expired, answered meanwhile, or no longer allowed."""
    wanted: list[Candidate] = []
    overtaken: list[int] = []
    expired: list[int] = []
    for row in found:
        if row.expires_at is not None and row.expires_at <= now:
            expired.append(row.id)
        elif row.turn is not None and not _prompt_stands(row):
            overtaken.append(row.id)
        elif row.delivery != Delivery.INVITE.value or (
            not hold_first and _may_go(context, connection, row, now)
        ):
            wanted.append(row)
    outbox.drop(connection, expired, "expired", "too late", now)
    outbox.drop(connection, overtaken, "cancelled", "answered meanwhile", now)
    for row in found:
        if row.contact_id is not None and row.id in {*expired, *overtaken}:
            contacts.mark(connection, row.contact_id, "released", now)
    return wanted


def _prompt_stands(row: Candidate) -> bool:
    return row.session_status in ("invited", "active") and row.session_turn == row.turn


def _may_go(context: Context, connection: Connection, row: Candidate, now: datetime) -> bool:
    """The last look before sending. ``Later`` waits in the queue, ``Never`` is dropped with its reason."""
    if row.contact_id is None:
        return row.stopped_at is None
    verdict = gate.look_again(context, connection, row.contact_id, now)
    match verdict:
        case Go():
            return True
        case Later():
            outbox.postpone(connection, [(row.id, verdict.at)])
        case _:
            outbox.drop(connection, [row.id], "cancelled", verdict.reason.name, now)
            gate.withdraw(connection, row.contact_id, verdict, now)
    return False


def _targets(connection: Connection, found: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """Fill in which message an edit changes; an edit whose message is not out yet waits, or is let go."""
    keys = {row.target_key for row in found if row.target_key is not None}
    known = outbox.platform_refs(connection, keys)
    ready: list[Candidate] = []
    hopeless: list[int] = []
    for row in found:
        if row.target_key is None:
            ready.append(row)
            continue
        state, ref = known.get(row.target_key, ("failed", None))
        if ref:
            ready.append(replace(row, ref=ref))
        elif state not in ("ready", "sending"):
            hopeless.append(row.id)
    outbox.drop(connection, hopeless, "cancelled", "nothing to edit", now)
    return ready


def _paced(
    connection: Connection, platform: str, account: str, rows: Sequence[Candidate], pace: Pace, now: datetime
) -> dict[int, datetime]:
    """Give each row its moment: evenly spaced on the account, at least so far apart within one chat.

    Buckets hold the next free moment and live in the database, so that several processes share them. Edits
    and acknowledgements are not messages and pass freely.
    """
    moments = {row.id: now for row in rows if row.lane != "s"}
    sends = [row for row in rows if row.lane == "s"]
    if not sends or (not pace.per_second and not pace.per_chat_per_second):
        return moments | {row.id: now for row in sends}
    whole = _account(platform, account)
    keys = {row.chat: f"{whole}/{row.chat}" for row in sends}
    free = outbox.buckets(connection, {whole, *keys.values()})
    step = timedelta(seconds=1 / pace.per_second) if pace.per_second else timedelta()
    chat_step = timedelta(seconds=1 / pace.per_chat_per_second) if pace.per_chat_per_second else timedelta()
    next_free = max(free.get(whole, now), now - step)
    later: list[tuple[int, datetime]] = []
    filled: dict[str, datetime] = {}
    for row in sends:
        chat_free = free.get(keys[row.chat], now)
        if chat_free > now + HORIZON:
            later.append((row.id, chat_free))
            continue
        if next_free > now + HORIZON:
            break
        moment = max(next_free, chat_free, now)
        moments[row.id] = moment
        next_free = max(next_free, now - step) + step
        filled[keys[row.chat]] = moment + chat_step
    if filled:
        filled[whole] = next_free
    outbox.fill_buckets(connection, filled)
    outbox.postpone(connection, later)
    return moments


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
        state = settlements[item.row].state
        if item.contact_id is not None and state != "ready":
            gate.settled(context, connection, item.contact_id, state, now)
        if isinstance(result, SendError):
            _consequences(context, connection, platform, account, item, result, now)


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
        case Failure.RETRY if item.attempts >= TRIES[delivery]:
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
        case Delivery.QUESTION if item.attempts < COPIES:
            return _again(item, result.code, now + context.doubt)
    return Settlement(
        row=item.row, token=item.token, state="unknown", error=result.code, not_before=now + context.doubt,
        payload=item.payload,
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
    if result.unreachable and item.person_id is not None:
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
        item = Claimed(
            row=row.id,
            token=row.claim_token,
            attempts=row.attempts,
            send_at=now,
            outgoing=_outgoing(row.candidate),
            contact_id=row.candidate.contact_id,
            person_id=row.candidate.person_id,
            payload=row.candidate.payload,
        )
        settle(context, connection, row.platform, row.account, [(item, doubt)], now)
    return len(rows)


def doubtful_invites(connection: Connection, platform: str, account: str, now: datetime) -> list[Claimed]:
    """Invites in doubt that a platform with history may be asked about now. They are not claimed."""
    return [
        Claimed(
            row=row.id,
            token=row.claim_token,
            attempts=row.attempts,
            send_at=now,
            outgoing=_outgoing(row.candidate),
            contact_id=row.candidate.contact_id,
            person_id=row.candidate.person_id,
            payload=row.candidate.payload,
        )
        for row in delivery_rows.doubtful(connection, platform, account, now)
    ]


def resolve(
    context: Context, connection: Connection, item: Claimed, found: Receipt | None, now: datetime
) -> None:
    """The platform was asked: it has the message (``found``), or has surely not got it; then it is sent
    again.
    """
    if found is not None:
        delivery_rows.reconciled(connection, item.row, found.ref, now)
        if item.contact_id is not None:
            gate.settled(context, connection, item.contact_id, "sent", now)
    else:
        delivery_rows.absent(connection, item.row, now)
