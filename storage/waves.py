"""Waves: dated rounds of surveys, and the audience each of them was opened with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
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

from storage.results import PRESENT
from storage.tables import answers, contacts, persons, sessions, wave_people, waves

CHUNK: Final = 1000
"""Rows of an audience written at once."""


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
    enough_at: datetime | None = None
    looked: int = 0
    ring_start: float = 0.0
    anonymous_k: int | None = None
    """So many anonymous answers at least are shuffled together; None: answers stand with their person."""


_columns: Final = (
    waves.c.id, waves.c.survey, waves.c.name, waves.c.flow_digest, waves.c.opens_at, waves.c.closes_at,
    waves.c.state, waves.c.quota, waves.c.frame_size, waves.c.seed, waves.c.encounter_id,
    waves.c.enough_at, waves.c.looked, waves.c.ring_start, waves.c.anonymous_k,
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


def by_id(connection: Connection, wave_id: int) -> list[Wave]:
    """The wave of this number, if there is one."""
    rows = connection.execute(select(*_columns).where(waves.c.id == wave_id))
    return [Wave(**row) for row in rows.mappings()]


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


def opening(connection: Connection) -> list[Wave]:
    """Waves whose audience is still being written down, oldest first."""
    rows = connection.execute(select(*_columns).where(waves.c.state == "opening").order_by(waves.c.id))
    return [Wave(**row) for row in rows.mappings()]


def enrolled_up_to(connection: Connection, wave_id: int) -> int:
    """The last person of a wave's audience, which is written down in the order of persons; 0 before any."""
    query = select(func.max(wave_people.c.person_id)).where(wave_people.c.wave_id == wave_id)
    return connection.execute(query).scalar() or 0


def begin_opening(connection: Connection, wave_id: int) -> None:
    """The audience is written down in parts; nobody is asked before it is complete."""
    connection.execute(update(waves).where(waves.c.id == wave_id).values(state="opening"))


def opened(connection: Connection, wave_id: int) -> None:
    """The audience is complete."""
    connection.execute(
        update(waves).where(waves.c.id == wave_id, waves.c.state == "opening").values(state="open")
    )


def last_of_survey(connection: Connection, survey: str, before: int) -> Wave | None:
    """The wave of a survey before this one."""
    query = select(*_columns).where(waves.c.survey == survey, waves.c.id < before)
    row = connection.execute(query.order_by(waves.c.id.desc()).limit(1)).mappings().one_or_none()
    return Wave(**row) if row is not None else None


def looked_at(connection: Connection, wave_id: int, answers: int, enough_at: datetime | None) -> None:
    """Whether the wave has answers enough was looked at when it had so many."""
    connection.execute(update(waves).where(waves.c.id == wave_id).values(looked=answers, enough_at=enough_at))


def begins_on_ring(connection: Connection, wave_id: int, start: float) -> None:
    """Where the wave's panel begins among the permanent random numbers."""
    connection.execute(update(waves).where(waves.c.id == wave_id).values(ring_start=start))


_drawn: Final = (
    update(wave_people)
    .where(wave_people.c.wave_id == bindparam("in_wave"), wave_people.c.person_id == bindparam("person"))
    .values(probability=bindparam("share"), form=bindparam("which"))
)


def drawn(connection: Connection, wave_id: int, person_id: int, probability: float, form: int | None) -> None:
    """How probable it was to draw this person, and which split form they get."""
    connection.execute(_drawn, {"in_wave": wave_id, "person": person_id, "share": probability, "which": form})


def form_of(connection: Connection, wave_id: int, person_id: int) -> int | None:
    """The split form that was drawn for this person; None where there is none."""
    query = select(wave_people.c.form).where(
        wave_people.c.wave_id == wave_id, wave_people.c.person_id == person_id
    )
    return connection.execute(query).scalar()


def forms_given(connection: Connection, wave_id: int) -> dict[str, int]:
    """By stratum: how many have been given a split form."""
    rows = connection.execute(
        select(wave_people.c.stratum, func.count())
        .where(wave_people.c.wave_id == wave_id, wave_people.c.form.is_not(None))
        .group_by(wave_people.c.stratum)
    )
    return {row[0]: row[1] for row in rows}


def answered_by_stratum(connection: Connection, wave_id: int) -> dict[str, int]:
    """By stratum: sessions of this wave that brought at least half of an answer set."""
    rows = connection.execute(
        select(wave_people.c.stratum, func.count())
        .join(
            sessions,
            and_(
                sessions.c.wave_id == wave_people.c.wave_id, sessions.c.person_id == wave_people.c.person_id
            ),
        )
        .where(wave_people.c.wave_id == wave_id, sessions.c.status.in_(("completed", "partial")))
        .group_by(wave_people.c.stratum)
    )
    return {row[0]: row[1] for row in rows}


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


def enrol(connection: Connection, wave_id: int, people: Iterable[Mapping[str, Any]]) -> None:
    """Put people into the audience: rows of person_id, wanted_at and stratum. Nobody is in it twice."""
    insert_ = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = insert_(wave_people).on_conflict_do_nothing()
    rows: list[dict[str, Any]] = []
    for one in people:
        rows.append({"wave_id": wave_id, **one})
        if len(rows) == CHUNK:
            connection.execute(statement, rows)
            rows = []
    if rows:
        connection.execute(statement, rows)


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
        count_frame(connection, wave_id)


def count_frame(connection: Connection, wave_id: int) -> int:
    """Count the audience, and keep the number with the wave."""
    size = connection.execute(
        select(func.count()).select_from(wave_people).where(wave_people.c.wave_id == wave_id)
    ).scalar_one()
    connection.execute(update(waves).where(waves.c.id == wave_id).values(frame_size=size))
    return size


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


def values_given(
    connection: Connection, wave_id: int, questions: Sequence[str]
) -> list[tuple[str, str, int]]:
    """Present answers to these questions in a wave: question, JSON value, how many."""
    query = (
        select(answers.c.question, answers.c.value, func.count())
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(
            sessions.c.wave_id == wave_id,
            answers.c.question.in_(questions),
            answers.c.status == "answered",
            PRESENT,
        )
        .group_by(answers.c.question, answers.c.value)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


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
