"""Copies that are whole, encrypted and checked; and putting one back without losing what was there."""

import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bot.errors import UserError
from storage import backup, engine, meta
from storage.backup import Restored
from storage.restoring import Doubted
from storage.store import Store, open_sqlite
from storage.tables import meta as rows


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a backup goes."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "monday.db"


@pytest.fixture
def filled(sqlite_store: Store) -> Store:
    """A database with a thousand rows, open."""
    for number in range(10):
        sqlite_store.write(_hundred(number * 100))
    return sqlite_store


def _hundred(first: int) -> Any:
    def job(connection: Any) -> None:
        for number in range(first, first + 100):
            meta.put(connection, f"{number:06}", "Kahvikuppi" * 20)

    return job


def keys(path: Path, key_file: Path) -> list[str]:
    """What is in a database."""
    with open_sqlite(path, key_file) as store, store.read() as connection:
        return list(connection.execute(select(rows.c.key).order_by(rows.c.key)).scalars())


def names(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(path.name for path in folder.iterdir())


# --- making one -------------------------------------------------------------------------------------------


def test_a_backup_holds_everything_that_is_committed(
    filled: Store, key_file: Path, target: Path, tmp_path: Path
) -> None:
    """Also what is still in the write-ahead log; the running bot is not disturbed."""
    assert filled.path is not None
    size = backup.backup(filled.path, key_file, target)
    filled.write(lambda c: meta.put(c, "later", "x"))
    assert (size, names(target.parent)) == (target.stat().st_size, ["monday.db"])
    assert len(keys(target, key_file)) == 1000


def test_a_backup_is_encrypted_and_private(filled: Store, key_file: Path, target: Path) -> None:
    """No word of it in plain, and for its owner alone; the key is not in it."""
    assert filled.path is not None
    backup.backup(filled.path, key_file, target)
    content = target.read_bytes()
    assert not any(
        word in content for word in (b"Kahvikuppi", b"SQLite format", key_file.read_bytes().strip())
    )
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_backup_ends_though_a_writer_never_rests(
    filled: Store, key_file: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits between its steps do not make it begin anew; what it holds is one moment, without a gap."""
    assert filled.path is not None
    monkeypatch.setattr(backup, "PAGES", 1)
    filled.write(lambda c: meta.put(c, "large", "x" * 10_000_000))
    done = threading.Event()
    written: list[int] = []

    def write_for_ever() -> None:
        while not done.is_set():
            filled.write(lambda c: meta.put(c, f"{1000 + len(written):06}", "x" * 2000))
            written.append(1)

    writer = threading.Thread(target=write_for_ever)
    writer.start()
    try:
        backup.backup(filled.path, key_file, target)
    finally:
        done.set()
        writer.join(60)
    found = keys(target, key_file)
    assert found[:-1] == [f"{number:06}" for number in range(len(found) - 1)]
    assert 1001 <= len(found) < 1001 + len(written)


def test_a_backup_is_never_overwritten(filled: Store, key_file: Path, target: Path) -> None:
    """The one that is there stays."""
    assert filled.path is not None
    target.write_text("precious")
    with pytest.raises(UserError, match="never overwritten"):
        backup.backup(filled.path, key_file, target)
    assert (target.read_text(), names(target.parent)) == ("precious", ["monday.db"])


def test_the_database_is_no_backup_of_itself(tmp_path: Path, key_file: Path) -> None:
    """Under whatever name it is given."""
    path = tmp_path / "kuulolla.db"
    open_sqlite(path, key_file).close()
    (tmp_path / "other.db").symlink_to(path)
    with pytest.raises(UserError, match="is the database itself"):
        backup.restore(tmp_path / "other.db", path, key_file)


def test_there_may_be_nothing_to_copy(tmp_path: Path, key_file: Path, target: Path) -> None:
    """No database yet."""
    with pytest.raises(UserError, match="no database"):
        backup.backup(tmp_path / "none.db", key_file, target)
    assert not (tmp_path / "none.db").exists()


def test_a_place_that_cannot_be_written_is_told(filled: Store, key_file: Path, tmp_path: Path) -> None:
    """A folder that is not there."""
    assert filled.path is not None
    with pytest.raises(UserError, match="cannot be written"):
        backup.backup(filled.path, key_file, tmp_path / "none" / "monday.db")


def test_a_wrong_key_copies_nothing(filled: Store, target: Path, tmp_path: Path) -> None:
    """And leaves nothing half."""
    assert filled.path is not None
    engine.create_key(tmp_path / "other")
    with pytest.raises(UserError, match="with this key"):
        backup.backup(filled.path, tmp_path / "other", target)
    assert names(target.parent) == []


def _full_disk(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file of this ending cannot grow beyond a few pages."""
    real = engine.keyed_connection

    def small(path: Path, key: str) -> Any:
        connection = real(path, key)
        if path.name.endswith(name):
            connection.execute("PRAGMA max_page_count = 5")
        return connection

    monkeypatch.setattr(engine, "keyed_connection", small)


def test_a_full_disk_leaves_no_half_backup(
    filled: Store, key_file: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the next one can be made."""
    assert filled.path is not None
    with monkeypatch.context() as patch:
        _full_disk(patch, ".partial")
        with pytest.raises(UserError, match="is full"):
            backup.backup(filled.path, key_file, target)
    assert names(target.parent) == []
    backup.backup(filled.path, key_file, target)
    assert len(keys(target, key_file)) == 1000


def test_an_interrupted_backup_leaves_no_half_file(
    filled: Store, key_file: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle."""
    assert filled.path is not None

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "_checked", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backup.backup(filled.path, key_file, target)
    assert names(target.parent) == []


def test_what_a_killed_backup_left_is_cleared_by_the_next(
    filled: Store, key_file: Path, target: Path
) -> None:
    """A partial file of an earlier try does no harm, and never looks like a backup."""
    assert filled.path is not None
    for name in ("monday.db.partial", "monday.db.partial-wal"):
        (target.parent / name).write_text("half")
    backup.backup(filled.path, key_file, target)
    assert names(target.parent) == ["monday.db"]


def test_a_damaged_database_gives_no_backup(database: Path, key_file: Path, target: Path) -> None:
    """A copy of damage is no copy: it is told at once, not when the backup is needed."""
    with open_sqlite(database, key_file) as store:
        store.write(_hundred(0))
    _flip(database, database.stat().st_size // 2)
    with pytest.raises(UserError, match="damaged"):
        backup.backup(database, key_file, target)
    assert names(target.parent) == []


# --- putting one back -------------------------------------------------------------------------------------


def _flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.fixture
def made(database: Path, key_file: Path, target: Path) -> Path:
    """A backup of a hundred rows; the database has one row more since."""
    with open_sqlite(database, key_file) as store:
        store.write(_hundred(0))
        backup.backup(database, key_file, target)
        store.write(lambda c: meta.put(c, "later", "x"))
    return target


def test_a_restored_database_is_as_it_was(made: Path, database: Path, key_file: Path) -> None:
    """And the one that was there is kept beside it, whole."""
    old = backup.restore(made, database, key_file).old
    assert old == database.with_name("kuulolla.db.before-restore-1")
    assert len(keys(database, key_file)) == 100
    assert "later" in keys(old, key_file)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_what_was_never_taken_in_is_kept_too(made: Path, database: Path, key_file: Path) -> None:
    """A bot that was killed leaves a write-ahead log; it belongs to the old database, not to the new one."""
    import shutil

    with open_sqlite(database, key_file) as store:
        store.write(lambda c: meta.put(c, "in the log", "x"))
        for side in ("", "-wal", "-shm"):
            shutil.copy(f"{database}{side}", f"{database}.copy{side}")
    for side in ("", "-wal", "-shm"):
        Path(f"{database}.copy{side}").rename(f"{database}{side}")
    old = backup.restore(made, database, key_file).old
    assert old is not None
    assert (len(keys(database, key_file)), "in the log" in keys(old, key_file)) == (100, True)


def test_every_restore_keeps_what_was_there(made: Path, database: Path, key_file: Path) -> None:
    """Numbered, never overwritten."""
    kept = [backup.restore(made, database, key_file).old for _ in range(3)]
    assert [path.name[-1] for path in kept if path] == ["1", "2", "3"]


def test_a_restore_into_an_empty_place_keeps_nothing(made: Path, key_file: Path, tmp_path: Path) -> None:
    """A new machine: folder and file are made."""
    new = tmp_path / "new" / "kuulolla.db"
    assert backup.restore(made, new, key_file) == Restored(old=None, doubted=None, erased=0)
    assert (len(keys(new, key_file)), names(new.parent)) == (100, ["kuulolla.db"])


def test_a_file_system_without_second_names_keeps_it_too(
    made: Path, database: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one is moved instead."""

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    old = backup.restore(made, database, key_file).old
    assert old is not None
    assert (len(keys(database, key_file)), "later" in keys(old, key_file)) == (100, True)


def _unchanged(made: Path, database: Path, key_file: Path) -> None:
    assert names(database.parent) == ["kuulolla.db"]
    assert len(keys(database, key_file)) == 101
    assert names(made.parent) == [made.name]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9999])
def test_a_damaged_backup_is_refused(made: Path, database: Path, key_file: Path, share: float) -> None:
    """One changed byte anywhere; nothing has changed afterwards."""
    _flip(made, int(made.stat().st_size * share))
    with pytest.raises(UserError, match="damaged"):
        backup.restore(made, database, key_file)
    _unchanged(made, database, key_file)


def test_a_backup_that_was_cut_off_is_refused(made: Path, database: Path, key_file: Path) -> None:
    """A copy that stopped half way, at a page or within one."""
    content = made.read_bytes()
    for length in (len(content) // 2 // 4096 * 4096, len(content) - 100):
        made.write_bytes(content[:length])
        with pytest.raises(UserError):
            backup.restore(made, database, key_file)
        _unchanged(made, database, key_file)


@pytest.mark.parametrize("content", [b"", b"not a backup", b"x" * 9000])
def test_what_is_no_backup_is_refused(made: Path, database: Path, key_file: Path, content: bytes) -> None:
    """Any other file."""
    made.write_bytes(content)
    with pytest.raises(UserError):
        backup.restore(made, database, key_file)
    _unchanged(made, database, key_file)


def test_a_backup_of_another_key_is_refused(
    made: Path, database: Path, key_file: Path, tmp_path: Path
) -> None:
    """The message names both possibilities."""
    engine.create_key(tmp_path / "other")
    with pytest.raises(UserError, match="with this key, or it is damaged"):
        backup.restore(made, database, tmp_path / "other")
    _unchanged(made, database, key_file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "made by a newer Kuulolla"),
        ("DROP TABLE alembic_version", "no Kuulolla database"),
        ("DELETE FROM alembic_version", "no Kuulolla database"),
    ],
)
def test_a_backup_of_another_program_is_refused(
    made: Path, database: Path, key_file: Path, change: str, words: str
) -> None:
    """A newer one, or none of ours."""
    with open_sqlite(made, key_file) as store:
        store.write(lambda c: c.execute(text(change)))
    with pytest.raises(UserError, match=words):
        backup.restore(made, database, key_file)
    assert len(keys(database, key_file)) == 101


def test_a_backup_that_is_not_there_is_told(database: Path, key_file: Path, tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(UserError, match="There is no file"):
        backup.restore(tmp_path / "none.db", database, key_file)


def test_a_full_disk_leaves_the_old_database(
    made: Path, database: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half in its place."""
    with monkeypatch.context() as patch:
        _full_disk(patch, ".incoming")
        with pytest.raises(UserError, match="is full"):
            backup.restore(made, database, key_file)
    _unchanged(made, database, key_file)


def test_an_interrupted_restore_leaves_the_old_database(
    made: Path, database: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C just before the new one takes over."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            backup.restore(made, database, key_file)
    assert len(keys(database, key_file)) == 101


def test_a_place_that_cannot_be_restored_to_is_told(made: Path, key_file: Path, tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be put in place"):
        backup.restore(made, tmp_path / "file" / "kuulolla.db", key_file)


def test_what_a_backup_cannot_know_is_changed_before_it_takes_over(
    made: Path, database: Path, key_file: Path
) -> None:
    """In the new database alone; the backup and the old one stay as they are."""

    def doubt(connection: Any) -> Doubted:
        meta.put(connection, "doubted", "x")
        return Doubted(1, 2)

    before = made.read_bytes()
    done = backup.restore(made, database, key_file, doubt)
    assert done.old is not None
    assert (done.doubted, made.read_bytes() == before) == (Doubted(1, 2), True)
    assert ("doubted" in keys(database, key_file), "doubted" in keys(done.old, key_file)) == (True, False)


def test_a_change_that_fails_leaves_the_old_database(made: Path, database: Path, key_file: Path) -> None:
    """Whatever the reason."""

    def fails(connection: Any) -> Doubted:
        connection.execute(text("SELECT * FROM nothing"))
        return Doubted(0, 0)

    with pytest.raises(DBAPIError):
        backup.restore(made, database, key_file, fails)
    _unchanged(made, database, key_file)
