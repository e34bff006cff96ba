"""Looking at a database without changing it: is it whole, of which version, and what in it needs a person.

Opens no writing transaction and migrates nothing, so that it may look at what cannot be used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from storage import alerts, engine, outbox, trouble
from storage.tables import inbox, metadata


@contextmanager
def sqlite(path: Path, key_file: Path) -> Iterator[Connection]:
    """An existing encrypted file, for reading. Raises UserError, StorageTrouble among them."""
    write, read = engine.sqlite_engines(path, engine.read_key(key_file))
    write.dispose()
    with _opened(read, str(path)) as connection:
        yield connection


@contextmanager
def postgres(url: str) -> Iterator[Connection]:
    """A PostgreSQL database, for reading. Raises UserError, StorageTrouble among them."""
    with _opened(engine.postgres_engines(url)[1], engine.POSTGRES) as connection:
        yield connection


@contextmanager
def _opened(found: Engine, place: str) -> Iterator[Connection]:
    try:
        with found.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise trouble.told(error, place) from None
    finally:
        found.dispose()


@contextmanager
def nobody() -> Iterator[Connection]:
    """An empty database in memory, for looking ahead where there is none yet."""
    from sqlcipher3 import dbapi2

    made = create_engine("sqlite://", module=dbapi2, poolclass=StaticPool)
    with _opened(made, "memory") as connection:
        metadata.create_all(connection)
        yield connection


def damage(connection: Connection) -> str:
    """What SQLite finds wrong after reading every page, in its words; empty where the file is whole."""
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    return "" if found == "ok" else str(found)


def server(connection: Connection) -> tuple[str, datetime]:
    """PostgreSQL's version, and its clock."""
    row = connection.execute(text("SELECT current_setting('server_version'), clock_timestamp()")).one()
    return str(row[0]), row[1]


def missing_tables(connection: Connection) -> list[str]:
    """Tables that should be there and are not."""
    return sorted(set(metadata.tables) - set(inspect(connection).get_table_names()))


class Needs(NamedTuple):
    """What needs a person's eye."""

    doubtful: list[Any]
    """Messages of which nobody knows whether they arrived, newest first."""
    dead: int
    """Messages of members that could not be understood by the program."""
    waiting: int
    """Messages of members that have not had their effect yet."""
    alerts: list[Any]
    """Open alerts, newest first."""


def needs(connection: Connection) -> Needs:
    """Everything that a running bot has left for a person."""
    states = {
        row[0]: row[1]
        for row in connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))
    }
    return Needs(
        doubtful=outbox.doubtful(connection),
        dead=states.get("dead", 0),
        waiting=states.get("new", 0),
        alerts=alerts.open_alerts(connection),
    )
