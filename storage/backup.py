"""Backups: a complete encrypted copy taken while the bot runs, and putting one back.

A copy of the live file would miss what is still in the write-ahead log; SQLite's backup API does not. The
copy is encrypted with the same key, which is never written beside it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bot.errors import Problem, UserError
from storage import engine, migrate, trouble

PAGES: Final = 1024
"""Pages copied in one step: 4 MB, after which writers may go on."""
_SIDE_FILES: Final = ("-wal", "-shm")


def backup(database: Path, key_file: Path, target: Path) -> int:
    """Copy the database into a new file, readable by its owner alone. Returns its size in bytes.

    Raises UserError when the target exists or cannot be written, and leaves no half copy behind.
    """
    if not database.exists():
        raise UserError(f"There is no database at {database} yet.")
    key = engine.read_key(key_file)
    if target.exists():
        raise UserError(f"{target} exists already; a backup is never overwritten.")
    partial = target.with_name(target.name + ".partial")
    try:
        _create_private(partial)
        with _connection(database, key) as source, _connection(partial, key) as copy:
            source.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode = DELETE")
        _checked(partial, key)
        partial.rename(target)
    except OSError as error:
        raise UserError(f"The backup cannot be written to {target}: {error.strerror}.") from None
    finally:
        _remove(partial)
    return target.stat().st_size


def restore(source: Path, database: Path, key_file: Path) -> Path | None:
    """Put a backup in the database's place; returns where the old database was moved to, if there was one.

    The caller holds the lock, so that no bot is running. Raises UserError for a file that is damaged, was
    made with another key, or by a newer program; then nothing has changed.
    """
    if not source.exists():
        raise UserError(f"There is no file {source}.")
    key = engine.read_key(key_file)
    _checked(source, key)
    incoming = database.with_name(database.name + ".incoming")
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _create_private(incoming)
        with _connection(source, key) as backup_file, _connection(incoming, key) as copy:
            backup_file.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode = DELETE")
        _checked(incoming, key)
        old = _set_aside(database)
        incoming.rename(database)
    except OSError as error:
        raise UserError(f"The backup cannot be put in place: {error.strerror}.") from None
    finally:
        _remove(incoming)
    return old


def _create_private(path: Path) -> None:
    _remove(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _remove(path: Path) -> None:
    for name in (path.name, *(path.name + side for side in _SIDE_FILES)):
        path.with_name(name).unlink(missing_ok=True)


def _set_aside(database: Path) -> Path | None:
    if not database.exists():
        return None
    number = 1
    while (old := database.with_name(f"{database.name}.before-restore-{number}")).exists():
        number += 1
    for side in _SIDE_FILES:
        beside = database.with_name(database.name + side)
        if beside.exists():
            beside.rename(old.with_name(old.name + side))
    database.rename(old)
    return old


@contextmanager
def _connection(path: Path, key: str) -> Iterator[Any]:
    from sqlcipher3 import dbapi2

    connection = engine.keyed_connection(path, key)
    try:
        yield connection
    except dbapi2.DatabaseError as error:
        raise UserError(trouble.explain(str(error), str(path))) from None
    finally:
        connection.close()


def _checked(path: Path, key: str) -> None:
    """Every page's own code is right, the tables hang together, and the program knows their version."""
    with _connection(path, key) as connection:
        if connection.execute("PRAGMA cipher_integrity_check").fetchall():
            raise UserError(f"{path} is damaged: some of its pages have been changed. Use another backup.")
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise UserError(f"{path} is damaged. Use another backup.")
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            raise UserError(f"{path} is no Kuulolla database.")
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    if version > migrate.HEAD:
        raise UserError(
            Problem(
                message=f"{path} was made by a newer Kuulolla "
                f"(its tables are version {version}, ours {migrate.HEAD}).",
                advice="Install that version first.",
            )
        )
