"""Trouble of the database is told from a mistake of ours, and put into plain words."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage import trouble
from storage.trouble import StorageFull, StorageTrouble


class _Sqlite(Exception):
    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.sqlite_errorcode = code


class _Postgres(Exception):
    pgconn = None

    def __init__(self, words: str, sqlstate: str | None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


def _sqlite(words: str, code: int) -> DBAPIError:
    return OperationalError("INSERT", {}, _Sqlite(words, code))


def _postgres(sqlstate: str | None) -> DBAPIError:
    return OperationalError("INSERT", {}, _Postgres("it says so", sqlstate))


@pytest.mark.parametrize(
    ("words", "code", "plain"),
    [
        ("database is locked", 5, "held by another program"),
        ("database is locked", 517, "held by another program"),  # BUSY_SNAPSHOT
        ("database table is locked", 6, "held by another program"),
        ("attempt to write a readonly database", 8, "cannot be written"),
        ("disk I/O error", 10, "The disk with db fails"),
        ("disk I/O error", 4874, "or is full. Make room"),  # IOERR_SHMSIZE
        ("database disk image is malformed", 11, "is damaged"),
        ("database or disk is full", 13, "The disk with db is full"),
        ("unable to open database file", 14, "cannot be opened"),
        ("file is not a database", 26, "with this key, or it is damaged"),
    ],
)
def test_what_sqlite_says_is_put_into_plain_words(words: str, code: int, plain: str) -> None:
    """Every result code of trouble, extended ones included, has a sentence an operator understands."""
    told = trouble.told(_sqlite(words, code), "db")
    assert isinstance(told, StorageTrouble)
    assert plain in str(told)


@pytest.mark.parametrize(
    "state", ["08006", "40001", "40P01", "53100", "53300", "57P01", "57P03", "25006", "25P03", None]
)
def test_what_postgres_says_is_trouble(state: str | None) -> None:
    """Lost connections, shutdowns, deadlocks and missing resources are the database's."""
    assert trouble.of_the_database(_postgres(state))


@pytest.mark.parametrize("state", ["23505", "22001", "22021", "42P01", "57014", "25P02"])
def test_a_mistake_of_ours_is_none(state: str) -> None:
    """Taken keys, values too long, missing tables and slow statements are a job's own."""
    error = _postgres(state)
    assert not trouble.of_the_database(error)
    assert trouble.told(error, "db") is error


def test_a_refused_key_of_sqlite_is_none() -> None:
    """A constraint is no trouble."""
    error = IntegrityError("INSERT", {}, _Sqlite("UNIQUE constraint failed", 2067))
    assert trouble.told(error, "db") is error


def test_a_plain_exception_is_none() -> None:
    """What has nothing to do with a database comes back as it is."""
    error = KeyError("x")
    assert (trouble.told(error, "db"), trouble.full(error), trouble.may_pass(error)) == (error, False, False)


def test_a_full_disk_is_found_behind_a_failed_rollback() -> None:
    """SQLite may have rolled back by itself; then the rollback's own error must not hide the cause."""
    try:
        try:
            raise _sqlite("database or disk is full", 13)
        except DBAPIError:
            raise OperationalError("ROLLBACK TO", {}, _Sqlite("no such savepoint", 1))  # noqa: B904 - as it comes
    except DBAPIError as error:
        told = trouble.told(error, "db")
    assert isinstance(told, StorageFull)
    assert "The disk with db is full" in str(told)


def test_trouble_that_was_told_is_not_told_again() -> None:
    """A trouble in plain words passes through unchanged."""
    error = StorageFull("full")
    assert (trouble.told(error, "db"), trouble.full(error), trouble.of_the_database(error)) == (
        error,
        True,
        True,
    )


def test_a_lost_connection_of_any_driver_is_trouble() -> None:
    """Whatever the words: SQLAlchemy has marked the connection as gone."""
    error = DBAPIError("SELECT", {}, Exception("gone"), connection_invalidated=True)
    assert isinstance(trouble.told(error, "db"), StorageTrouble)


def test_no_words_at_all_are_put_into_some() -> None:
    """A database that says nothing still gives a sentence."""
    assert str(trouble.explain("", "db")).startswith("db does not work: no answer.")
