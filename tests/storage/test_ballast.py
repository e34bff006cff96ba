"""Room that is kept for the moment the disk is full, and thrown off in that moment."""

import os
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from storage import ballast, meta
from storage.ballast import MEGABYTE
from storage.store import Store, open_sqlite
from storage.trouble import StorageFull


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a database would be."""
    return tmp_path / "data" / "kuulolla.db"


def test_the_ballast_takes_up_real_room(database: Path) -> None:
    """Blocks on the disk, not a hole in a file; for its owner alone."""
    assert ballast.ensure(database, 2)
    found = ballast.place(database).stat()
    assert (found.st_size, found.st_blocks * 512 >= 2 * MEGABYTE, stat.S_IMODE(found.st_mode)) == (
        2 * MEGABYTE, True, 0o600,
    )  # fmt: skip


def test_the_ballast_is_laid_in_once_and_grows(database: Path) -> None:
    """A larger one is laid in where the configuration asks for it."""
    for megabytes, size in ((1, 1), (1, 1), (2, 2), (1, 2)):
        assert ballast.ensure(database, megabytes)
        assert ballast.place(database).stat().st_size == size * MEGABYTE


def test_no_ballast_is_wanted(database: Path) -> None:
    """Zero megabytes lay in nothing."""
    assert not ballast.ensure(database, 0)
    assert not database.parent.exists()


def test_a_disk_that_is_nearly_full_gets_none(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ballast must not itself be what fills the disk."""
    for free, laid in ((4 * MEGABYTE - 1, False), (4 * MEGABYTE, True)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert ballast.ensure(database, 1) is laid


def test_a_ballast_that_cannot_be_laid_in_leaves_nothing(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills meanwhile, a folder that is none: no exception, no half file."""

    def fills(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", fills)
    assert not ballast.ensure(database, 1)
    assert not ballast.place(database).exists()
    database.parent.rmdir()
    database.parent.touch()
    assert not ballast.ensure(database, 1)


def test_the_ballast_is_thrown_off_once(database: Path) -> None:
    """The second time there is nothing left."""
    ballast.ensure(database, 1)
    assert [ballast.throw_off(database), ballast.throw_off(database)] == [True, False]


def test_a_full_disk_throws_off_the_ballast(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is done again with the new room, and its caller has noticed nothing; next time it is told."""
    path = sqlite_store.path
    assert path is not None
    ballast.ensure(path, 1)
    _limit(sqlite_store, spare=0)

    def gives_room() -> bool:
        if not ballast.throw_off(path):
            return False
        _limit(sqlite_store, spare=50)
        return True

    monkeypatch.setattr(sqlite_store.writer, "_make_room", gives_room)
    sqlite_store.write(lambda c: meta.put(c, "answer", "x" * 100_000))
    assert not ballast.place(path).exists()
    with pytest.raises(StorageFull):
        sqlite_store.write(lambda c: meta.put(c, "more", "x" * 1_000_000))
    with sqlite_store.read() as connection:
        assert (meta.get(connection, "answer"), meta.get(connection, "more")) == ("x" * 100_000, None)


def _limit(store: Store, spare: int) -> None:
    """The file may grow by so many pages."""
    raw = store.write_engine.raw_connection()
    cursor = raw.cursor()
    pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    cursor.execute(f"PRAGMA max_page_count = {pages + spare}")
    raw.close()


def test_a_database_knows_its_own_ballast(sqlite_store: Store) -> None:
    """Opening a file is enough: its writer throws off what lies beside it."""
    assert sqlite_store.path is not None
    ballast.ensure(sqlite_store.path, 1)
    _limit(sqlite_store, spare=0)
    with pytest.raises(StorageFull):
        sqlite_store.write(lambda c: meta.put(c, "answer", "x" * 100_000))
    assert not ballast.place(sqlite_store.path).exists()


def test_a_full_disk_on_opening_is_told(
    database: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not even the tables can be made."""
    from storage import engine

    real = engine.sqlite_engines

    def small(path: Path, key: str, epochs: Path | None = None) -> object:
        write, read = real(path, key, epochs)
        with write.connect() as connection:
            connection.execute(text("PRAGMA max_page_count = 10"))
        return write, read

    monkeypatch.setattr(engine, "sqlite_engines", small)
    with pytest.raises(StorageFull, match="is full"):
        open_sqlite(database, key_file)
