"""Who was where: an encounter by the word an admin uses for it, and a person's own recent ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import attendance, encounters

MOST_NAMED: Final = 20
"""Encounters of one name that an admin is shown to choose from."""
DIGITS: Final = 18
"""What a database's whole numbers hold for certain."""


def named(connection: Connection, word: str) -> Sequence[Any]:
    """Encounters that an admin may mean: by number (``12`` or ``#12``), by key, or by name, newest first.

    Rows with id, name, starts_at, ends_at and cancelled.
    """
    number = word.removeprefix("#")
    wanted = or_(encounters.c.key == word, encounters.c.name == word)
    if number.isascii() and number.isdecimal() and len(number) <= DIGITS:
        wanted = or_(wanted, encounters.c.id == int(number))
    query = select(
        encounters.c.id,
        encounters.c.name,
        encounters.c.starts_at,
        encounters.c.ends_at,
        encounters.c.cancelled,
    ).where(wanted)
    return connection.execute(query.order_by(encounters.c.starts_at.desc()).limit(MOST_NAMED)).all()


def known(connection: Connection, encounter_id: int) -> int | None:
    """The number itself, if there still is such an encounter."""
    return connection.execute(select(encounters.c.id).where(encounters.c.id == encounter_id)).scalar()


def of_person(connection: Connection, person_id: int, since: datetime, until: datetime, most: int) -> Any:
    """Encounters that the person was at, or expected at, and that ended in this time; the newest first.

    Rows with id, name and ends_at.
    """
    query = (
        select(encounters.c.id, encounters.c.name, encounters.c.ends_at)
        .join(attendance, attendance.c.encounter_id == encounters.c.id)
        .where(
            attendance.c.person_id == person_id,
            attendance.c.state != "absent",
            encounters.c.cancelled.is_(False),
            encounters.c.ends_at > since,
            encounters.c.starts_at <= until,
        )
        .order_by(encounters.c.ends_at.desc(), encounters.c.id.desc())
        .limit(most)
    )
    return connection.execute(query).all()


def attend(connection: Connection, encounter_id: int, person_id: int, source: str, now: datetime) -> bool:
    """The person is here. False when that was known. Whatever the list expected, this is what happened."""
    here = select(attendance.c.state).where(
        attendance.c.encounter_id == encounter_id, attendance.c.person_id == person_id
    )
    if connection.execute(here).scalar() == "attended":
        return False
    kind = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    values = {"state": "attended", "source": source, "at": now}
    statement = kind(attendance).values(encounter_id=encounter_id, person_id=person_id, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[attendance.c.encounter_id, attendance.c.person_id], set_=values
        )
    )
    return True
