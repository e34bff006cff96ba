"""Contacts: one approach to a person each. Reserved when planned, sent or unknown when the platform took it,
released when it did not happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.tables import contacts


@dataclass(frozen=True, slots=True)
class Contact:
    """One approach to a person, as stored."""

    id: int
    person_id: int
    wave_id: int | None
    survey: str
    kind: str
    number: int
    state: str
    at: datetime
    cost: float
    piggyback: bool = False
    """Offered while the person was here."""


_columns = (
    contacts.c.id, contacts.c.person_id, contacts.c.wave_id, contacts.c.survey, contacts.c.kind,
    contacts.c.number, contacts.c.state, contacts.c.at, contacts.c.cost, contacts.c.piggyback,
)  # fmt: skip


_reserve: Final = insert(contacts)


def reserve(connection: Connection, **values: Any) -> int | None:
    """A planned contact; returns its id, or None when this person has this contact of this wave already."""
    try:
        with connection.begin_nested():
            key = connection.execute(_reserve, {"state": "reserved", **values}).inserted_primary_key
    except IntegrityError:
        return None
    return int(key[0]) if key is not None else None


_get: Final = select(*_columns).where(contacts.c.id == bindparam("wanted"))
_find: Final = select(*_columns).where(
    contacts.c.wave_id == bindparam("wave"),
    contacts.c.person_id == bindparam("person"),
    contacts.c.kind == bindparam("what"),
    contacts.c.number == bindparam("nth"),
)
_mark: Final = (
    update(contacts)
    .where(contacts.c.id == bindparam("row"))
    .values(state=bindparam("new_state"), at=bindparam("new_at"))
)


def get(connection: Connection, contact_id: int) -> Contact:
    """One contact. Raises NoResultFound for an unknown id."""
    return _contact(connection.execute(_get, {"wanted": contact_id}).one())


def find(connection: Connection, wave_id: int, person_id: int, kind: str, number: int = 1) -> Contact | None:
    """The contact of this person in this wave, if there is one."""
    values = {"wave": wave_id, "person": person_id, "what": kind, "nth": number}
    row = connection.execute(_find, values).one_or_none()
    return _contact(row) if row is not None else None


def _contact(row: Sequence[Any]) -> Contact:
    values = tuple(row)
    return Contact(*values)


_planned_invites: Final = (
    select(*_columns)
    .where(
        contacts.c.person_id == bindparam("wanted"),
        contacts.c.state == "reserved",
        contacts.c.kind == "invite",
    )
    .order_by(contacts.c.id)
)


def planned_invites(connection: Connection, person_id: int) -> list[Contact]:
    """Invites of a person that are planned and have not left us."""
    return [_contact(row) for row in connection.execute(_planned_invites, {"wanted": person_id})]


def planned_in_wave(connection: Connection, wave_id: int) -> list[Contact]:
    """Invites of a wave that are planned and have not left us."""
    query = select(*_columns).where(
        contacts.c.wave_id == wave_id, contacts.c.state == "reserved", contacts.c.kind == "invite"
    )
    return [_contact(row) for row in connection.execute(query.order_by(contacts.c.id))]


def move(connection: Connection, contact_id: int, at: datetime) -> None:
    """A planned contact is planned for another moment."""
    connection.execute(update(contacts).where(contacts.c.id == contact_id).values(at=at))


def offer(connection: Connection, contact_id: int, *, now: bool) -> None:
    """A planned invite is offered while the person is here, or goes back to its plan."""
    connection.execute(update(contacts).where(contacts.c.id == contact_id).values(piggyback=now))


def mark(connection: Connection, contact_id: int, state: str, at: datetime) -> None:
    """Book what became of a contact, and when."""
    connection.execute(_mark, {"row": contact_id, "new_state": state, "new_at": at})


def proved(connection: Connection, person_id: int, wave_id: int) -> None:
    """What was in doubt for a person in this wave had arrived."""
    connection.execute(
        update(contacts)
        .where(
            contacts.c.person_id == person_id, contacts.c.wave_id == wave_id, contacts.c.state == "unknown"
        )
        .values(state="sent")
    )


def release_for(connection: Connection, person_id: int, wave_id: int | None = None) -> None:
    """Give back what is reserved for a person and not yet sent: of one wave, or of all."""
    statement = update(contacts).where(contacts.c.person_id == person_id, contacts.c.state == "reserved")
    if wave_id is not None:
        statement = statement.where(contacts.c.wave_id == wave_id)
    connection.execute(statement.values(state="released"))


def delete(connection: Connection, contact_id: int) -> None:
    """A contact that was only tried out leaves no trace."""
    connection.execute(contacts.delete().where(contacts.c.id == contact_id))
