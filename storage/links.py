"""Links for passers-by: kept by the digest of their token, counted by the people who followed them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import encounters, link_misses, link_uses, links

MISSES_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Link:
    """One link as stored, with the name of its encounter ("" for none)."""

    id: int
    digest: str
    purpose: str
    survey: str
    encounter_id: int | None
    most: int | None
    used: int
    created_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    encounter: str


_columns: Final = (
    links.c.id, links.c.digest, links.c.purpose, links.c.survey, links.c.encounter_id, links.c.most,
    links.c.used, links.c.created_at, links.c.expires_at, links.c.withdrawn_at, encounters.c.name,
)  # fmt: skip
_all: Final = select(*_columns).select_from(
    links.outerjoin(encounters, encounters.c.id == links.c.encounter_id)
)


def _link(row: Any) -> Link:
    values = (*row[:-1], row[-1] or "")
    return Link(*values)


def add(connection: Connection, **values: Any) -> int:
    """A new link; the values are columns."""
    key = connection.execute(insert(links).values(**values)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def by_digest(connection: Connection, digest: str) -> Link | None:
    """The link whose token has this digest. On PostgreSQL nobody else counts it meanwhile."""
    query = _all.where(links.c.digest == digest)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(of=links)
    row = connection.execute(query).one_or_none()
    return _link(row) if row is not None else None


def get(connection: Connection, link_id: int) -> Link | None:
    """The link of this number."""
    row = connection.execute(_all.where(links.c.id == link_id)).one_or_none()
    return _link(row) if row is not None else None


def everything(connection: Connection) -> list[Link]:
    """All links, newest first."""
    return [_link(row) for row in connection.execute(_all.order_by(links.c.id.desc()))]


def withdraw(connection: Connection, link_id: int, now: datetime) -> bool:
    """From now on it leads nowhere. False when there is none that still does."""
    standing = update(links).where(links.c.id == link_id, links.c.withdrawn_at.is_(None))
    return connection.execute(standing.values(withdrawn_at=now)).rowcount > 0


def follow(connection: Connection, link_id: int, person_id: int, now: datetime) -> None:
    """Count a person, once. The link was looked up by its digest, so nobody else counts it meanwhile."""
    if followed(connection, link_id, person_id):
        return
    connection.execute(insert(link_uses).values(link_id=link_id, person_id=person_id, at=now))
    connection.execute(update(links).where(links.c.id == link_id).values(used=links.c.used + 1))


def followed(connection: Connection, link_id: int, person_id: int) -> bool:
    """Whether this person has followed this link."""
    query = select(link_uses.c.at).where(link_uses.c.link_id == link_id, link_uses.c.person_id == person_id)
    return connection.execute(query).first() is not None


def missed(connection: Connection, person_id: int, now: datetime) -> None:
    """A token of this person's led nowhere."""
    since, count = misses(connection, person_id, now)
    kind = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    values = {"since": since or now, "count": count + 1}
    statement = kind(link_misses).values(person_id=person_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[link_misses.c.person_id], set_=values))


def misses(connection: Connection, person_id: int, now: datetime) -> tuple[datetime | None, int]:
    """Since when, and how often, this person has tried in vain within the hour."""
    query = select(link_misses.c.since, link_misses.c.count).where(link_misses.c.person_id == person_id)
    row = connection.execute(query).one_or_none()
    if row is None or now - row[0] >= MISSES_WITHIN:
        return None, 0
    return row[0], row[1]
