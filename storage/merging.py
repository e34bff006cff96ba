"""Two rows that are one human being: made one, and taken apart again where that was a mistake.

What belongs to a person is found by the tables' own keys, so that tables added later follow as well. Nothing
of either is lost: contacts of both count, and what cannot stand twice is kept aside with the other person.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, Table, UniqueConstraint, and_, delete, func, insert, select, update

from storage import holdings, people
from storage.tables import addresses, contacts, fires, merges, persons, sessions, wave_people
from storage.types import UtcDateTime

_FURTHER: Final = {"frame": 0, "dropped": 1, "planned": 2, "asked": 3}
"""Which of two places in one wave says more."""
_PACE: Final = ("less", "normal", "more")
Rows = dict[str, list[dict[str, Any]]]


def join(connection: Connection, stay: int, gone: int, actor: str, now: datetime, burden: float) -> None:
    """Make ``gone`` a part of ``stay``. Neither has an open session that the other has too.

    ``burden`` is that of both at ``now``. Plans for ``gone`` are given up: the planner plans for the whole.
    """
    taken = dict(connection.execute(select(persons).where(persons.c.id == gone)).mappings().one())
    _give_up_plans(connection, gone)
    moved: defaultdict[str, list[Any]] = defaultdict(list)
    aside: Rows = defaultdict(list)
    _renumber(connection, stay, gone)
    _further_places(connection, stay, gone)
    for table, column in holdings.belonging():
        _keep_single(connection, table, column, stay, gone, aside)
        keys = [key for key in table.primary_key.columns if key is not column]
        for _, *rest in connection.execute(select(column, *keys).where(column == gone)):
            moved[table.name].append(rest)
        connection.execute(update(table).where(column == gone).values({column.name: stay}))
    connection.execute(delete(persons).where(persons.c.id == gone))
    here = dict(connection.execute(select(persons).where(persons.c.id == stay)).mappings().one())
    connection.execute(
        update(persons)
        .where(persons.c.id == stay)
        .values(**_together(here, taken), burden=burden, burden_at=now)
    )
    whole = {"person": taken, "moved": moved, "aside": aside}
    kept = msgspec.json.encode(whole).decode()
    connection.execute(insert(merges).values(person_id=stay, at=now, actor=actor[:128], taken=kept))


def _give_up_plans(connection: Connection, person_id: int) -> None:
    """Their fires are named after a person who will not be there."""
    connection.execute(
        delete(contacts).where(contacts.c.person_id == person_id, contacts.c.state == "reserved")
    )
    connection.execute(
        delete(fires).where(fires.c.person_id == person_id, fires.c.kind.in_(("contact", "open", "dormant")))
    )
    connection.execute(
        update(wave_people)
        .where(wave_people.c.person_id == person_id, wave_people.c.state == "planned")
        .values(state="frame")
    )


def _renumber(connection: Connection, stay: int, gone: int) -> None:
    """Both were invited in one wave: both invites happened, so both stay, the second with the next number."""
    for row in connection.execute(select(contacts).where(contacts.c.person_id == gone)).all():
        alike = (contacts.c.wave_id == row.wave_id, contacts.c.kind == row.kind)
        taken = set(
            connection.execute(
                select(contacts.c.number).where(contacts.c.person_id.in_((stay, gone)), *alike)
            ).scalars()
        )
        theirs = select(contacts.c.id).where(
            contacts.c.person_id == stay, *alike, contacts.c.number == row.number
        )
        if connection.execute(theirs).first() is not None:
            connection.execute(
                update(contacts).where(contacts.c.id == row.id).values(number=max(taken, default=0) + 1)
            )


def _further_places(connection: Connection, stay: int, gone: int) -> None:
    """Both stand in one wave: the place that went further is the place of the whole."""
    theirs = {
        row["wave_id"]: row
        for row in connection.execute(select(wave_people).where(wave_people.c.person_id == stay)).mappings()
    }
    for row in connection.execute(select(wave_people).where(wave_people.c.person_id == gone)).mappings():
        other = theirs.get(row["wave_id"])
        if other is not None and _FURTHER.get(row["state"], 0) > _FURTHER.get(other["state"], 0):
            place = (wave_people.c.wave_id == row["wave_id"], wave_people.c.person_id == stay)
            values = {key: value for key, value in row.items() if key not in ("wave_id", "person_id")}
            connection.execute(update(wave_people).where(*place).values(**values))


def _keep_single(
    connection: Connection, table: Table, column: Column[Any], stay: int, gone: int, aside: Rows
) -> None:
    """What a key allows only once is kept aside, to come back if the two are taken apart again."""
    for others in _keys_with(table, column):
        own = table.alias("own")
        same = and_(own.c[column.name] == stay, *(own.c[one.name] == one for one in others))
        twice = (column == gone) & select(own.c[column.name]).where(same).exists()
        aside[table.name] += [
            dict(row) for row in connection.execute(select(table).where(twice)).mappings().all()
        ]
        connection.execute(delete(table).where(twice))


def _keys_with(table: Table, column: Column[Any]) -> Iterator[list[Column[Any]]]:
    """The other columns of every key that this column is a part of."""
    keys = [list(table.primary_key.columns)]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    for columns in keys:
        if column in columns:
            yield [one for one in columns if one is not column]


def _together(here: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """One person's columns out of two: the strictest wish, what either knows, the latest of what was."""
    plain = ("member_id", "name", "language", "zone", "opens", "closes", "quiet_days", "wished_platform")
    earliest = ("joined_at", "created_at", "stopped_at")
    latest = ("paused_until", "outcome_at", "data_sent_at")
    found: dict[str, Any] = {name: here[name] or taken[name] for name in (*plain, "consent")}
    for name in (*earliest, *latest):
        known = [one[name] for one in (here, taken) if one[name] is not None]
        found[name] = (min(known) if name in earliest else max(known)) if known else None
    if taken["language_chosen"] and not here["language_chosen"]:
        found |= {"language": taken["language"], "language_chosen": True}
    found["preference"] = min(here["preference"], taken["preference"], key=_PACE.index)
    if taken["preference"] == "more" and here["preference"] == "normal":
        found["preference"] = "normal"
    found["attributes"] = _merged(taken["attributes"], here["attributes"])
    found["outcomes"] = _latest(here["outcomes"], taken["outcomes"])
    if found["outcome_at"] is not None and found["outcome_at"] == taken["outcome_at"]:
        found["outcome"] = taken["outcome"]
    found["ignored_in_row"] = min(here["ignored_in_row"], taken["ignored_in_row"])
    return {**found, "dormant_at": None, "turn": max(here["turn"], taken["turn"])}


def _merged(under: str, over: str) -> str:
    facts = {**msgspec.json.decode(under), **msgspec.json.decode(over)}
    return msgspec.json.encode(facts).decode()


def _latest(*raw: str) -> str:
    moments: dict[str, datetime] = {}
    for one in raw:
        for kind, at in msgspec.json.decode(one, type=dict[str, datetime]).items():
            moments[kind] = max(at, moments.get(kind, at))
    return msgspec.json.encode(moments).decode()


# --- taking apart -------------------------------------------------------------------------------------------


def last(connection: Connection, address_id: int) -> Any:
    """The join that brought this address to its person; None where there was none."""
    person = select(addresses.c.person_id).where(addresses.c.id == address_id).scalar_subquery()
    for row in connection.execute(
        select(merges).where(merges.c.person_id == person).order_by(merges.c.id.desc())
    ):
        whole = msgspec.json.decode(row.taken)
        if [address_id] in whole["moved"].get("addresses", []):
            return row
    return None


def take_apart(connection: Connection, merge_id: int) -> int:
    """The other person again, with what was theirs and is still there. Returns their id.

    What came in since the two were one stays where it is.
    """
    row: Any = connection.execute(select(merges).where(merges.c.id == merge_id)).one()
    whole = msgspec.json.decode(row.taken)
    values = _typed(persons, whole["person"])
    here: Any = connection.execute(select(persons).where(persons.c.id == row.person_id)).one()
    if here.member_id is not None and here.member_id == values["member_id"]:
        connection.execute(update(persons).where(persons.c.id == row.person_id).values(member_id=None))
    free = connection.execute(select(persons.c.id).where(persons.c.id == values["id"])).first() is None
    again = values if free else {key: value for key, value in values.items() if key != "id"}
    key = connection.execute(insert(persons).values(**again)).inserted_primary_key
    other = int(key[0]) if key is not None else 0
    for table, column in holdings.belonging():
        keys = [one for one in table.primary_key.columns if one is not column]
        for moved in whole["moved"].get(table.name, []):
            same = [one == value for one, value in zip(keys, moved, strict=True)]
            connection.execute(
                update(table).where(column == row.person_id, *same).values({column.name: other})
            )
        for kept in whole["aside"].get(table.name, []):
            connection.execute(insert(table).values(**{**_typed(table, kept), column.name: other}))
    connection.execute(delete(merges).where(merges.c.id == merge_id))
    return other


def part(connection: Connection, address_id: int, now: datetime) -> int:
    """A person of their own for an address that was never joined by us, with the sessions held there."""
    row: Any = connection.execute(
        select(persons.c.name, persons.c.language, persons.c.zone, persons.c.stopped_at, persons.c.consent)
        .join(addresses, addresses.c.person_id == persons.c.id)
        .where(addresses.c.id == address_id)
    ).one()
    newcomer = people.queue(connection).newcomer()
    key = connection.execute(
        insert(persons).values(
            name=row.name, language=row.language, zone=row.zone, stopped_at=row.stopped_at,
            consent=row.consent, created_at=now, **newcomer,
        )
    ).inserted_primary_key  # fmt: skip
    other = int(key[0]) if key is not None else 0
    connection.execute(update(addresses).where(addresses.c.id == address_id).values(person_id=other))
    connection.execute(update(sessions).where(sessions.c.address_id == address_id).values(person_id=other))
    return other


def _typed(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Times were kept as text."""
    return {
        name: datetime.fromisoformat(value)
        if value and isinstance(table.c[name].type, UtcDateTime)
        else value
        for name, value in row.items()
        if name in table.c
    }


def count_addresses(connection: Connection, person_id: int) -> int:
    """At how many places the person is known."""
    return connection.execute(
        select(func.count()).select_from(addresses).where(addresses.c.person_id == person_id)
    ).scalar_one()
