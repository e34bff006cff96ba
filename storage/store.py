"""The open database: where to read, and the one way to write.

Only the service opens writing transactions; everybody else reads.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from storage import engine as engines
from storage import migrate
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
        """Queue a writing job; the future is done when it is committed."""
        return self.writer.submit(job)

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run a writing job and wait for its commit."""
        return self.writer.submit(job).result()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database for as long as it is open."""
        with self.read_engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Finish the writing that was submitted and close every connection."""
        self.writer.close()
        self.write_engine.dispose()
        self.read_engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_sqlite(path: Path, key_file: Path) -> Store:
    """Open (or make) the encrypted file and bring its tables up to date. Raises UserError."""
    key = engines.read_key(key_file)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write, read = engines.sqlite_engines(path, key)
    return _open(write, read, str(path), path)


def open_postgres(url: str) -> Store:
    """Open a PostgreSQL database and bring its tables up to date. Raises UserError."""
    write, read = engines.postgres_engines(url)
    return _open(write, read, engines.POSTGRES, None)


def _open(write: Engine, read: Engine, place: str, path: Path | None) -> Store:
    engines.verify(write, place)
    migrate.upgrade(write)
    return Store(write_engine=write, read_engine=read, place=place, path=path, writer=Writer(write))
