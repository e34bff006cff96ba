"""The outbox: what goes. Rows are enqueued with their cause, claimed and committed before the network is
touched, and settled after.

``ready → sending → sent | failed | unknown | expired | cancelled``; a send that surely did not happen goes
back to ``ready`` with a later ``not_before``.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Boolean, Connection, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.bulk import Bulk
from storage.tables import (
    OUTBOX_DOUBTFUL,
    OUTBOX_WAITING,
    addresses,
    contacts,
    late_results,
    outbox,
    rate_buckets,
    sessions,
)

STUCK: Final = timedelta(seconds=60)
"""A row that has been ``sending`` for longer belongs to a process that is gone: a send ends within 20 s."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that could be sent now, with what the last look before sending needs."""

    id: int
    dedup_key: str
    delivery: str
    chat: str
    lane: str
    op: str
    payload: str
    ref: str
    target_key: str | None
    language: str
    person_id: int | None
    turn: int | None
    contact_id: int | None
    attempts: int
    doubts: int
    expires_at: datetime | None
    priority: int
    session_turn: int | None
    session_status: str | None


_candidates: Final = (
    select(
        outbox.c.id,
        outbox.c.dedup_key,
        outbox.c.delivery,
        outbox.c.chat,
        outbox.c.lane,
        outbox.c.op,
        outbox.c.payload,
        outbox.c.ref,
        outbox.c.target_key,
        outbox.c.language,
        outbox.c.person_id,
        outbox.c.turn,
        outbox.c.contact_id,
        outbox.c.attempts,
        outbox.c.doubts,
        outbox.c.expires_at,
        outbox.c.priority,
        sessions.c.turn.label("session_turn"),
        sessions.c.status.label("session_status"),
    )
    .select_from(outbox.outerjoin(sessions, sessions.c.id == outbox.c.session_id))
    .where(
        outbox.c.platform == bindparam("platform"),
        outbox.c.account == bindparam("account"),
        OUTBOX_WAITING,
        outbox.c.state == "ready",
        outbox.c.not_before <= bindparam("now"),
        or_(outbox.c.delivery != "I", bindparam("invites_too", type_=Boolean)),
        or_(
            outbox.c.priority > bindparam("after_priority"),
            and_(outbox.c.priority == bindparam("after_priority"), outbox.c.id > bindparam("after_id")),
        ),
    )
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("limit"))
)
_in_flight: Final = (
    select(outbox.c.chat, outbox.c.lane)
    .where(
        outbox.c.platform == bindparam("platform"),
        outbox.c.account == bindparam("account"),
        OUTBOX_WAITING,
        or_(
            outbox.c.state == "sending",
            # an invite that waits for the morning holds up nobody's reply
            and_(outbox.c.not_before > bindparam("now"), outbox.c.priority == 0),
        ),
    )
    .distinct()
)
_claim: Final = Bulk(
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(
        state="sending",
        claim_token=bindparam("token"),
        claimed_at=bindparam("at"),
        owner=bindparam("by"),
        attempts=outbox.c.attempts + 1,
    )
)
_still_ours: Final = select(outbox.c.id, outbox.c.claim_token).where(
    outbox.c.id.in_(bindparam("rows", expanding=True)), outbox.c.state == "sending"
)
_settle: Final = Bulk(
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.claim_token == bindparam("token"),
        outbox.c.state == "sending",
    )
    .values(
        state=bindparam("new_state"),
        platform_ref=bindparam("new_ref"),
        error=bindparam("new_error"),
        not_before=bindparam("new_not_before"),
        settled_at=bindparam("at"),
        payload=bindparam("new_payload"),
        doubts=outbox.c.doubts + bindparam("more_doubts"),
    )
)

START: Final = (-1, 0)
"""Before the first place in line."""


def candidates(
    connection: Connection,
    platform: str,
    account: str,
    now: datetime,
    limit: int,
    *,
    after: tuple[int, int] = START,
    invites_too: bool = True,
) -> list[Candidate]:
    """Ready rows, replies before invites, oldest first, from behind the place (priority, id) ``after``.

    On PostgreSQL they are locked against other processes.
    """
    query = _candidates
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True, of=outbox)
    values = {
        "platform": platform,
        "account": account,
        "now": now,
        "limit": limit,
        "invites_too": invites_too,
        "after_priority": after[0],
        "after_id": after[1],
    }
    return [_candidate(row) for row in connection.execute(query, values).all()]


def _candidate(row: Sequence[Any]) -> Candidate:
    return Candidate(*row)


def occupied(connection: Connection, platform: str, account: str, now: datetime) -> set[tuple[str, str]]:
    """(chat, lane) pairs in which an earlier row is on its way or waits for its next try."""
    values = {"platform": platform, "account": account, "now": now}
    return {(chat, lane) for chat, lane in connection.execute(_in_flight, values).all()}


def claim(connection: Connection, ids: Sequence[int], owner: str, now: datetime) -> dict[int, str]:
    """Mark rows as being sent; returns each row's claim token, without which it cannot be settled."""
    tokens = {row: secrets.token_hex(8) for row in ids}
    _claim.run(
        connection,
        [{"row": row, "token": token, "at": now, "by": owner} for row, token in tokens.items()],
    )
    return tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How one claimed row ended."""

    row: int
    token: str
    state: str
    ref: str | None = None
    error: str | None = None
    not_before: datetime | None = None
    payload: str = ""
    """What is kept of the message: nothing, unless it is to be sent again."""
    doubts: int = 0
    """1 where this send has perhaps arrived."""


def settle(connection: Connection, results: Sequence[Settlement], now: datetime) -> list[Settlement]:
    """Store results. Those whose claim is no longer theirs go to ``late_results``; they are not returned."""
    if not results:
        return []
    rows = connection.execute(_still_ours, {"rows": [item.row for item in results]}).all()
    ours = {(row, token) for row, token in rows}
    kept = [item for item in results if (item.row, item.token) in ours]
    late = [item for item in results if (item.row, item.token) not in ours]
    _settle.run(connection, [_settled(item, now) for item in kept])
    if late:
        connection.execute(late_results.insert(), [_late(item, now) for item in late])
    return kept


def _settled(item: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "row": item.row,
        "token": item.token,
        "new_state": item.state,
        "new_ref": item.ref,
        "new_error": item.error,
        "new_not_before": item.not_before or now,
        "at": now,
        "new_payload": item.payload,
        "more_doubts": item.doubts,
    }


def _late(item: Settlement, now: datetime) -> dict[str, Any]:
    result = f"{item.state} {item.error or ''}".strip()[:128]
    return {"outbox_id": item.row, "claim_token": item.token, "result": result, "at": now}


def drop(connection: Connection, ids: Collection[int], state: str, why: str, now: datetime) -> None:
    """Take ready rows out: ``cancelled`` or ``expired``, with the reason. Their words are wiped."""
    if ids:
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(state=state, error=why, settled_at=now, payload="")
        )


def postpone(connection: Connection, moments: Iterable[tuple[int, datetime]]) -> None:
    """Let ready rows wait until a moment."""
    rows = [{"row": row, "until": until} for row, until in moments]
    if rows:
        connection.execute(
            update(outbox).where(outbox.c.id == bindparam("row")).values(not_before=bindparam("until")), rows
        )


_refs: Final = select(outbox.c.dedup_key, outbox.c.state, outbox.c.platform_ref).where(
    outbox.c.dedup_key.in_(bindparam("keys", expanding=True))
)


def platform_refs(connection: Connection, keys: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """State and platform id of earlier messages, by outbox key."""
    if not keys:
        return {}
    rows = connection.execute(_refs, {"keys": list(keys)}).all()
    return {key: (state, ref) for key, state, ref in rows}


def last_is_doubtful(connection: Connection, session_row: int, turn: int) -> bool:
    """Whether nobody knows if the present prompt of a session has arrived."""
    query = (
        select(outbox.c.state)
        .where(outbox.c.session_id == session_row, outbox.c.turn == turn)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() == "unknown"


def prompts(connection: Connection, session_row: int, turn: int, chat: str, but: str) -> list[str]:
    """Keys of the messages that put one prompt of a session in a chat, except the one of this platform id."""
    query = (
        select(outbox.c.dedup_key)
        .where(
            outbox.c.session_id == session_row,
            outbox.c.turn == turn,
            outbox.c.chat == chat,
            outbox.c.op == "send",
            outbox.c.state.in_(("ready", "sending", "sent", "unknown")),
            or_(outbox.c.platform_ref.is_(None), outbox.c.platform_ref != but),
        )
        .order_by(outbox.c.id)
    )
    return list(connection.execute(query).scalars())


def last_key(connection: Connection, person_id: int) -> str:
    """The key of the newest message to a person; empty where there is none."""
    query = (
        select(outbox.c.dedup_key)
        .where(outbox.c.person_id == person_id, outbox.c.op == "send")
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or ""


def shows_prompt(connection: Connection, session_row: int, turn: int, chat: str, ref: str) -> bool:
    """Whether a message of this platform id carries the prompt of this turn.

    What the person sees may still be on its way back to us: then an id that we do not know is taken for it.
    """
    prompt = and_(outbox.c.session_id == session_row, outbox.c.turn == turn, outbox.c.chat == chat)
    found = connection.execute(select(outbox.c.platform_ref, outbox.c.state).where(prompt)).all()
    if any(row.platform_ref == ref for row in found):
        return True
    known = select(outbox.c.id).where(outbox.c.chat == chat, outbox.c.platform_ref == ref).limit(1)
    return any(row.state == "sending" for row in found) and connection.execute(known).first() is None


def cancel_for(connection: Connection, person_id: int, now: datetime, why: str) -> None:
    """Withdraw what is ready for a person but not yet on its way (stop, erasure)."""
    connection.execute(
        update(outbox)
        .where(OUTBOX_WAITING, outbox.c.person_id == person_id, outbox.c.state == "ready")
        .values(state="cancelled", error=why, settled_at=now, payload="")
    )


def recall(connection: Connection, now: datetime, longest: timedelta) -> None:
    """Replies that seem to wait for longer than any does may go now."""
    late = update(outbox).where(
        outbox.c.state == "ready", outbox.c.priority == 0, outbox.c.not_before > now + longest
    )
    connection.execute(late.values(not_before=now))


def take_back(connection: Connection, contact_id: int, now: datetime) -> bool:
    """Withdraw a contact's message that is still in line; False when it is on its way, or was."""
    ready = update(outbox).where(outbox.c.contact_id == contact_id, outbox.c.state == "ready")
    values = {"state": "cancelled", "error": "taken back", "settled_at": now, "payload": ""}
    return connection.execute(ready.values(**values)).rowcount > 0


def on_its_way(connection: Connection, contact_id: int) -> bool:
    """Whether a contact's message is with the platform now, or was."""
    query = select(outbox.c.id).where(
        outbox.c.contact_id == contact_id, outbox.c.state.in_(("sending", "sent", "unknown"))
    )
    return connection.execute(query).first() is not None


_buckets: Final = select(rate_buckets.c.key, rate_buckets.c.next_at).where(
    rate_buckets.c.key.in_(bindparam("keys", expanding=True))
)


def buckets(connection: Connection, keys: Collection[str]) -> dict[str, datetime]:
    """When each rate bucket lets the next message pass."""
    rows = connection.execute(_buckets, {"keys": list(keys)}).all()
    return dict(tuple(row) for row in rows)


def _filling(statement: Any) -> Bulk:
    return Bulk(
        statement.on_conflict_do_update(
            index_elements=[rate_buckets.c.key], set_={"next_at": statement.excluded.next_at}
        )
    )


_fill: Final = {
    "sqlite": _filling(sqlite_insert(rate_buckets)),
    "postgresql": _filling(postgres_insert(rate_buckets)),
}


def fill_buckets(connection: Connection, moments: dict[str, datetime]) -> None:
    """Note when each bucket lets the next message pass."""
    rows = [{"key": key, "next_at": moment} for key, moment in moments.items()]
    _fill[connection.dialect.name].run(connection, rows)


def waiting(connection: Connection) -> int:
    """How many rows are ready or on their way."""
    return connection.execute(select(func.count()).select_from(outbox).where(OUTBOX_WAITING)).scalar_one()


_backlog: Final = (
    select(func.count())
    .select_from(outbox)
    .where(
        outbox.c.platform == bindparam("platform"),
        outbox.c.account == bindparam("account"),
        OUTBOX_WAITING,
        outbox.c.chat == bindparam("chat"),
        outbox.c.lane == "s",
    )
)


def backlog(connection: Connection, platform: str, account: str, chat: str) -> int:
    """How many messages wait for one chat."""
    values = {"platform": platform, "account": account, "chat": chat}
    return connection.execute(_backlog, values).scalar_one()


def next_due(connection: Connection, platform: str, account: str) -> datetime | None:
    """The earliest moment at which a ready row may go."""
    return connection.execute(
        select(func.min(outbox.c.not_before)).where(
            outbox.c.platform == platform,
            outbox.c.account == account,
            OUTBOX_WAITING,
            outbox.c.state == "ready",
        )
    ).scalar()


def doubtful(connection: Connection) -> list[Any]:
    """Every row of which nobody knows whether it arrived, newest first: the admin's list."""
    return list(
        connection.execute(
            select(
                outbox.c.id, outbox.c.platform, outbox.c.delivery, outbox.c.error, outbox.c.settled_at,
                addresses.c.address, contacts.c.kind, contacts.c.survey,
            )
            .select_from(
                outbox.outerjoin(
                    addresses,
                    and_(addresses.c.chat == outbox.c.chat, addresses.c.platform == outbox.c.platform),
                ).outerjoin(contacts, contacts.c.id == outbox.c.contact_id)
            )
            .where(OUTBOX_DOUBTFUL)
            .order_by(outbox.c.id.desc())
        )
    )  # fmt: skip


def purge_nobodys(connection: Connection, now: datetime) -> None:
    """Forget settled messages to somebody unknown: not even their chat is kept."""
    connection.execute(
        delete(outbox).where(
            outbox.c.person_id.is_(None),
            outbox.c.settled_at < now,
            outbox.c.state.in_(("sent", "failed", "expired", "cancelled", "unknown")),
            ~outbox.c.dedup_key.startswith("erased:"),
        )
    )


def purge(connection: Connection, before: datetime) -> None:
    """Forget messages that were settled before this moment; those in doubt stay on the admin's list."""
    connection.execute(
        delete(outbox).where(
            outbox.c.settled_at < before, outbox.c.state.in_(("sent", "failed", "expired", "cancelled"))
        )
    )
