"""Opening the database: encrypted SQLite by default, PostgreSQL by URL.

Knows drivers, keys and pragmas, and nothing about what is stored. Every problem an operator can mend is a
``UserError`` in plain words.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from bot.errors import Problem, UserError
from storage import trouble
from storage.epochs import INFO, Epochs

KEY_BYTES: Final = 32
"""A raw 256-bit key: it opens in under a millisecond, where a passphrase costs a quarter of a second."""
WAL_TRIES: Final = 5
BUSY_TIMEOUT_MS: Final = 5000
STATEMENT_TIMEOUT_MS: Final = 15_000
IDLE_IN_TRANSACTION_MS: Final = 30_000
READERS: Final = 4
POSTGRES_NAMES: Final = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
POSTGRES: Final = "PostgreSQL"
"""How the operator's messages name a database that is no file."""


def create_key(path: Path) -> None:
    """Write a new random key, readable by its owner alone. Raises UserError if the file is there already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        if path.exists():
            raise UserError(f"{path} exists already; a key is never overwritten.") from None
        raise UserError(f"The key file {path} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def read_key(path: Path) -> str:
    """The key as 64 hex digits. Raises UserError when it is missing, open to others, or not a key."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise UserError(
            Problem(
                message=f"The key file {path} is missing, and without it the database cannot be read.",
                advice="Put it back from your own safe copy. "
                "For a new installation, 'kuulolla init' makes one.",
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The key file {path} cannot be read: {_reason(error)}.") from None
    if mode & 0o077:
        raise UserError(
            Problem(message=f"The key file {path} can be read by others.", advice=f"Run: chmod 600 {path}")
        )
    if len(key) != KEY_BYTES * 2 or not all(letter in "0123456789abcdefABCDEF" for letter in key):
        raise UserError(f"The key file {path} does not hold a key: 64 hexadecimal digits are expected.")
    return key


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is not plain text"


def keyed_connection(path: Path, key: str) -> Any:
    """One encrypted SQLite connection in autocommit mode with its key set. Any thread may use it."""
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    return connection


def _live_connection(path: Path, key: str) -> Any:
    connection = keyed_connection(path, key)
    for pragma in ("foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    _journal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _journal(connection: Any) -> None:
    """Write ahead. Only the first to open a new file changes it; another who tries the same in that moment is
    refused at once, whatever the timeout: so wait for the lock, which can be waited for, and try again.
    """
    from sqlcipher3.dbapi2 import OperationalError

    for _ in range(WAL_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def carry_epochs(folder: Path | None, *engines: Engine) -> None:
    """Every connection of these engines knows where the keys of the epochs are."""
    if folder is None:
        return
    keys = Epochs(folder)
    for engine in engines:
        event.listen(engine, "connect", lambda _, record: record.info.update({INFO: keys}))


def sqlite_engines(path: Path, key: str, epochs: Path | None = None) -> tuple[Engine, Engine]:
    """The write engine (one connection, BEGIN IMMEDIATE) and the read engine of one encrypted file.

    ``epochs`` is the folder of the keys of anonymous answers, for those who seal them.
    """
    from sqlcipher3 import dbapi2

    def writer() -> Any:
        return _live_connection(path, key)

    def reader() -> Any:
        connection = _live_connection(path, key)
        connection.execute("PRAGMA query_only = ON")
        return connection

    write = create_engine("sqlite://", module=dbapi2, creator=writer, poolclass=StaticPool)
    read = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=reader,
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=READERS,
    )
    carry_epochs(epochs, write, read)
    event.listen(write, "begin", _begin_immediate)
    event.listen(read, "begin", _begin_deferred)
    return write, read


def _begin_immediate(connection: Connection) -> None:
    # A deferred transaction that turns to writing after another commit fails at once with BUSY_SNAPSHOT.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def postgres_engines(url: str) -> tuple[Engine, Engine]:
    """Both engines share one pool. ``url`` may be written ``postgresql://`` or ``postgresql+psycopg://``.

    Raises UserError for an address of another shape, which is never repeated, as it holds a password.
    """
    options = (
        f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
    )
    try:
        full = make_url(url)
        if full.drivername not in POSTGRES_NAMES:
            raise ArgumentError
        engine = create_engine(
            full.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=READERS,
            connect_args={"options": options},
        )
    except (ArgumentError, ValueError):
        raise UserError(
            Problem(
                message="The address of the database is not one of PostgreSQL.",
                advice="It looks like postgresql://name:password@host/database.",
            )
        ) from None
    except ImportError:
        raise UserError(
            Problem(
                message="The driver for PostgreSQL is not installed.",
                advice="Install it with: pip install 'kuulolla[postgres]'.",
            )
        ) from None
    return engine, engine


def verify(engine: Engine, place: str) -> None:
    """Touch the database once, so that a wrong key, path or password is told now and in plain words."""
    try:
        with engine.connect() as connection:
            query = "SELECT count(*) FROM sqlite_master" if engine.dialect.name == "sqlite" else "SELECT 1"
            connection.execute(text(query))
    except DBAPIError as error:
        raise UserError(trouble.explain(str(error.orig), place)) from None
