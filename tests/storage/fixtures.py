"""Open databases for any test: ``store`` is one of each kind; `tests/conftest.py` loads this.

Migrating is slow, so it is done once for each kind. A test that asks for ``store`` gets a database that is
empty; one that asks for ``connection`` gets a transaction that is undone at its end. The storage itself is
imported when first asked for, so that a run of pure tests does not pay for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.store import Store
    from tests.postgres import PostgresServer

BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file; ``kuulolla.key`` lies in the folder ``keys`` beside it."""
    from storage.engine import create_key
    from storage.store import open_sqlite

    folder = tmp_path_factory.mktemp("migrated")
    create_key(folder / "keys" / "kuulolla.key")
    open_sqlite(folder / "kuulolla.db", folder / "keys" / "kuulolla.key").close()
    return folder / "kuulolla.db"


@pytest.fixture(scope="session")
def migrated_url(postgres_server: PostgresServer) -> str:
    """The address of a migrated PostgreSQL database that the tests of this folder share."""
    from storage.store import open_postgres

    postgres_server.execute("CREATE DATABASE migrated TEMPLATE template0")
    open_postgres(postgres_server.url("migrated")).close()
    return postgres_server.url("migrated")


@pytest.fixture
def key_file(migrated_file: Path, tmp_path: Path) -> Path:
    """A key file in a folder of its own."""
    (tmp_path / "keys").mkdir()
    return Path(shutil.copy2(migrated_file.parent / "keys" / "kuulolla.key", tmp_path / "keys"))


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Path:
    """A migrated SQLite file, closed; ``key_file`` opens it."""
    (tmp_path / "data").mkdir()
    return Path(shutil.copy2(migrated_file, tmp_path / "data"))


@pytest.fixture
def sqlite_store(database: Path, key_file: Path) -> Iterator[Store]:
    """An open SQLite database, empty."""
    from storage.store import open_sqlite

    with open_sqlite(database, key_file) as store:
        yield store


@pytest.fixture
def postgres_url(migrated_url: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database, empty; it is emptied again afterwards."""
    from sqlalchemy import text

    from storage.store import open_postgres
    from storage.tables import metadata

    yield migrated_url
    with open_postgres(migrated_url) as store, store.write_engine.begin() as connection:
        names = ", ".join(metadata.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """An open PostgreSQL database, empty."""
    from storage.store import open_postgres

    with open_postgres(postgres_url) as store:
        yield store


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    """An open database of each kind."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture(scope="session")
def standing_sqlite(migrated_file: Path) -> Iterator[Store]:
    """An open SQLite database for transactions that are undone."""
    from storage.store import open_sqlite

    with open_sqlite(migrated_file, migrated_file.parent / "keys" / "kuulolla.key") as store:
        yield store


@pytest.fixture(scope="session")
def standing_postgres(migrated_url: str) -> Iterator[Store]:
    """An open PostgreSQL database for transactions that are undone."""
    from storage.store import open_postgres

    with open_postgres(migrated_url) as store:
        yield store


@pytest.fixture(params=BOTH)
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A writing transaction on a database of each kind; what it wrote is undone at its end."""
    store: Store = request.getfixturevalue(f"standing_{request.param}")
    with store.write_engine.connect() as opened, opened.begin() as transaction:
        yield opened
        transaction.rollback()
