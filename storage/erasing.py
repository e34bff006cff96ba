"""Erasing a person: every row of theirs in every table, and what names them in rows of others.

Rows that belong to a person are found by the tables' own keys (``holdings``). What is left afterwards is in
no table, no free page and no log of the database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, String, cast, delete, func, insert, literal, or_, select, update

from storage import holdings
from storage.erased import Entry, Ledger
from storage.store import Store
from storage.tables import (
    addresses,
    alerts,
    audit,
    erasures,
    inbox,
    outbox,
    persons,
    published,
    rate_buckets,
    sessions,
)

GOODBYE: Final = "erased:"
"""Begins the outbox key of the last message to somebody: its row belongs to nobody."""
SHORTEST_NAME: Final = 3
"""Letters of a name that is looked for in rows of others; shorter ones stand inside any word."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure that is not finished."""

    entry: str
    person_id: int | None
    asked_at: datetime
    state: str


def ask(connection: Connection, entry: str, person_id: int, now: datetime) -> None:
    """Note that a person is to be erased; asking twice changes nothing."""
    waiting = select(erasures.c.entry).where(erasures.c.person_id == person_id)
    if connection.execute(waiting).first() is None:
        connection.execute(
            insert(erasures).values(entry=entry, person_id=person_id, asked_at=now, state="asked")
        )


def open_ones(connection: Connection) -> list[Asked]:
    """Erasures that were asked for and are not finished, oldest first."""
    rows = connection.execute(
        select(erasures.c.entry, erasures.c.person_id, erasures.c.asked_at, erasures.c.state)
        .where(erasures.c.state != "done")
        .order_by(erasures.c.asked_at)
    )
    return [Asked(*row) for row in rows]


def finish(connection: Connection, entry: str) -> None:
    """Nothing of it is left anywhere."""
    connection.execute(update(erasures).where(erasures.c.entry == entry).values(state="done"))


# --- one person ---------------------------------------------------------------------------------------------


def erase(connection: Connection, ledger: Ledger, asked: Asked) -> None:
    """Write the ledger's line, then erase the person in this transaction. Raises OSError for the ledger.

    Somebody who is gone already is no mistake: an erasure may have been cut off behind its commit.
    """
    person_id = asked.person_id
    row: Any = connection.execute(select(persons).where(persons.c.id == person_id)).first()
    if person_id is not None and row is not None:
        places = connection.execute(select(addresses).where(addresses.c.person_id == person_id)).all()
        known_as = [place.address for place in places]
        ledger.add(asked.entry, asked.asked_at, ledger.marks(person_id, row.member_id, known_as))
        _remove_published(connection, person_id)
        _wipe_queues(connection, places)
        _pseudonymise(connection, f"erased {asked.entry[:8]}", _traces(row, places))
        for table, column in reversed(list(holdings.belonging())):
            connection.execute(delete(table).where(column == person_id))
        connection.execute(delete(persons).where(persons.c.id == person_id))
    connection.execute(
        update(erasures).where(erasures.c.entry == asked.entry).values(state="erased", person_id=None)
    )


def _traces(row: Any, places: Sequence[Any]) -> list[str]:
    """What may name the person in a sentence that somebody wrote."""
    found = [f"#{row.id}", row.member_id or "", row.name if len(row.name) >= SHORTEST_NAME else ""]
    found += [place.address for place in places] + [place.chat for place in places]
    return sorted({one for one in found if one}, key=len, reverse=True)


def _wipe_queues(connection: Connection, places: Sequence[Any]) -> None:
    """Updates as they came, messages on their way, and the pace of their chats.

    A number is left of each update, so that the same one again still finds its place taken.
    """
    for place in places:
        own = place.address.rpartition(":")[2]
        chats = {place.chat, own}
        here = (inbox.c.platform == place.platform, inbox.c.chat.in_(chats))
        connection.execute(
            update(inbox)
            .where(*here)
            .values(
                body=None,
                chat="",
                state="done",
                error=None,
                external_id=literal("erased:") + cast(inbox.c.id, String),
            )
        )
        connection.execute(
            delete(outbox).where(outbox.c.platform == place.platform, outbox.c.chat.in_(chats))
        )
        pace = [f"{place.platform}:{place.account}/{chat}" for chat in chats]
        connection.execute(delete(rate_buckets).where(rate_buckets.c.key.in_(pace)))


def _pseudonymise(connection: Connection, pseudonym: str, traces: Sequence[str]) -> None:
    """Who did what stays known, but not about whom; an alert about them is over."""
    for table, columns in ((audit, ("actor", "subject", "reason")), (alerts, ("subject", "message"))):
        for row in connection.execute(select(table)).mappings().all():
            changed = {name: _without(row[name], pseudonym, traces) for name in columns}
            if all(changed[name] == row[name] for name in columns):
                continue
            if table is alerts:
                connection.execute(delete(alerts).where(alerts.c.id == row["id"]))
            else:
                connection.execute(update(audit).where(audit.c.id == row["id"]).values(**changed))


def _without(text: str, pseudonym: str, traces: Sequence[str]) -> str:
    for trace in traces:
        text = text.replace(trace, pseudonym)
    return text


def _remove_published(connection: Connection, person_id: int) -> None:
    """Files that we wrote since the person first said something hold their words; they are made again."""
    first = connection.execute(
        select(func.min(sessions.c.created_at)).where(sessions.c.person_id == person_id)
    ).scalar()
    if first is None:
        return
    for row in connection.execute(select(published).where(published.c.at >= first)).all():
        Path(row.path).unlink(missing_ok=True)
        connection.execute(delete(published).where(published.c.path == row.path))


def removed_files(connection: Connection, person_id: int) -> list[str]:
    """The files that an erasure of this person takes away."""
    first = select(func.min(sessions.c.created_at)).where(sessions.c.person_id == person_id).scalar_subquery()
    return list(connection.execute(select(published.c.path).where(published.c.at >= first)).scalars())


# --- the last word ------------------------------------------------------------------------------------------


def said_goodbye(connection: Connection, entry: str) -> bool:
    """Whether the last message to the person is out, or will never be; then no trace of it is kept."""
    row = connection.execute(
        select(outbox.c.id, outbox.c.state, outbox.c.platform, outbox.c.account, outbox.c.chat).where(
            outbox.c.dedup_key == GOODBYE + entry
        )
    ).first()
    if row is None:
        return True
    if row.state in ("ready", "sending"):
        return False
    connection.execute(delete(outbox).where(outbox.c.id == row.id))
    pace = f"{row.platform}:{row.account}/{row.chat}"
    connection.execute(delete(rate_buckets).where(rate_buckets.c.key == pace))
    return True


def scrub(store: Store) -> bool:
    """Take what was erased out of the write-ahead log and the free pages. False: a reader stands in the way.

    Pages are overwritten as they are freed (``secure_delete``), so the log is all that is left. PostgreSQL
    keeps dead rows until they are vacuumed away.
    """
    if store.path is None:
        with store.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return True
    raw = store.read_engine.raw_connection()  # one that only reads may still empty the log
    try:
        busy: int = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        raw.close()
    return busy == 0


# --- after a restore ----------------------------------------------------------------------------------------


def unreplayed(connection: Connection, ledger: Ledger) -> list[Entry]:
    """Erasures that this database knows nothing of: it is older than they are. A new one has nobody in it."""
    known = set(connection.execute(select(erasures.c.entry)).scalars())
    missing = [entry for entry in ledger.entries() if entry.entry not in known]
    anybody = select(persons.c.id).where(persons.c.id > 0).limit(1)
    if missing and connection.execute(anybody).first() is None:
        return []
    return missing


def unwritten(connection: Connection, ledger: Ledger) -> int:
    """How many erasures of this database the ledger does not know: it was lost, or put back from a copy."""
    written = {entry.entry for entry in ledger.entries()}
    done = connection.execute(select(erasures.c.entry).where(erasures.c.state != "asked")).scalars()
    return sum(1 for entry in done if entry not in written)


def replay(connection: Connection, ledger: Ledger) -> int:
    """Erase again whoever was erased after this database was copied. Returns how many people that were."""
    missing = unreplayed(connection, ledger)
    wanted = {mark: entry for entry in missing for mark in entry.marks}
    hit = dict(_recognised(connection, ledger, wanted)) if wanted else {}
    for entry in missing:
        connection.execute(insert(erasures).values(entry=entry.entry, asked_at=entry.at, state="erased"))
    for person_id, entry in hit.items():
        erase(connection, ledger, Asked(entry.entry, person_id, entry.at, "asked"))
    return len(hit)


def _recognised(
    connection: Connection, ledger: Ledger, wanted: dict[str, Entry]
) -> Iterator[tuple[int, Entry]]:
    """People whose mark is wanted, and who were there before they were erased: who came back later stays."""
    people = connection.execute(
        select(persons.c.id, persons.c.member_id, persons.c.created_at, addresses.c.address)
        .outerjoin(addresses, addresses.c.person_id == persons.c.id)
        .where(or_(addresses.c.address.is_(None), addresses.c.address != ""))
    )
    for row in people:
        places = [row.address] if row.address else []
        for mark in ledger.marks(row.id, row.member_id, places):
            if mark in wanted and row.created_at <= wanted[mark].at:
                yield row.id, wanted[mark]
