"""Persons as the service and the reports look them up: standing, audience, names."""

import secrets
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, or_, select, update

from storage.tables import NOBODY, addresses, person_groups, persons
from storage.types import EPOCH

PRN_BITS: Final = 63
"""A permanent random number is a whole number of so many bits."""
CHUNK: Final = 2000
MAX_ID_DIGITS: Final = 18
"""What a database's whole numbers hold for certain."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the end of a session changes."""

    burden: float
    burden_at: datetime | None
    ignored_in_row: int
    outcomes: str
    paused_until: datetime | None


_standing: Final = (
    select(
        persons.c.burden,
        persons.c.burden_at,
        persons.c.ignored_in_row,
        persons.c.outcomes,
        persons.c.paused_until,
    )
    .where(persons.c.id == bindparam("wanted"))
    .with_for_update()
)
_set_burden: Final = (
    update(persons)
    .where(persons.c.id == bindparam("person"))
    .values(burden=bindparam("points"), burden_at=bindparam("moment"))
)


def standing(connection: Connection, person_id: int) -> Standing:
    """What the end of a session may change about a person."""
    row: Any = connection.execute(_standing, {"wanted": person_id}).one()
    return Standing(*row)


def lock(connection: Connection, wanted: Collection[int]) -> None:
    """On PostgreSQL: no other process deals with these persons until the transaction ends."""
    if wanted and connection.dialect.name == "postgresql":
        query = select(persons.c.id).where(persons.c.id.in_(wanted)).order_by(persons.c.id)
        connection.execute(query.with_for_update()).all()


def set_burden(connection: Connection, person_id: int, burden: float, at: datetime) -> None:
    """Store the two numbers of the burden model."""
    connection.execute(_set_burden, {"person": person_id, "points": burden, "moment": at})


@dataclass(frozen=True, slots=True)
class Member:
    """A person as an audience rule sees them."""

    id: int
    zone: str | None
    attributes: dict[str, str]
    joined_at: datetime | None


def members(
    connection: Connection,
    *,
    groups: Sequence[str] = (),
    not_groups: Sequence[str] = (),
    among: Collection[int] | None = None,
) -> Iterator[Member]:
    """Persons in at least one of ``groups`` (all persons when empty) and in none of ``not_groups``, by id.

    ``among`` looks only at these persons.
    """
    query = select(persons.c.id, persons.c.zone, persons.c.attributes, persons.c.joined_at).order_by(
        persons.c.id
    )
    if groups:
        query = query.where(_in_group(groups))
    if not_groups:
        query = query.where(~_in_group(not_groups))
    if among is None:
        yield from _by_id(connection, query)
        return
    wanted = sorted(among)
    for start in range(0, len(wanted), CHUNK):
        yield from _by_id(connection, query.where(persons.c.id.in_(wanted[start : start + CHUNK])))


def zones(connection: Connection, wanted: Collection[int]) -> dict[int, str | None]:
    """The time zone of each of these persons, where it is known."""
    found: dict[int, str | None] = {}
    listed = sorted(wanted)
    for start in range(0, len(listed), CHUNK):
        query = select(persons.c.id, persons.c.zone).where(persons.c.id.in_(listed[start : start + CHUNK]))
        found.update((row.id, row.zone) for row in connection.execute(query))
    return found


def _by_id(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Member]:
    last = 0
    while True:
        rows = connection.execute(query.where(persons.c.id > last).limit(CHUNK)).all()
        for row in rows:
            yield Member(row.id, row.zone, msgspec.json.decode(row.attributes), row.joined_at)
        if len(rows) < CHUNK:
            return
        last = rows[-1].id


def _in_group(names: Sequence[str]) -> ColumnElement[bool]:
    return exists(
        select(person_groups.c.person_id).where(
            person_groups.c.person_id == persons.c.id, person_groups.c.name.in_(names)
        )
    )


def find(connection: Connection, wanted: str) -> list[int]:
    """Persons that an admin may mean by a word: an address, a member number, our id (``#12``), or a name."""
    query = (
        select(persons.c.id)
        .outerjoin(addresses, addresses.c.person_id == persons.c.id)
        .where(
            or_(
                addresses.c.address == wanted,
                persons.c.member_id == wanted,
                persons.c.name == wanted,  # SQLite makes only a-z small: "Äijä" would not find itself
                func.lower(persons.c.name) == wanted.lower(),
            )
        )
        .distinct()
    )
    if wanted.startswith("#") and wanted[1:].isdecimal() and len(wanted) <= 1 + MAX_ID_DIGITS:
        query = select(persons.c.id).where(persons.c.id == int(wanted[1:]))
    return list(connection.execute(query).scalars())


def card(connection: Connection, person_id: int) -> tuple[Any, list[Any], list[str]]:
    """A person's row, addresses and groups."""
    row = connection.execute(select(persons).where(persons.c.id == person_id)).one()
    places = list(connection.execute(select(addresses).where(addresses.c.person_id == person_id)))
    names = connection.execute(
        select(person_groups.c.name).where(person_groups.c.person_id == person_id)
    ).scalars()
    return row, places, sorted(names)


def at(connection: Connection, address: str) -> Any:
    """The row of an address; None where nobody is known."""
    return connection.execute(select(addresses).where(addresses.c.address == address)).first()


def count(connection: Connection) -> int:
    """How many people are known."""
    query = select(func.count()).select_from(persons).where(persons.c.id != NOBODY)
    return connection.execute(query).scalar_one()


def more_than(connection: Connection, number: int) -> bool:
    """Whether more people than so many are known; quick however many there are."""
    return connection.execute(select(persons.c.id).offset(number).limit(1)).first() is not None


def to_the_back(connection: Connection, person_id: int, asked: datetime) -> None:
    """The person was asked: behind everybody asked on an earlier day; within the day the permanent order
    holds.
    """
    connection.execute(update(persons).where(persons.c.id == person_id).values(turn=(asked - EPOCH).days))


@dataclass(frozen=True, slots=True)
class Queue:
    """The present turns, each with the number of people up to and including it, in order."""

    turns: tuple[int, ...]
    up_to: tuple[int, ...]

    def newcomer(self) -> dict[str, int]:
        """``prn`` and ``turn`` of somebody new: a permanent random number, and a random place in the queue.

        Putting newcomers first would fill every sample with them.
        """
        prn = secrets.randbits(PRN_BITS)
        if not self.turns:
            return {"prn": prn, "turn": 0}
        place = prn * self.up_to[-1] >> PRN_BITS
        return {"prn": prn, "turn": self.turns[bisect_right(self.up_to, place)]}


def queue(connection: Connection) -> Queue:
    """The turn queue as it now stands. There are as many turns as days on which somebody was asked."""
    rows = connection.execute(
        select(persons.c.turn, func.count())
        .where(persons.c.id != NOBODY)
        .group_by(persons.c.turn)
        .order_by(persons.c.turn)
    ).all()
    return Queue(tuple(row[0] for row in rows), tuple(accumulate(row[1] for row in rows)))


def give_account(connection: Connection, platform: str, account: str) -> None:
    """On Slack the bot may write first, so imported addresses can be reached as soon as the team is known.

    Nowhere else: a Telegram bot cannot begin a conversation.
    """
    if platform == "slack":
        connection.execute(
            update(addresses)
            .where(
                addresses.c.platform == platform,
                addresses.c.account == "",
                addresses.c.address.startswith(f"slack:{account}:", autoescape=True),
            )
            .values(account=account)
        )


def names(connection: Connection, people: Collection[int]) -> dict[int, str]:
    """Names for the admin's lists."""
    found: dict[int, str] = {}
    wanted = sorted(set(people))
    for start in range(0, len(wanted), CHUNK):
        rows = connection.execute(
            select(persons.c.id, persons.c.name).where(persons.c.id.in_(wanted[start : start + CHUNK]))
        )
        found.update((row.id, row.name) for row in rows)
    return found
