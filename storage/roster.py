"""The member list in the database: whom its entries may concern, and their changes, a few hundred at once.

Everything is read and written set by set, so that the one writer is never held for long. It decides nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError

from bot.roster.match import REPLACED, Change, Known, Place
from storage.people import Queue
from storage.tables import addresses, contacts, person_groups, persons, sessions, wave_people


class Overtaken(Exception):
    """Another process was faster with one of these people. Roll the transaction back and do it again."""


_asked: Final = or_(
    exists(select(contacts.c.id).where(contacts.c.person_id == persons.c.id)),
    exists(select(sessions.c.id).where(sessions.c.person_id == persons.c.id)),
).label("asked")
_people: Final = select(
    persons.c.id,
    persons.c.member_id,
    persons.c.name,
    persons.c.language,
    persons.c.language_chosen,
    persons.c.zone,
    persons.c.attributes,
    persons.c.joined_at,
    persons.c.stopped_at,
    _asked,
)
_places: Final = select(
    addresses.c.id,
    addresses.c.person_id,
    addresses.c.address,
    addresses.c.seen_at,
    addresses.c.account,
    addresses.c.unreachable,
).order_by(addresses.c.id)


def known(connection: Connection, members: Collection[str], places: Collection[str]) -> list[Known]:
    """Everybody with one of these member numbers or addresses, with all their addresses and groups."""
    owners = select(addresses.c.person_id).where(addresses.c.address.in_(places))
    rows = connection.execute(_people.where(or_(persons.c.member_id.in_(members), persons.c.id.in_(owners))))
    found = {row.id: row for row in rows}
    where: defaultdict[int, list[Place]] = defaultdict(list)
    for row in connection.execute(_places.where(addresses.c.person_id.in_(found))):
        where[row.person_id].append(
            Place(
                id=row.id,
                person=row.person_id,
                address=row.address,
                heard=row.seen_at is not None,
                account=row.account,
                unreachable=row.unreachable,
            )
        )
    groups: defaultdict[int, set[str]] = defaultdict(set)
    for row in connection.execute(select(person_groups).where(person_groups.c.person_id.in_(found))):
        groups[row.person_id].add(row.name)
    return [_known(row, where[row.id], groups[row.id]) for row in found.values()]


def _known(row: Any, places: Sequence[Place], groups: Iterable[str]) -> Known:
    return Known(
        id=row.id,
        member_id=row.member_id,
        name=row.name,
        language=row.language,
        language_chosen=row.language_chosen,
        zone=row.zone,
        attributes=row.attributes,
        joined_at=row.joined_at,
        stopped=row.stopped_at is not None,
        asked=bool(row.asked),
        groups=frozenset(groups),
        places=tuple(places),
    )


def store(connection: Connection, changes: Sequence[Change], queue: Queue, now: datetime) -> None:
    """Carry out what was decided about entries.

    Raises Overtaken when somebody else was faster; then nothing of it may stay.
    """
    try:
        _store(connection, changes, queue, now)
    except IntegrityError as error:
        raise Overtaken from error


def _store(connection: Connection, changes: Sequence[Change], queue: Queue, now: datetime) -> None:
    """In the order that the keys ask for: a number or an address is given up before it is taken."""
    ids = _add_people(connection, [change for change in changes if change.person is None], queue, now)
    person = {change.row: change.person or ids[change.row] for change in changes}
    _move(connection, {place: person[change.row] for change in changes for place in change.move})
    _restore(connection, [place for change in changes for place in change.restore])
    _absorb(connection, {gone: person[change.row] for change in changes for gone in change.absorb})
    _drop(connection, changes)
    _change_people(connection, [change for change in changes if change.person is not None and change.values])
    _add_places(connection, [(person[change.row], change.add) for change in changes], now)
    _regroup(connection, [(person[change.row], change) for change in changes])


def _add_people(connection: Connection, new: Sequence[Change], queue: Queue, now: datetime) -> dict[int, int]:
    """Row of the list -> id of the new person."""
    if not new:
        return {}
    columns: dict[str, Any] = {
        "member_id": None,
        "name": "",
        "language": None,
        "zone": None,
        "joined_at": None,
    }
    rows = [
        {**columns, "attributes": "{}", **change.values, **queue.newcomer(), "created_at": now}
        for change in new
    ]
    found = connection.execute(insert(persons).returning(persons.c.id, persons.c.prn), rows)
    by_number = {row.prn: row.id for row in found}
    return {change.row: by_number[row["prn"]] for change, row in zip(new, rows, strict=True)}


def _move(connection: Connection, owners: Mapping[int, int]) -> None:
    if owners:
        connection.execute(
            update(addresses)
            .where(addresses.c.id == bindparam("place"))
            .values(person_id=bindparam("owner")),
            [{"place": place, "owner": owner} for place, owner in owners.items()],
        )


def _restore(connection: Connection, places: Collection[int]) -> None:
    if places:
        connection.execute(
            update(addresses)
            .where(addresses.c.id.in_(places), addresses.c.unreachable == REPLACED)
            .values(unreachable=None)
        )


def _absorb(connection: Connection, stays: Mapping[int, int]) -> None:
    """Rows that are another's go; that other stands in their place in the audiences of waves."""
    for gone, stay in stays.items():
        there = wave_people.alias("there")
        known_there = exists(
            select(there.c.wave_id).where(there.c.wave_id == wave_people.c.wave_id, there.c.person_id == stay)
        )
        connection.execute(
            update(wave_people).where(wave_people.c.person_id == gone, ~known_there).values(person_id=stay)
        )
    if stays:
        connection.execute(delete(persons).where(persons.c.id.in_(stays)))


def _drop(connection: Connection, changes: Sequence[Change]) -> None:
    dropped = [place for change in changes for place in change.drop]
    retired = [place for change in changes for place in change.retire]
    if dropped:
        connection.execute(delete(addresses).where(addresses.c.id.in_(dropped)))
    if retired:
        connection.execute(update(addresses).where(addresses.c.id.in_(retired)).values(unreachable=REPLACED))


def _change_people(connection: Connection, changes: Sequence[Change]) -> None:
    """One statement for all who change the same columns."""
    alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        row = {f"new_{column}": value for column, value in change.values.items()}
        alike[tuple(sorted(change.values))].append({"person": change.person, **row})
    for columns, rows in alike.items():
        connection.execute(
            update(persons)
            .where(persons.c.id == bindparam("person"))
            .values({column: bindparam(f"new_{column}") for column in columns}),
            rows,
        )


def _add_places(
    connection: Connection, people: Iterable[tuple[int, Mapping[str, str]]], now: datetime
) -> None:
    rows = [
        {
            "person_id": person,
            "address": address,
            "platform": address.partition(":")[0],
            "account": account,
            "chat": address.rpartition(":")[2],
            "created_at": now,
        }
        for person, places in people
        for address, account in places.items()
    ]
    if rows:
        connection.execute(insert(addresses), rows)


def _regroup(connection: Connection, changes: Sequence[tuple[int, Change]]) -> None:
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    left = [{"person": person, "group": name} for person, change in changes for name in change.leave]
    if left:
        connection.execute(
            delete(person_groups).where(
                person_groups.c.person_id == bindparam("person"), person_groups.c.name == bindparam("group")
            ),
            left,
        )
    joined = [{"person_id": person, "name": name} for person, change in changes for name in change.join]
    if joined:
        connection.execute(make(person_groups).on_conflict_do_nothing(), joined)
