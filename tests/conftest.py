"""Fixtures that every part of the suite shares: a clean environment, no way out to the network, PostgreSQL.

What only one folder needs stands in that folder's own conftest. A test that asks for PostgreSQL is marked
``postgres`` by itself, so that ``make test-fast`` can leave it out.
"""

import itertools
import os
import sys
from collections.abc import Iterator

import hypothesis
import pytest

from tests.postgres import PostgresServer, running_postgres

# Repeatable, and no deadlines: a shared machine is slow at times, and a test must not fail for that.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

pytest_plugins = ["tests.servers.fixtures", "tests.storage.fixtures"]

LOOPBACK = ("127.", "::1", "localhost")

_database_numbers = itertools.count(1)


def _refuse_the_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Fail a test that reaches for a machine other than this one."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
        raise RuntimeError(f"A test tried to reach {address[0]}; tests speak to loopback only.")


def pytest_configure() -> None:
    """Close the way out before any test runs."""
    sys.addaudithook(_refuse_the_outside)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for PostgreSQL."""
    for item in items:
        if {"postgres_server", "postgres_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's settings, secrets and proxies out of the tests."""
    for name in os.environ:
        if name.startswith(("KUULOLLA_", "TELEGRAM_", "SLACK_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One private PostgreSQL server per test process, started when first asked for."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_db(postgres_server: PostgresServer) -> Iterator[str]:
    """The ``postgresql+psycopg://`` URL of a fresh, empty database, dropped afterwards."""
    name = f"test_{next(_database_numbers)}"
    postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres_server.url(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
