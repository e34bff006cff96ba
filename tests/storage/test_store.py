"""An open database: one place to write, many to read, and plain words when it cannot."""

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.errors import UserError
from storage import meta
from storage.store import Store, open_postgres, open_sqlite
from storage.tables import meta as rows
from storage.trouble import StorageTrouble


def test_what_was_written_is_read(store: Store) -> None:
    """By the same store, at once."""
    assert store.write(lambda c: meta.put(c, "a", "1")) is None
    with store.read() as connection:
        assert meta.get(connection, "a") == "1"


def test_a_reader_sees_one_state(sqlite_store: Store) -> None:
    """However much is written meanwhile; the next reader sees it."""
    with sqlite_store.read() as before:
        assert meta.get(before, "a") is None
        sqlite_store.write(lambda c: meta.put(c, "a", "1"))
        assert meta.get(before, "a") is None
    with sqlite_store.read() as after:
        assert meta.get(after, "a") == "1"


def test_readers_do_not_hold_up_the_writer(store: Store) -> None:
    """More of them than the pool keeps, all open at once."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(store.read()).execute(select(rows)).all()
        store.write(lambda c: meta.put(c, "a", "1"))


def test_reading_and_writing_from_many_threads(store: Store) -> None:
    """Nobody's connection is another's."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                store.write(lambda c, key=f"{number}:{turn}": meta.put(c, key, "x"))  # type: ignore[misc]
                with store.read() as connection:
                    assert meta.get(connection, f"{number}:{turn}") == "x"
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_a_mistake_while_reading_is_not_put_into_other_words(store: Store) -> None:
    """Only the database's own trouble is."""
    with pytest.raises(KeyError), store.read():
        raise KeyError("ours")


def test_damage_met_while_reading_is_told(database: Path, key_file: Path) -> None:
    """A page that was changed is refused, never used."""
    with open_sqlite(database, key_file) as store:
        for number in range(200):
            store.write(lambda c, key=str(number): meta.put(c, key, "x" * 3000))  # type: ignore[misc]
    content = bytearray(database.read_bytes())
    for place in range(len(content) // 2, len(content), 4096):
        content[place] ^= 1
    database.write_bytes(content)
    with (
        open_sqlite(database, key_file) as store,
        pytest.raises(StorageTrouble, match="damaged"),
        store.read() as connection,
    ):
        connection.execute(select(rows)).all()


def test_it_closes_with_its_block(database: Path, key_file: Path) -> None:
    """Then the file lies alone: its log was taken in, and anybody may move it."""
    with open_sqlite(database, key_file) as store:
        store.write(lambda c: meta.put(c, "a", "1"))
    assert sorted(path.name for path in database.parent.iterdir()) == ["kuulolla.db"]


def test_a_path_and_a_place_are_known(sqlite_store: Store, postgres_store: Store) -> None:
    """The file's path, or the name of the other kind."""
    assert (sqlite_store.place, postgres_store.path, postgres_store.place) == (
        str(sqlite_store.path), None, "PostgreSQL",
    )  # fmt: skip


def test_opening_twice_is_no_mistake(database: Path, key_file: Path) -> None:
    """A command beside the running bot reads and writes the same file."""
    with open_sqlite(database, key_file) as bot, open_sqlite(database, key_file) as command:
        command.write(lambda c: meta.put(c, "a", "1"))
        bot.write(lambda c: meta.put(c, "b", "1"))
        with bot.read() as connection:
            assert (meta.get(connection, "a"), meta.get(connection, "b")) == ("1", "1")


def test_a_postgres_that_goes_away_is_told_and_comes_back(postgres_store: Store, postgres_url: str) -> None:
    """A reader is told, the writer notices nothing, and then all is well."""
    postgres_store.write(lambda c: meta.put(c, "a", "1"))
    with open_postgres(postgres_url) as other, pytest.raises(StorageTrouble):
        _read_and_lose(postgres_store, other)
    with postgres_store.read() as connection:
        assert meta.get(connection, "a") == "1"
    postgres_store.write(lambda c: meta.put(c, "b", "1"))


def _read_and_lose(store: Store, other: Store) -> None:
    """Read, while somebody ends every other connection from the server's side."""
    with store.read() as connection:
        other.write(lambda c: c.execute(text(_END_OTHERS)))
        connection.execute(select(rows)).all()


_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name = ''"
)


def test_an_unreadable_folder_is_told(tmp_path: Path, key_file: Path) -> None:
    """A name too long for any folder."""
    with pytest.raises(UserError):
        open_sqlite(tmp_path / ("x" * 300) / "x.db", key_file)


def test_a_new_database_is_its_owners_alone(tmp_path: Path, key_file: Path) -> None:
    """Its side files too, whatever the umask says."""
    with open_sqlite(tmp_path / "new.db", key_file):
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.glob("new.db*")}
    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}
