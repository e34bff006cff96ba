"""The open database: where to read, and the one way to write.

Only the service opens writing transactions; everybody else reads.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.errors import UserError
from storage import ballast, migrate, trouble
from storage import engine as engines
from storage.writer import Writer

T = TypeVar("T")


@dataclass(slots=True)
class Store:
    """One open database. Close it, or use it in a ``with`` block."""

    write_engine: Engine
    read_engine: Engine
    place: str
    """How the operator knows it: the file's path, or "PostgreSQL"."""
    path: Path | None
    """The SQLite file; None on PostgreSQL."""
    writer: Writer

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Queue a writing job; the future is done when it is committed.

        It holds StorageTrouble when the database cannot work; StorageFull on a full disk without ballast.
        """
        return self.writer.submit(job)

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run a writing job and wait for its commit. Raises what the job raises, or StorageTrouble."""
        return self.writer.submit(job).result()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database for as long as it is open.

        Raises StorageTrouble when the database cannot be read.
        """
        try:
            with self.read_engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise trouble.told(error, self.place) from error

    def close(self) -> None:
        """Finish what was submitted and let go of the database."""
        self.writer.close()
        self.write_engine.dispose()
        self.read_engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_sqlite(path: Path, key_file: Path) -> Store:
    """Open (or make) the encrypted file and bring its tables up to date. Raises UserError.

    On a full disk the writer throws off the ballast, if there is any.
    """
    key = engines.read_key(key_file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"The folder {path.parent} cannot be made: {error.strerror}.") from None
    _make_private(path)
    write, read = engines.sqlite_engines(path, key, epochs_of(key_file))
    return _open(write, read, str(path), path, partial(ballast.throw_off, path))


def _make_private(path: Path) -> None:
    """A new file is its owner's alone, whatever the umask; its side files follow it."""
    with suppress(OSError):  # it is there, or opening it will say why it cannot be
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def epochs_of(key_file: Path) -> Path:
    """Where the keys of anonymous answers are: beside the key, never beside the data."""
    return key_file.with_suffix(".epochs")


def open_postgres(url: str, epochs: Path | None = None) -> Store:
    """Open a PostgreSQL database and bring its tables up to date. Raises UserError."""
    write, read = engines.postgres_engines(url)
    engines.carry_epochs(epochs, write)
    return _open(write, read, engines.POSTGRES, None, _no_room)


def _no_room() -> bool:
    return False


def _open(write: Engine, read: Engine, place: str, path: Path | None, make_room: Callable[[], bool]) -> Store:
    try:
        engines.verify(write, place)
        migrate.upgrade(write)
    except (DBAPIError, UserError) as error:
        write.dispose()
        read.dispose()
        raise trouble.told(error, place) from None
    writer = Writer(write, place, make_room)
    return Store(write_engine=write, read_engine=read, place=place, path=path, writer=writer)
