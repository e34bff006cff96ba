"""Backups: a complete encrypted copy taken while the bot runs, and putting one back.

A copy of the live file would miss what is still in the write-ahead log; SQLite's backup API does not. The
copy is encrypted with the same key, which is never written beside it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.errors import Problem, UserError
from storage import engine, erasing, migrate, trouble
from storage.erased import Ledger, ledger
from storage.restoring import Doubted

T = TypeVar("T")

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
        _copy(database, partial, key)
        _checked(partial, key)
        partial.rename(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise UserError(f"The backup cannot be written to {target}: {error.strerror}.") from None
    finally:
        _remove(partial)
    return target.stat().st_size


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that is in its place."""

    old: Path | None
    """Where the database that was there is kept."""
    doubted: Doubted | None
    """What counts as sent, because it may have been since; None where nothing was doubted."""
    erased: int
    """People who were in it and had asked to be forgotten since."""


def restore(
    source: Path, database: Path, key_file: Path, doubt: Callable[[Connection], Doubted] | None = None
) -> Restored:
    """Put a backup in the database's place; the one that was there is kept beside it.

    Whoever was erased since it was made is erased again; ``doubt`` changes what else it cannot know. The
    caller holds the lock, so that no bot is running. Raises UserError for a file that is damaged, was made
    with another key, or by a newer program; then nothing has changed.
    """
    if not source.exists():
        raise UserError(f"There is no file {source}.")
    if database.exists() and source.samefile(database):
        raise UserError(f"{source} is the database itself, not a backup of it.")
    key = engine.read_key(key_file)
    _checked(source, key)
    incoming = database.with_name(database.name + ".incoming")
    try:
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create_private(incoming)
        _copy(source, incoming, key)
        _checked(incoming, key)
        erased, doubted = _changed(incoming, key, partial(_caught_up, ledger(key_file), doubt))
        old = _keep(database, key)
        incoming.replace(database)
        _flush_folder(database.parent)
    except OSError as error:
        raise UserError(f"The backup cannot be put in place: {error.strerror}.") from None
    finally:
        _remove(incoming)
    return Restored(old, doubted, erased)


def _caught_up(
    ledger: Ledger, doubt: Callable[[Connection], Doubted] | None, connection: Connection
) -> tuple[int, Doubted | None]:
    """What the backup cannot know: who has been erased since, and who may have been asked."""
    return erasing.replay(connection, ledger), doubt(connection) if doubt is not None else None


def _copy(source: Path, target: Path, key: str) -> None:
    """Everything that is committed at this moment, however much is written meanwhile."""
    with _connection(source, key) as original, _connection(target, key) as copy:
        # one read transaction over all steps: else SQLite begins anew after every commit of somebody else
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(copy, pages=PAGES)
        original.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")


def _changed(path: Path, key: str, change: Callable[[Connection], T]) -> T:
    """Bring a closed file's tables up to date and change it, all in it when this returns."""
    write, read = engine.sqlite_engines(path, key)
    try:
        migrate.upgrade(write)
        with write.begin() as connection:
            return change(connection)
    except DBAPIError as error:
        raise trouble.told(error, str(path)) from None
    finally:
        write.dispose()
        read.dispose()


def _flush_folder(folder: Path) -> None:
    """A new name in a folder outlives a power cut only once the folder itself is flushed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create_private(path: Path) -> None:
    _remove(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _remove(path: Path) -> None:
    for name in (path.name, *(path.name + side for side in _SIDE_FILES)):
        with suppress(OSError):
            path.with_name(name).unlink()


def _keep(database: Path, key: str) -> Path | None:
    """Give the present database a second name, under which it stays; None where there is none.

    Until the new one takes over its first name in a single step, it is there under both.
    """
    if not database.exists():
        return None
    _take_in_log(database, key)
    number = 1
    while (old := database.with_name(f"{database.name}.before-restore-{number}")).exists():
        number += 1
    for side in _SIDE_FILES:
        beside = database.with_name(database.name + side)
        if beside.exists():
            beside.rename(old.with_name(old.name + side))
    try:
        old.hardlink_to(database)
    except OSError:  # some file systems know no second names
        database.rename(old)
    return old


def _take_in_log(database: Path, key: str) -> None:
    """What is still in the write-ahead log goes into the file itself, if it can be opened at all."""
    with suppress(UserError), _connection(database, key) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


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
        # first, as this alone tells a wrong key from changed pages
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if connection.execute("PRAGMA cipher_integrity_check").fetchall():
            raise UserError(f"{path} is damaged: some of its pages have been changed. Use another backup.")
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise UserError(f"{path} is damaged. Use another backup.")
        if "alembic_version" not in tables:
            raise UserError(f"{path} is no Kuulolla database.")
        versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        if len(versions) != 1:
            raise UserError(f"{path} is no Kuulolla database.")
    version = versions[0][0]
    if version > migrate.HEAD:
        raise UserError(
            Problem(
                message=f"{path} was made by a newer Kuulolla "
                f"(its tables are version {version}, ours {migrate.HEAD}).",
                advice="Install that version first.",
            )
        )
