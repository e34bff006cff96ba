"""Fires: rows that say what must happen at a moment. A late one still happens."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import FIRES_WAITING, fires

POISON: Final = 5
"""Tries before a fire that makes us fail is given up."""


@dataclass(frozen=True, slots=True)
class Fire:
    """A moment to come, as stored."""

    id: int
    kind: str
    scope: str
    person_id: int
    wave_id: int | None
    session_id: int | None
    survey: str
    number: int
    due_at: datetime
    attempts: int


_add: Final = {
    "sqlite": sqlite_insert(fires).on_conflict_do_nothing(),
    "postgresql": postgres_insert(fires).on_conflict_do_nothing(),
}


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """The same (kind, scope) again changes nothing."""
    if rows:
        connection.execute(_add[connection.dialect.name], rows)


def renew(connection: Connection, **values: Any) -> None:
    """Like ``add``; but a fire of this (kind, scope) that has happened or was dropped waits anew."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert(fires).values(**values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[fires.c.kind, fires.c.scope],
            set_={"state": "waiting", "due_at": statement.excluded.due_at, "attempts": 0},
            where=fires.c.state != "waiting",
        )
    )


_hurry: Final = (
    update(fires)
    .where(
        fires.c.person_id.in_(bindparam("people", expanding=True)),
        fires.c.kind == bindparam("what"),
        FIRES_WAITING,
    )
    .values(due_at=bindparam("now"))
)


def hurry(connection: Connection, people: Collection[int], kind: str, now: datetime) -> None:
    """What these people wait for happens at once."""
    connection.execute(_hurry, {"people": people, "what": kind, "now": now})


_drop_of_sessions: Final = (
    update(fires)
    .where(fires.c.session_id.in_(bindparam("rows", expanding=True)), FIRES_WAITING)
    .values(state="dropped")
)


def drop_of_sessions(connection: Connection, rows: Collection[int]) -> None:
    """These sessions are over: nothing more is to happen in them."""
    connection.execute(_drop_of_sessions, {"rows": rows})


def due(connection: Connection, now: datetime, limit: int) -> list[Fire]:
    """Waiting fires whose moment has come, earliest first; on PostgreSQL locked against other processes."""
    query = (
        select(
            fires.c.id, fires.c.kind, fires.c.scope, fires.c.person_id, fires.c.wave_id, fires.c.session_id,
            fires.c.survey, fires.c.number, fires.c.due_at, fires.c.attempts,
        )
        .where(FIRES_WAITING, fires.c.due_at <= now)
        .order_by(fires.c.due_at, fires.c.id)
        .limit(limit)
    )  # fmt: skip
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    return [Fire(**row) for row in connection.execute(query).mappings()]


def move(connection: Connection, fire_id: int, due_at: datetime) -> None:
    """Let a fire wait until a later moment."""
    connection.execute(update(fires).where(fires.c.id == fire_id).values(due_at=due_at))


_end: Final = update(fires).where(fires.c.id == bindparam("row")).values(state=bindparam("new_state"))


def end(connection: Connection, fire_id: int, state: str = "done") -> None:
    """A fire has happened, or is dropped."""
    connection.execute(_end, {"row": fire_id, "new_state": state})


def fail(connection: Connection, fire: Fire) -> bool:
    """Count a failed try. True when it was the last one and the fire is dropped."""
    dead = fire.attempts + 1 >= POISON
    connection.execute(
        update(fires)
        .where(fires.c.id == fire.id)
        .values(attempts=fire.attempts + 1, state="dropped" if dead else "waiting")
    )
    return dead


def next_due(connection: Connection) -> datetime | None:
    """The earliest moment that waits."""
    return connection.execute(select(func.min(fires.c.due_at)).where(FIRES_WAITING)).scalar()


def reopen(connection: Connection, fire_id: int, due_at: datetime) -> None:
    """A fire that was ended in this transaction waits after all."""
    connection.execute(update(fires).where(fires.c.id == fire_id).values(state="waiting", due_at=due_at))


def again(connection: Connection, kind: str, scope: str, due_at: datetime) -> None:
    """What has happened is due once more, because it could be taken back."""
    here = update(fires).where(fires.c.kind == kind, fires.c.scope == scope)
    connection.execute(here.values(state="waiting", due_at=due_at))


def drop_for(connection: Connection, person_id: int) -> None:
    """Nothing more is to happen for this person."""
    connection.execute(
        update(fires).where(fires.c.person_id == person_id, FIRES_WAITING).values(state="dropped")
    )


def drop_contact(connection: Connection, wave_id: int, person_id: int) -> None:
    """The invite of this person in this wave is not made."""
    here = and_(fires.c.kind == "contact", fires.c.scope == f"{wave_id}:{person_id}", FIRES_WAITING)
    connection.execute(update(fires).where(here).values(state="dropped"))


def drop_of_wave(connection: Connection, wave_id: int) -> None:
    """The wave is over: contacts that were still planned are not made. Open sessions keep their own
    deadline.
    """
    connection.execute(
        update(fires)
        .where(fires.c.wave_id == wave_id, fires.c.kind == "contact", FIRES_WAITING)
        .values(state="dropped")
    )
