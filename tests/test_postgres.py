"""The private PostgreSQL: it serves, keeps databases apart, and goes without a trace."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.postgres import PostgresServer, running_postgres

pytestmark = pytest.mark.postgres

HOLD_A_SERVER = """
import sys
from tests.postgres import running_postgres
with running_postgres() as server:
    print(server.folder, flush=True)
    sys.stdin.read()
"""


def _query(server: PostgresServer, statement: str) -> object:
    with psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres") as connection:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]


def _processes_naming(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or [])
    ]


def _alive_after(processes: list[psutil.Process], seconds: int) -> list[psutil.Process]:
    """Wait for processes to end; one that ended but was never fetched by its parent counts as ended."""
    for _ in range(seconds * 10):
        _, processes = psutil.wait_procs(processes, timeout=0.1)
        processes = [process for process in processes if process.status() != psutil.STATUS_ZOMBIE]
        if not processes:
            break
    return processes


def test_a_server_answers(postgres_server: PostgresServer) -> None:
    """The private server answers a query."""
    assert _query(postgres_server, "SELECT 1 + 1") == 2


def test_a_fresh_database_is_empty(postgres_db: str) -> None:
    """A test's own database holds no table of anybody else."""
    address = postgres_db.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE mine (id int)")
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert names == [("mine",)]


def test_the_server_leaves_no_trace() -> None:
    """After use neither the server's folder nor any of its processes is left."""
    with running_postgres() as server:
        assert _processes_naming(server.folder) != []
    assert (server.folder.exists(), _processes_naming(server.folder)) == (False, [])


def test_a_killed_test_run_leaves_no_server() -> None:
    """When the test process is killed outright, its server stops and its folder goes."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        started = _processes_naming(folder)
        os.kill(holder.pid, signal.SIGKILL)
    assert (started != [], _alive_after(started, seconds=30), folder.exists()) == (True, [], False)
