"""Open databases for the storage tests: each test that asks for ``store`` runs on SQLite and on PostgreSQL.

Migrating is slow, so it is done once for each kind; every test then gets a copy of that empty database.
"""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from storage.engine import create_key
from storage.store import Store, open_postgres, open_sqlite
from tests.postgres import PostgresServer

BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
TEMPLATE = "migrated"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file; ``kuulolla.key`` lies in the folder ``keys`` beside it."""
    folder = tmp_path_factory.mktemp("migrated")
    create_key(folder / "keys" / "kuulolla.key")
    open_sqlite(folder / "kuulolla.db", folder / "keys" / "kuulolla.key").close()
    return folder / "kuulolla.db"


@pytest.fixture(scope="session")
def migrated_server(postgres_server: PostgresServer) -> PostgresServer:
    """A PostgreSQL server with an empty, migrated database to copy from."""
    postgres_server.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    open_postgres(postgres_server.url(TEMPLATE)).close()
    return postgres_server


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
    """An open SQLite database."""
    with open_sqlite(database, key_file) as store:
        yield store


@pytest.fixture
def postgres_url(migrated_server: PostgresServer) -> Iterator[str]:
    """A migrated PostgreSQL database, dropped afterwards."""
    name = f"copy_{next(_numbers)}"
    migrated_server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield migrated_server.url(name)
    migrated_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """An open PostgreSQL database."""
    with open_postgres(postgres_url) as store:
        yield store


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    """An open database of each kind."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    """One open writing transaction on each kind of database; what it wrote is committed at the end."""
    with store.write_engine.begin() as opened:
        yield opened
