"""Waves: dated rounds of surveys, and the audience each of them was opened with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import contacts, persons, sessions, wave_people, waves

CHUNK: Final = 1000
"""Rows of an audience written at once."""
DECIDED_ANEW: Final = timedelta(hours=2)
"""How long a verdict without an end (not reachable, another conversation) stands before a new look."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One round of a survey, as stored."""

    id: int
    survey: str
    name: str
    flow_digest: str
    opens_at: datetime
    closes_at: datetime
    state: str
    quota: int | None
    frame_size: int
    seed: int
    encounter_id: int | None
    """The one encounter it asks about; the wave opens at its end."""


_columns: Final = (
    waves.c.id, waves.c.survey, waves.c.name, waves.c.flow_digest, waves.c.opens_at, waves.c.closes_at,
    waves.c.state, waves.c.quota, waves.c.frame_size, waves.c.seed,
    waves.c.encounter_id,
)  # fmt: skip


_closes_at: Final = select(waves.c.closes_at).where(waves.c.id == bindparam("wanted"))
_get: Final = select(*_columns).where(waves.c.id == bindparam("wanted"))
_wanted_at: Final = select(wave_people.c.wanted_at).where(
    wave_people.c.wave_id == bindparam("wave"), wave_people.c.person_id == bindparam("person")
)


def closes_at(connection: Connection, wave_id: int) -> datetime | None:
    """When a wave closes."""
    return connection.execute(_closes_at, {"wanted": wave_id}).scalar()


def wanted_at(connection: Connection, wave_id: int, person_id: int) -> datetime | None:
    """The moment for which this person's contact of the wave was wanted; None for somebody outside it."""
    return connection.execute(_wanted_at, {"wave": wave_id, "person": person_id}).scalar()


def get(connection: Connection, wave_id: int) -> Wave:
    """One wave. Raises NoResultFound for an unknown id."""
    return Wave(**connection.execute(_get, {"wanted": wave_id}).mappings().one())


def find(connection: Connection, survey: str, name: str) -> Wave | None:
    """The wave of this name, if the survey has one."""
    query = select(*_columns).where(waves.c.survey == survey, waves.c.name == name)
    row = connection.execute(query).mappings().one_or_none()
    return Wave(**row) if row is not None else None


def open_waves(connection: Connection) -> list[Wave]:
    """Waves that still invite, oldest first."""
    rows = connection.execute(select(*_columns).where(waves.c.state == "open").order_by(waves.c.id))
    return [Wave(**row) for row in rows.mappings()]


def of_survey(connection: Connection, survey: str) -> list[Wave]:
    """All waves of a survey, newest first."""
    rows = connection.execute(select(*_columns).where(waves.c.survey == survey).order_by(waves.c.id.desc()))
    return [Wave(**row) for row in rows.mappings()]


def open_wave(connection: Connection, **values: Any) -> int | None:
    """A new wave; None when this survey has a wave of this name already."""
    insert_ = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    key = connection.execute(
        insert_(waves).values(**values).on_conflict_do_nothing().returning(waves.c.id)
    ).scalar()
    return int(key) if key is not None else None


def set_quota(connection: Connection, wave_id: int, answers: int) -> None:
    """Answers that a sample wants."""
    connection.execute(update(waves).where(waves.c.id == wave_id).values(quota=answers))


def move(connection: Connection, wave_id: int, opens_at: datetime, closes_at: datetime) -> None:
    """What the wave asks about was moved; a closed wave is open again."""
    changed = {"opens_at": opens_at, "closes_at": closes_at, "state": "open"}
    connection.execute(update(waves).where(waves.c.id == wave_id).values(**changed))


def close(connection: Connection, wave_id: int) -> None:
    """The wave invites nobody any more."""
    connection.execute(update(waves).where(waves.c.id == wave_id).values(state="closed"))


def enrol(connection: Connection, wave_id: int, people: Iterable[Mapping[str, Any]]) -> int:
    """Fix the audience: rows of person_id, wanted_at and stratum. Returns how many were new."""
    insert_ = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert_(wave_people).on_conflict_do_nothing()
    before = frame_size(connection, wave_id)
    rows: list[dict[str, Any]] = []
    for one in people:
        rows.append({"wave_id": wave_id, **one})
        if len(rows) == CHUNK:
            connection.execute(statement, rows)
            rows = []
    if rows:
        connection.execute(statement, rows)
    after = frame_size(connection, wave_id)
    connection.execute(update(waves).where(waves.c.id == wave_id).values(frame_size=after))
    return after - before


def people_of(connection: Connection, wave_id: int) -> frozenset[int]:
    """Everybody in the audience of a wave."""
    query = select(wave_people.c.person_id).where(wave_people.c.wave_id == wave_id)
    return frozenset(connection.execute(query).scalars())


def unasked_in(connection: Connection, wave_id: int, reasons: Sequence[int] = ()) -> list[int]:
    """Persons of a wave who wait for their moment; with ``reasons`` also those who were dropped for one."""
    waits = wave_people.c.state == "frame"
    if reasons:
        waits = or_(waits, and_(wave_people.c.state == "dropped", wave_people.c.reason.in_(reasons)))
    query = select(wave_people.c.person_id).where(wave_people.c.wave_id == wave_id, waits)
    return list(connection.execute(query.order_by(wave_people.c.person_id)).scalars())


_want: Final = (
    update(wave_people)
    .where(wave_people.c.wave_id == bindparam("in_wave"), wave_people.c.person_id == bindparam("person"))
    .values(
        wanted_at=bindparam("moment"), state=bindparam("new_state"), reason=None, mask=0, earliest=None,
        detail="{}", decided_at=None,
    )
)  # fmt: skip


def want_at(connection: Connection, wave_id: int, moments: Mapping[int, datetime], state: str) -> None:
    """These persons are wanted at other moments; what was decided about them is void."""
    if moments:
        rows = [
            {"in_wave": wave_id, "person": person, "moment": moment, "new_state": state}
            for person, moment in moments.items()
        ]
        connection.execute(_want, rows)


def expel(connection: Connection, wave_id: int, people: Sequence[int]) -> None:
    """These persons are no part of the wave: they wait in another one."""
    if people:
        connection.execute(
            delete(wave_people).where(wave_people.c.wave_id == wave_id, wave_people.c.person_id.in_(people))
        )
        size = frame_size(connection, wave_id)
        connection.execute(update(waves).where(waves.c.id == wave_id).values(frame_size=size))


def frame_size(connection: Connection, wave_id: int) -> int:
    """How many people the audience holds."""
    return connection.execute(
        select(func.count()).select_from(wave_people).where(wave_people.c.wave_id == wave_id)
    ).scalar_one()


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One person of a wave's audience who has not been asked yet."""

    wave_id: int
    person_id: int
    stratum: str
    wanted_at: datetime
    turn: int
    prn: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those of a wave's audience who are neither planned, asked nor dropped.

    With ``changed_by`` only those whose last verdict may be another one by then: never decided, the earliest
    moment come, or decided a while ago.
    """

    wave_id: int
    changed_by: datetime | None = None


def unasked(connection: Connection, waiting: Sequence[Waiting]) -> Iterator[list[FrameRow]]:
    """The rows of each person in turn, by person; read in pages, so that memory stays small."""
    if not waiting:
        return
    query = (
        select(
            wave_people.c.wave_id, wave_people.c.person_id, wave_people.c.stratum, wave_people.c.wanted_at,
            persons.c.turn, persons.c.prn,
        )
        .join(persons, persons.c.id == wave_people.c.person_id)
        .where(wave_people.c.state == "frame", or_(*map(_waits, waiting)))
        .order_by(wave_people.c.person_id, wave_people.c.wave_id)
        .limit(CHUNK)
    )  # fmt: skip
    last, page = 0, [FrameRow(*row) for row in connection.execute(query)]
    while page:
        complete = len(page) < CHUNK
        people = [list(rows) for _, rows in groupby(page, attrgetter("person_id"))]
        if not complete and len(people) > 1:
            people.pop()  # the page may have cut this person's rows
        yield from people
        if complete:
            return
        last = people[-1][0].person_id
        page = [FrameRow(*row) for row in connection.execute(query.where(wave_people.c.person_id > last))]


def _waits(waiting: Waiting) -> ColumnElement[bool]:
    here = wave_people.c.wave_id == waiting.wave_id
    if waiting.changed_by is None:
        return here
    changed = or_(
        wave_people.c.decided_at.is_(None),
        wave_people.c.earliest <= waiting.changed_by,
        wave_people.c.decided_at < waiting.changed_by - DECIDED_ANEW,
    )
    return and_(here, changed)


def strata(connection: Connection, wave_id: int) -> dict[str, int]:
    """Size of each stratum of the audience as it was fixed."""
    rows = connection.execute(
        select(wave_people.c.stratum, func.count())
        .where(wave_people.c.wave_id == wave_id)
        .group_by(wave_people.c.stratum)
    )
    return {row[0]: row[1] for row in rows}


_decide: Final = (
    update(wave_people)
    .where(wave_people.c.wave_id == bindparam("in_wave"), wave_people.c.person_id == bindparam("person"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        mask=bindparam("new_mask"),
        earliest=bindparam("new_earliest"),
        detail=bindparam("new_detail"),
        decided_at=bindparam("at"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why a person of a wave is, or is not, asked: kept for the admin, and for the person."""

    wave_id: int
    person_id: int
    state: str
    reason: int
    mask: int = 0
    earliest: datetime | None = None
    detail: str = "{}"


def decide(connection: Connection, decisions: Sequence[Decision], at: datetime) -> None:
    """Keep the last verdict about each person."""
    if decisions:
        connection.execute(
            _decide,
            [
                {
                    "in_wave": item.wave_id,
                    "person": item.person_id,
                    "new_state": item.state,
                    "new_reason": item.reason,
                    "new_mask": item.mask,
                    "new_earliest": item.earliest,
                    "new_detail": item.detail,
                    "at": at,
                }
                for item in decisions
            ],
        )


def give_up(connection: Connection, wave_id: int, reason: int, at: datetime) -> None:
    """Drop everybody whom no invite has reached. Whoever was held back for a reason keeps it; this one is
    added to it, and is the reason of the others.
    """
    planned = exists().where(
        contacts.c.wave_id == wave_id,
        contacts.c.person_id == wave_people.c.person_id,
        contacts.c.kind == "invite",
        contacts.c.state == "reserved",
    )
    here = (wave_people.c.wave_id == wave_id, or_(wave_people.c.state == "frame", planned))
    held_back = func.coalesce(wave_people.c.reason, 0) != 0
    also = wave_people.c.mask.bitwise_or(1 << reason)
    held = update(wave_people).where(*here, held_back)
    connection.execute(held.values(state="dropped", mask=also, earliest=None, decided_at=at))
    others = update(wave_people).where(*here, ~held_back)
    connection.execute(others.values(state="dropped", reason=reason, decided_at=at))


def counts(connection: Connection, wave_id: int) -> dict[str, int]:
    """How many of the audience are in each state."""
    rows = connection.execute(
        select(wave_people.c.state, func.count())
        .where(wave_people.c.wave_id == wave_id)
        .group_by(wave_people.c.state)
    )
    return {row[0]: row[1] for row in rows}


def answered(connection: Connection, wave_id: int) -> int:
    """Sessions of this wave that brought at least half of an answer set."""
    return connection.execute(
        select(func.count())
        .select_from(sessions)
        .where(sessions.c.wave_id == wave_id, sessions.c.status.in_(("completed", "partial")))
    ).scalar_one()


def past_response(connection: Connection, survey: str) -> tuple[int, int]:
    """Over the closed waves of a survey: (answered, invited)."""
    closed = select(waves.c.id).where(waves.c.survey == survey, waves.c.state == "closed")
    invited = connection.execute(
        select(func.count())
        .select_from(contacts)
        .where(
            contacts.c.wave_id.in_(closed),
            contacts.c.kind == "invite",
            contacts.c.state.in_(("sent", "unknown")),
        )
    ).scalar_one()
    given = connection.execute(
        select(func.count())
        .select_from(sessions)
        .where(sessions.c.wave_id.in_(closed), sessions.c.status.in_(("completed", "partial")))
    ).scalar_one()
    return min(given, invited), invited


def invited(connection: Connection, wave_id: int, today: datetime) -> tuple[int, int]:
    """Invites planned or sent: (before ``today``, from ``today`` on), ``today`` being the day's first
    instant.
    """
    row = connection.execute(
        select(
            func.coalesce(func.sum(case((contacts.c.at < today, 1), else_=0)), 0),
            func.coalesce(func.sum(case((contacts.c.at >= today, 1), else_=0)), 0),
        ).where(contacts.c.wave_id == wave_id, contacts.c.kind == "invite", contacts.c.state != "released")
    ).one()
    return int(row[0]), int(row[1])


def newly_joined(
    connection: Connection, survey: str, joined_from: datetime, joined_until: datetime
) -> list[tuple[int, datetime, str | None]]:
    """Persons who joined in (from, until] and are in no wave of this survey yet: id, joined, zone."""
    start = func.coalesce(persons.c.joined_at, persons.c.created_at)
    known = exists(
        select(wave_people.c.person_id)
        .join(waves, waves.c.id == wave_people.c.wave_id)
        .where(and_(wave_people.c.person_id == persons.c.id, waves.c.survey == survey))
    )
    rows = connection.execute(
        select(persons.c.id, start, persons.c.zone).where(start > joined_from, start <= joined_until, ~known)
    )
    return [(row[0], row[1], row[2]) for row in rows]
