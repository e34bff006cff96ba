"""Killed with SIGKILL at any statement or moment: nothing acknowledged is lost, nothing is half done."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage import migrate
from storage.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
EVERY = 9
"""Statements between two kills of a migration."""
ROUNDS = 3


def kill(what: str, place: str | Path, key: str | Path, number: int) -> dict[str, Any]:
    """Let another process do the killing; what it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.killing", what, str(place), str(key), str(number)],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _nothing_half_done(found: dict[str, Any]) -> None:
    assert found["kills"] > 2
    assert found["left"] == [[None, 0]] * found["kills"]
    assert found["after"] == [migrate.HEAD, len(metadata.tables)]


def test_a_killed_migration_of_sqlite_leaves_nothing_and_can_be_done_again(
    tmp_path: Path, key_file: Path
) -> None:
    """All or nothing, at whatever statement."""
    _nothing_half_done(kill("migration", tmp_path / "x.db", key_file, EVERY))


def test_a_killed_migration_of_postgres_leaves_nothing_and_can_be_done_again(postgres_db: str) -> None:
    """All or nothing, at whatever statement."""
    _nothing_half_done(kill("migration", postgres_db, "", 3 * EVERY))


def _nothing_lost(found: dict[str, Any]) -> None:
    assert found["kills"] == ROUNDS
    assert found["acknowledged"] > 200 * ROUNDS
    assert (found["missing"], found["rows"] >= found["acknowledged"]) == (0, True)


def test_a_killed_writer_of_sqlite_has_lost_nothing_that_it_acknowledged(
    database: Path, key_file: Path
) -> None:
    """Again and again on the same file, with many waiting for each commit."""
    _nothing_lost(kill("writes", database, key_file, ROUNDS))


@pytest.mark.usefixtures("postgres_url")
def test_a_killed_writer_of_postgres_has_lost_nothing_that_it_acknowledged(postgres_url: str) -> None:
    """The same on the server."""
    _nothing_lost(kill("writes", postgres_url, "", ROUNDS))
