"""Processes killed while they work on a database: ``python -m tests.storage.killing WHAT PLACE KEY NUMBER``.

It forks children, kills them with SIGKILL (they themselves at a chosen statement, or it at a chosen moment),
looks at what they left, and prints one JSON line. It runs alone, as forking a process with threads is unsafe.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import wait
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, func, inspect, select

from storage import engine, meta, migrate
from storage.store import Store, open_postgres, open_sqlite
from storage.tables import meta as rows
from storage.tables import metadata


def _engines(place: str, key: str) -> tuple[Engine, Engine]:
    if place.startswith("postgresql"):
        return engine.postgres_engines(place)
    return engine.sqlite_engines(Path(place), engine.read_key(Path(key)))


def _store(place: str, key: str) -> Store:
    return open_postgres(place) if place.startswith("postgresql") else open_sqlite(Path(place), Path(key))


def _forked(work: Callable[[], None]) -> int:
    """Run in a child that never comes back; returns its process id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def _killed(child: int) -> bool:
    """Wait for a child; whether SIGKILL was its end."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


# --- a migration that is killed at its n-th statement -----------------------------------------------------


def migration(place: str, key: str, every: int) -> dict[str, Any]:
    """Kill at the first statement, then at every so many-th; what is left each time, and after a last run."""
    import_module("alembic.command")  # here once, instead of in every child
    left: list[list[Any]] = []
    step, more = 1, True
    while more:
        more = _killed(_forked(lambda step=step: _migrate_until(place, key, step)))  # type: ignore[misc]
        if more:
            left.append(list(_look(place, key)))
        step += every
    return {"kills": len(left), "left": left, "after": list(_look(place, key))}


def _migrate_until(place: str, key: str, step: int) -> None:
    write, _ = _engines(place, key)
    seen: list[int] = []

    def count(*_: object) -> None:
        seen.append(1)
        if len(seen) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(write, "before_cursor_execute", count)
    migrate.upgrade(write)


def _look(place: str, key: str) -> tuple[str | None, int]:
    """Version, and how many of our tables there are."""
    write, read = _engines(place, key)
    try:
        with write.connect() as connection:
            names = set(inspect(connection).get_table_names()) & set(metadata.tables)
            return migrate.version(connection), len(names)
    finally:
        write.dispose()
        read.dispose()


# --- a writer that is killed while many wait for its commits ----------------------------------------------


def writes(place: str, key: str, rounds: int) -> dict[str, Any]:
    """Kill a writer again and again; acknowledged rows, rows of them that are missing, and rows in all."""
    acknowledged: set[str] = set()
    kills = 0
    for number in range(rounds):
        reading, writing = os.pipe()
        child = _forked(lambda number=number, out=writing: _write_for_ever(place, key, number, out))  # type: ignore[misc]
        os.close(writing)
        with os.fdopen(reading) as lines:
            for _ in range(200 + 37 * number):
                acknowledged.add(lines.readline().strip())
            os.kill(child, signal.SIGKILL)
            acknowledged |= {line.strip() for line in lines if line.endswith("\n")}
        kills += _killed(child)
    with _store(place, key) as store, store.read() as connection:
        stored = set(connection.execute(select(rows.c.key)).scalars())
        count = connection.execute(select(func.count()).select_from(rows)).scalar_one()
    return {
        "kills": kills,
        "acknowledged": len(acknowledged),
        "missing": len(acknowledged - stored),
        "rows": count,
    }


def _write_for_ever(place: str, key: str, number: int, out: int) -> None:
    """Hand in groups of jobs, and tell each row as soon as its future is done."""
    store, turn = _store(place, key), 0

    def job(name: str) -> Callable[[Connection], None]:
        return lambda connection: meta.put(connection, name, "x" * 500)

    while True:
        names = [f"{number}:{turn}:{n}" for n in range(20)]
        futures = [store.submit(job(name)) for name in names]
        wait(futures)
        for future in futures:
            future.result()
        os.write(out, "".join(f"{name}\n" for name in names).encode())
        turn += 1


if __name__ == "__main__":
    what = {"migration": migration, "writes": writes}[sys.argv[1]]
    sys.stdout.write(json.dumps(what(sys.argv[2], sys.argv[3], int(sys.argv[4]))) + "\n")
