"""Rigs for the service's tests: ``rig`` on SQLite, ``each_rig`` on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.config.model import Config
from storage.engine import create_key
from storage.store import Store, open_postgres, open_sqlite
from storage.tables import metadata
from tests.postgres import PostgresServer
from tests.service.association import configured
from tests.service.rig import NOON, Rig

BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
MakeRig = Callable[..., Rig]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with nothing in it, and its key beside it."""
    folder = tmp_path_factory.mktemp("empty")
    create_key(folder / "key")
    open_sqlite(folder / "kuulolla.db", folder / "key").close()
    return folder / "kuulolla.db"


@pytest.fixture
def sqlite_store(empty_file: Path, tmp_path: Path) -> Iterator[Store]:
    """An open SQLite database, empty."""
    key = Path(shutil.copy2(empty_file.parent / "key", tmp_path / "key"))
    with open_sqlite(Path(shutil.copy2(empty_file, tmp_path / "kuulolla.db")), key) as store:
        yield store


@pytest.fixture(scope="session")
def service_url(postgres_server: PostgresServer) -> str:
    """A migrated PostgreSQL database that the tests of this folder share."""
    postgres_server.execute("CREATE DATABASE service TEMPLATE template0")
    open_postgres(postgres_server.url("service")).close()
    return postgres_server.url("service")


@pytest.fixture
def postgres_store(service_url: str, tmp_path: Path) -> Iterator[Store]:
    """An open PostgreSQL database, emptied afterwards."""
    with open_postgres(service_url, tmp_path / "epochs") as store:
        yield store
        with store.write_engine.begin() as connection:
            names = ", ".join(metadata.tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


@pytest.fixture
def make_rig(request: pytest.FixtureRequest) -> MakeRig:
    """Make the test's rig with a configuration and a beginning of its own."""

    def make(config: Config | None = None, *, now: datetime = NOON, kind: str = "sqlite") -> Rig:
        return Rig(request.getfixturevalue(f"{kind}_store"), config or configured(), now)

    return make


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """The association with all its surveys, on SQLite."""
    return make_rig()


@pytest.fixture(params=BOTH)
def each_rig(request: pytest.FixtureRequest, make_rig: MakeRig) -> Rig:
    """The same, on each kind of database."""
    return make_rig(kind=request.param)
