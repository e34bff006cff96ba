"""When the database itself cannot work: a full disk, a lock, a lost connection, a damaged file.

Such trouble is no message's fault. It is told from a mistake in a job, so that no answer is given up for it,
and put into plain words for the operator. Nothing here mends anything.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, OperationalError

from bot.errors import Problem, UserError

# Primary result codes (https://sqlite.org/rescode.html).
_BUSY: Final = frozenset({5, 6})
_READ_ONLY: Final = 8
_FULL: Final = 13
_SQLITE: Final = _BUSY | {_READ_ONLY, _FULL} | {10, 11, 14, 26}
"""BUSY, LOCKED, READONLY, FULL, and IOERR, CORRUPT, CANTOPEN, NOTADB."""

# SQLSTATE (PostgreSQL manual, appendix A).
_DISK_FULL: Final = "53100"
_RETRY: Final = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock."""
_POSTGRES: Final = ("08", "25006", "25P03", "40", "53", "57P", "58")
"""Connection, read-only, idle for too long (we were asleep), rolled back, out of resources, shut down, system
error.
"""
_TOO_SLOW: Final = "57014"
"""A statement met our own time limit: that may well be the job's fault."""


class StorageTrouble(UserError):
    """The database cannot do its work now. Nothing of the job was stored."""


class StorageFull(StorageTrouble):
    """The disk is full, and no ballast is left to throw off."""


def full(error: BaseException) -> bool:
    """Whether the disk is full."""
    if isinstance(error, StorageFull):
        return True
    return any(_sqlite_code(one) == _FULL or _sqlstate(one) == _DISK_FULL for one in _database_errors(error))


def may_pass(error: BaseException) -> bool:
    """Whether the same job, tried again at once, may well succeed: a deadlock, somebody else's lock."""
    return any(_sqlite_code(one) in _BUSY or _sqlstate(one) in _RETRY for one in _database_errors(error))


def of_the_database(error: BaseException) -> bool:
    """Whether the database is to blame, and not what the job wanted of it."""
    return isinstance(error, StorageTrouble) or any(map(_is_trouble, _database_errors(error)))


def told(error: BaseException, place: str) -> BaseException:
    """The trouble in plain words; an error that is not the database's comes back as it is.

    ``place`` is how the operator knows the database: its path, or "PostgreSQL".
    """
    if isinstance(error, StorageTrouble):
        return error
    if full(error):
        return StorageFull(explain(_words(error), place))
    return StorageTrouble(explain(_words(error), place)) if of_the_database(error) else error


def explain(words: str, place: str) -> Problem:
    """What a database says, for somebody who has never heard of it."""
    for sign, message, advice in _PLAIN:
        if sign in words:
            return Problem(message=message.format(place=place), advice=advice)
    first = words.strip().splitlines()[0] if words.strip() else "no answer"
    return Problem(
        message=f"{place} does not work: {first}.".replace("..", "."),
        advice="Is it running, and can it be reached? See also 'kuulolla doctor'.",
    )


_PLAIN: Final = (
    (
        "not a database",
        "{place} cannot be opened with this key, or it is damaged.",
        "Check that key_file names the key it was made with; else restore a backup.",
    ),
    ("unable to open", "{place} cannot be opened.", "Does its folder exist, and may we write there?"),
    ("disk is full", "The disk with {place} is full.", "Make room, then try again."),
    ("No space left", "The disk with {place} is full.", "Make room, then try again."),
    ("malformed", "{place} is damaged.", "Restore a backup: kuulolla restore FILE."),
    ("readonly", "{place} cannot be written.", "Check the permissions of the file and its folder."),
    ("locked", "{place} is held by another program for too long.", "Close that program, then try again."),
    (
        "disk I/O error",
        "The disk with {place} fails or is full.",
        "Make room if it is full (df -h). Else look at the disk first, then restore a backup.",
    ),
)
"""A sign in the database's own words; what it means; what to do."""


def _is_trouble(error: DBAPIError) -> bool:
    state = _sqlstate(error)
    if state is None:
        return _sqlite_code(error) in _SQLITE or error.connection_invalidated or _never_connected(error)
    return state.startswith(_POSTGRES) and state != _TOO_SLOW


def _never_connected(error: DBAPIError) -> bool:
    """A PostgreSQL that does not answer has no SQLSTATE to give."""
    return hasattr(error.orig, "pgconn") and isinstance(error, OperationalError)


def _database_errors(error: BaseException) -> Iterator[DBAPIError]:
    """The error, and what it came from: the rollback after a full disk may fail with an error of its own."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        if isinstance(one, DBAPIError):
            yield one
        one = one.__cause__ or one.__context__


def _words(error: BaseException) -> str:
    return next((str(one.orig) for one in _database_errors(error) if _is_trouble(one)), str(error))


def _sqlite_code(error: DBAPIError) -> int | None:
    code: Any = getattr(error.orig, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
