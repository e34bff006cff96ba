"""One process per SQLite file: an exclusive lock that the kernel gives back when its holder dies."""

import fcntl
import os
from pathlib import Path
from typing import Self

from bot.errors import EXIT_TRY_LATER, UserError


def held(database: Path) -> bool:
    """Whether some process holds the lock of this database. Looking takes a moment's shared hold of it."""
    try:
        descriptor = os.open(_beside(database), os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _beside(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


class FileLock:
    """Hold ``<database>.lock`` for as long as this object lives.

    Raises UserError: with exit code 75 if another process holds it, with 2 where the file cannot be made.
    """

    def __init__(self, database: Path) -> None:
        path = _beside(database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise UserError(
                f"Another Kuulolla is running on {database}; two at once would disturb each other.",
                exit_code=EXIT_TRY_LATER,
            ) from None

    def release(self) -> None:
        """Let others have the database."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
