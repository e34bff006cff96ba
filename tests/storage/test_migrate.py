"""Tables are brought up to date, forward only, and the scripts make exactly what the code describes."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from bot.errors import UserError
from storage import engine, migrate
from storage.tables import metadata
from tests.postgres import PostgresServer
from tests.storage.fixtures import BOTH

ROOT = Path(__file__).resolve().parents[2]
NewEngine = Callable[[str], Engine]


@pytest.fixture(params=BOTH)
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewEngine]:
    """Makes empty databases of one kind, by name."""
    made: list[Engine] = []
    server: PostgresServer | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
    else:
        engine.create_key(tmp_path / "key")

    def make(name: str) -> Engine:
        if server is not None:
            server.execute(f"CREATE DATABASE migrate_{name} TEMPLATE template0")
            pair = engine.postgres_engines(server.url(f"migrate_{name}"))
        else:
            pair = engine.sqlite_engines(tmp_path / name, engine.read_key(tmp_path / "key"))
        made.extend(pair)
        return pair[0]

    yield make
    for one in made:
        one.dispose()
    if server is not None:
        for name in ("scripts", "code"):
            server.execute(f"DROP DATABASE IF EXISTS migrate_{name} WITH (FORCE)")


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that a database tells about its tables."""
    found = inspect(connection)
    shapes: dict[str, Any] = {}
    for table in sorted(set(found.get_table_names()) - {"alembic_version"}):
        columns = [
            (one["name"], str(one["type"]), one["nullable"], str(one["default"]), one.get("comment"))
            for one in found.get_columns(table)
        ]
        shapes[table] = {
            "columns": columns,
            "key": found.get_pk_constraint(table),
            "references": sorted(map(str, found.get_foreign_keys(table))),
            "unique": sorted(map(str, found.get_unique_constraints(table))),
            "indexes": sorted(
                str({**one, "dialect_options": _options(one)}) for one in found.get_indexes(table)
            ),
        }
    return shapes


def _options(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in (index.get("dialect_options") or {}).items()}


def test_the_scripts_end_where_the_code_says() -> None:
    """One line of versions, and its end is known without importing Alembic."""
    scripts = ScriptDirectory(str(migrate._SCRIPTS))
    assert scripts.get_heads() == [migrate.HEAD]


def test_the_scripts_make_the_tables_that_the_code_describes(new_engine: NewEngine) -> None:
    """Columns, types, defaults, keys, references, indexes and their conditions, and comments."""
    by_scripts, by_code = new_engine("scripts"), new_engine("code")
    migrate.upgrade(by_scripts)
    with by_code.begin() as connection:
        metadata.create_all(connection)
    with by_scripts.connect() as one, by_code.connect() as two:
        assert shape(one) == shape(two)
        if one.dialect.name == "sqlite":
            assert _counted_by_name(one) == _counted_by_name(two)


def _counted_by_name(connection: Connection) -> list[str]:
    """Tables whose row numbers are never used again."""
    query = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name"
    return list(connection.execute(text(query)).scalars())


def test_alembic_finds_no_difference_either(new_engine: NewEngine) -> None:
    """Its own comparison, with types."""
    made = new_engine("scripts")
    migrate.upgrade(made)
    with made.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_has_no_version(new_engine: NewEngine) -> None:
    """And gets ours."""
    made = new_engine("scripts")
    assert migrate.current(made) is None
    migrate.upgrade(made)
    assert migrate.current(made) == migrate.HEAD


def test_what_is_up_to_date_stays_as_it_is(new_engine: NewEngine) -> None:
    """A second upgrade writes nothing."""
    made = new_engine("scripts")
    migrate.upgrade(made)
    with made.begin() as connection:
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('a', '1')"))
    migrate.upgrade(made)
    with made.connect() as connection:
        assert connection.execute(text("SELECT value FROM meta")).scalar_one() == "1"


def test_a_newer_database_is_refused_and_not_touched(new_engine: NewEngine) -> None:
    """With what to do; its version stays."""
    made = new_engine("scripts")
    migrate.upgrade(made)
    with made.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match="made by a newer Kuulolla") as refused:
        migrate.upgrade(made)
    assert "Install that version" in str(refused.value)
    assert migrate.current(made) == "9999"


def _open_at_once(call: str, *arguments: object) -> list[str]:
    """Run the same call in two processes; what those that failed said."""
    program = f"import sys; from pathlib import Path; from storage.store import *; {call}.close()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    ends = [(one.communicate(timeout=60)[1], one.returncode) for one in processes]
    return [said for said, code in ends if code]


def test_several_processes_may_open_an_empty_postgres_at_once(postgres_db: str) -> None:
    """One makes the tables, the others wait for it."""
    assert _open_at_once("open_postgres(sys.argv[1])", postgres_db) == []


def test_several_programs_may_open_an_empty_file_at_once(tmp_path: Path, key_file: Path) -> None:
    """One makes the tables, the others wait for it."""
    path = tmp_path / "new.db"
    assert _open_at_once("open_sqlite(Path(sys.argv[1]), Path(sys.argv[2]))", path, key_file) == []


def test_a_percent_sign_in_the_programs_path_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_engine: NewEngine
) -> None:
    """Alembic's configuration would take it for something of its own."""
    there = tmp_path / "100%(x)s" / "migrations"
    shutil.copytree(migrate._SCRIPTS, there)
    monkeypatch.setattr(migrate, "_SCRIPTS", there)
    made = new_engine("scripts")
    migrate.upgrade(made)
    assert migrate.current(made) == migrate.HEAD
