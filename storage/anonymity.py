"""Answers without an author: into a pool, and out of it shuffled, under nobody's name.

While a chat goes on its answers are sealed in the session; when it is complete they move into the pool, and
the session keeps only that the person took part. Once enough lie there, they are shuffled and become ordinary
sessions of ``NOBODY``, without any time but the day, so that reports and exports need know nothing of all
this. Then a new epoch begins, and no copy of what went before can be read any more.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from bot.engine.session import Answer, Session, Status, to_json
from storage import epochs, meta
from storage.tables import (
    NOBODY,
    SESSIONS_WAITING,
    addresses,
    anonymous_pool,
    answers,
    outbox,
    persons,
    sessions,
    waves,
)

_LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, Answer]).decode
_chance: Final = secrets.SystemRandom()
"""Not the reproducible chance of the planner: nobody may be able to deal these cards again."""


@dataclass(frozen=True, slots=True)
class Pool:
    """How many complete answers of a wave wait."""

    wave_id: int
    survey: str
    k: int
    closed: bool
    size: int


def pour(
    connection: Connection, wave_id: int, flow_digest: str, given: Mapping[str, Answer], session_row: int
) -> None:
    """Put a complete set of answers into the pool, and let go of what still names its path in the chat."""
    connection.execute(
        insert(anonymous_pool).values(
            id=secrets.token_hex(16),
            wave_id=wave_id,
            flow_digest=flow_digest,
            sealed=epochs.seal(connection, _encode(dict(given)).decode()),
        )
    )
    connection.execute(
        update(outbox).where(outbox.c.session_id == session_row).values(session_id=None, turn=None)
    )


def pools(connection: Connection, now: datetime) -> list[Pool]:
    """The pools that hold something."""
    size = func.count(anonymous_pool.c.id)
    rows = connection.execute(
        select(waves.c.id, waves.c.survey, waves.c.anonymous_k, waves.c.closes_at, size)
        .join(anonymous_pool, anonymous_pool.c.wave_id == waves.c.id)
        .group_by(waves.c.id, waves.c.survey, waves.c.anonymous_k, waves.c.closes_at)
        .order_by(waves.c.id)
    )
    return [Pool(row[0], row[1], row[2], row[3] <= now, row[4]) for row in rows]


def open_chats(connection: Connection, wave_id: int) -> int:
    """Chats of a wave that may still be completed."""
    query = select(func.count()).select_from(sessions).where(sessions.c.wave_id == wave_id, SESSIONS_WAITING)
    return int(connection.execute(query).scalar_one())


def release(connection: Connection, wave_id: int, count: int, day: datetime) -> None:
    """Shuffle so many of a wave's answers and keep them under nobody's name; ``day`` is their only time."""
    rows = connection.execute(select(anonymous_pool).where(anonymous_pool.c.wave_id == wave_id)).all()
    chosen = _chance.sample(rows, count)
    survey = connection.execute(select(waves.c.survey).where(waves.c.id == wave_id)).scalar_one()
    nobody(connection)
    for row in chosen:
        _author_nobody(connection, row, survey, day)
    gone = [row.id for row in chosen]
    connection.execute(delete(anonymous_pool).where(anonymous_pool.c.id.in_(gone)))


def destroy(connection: Connection, wave_id: int) -> int:
    """Answers of which there are too few to be shown go. Returns how many."""
    gone = delete(anonymous_pool).where(anonymous_pool.c.wave_id == wave_id)
    return connection.execute(gone).rowcount


def next_epoch(connection: Connection) -> None:
    """Seal what is still under way with a new key. The old one may go after the commit."""
    number = epochs.current(connection) + 1
    epochs.of(connection).make(number)
    live = select(sessions.c.id, sessions.c.state).where(
        SESSIONS_WAITING, sessions.c.state.startswith(epochs.MARK)
    )
    plain = [(row.id, epochs.unseal(connection, row.state)) for row in connection.execute(live)]
    pooled = [
        (row.id, epochs.unseal(connection, row.sealed)) for row in connection.execute(select(anonymous_pool))
    ]
    meta.put(connection, epochs.FACT, str(number))
    for row, text in plain:
        connection.execute(
            update(sessions).where(sessions.c.id == row).values(state=epochs.seal(connection, text))
        )
    for name, text in pooled:
        connection.execute(
            update(anonymous_pool)
            .where(anonymous_pool.c.id == name)
            .values(sealed=epochs.seal(connection, text))
        )


def _author_nobody(connection: Connection, pooled: Any, survey: str, day: datetime) -> None:
    given, name = _decode(epochs.unseal(connection, pooled.sealed)), secrets.token_hex(8)
    key = connection.execute(
        insert(sessions).values(
            public_id=name,
            person_id=NOBODY,
            address_id=NOBODY,
            survey=survey,
            wave_id=pooled.wave_id,
            flow_digest=pooled.flow_digest,
            status="completed",
            state=to_json(Session(id=name, flow="", language="", status=Status.COMPLETED)),
            self_started=False,
            created_at=day,
            ended_at=day,
        )
    ).inserted_primary_key
    row = int(key[0]) if key is not None else 0
    said = [
        {
            "session_id": row,
            "question": question,
            "revision": 0,
            "status": answer.status,
            "value": _encode(answer.value).decode(),
            "other": answer.other,
            "seconds": 0.0,
            "at": day,
            "detail": _encode(answer.detail).decode() if answer.detail else None,
        }
        for question, answer in given.items()
    ]
    _insert(connection, said)


def _insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(answers), list(rows))


def nobody(connection: Connection) -> int:
    """The row that stands for no person at all, in no audience and at no address; made when first needed."""
    if connection.execute(select(persons.c.id).where(persons.c.id == NOBODY)).first() is None:
        connection.execute(
            insert(persons).values(id=NOBODY, created_at=_LONG_AGO, stopped_at=_LONG_AGO, prn=0, turn=0)
        )
        connection.execute(
            insert(addresses).values(
                id=NOBODY,
                person_id=NOBODY,
                address="",
                platform="",
                account="",
                chat="",
                created_at=_LONG_AGO,
            )
        )
    return NOBODY
