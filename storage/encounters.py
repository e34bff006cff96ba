"""Encounters in the database: what they are, who was there, and whom a mark such as an address means.

The same encounter twice changes nothing; which person may be asked about it is not decided here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from scheduler.surveys import Hours
from storage.tables import addresses, attendance, encounters, persons, wave_people, waves

CHUNK: Final = 500
"""Values in one statement."""
SCANNED: Final = 5000
"""Persons read at once where everybody's attributes are looked through."""


@dataclass(frozen=True, slots=True)
class Met:
    """One encounter, as stored. Times are aware UTC."""

    id: int
    key: str
    kind: str
    series: str
    name: str
    place: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    source: str
    digest: str


@dataclass(frozen=True, slots=True)
class Present:
    """One person at one encounter."""

    encounter_id: int
    person_id: int
    role: str
    state: str
    source: str


_columns: Final = (
    encounters.c.id, encounters.c.key, encounters.c.kind, encounters.c.series, encounters.c.name,
    encounters.c.place, encounters.c.zone, encounters.c.starts_at, encounters.c.ends_at,
    encounters.c.cancelled, encounters.c.source, encounters.c.digest,
)  # fmt: skip
_present: Final = (
    attendance.c.encounter_id, attendance.c.person_id, attendance.c.role, attendance.c.state,
    attendance.c.source,
)  # fmt: skip


def _met(row: Sequence[Any]) -> Met:
    return Met(*row)


# --- looking ----------------------------------------------------------------------------------------------


def get(connection: Connection, encounter_id: int) -> Met:
    """One encounter. Raises NoResultFound for an unknown id."""
    return _met(connection.execute(select(*_columns).where(encounters.c.id == encounter_id)).one())


def by_keys(connection: Connection, keys: Collection[str]) -> dict[str, Met]:
    """The encounters that are known of these."""
    found: dict[str, Met] = {}
    for part in _parts(keys):
        for row in connection.execute(select(*_columns).where(encounters.c.key.in_(part))):
            found[row.key] = _met(row)
    return found


def of_calendar(connection: Connection, since: datetime, until: datetime) -> Iterator[Met]:
    """Encounters beginning in [since, until] that came from a calendar."""
    query = select(*_columns).where(
        encounters.c.key.startswith("ics:", autoescape=True),
        encounters.c.starts_at >= since,
        encounters.c.starts_at <= until,
    )
    return map(_met, connection.execute(query))


def between(
    connection: Connection, since: datetime, until: datetime, *, kind: str = "", cancelled: bool = True
) -> list[Met]:
    """Encounters that end in (since, until], in the order of their ends."""
    query = select(*_columns).where(encounters.c.ends_at > since, encounters.c.ends_at <= until)
    if kind:
        query = query.where(encounters.c.kind == kind)
    if not cancelled:
        query = query.where(~encounters.c.cancelled)
    return [_met(row) for row in connection.execute(query.order_by(encounters.c.ends_at, encounters.c.id))]


def present(connection: Connection, wanted: Collection[int]) -> dict[int, list[Present]]:
    """Who is known to belong to each of these encounters, in the order of their ids."""
    found: defaultdict[int, list[Present]] = defaultdict(list)
    for part in _parts(wanted):
        query = select(*_present).where(attendance.c.encounter_id.in_(part)).order_by(attendance.c.person_id)
        for row in connection.execute(query):
            found[row.encounter_id].append(Present(*row))
    return found


def counts(connection: Connection, wanted: Collection[int]) -> dict[int, dict[str, int]]:
    """How many of each encounter are in each state."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for part in _parts(wanted):
        query = (
            select(attendance.c.encounter_id, attendance.c.state, func.count())
            .where(attendance.c.encounter_id.in_(part))
            .group_by(attendance.c.encounter_id, attendance.c.state)
        )
        for encounter, state, number in connection.execute(query):
            found[encounter][state] = number
    return found


# --- whom a mark means ------------------------------------------------------------------------------------


def by_member_id(connection: Connection, wanted: Collection[str]) -> dict[str, list[int]]:
    """Person by the association's own number."""
    return _by_column(connection, persons.c.member_id, persons.c.id, wanted)


def by_address(connection: Connection, wanted: Collection[str]) -> dict[str, list[int]]:
    """Person by address, ``telegram:1``."""
    return _by_column(connection, addresses.c.address, addresses.c.person_id, wanted)


def by_attribute(connection: Connection, name: str, wanted: Collection[str]) -> dict[str, list[int]]:
    """Persons whose attribute has one of these values, in whatever case: one pass over everybody."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for person, facts in _all_facts(connection):
        value = " ".join(facts.get(name, "").casefold().split())
        if value in wanted:
            found[value].append(person)
    return found


def _by_column(
    connection: Connection, column: Any, person: Any, wanted: Collection[str]
) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for part in _parts(wanted):
        for value, owner in connection.execute(select(column, person).where(column.in_(part))):
            found[value].append(owner)
    return found


def _all_facts(connection: Connection) -> Iterator[tuple[int, dict[str, str]]]:
    last = 0
    while True:
        query = select(persons.c.id, persons.c.attributes).where(persons.c.id > last)
        rows = connection.execute(query.order_by(persons.c.id).limit(SCANNED)).all()
        for row in rows:
            if row.attributes != "{}":
                yield row.id, msgspec.json.decode(row.attributes, type=dict[str, str])
        if len(rows) < SCANNED:
            return
        last = rows[-1].id


# --- keeping ----------------------------------------------------------------------------------------------


def keep(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new encounter, or what is new about a known one (by ``key``). Returns its id."""
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    statement = make(encounters).values(**values)
    changed = {name: statement.excluded[name] for name in values if name != "key"}
    key = connection.execute(
        statement.on_conflict_do_update(index_elements=[encounters.c.key], set_=changed).returning(
            encounters.c.id
        )
    ).scalar_one()
    return int(key)


def cancel(connection: Connection, encounter_id: int, now: datetime) -> None:
    """It does not take place."""
    connection.execute(
        update(encounters).where(encounters.c.id == encounter_id).values(cancelled=True, updated_at=now)
    )


_attend: Final = (
    update(attendance)
    .where(
        attendance.c.encounter_id == bindparam("encounter"), attendance.c.person_id == bindparam("person")
    )
    .values(
        state=bindparam("new_state"), role=bindparam("new_role"), source=bindparam("new_source"),
        at=bindparam("now"),
    )
)  # fmt: skip


def attend(connection: Connection, rows: Sequence[Present], now: datetime, *, known: Collection[int]) -> None:
    """Note who is there; ``known`` are the persons who stand there already."""
    new = [row for row in rows if row.person_id not in known]
    if new:
        connection.execute(
            insert(attendance),
            [
                {
                    "encounter_id": row.encounter_id, "person_id": row.person_id, "role": row.role,
                    "state": row.state, "source": row.source, "at": now,
                }
                for row in new
            ],
        )  # fmt: skip
    old = [row for row in rows if row.person_id in known]
    if old:
        connection.execute(
            _attend,
            [
                {
                    "encounter": row.encounter_id, "person": row.person_id, "new_state": row.state,
                    "new_role": row.role, "new_source": row.source, "now": now,
                }
                for row in old
            ],
        )  # fmt: skip


def leave(connection: Connection, encounter_id: int, people: Collection[int]) -> None:
    """These persons do not belong to the encounter."""
    for part in _parts(people):
        connection.execute(
            delete(attendance).where(
                attendance.c.encounter_id == encounter_id, attendance.c.person_id.in_(part)
            )
        )


# --- waves about encounters -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Been:
    """A person whom a trigger may want to ask about an encounter."""

    encounter_id: int
    person_id: int
    role: str
    state: str
    zone: str | None
    hours: Hours | None
    quiet_days: frozenset[int]


def been(connection: Connection, wanted: Collection[int], *, people: Collection[int] = ()) -> list[Been]:
    """Who was or is expected at these encounters, but for those who are absent; ``people``: only these."""
    found: list[Been] = []
    for part in _parts(wanted):
        query = (
            select(
                attendance.c.encounter_id, attendance.c.person_id, attendance.c.role,
                attendance.c.state, persons.c.zone, persons.c.opens, persons.c.closes, persons.c.quiet_days,
            )
            .join(persons, persons.c.id == attendance.c.person_id)
            .where(attendance.c.encounter_id.in_(part), attendance.c.state != "absent")
            .order_by(attendance.c.encounter_id, attendance.c.person_id)
        )  # fmt: skip
        if people:
            query = query.where(attendance.c.person_id.in_(people))
        found += [_been(row) for row in connection.execute(query)]
    return found


def _been(row: Any) -> Been:
    own = (
        Hours(opens=time.fromisoformat(row.opens), closes=time.fromisoformat(row.closes))
        if (row.opens and row.closes)
        else None
    )
    days = frozenset(map(int, row.quiet_days))
    return Been(row.encounter_id, row.person_id, row.role, row.state, row.zone, own, days)


@dataclass(frozen=True, slots=True)
class Placed:
    """A person's place in the audience of a wave about an encounter."""

    wave_id: int
    person_id: int
    state: str


def placed(connection: Connection, survey: str, wanted: Collection[int]) -> list[Placed]:
    """The places in a survey's waves about these encounters."""
    found: list[Placed] = []
    for part in _parts(wanted):
        query = (
            select(waves.c.id, wave_people.c.person_id, wave_people.c.state)
            .join(wave_people, wave_people.c.wave_id == waves.c.id)
            .where(waves.c.survey == survey, waves.c.encounter_id.in_(part))
        )
        found += [Placed(*row) for row in connection.execute(query)]
    return found


def waves_about(connection: Connection, encounter_id: int) -> list[int]:
    """The waves of all surveys about one encounter."""
    query = select(waves.c.id).where(waves.c.encounter_id == encounter_id).order_by(waves.c.id)
    return list(connection.execute(query).scalars())


def wave_of(connection: Connection, survey: str, encounter_id: int) -> int | None:
    """The survey's wave about this encounter."""
    query = select(waves.c.id).where(and_(waves.c.survey == survey, waves.c.encounter_id == encounter_id))
    return connection.execute(query).scalar()


def _parts(values: Collection[Any]) -> Iterator[list[Any]]:
    listed = sorted(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
