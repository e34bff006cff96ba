"""Keys and addresses: what opens a database, and what is refused in plain words."""

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import UserError
from storage.engine import create_key, read_key
from storage.store import Store, open_postgres, open_sqlite


def test_a_new_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """A key file has mode 0600 whatever the umask, and holds 64 hexadecimal digits."""
    before = os.umask(0)
    try:
        create_key(tmp_path / "keys" / "k")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys" / "k").stat().st_mode) == 0o600
    assert len(bytes.fromhex(read_key(tmp_path / "keys" / "k"))) == 32


def test_a_key_is_never_overwritten(key_file: Path) -> None:
    """A second key at the same place is refused, and the first one stays."""
    before = key_file.read_text()
    with pytest.raises(UserError, match="never overwritten"):
        create_key(key_file)
    assert key_file.read_text() == before


def test_a_key_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is none gives one clear message."""
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        create_key(tmp_path / "file" / "k")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_open_to_others_is_refused(key_file: Path, mode: int) -> None:
    """Any right of group or others is too much; the message says what to run."""
    key_file.chmod(mode)
    with pytest.raises(UserError, match=f"chmod 600 {key_file}"):
        read_key(key_file)


@pytest.mark.parametrize("content", [b"", b"abc\n", b"g" * 64, b"0" * 63, b"0" * 65, b"\xff\xfe" * 32])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    """A file that holds something else is told without repeating what it holds."""
    file = tmp_path / "k"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(UserError) as refused:
        read_key(file)
    assert content.decode("latin-1").strip() not in str(refused.value) or not content.strip()


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    """A folder in the key's place gives one clear message."""
    (tmp_path / "k").mkdir(mode=0o700)
    with pytest.raises(UserError, match="cannot be read"):
        read_key(tmp_path / "k")


def test_a_missing_key_makes_no_database(tmp_path: Path) -> None:
    """Without its key file no database is opened, and none is made."""
    with pytest.raises(UserError, match="is missing"):
        open_sqlite(tmp_path / "data" / "x.db", tmp_path / "k")
    assert not (tmp_path / "data").exists()


def test_the_wrong_key_changes_nothing(database: Path, tmp_path: Path) -> None:
    """Another key is told as such, and the file stays as it was."""
    before = database.read_bytes()
    create_key(tmp_path / "other")
    with pytest.raises(UserError, match="cannot be opened with this key"):
        open_sqlite(database, tmp_path / "other")
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database", b"SQLite format 3\x00" + b"\x00" * 5000, os.urandom(9000)]
)
def test_what_is_no_database_is_told(tmp_path: Path, key_file: Path, content: bytes) -> None:
    """A text, a plain SQLite file and noise give one clear message, and stay as they were."""
    file = tmp_path / "x.db"
    file.write_bytes(content)
    with pytest.raises(UserError, match="key, or it is damaged"):
        open_sqlite(file, key_file)
    assert file.read_bytes() == content


def test_a_folder_is_no_database(tmp_path: Path, key_file: Path) -> None:
    """A folder in the database's place gives one clear message."""
    with pytest.raises(UserError, match="cannot be opened"):
        open_sqlite(tmp_path, key_file)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, key_file: Path) -> None:
    """A file where the folder should be gives one clear message."""
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be made"):
        open_sqlite(tmp_path / "file" / "x.db", key_file)


def test_nothing_is_readable_in_the_file(sqlite_store: Store) -> None:
    """Neither the database nor its write-ahead log holds a word in plain."""
    sqlite_store.write(lambda c: c.execute(text("INSERT INTO meta VALUES ('word', 'Kahvikuppi')")))
    assert sqlite_store.path is not None
    parts = [path.read_bytes() for path in sqlite_store.path.parent.iterdir()]
    assert not any(word in part for part in parts for word in (b"Kahvikuppi", b"SQLite format", b"persons"))


def test_sqlite_runs_as_the_design_wants_it(sqlite_store: Store) -> None:
    """Both engines: write-ahead log, full flush, foreign keys, secure delete."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    for engine in (sqlite_store.write_engine, sqlite_store.read_engine):
        with engine.connect() as connection:
            found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]
        assert found == ["wal", 2, 1, 1]


def test_a_reader_cannot_write(sqlite_store: Store) -> None:
    """The reading side refuses to write, and says so in plain words."""
    with pytest.raises(UserError, match="cannot be written"), sqlite_store.read() as connection:
        connection.execute(text("DELETE FROM meta"))


def test_postgres_runs_as_the_design_wants_it(postgres_store: Store) -> None:
    """UTC, and limits on statements and forgotten transactions."""
    names = ("timezone", "statement_timeout", "idle_in_transaction_session_timeout")
    with postgres_store.read() as connection:
        assert [connection.execute(text(f"SHOW {name}")).scalar() for name in names] == ["UTC", "15s", "30s"]


@pytest.mark.parametrize("shape", ["postgresql://", "postgres://", "postgresql+psycopg://"])
def test_a_postgres_address_is_understood_in_its_three_shapes(postgres_url: str, shape: str) -> None:
    """The names that providers write in front are one and the same to us."""
    open_postgres(postgres_url.replace("postgresql+psycopg://", shape)).close()


@pytest.mark.parametrize(
    "url", ["", "geheim", "mysql://a:geheim@h/d", "postgresql://a:geheim@h:port/d", "sqlite:///geheim.db"]
)
def test_a_malformed_address_is_refused_and_not_shown(url: str) -> None:
    """An address of another shape is told without repeating it, as it may hold a password."""
    with pytest.raises(UserError, match="postgresql://name:password@host/database") as refused:
        open_postgres(url)
    assert "geheim" not in str(refused.value)


def test_a_postgres_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """Nobody listening gives one clear message without the password."""
    with pytest.raises(UserError, match="PostgreSQL does not work") as refused:
        open_postgres(f"postgresql://someone:geheim@/nothing?host={tmp_path}")
    assert "geheim" not in str(refused.value)
