"""Ballast: a file that takes up room beside the database and can be thrown off when the disk is full.

On a full disk even deleting fails; the room that the ballast gives back lets the bot finish what it has.
"""

import os
import shutil
from pathlib import Path
from typing import Final

MEGABYTE: Final = 1024 * 1024
SPARE: Final = 4
"""Room for so many times the ballast must be left before it is laid in."""


def place(database: Path) -> Path:
    """Where the ballast of a database lies."""
    return database.with_name(database.name + ".ballast")


def ensure(database: Path, megabytes: int) -> bool:
    """Lay the ballast in, if there is room enough; returns whether it is there."""
    path, size = place(database), megabytes * MEGABYTE
    if not size:
        return False
    try:
        if path.exists() and path.stat().st_size >= size:
            return True
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(path.parent).free < SPARE * size:
            return False
        _lay(path, size)
    except OSError:
        throw_off(database)  # a part of it is worth less than the room it takes
        return False
    return True


def _lay(path: Path, size: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
    finally:
        os.close(descriptor)


def throw_off(database: Path) -> bool:
    """Give its room back; returns whether there was any."""
    path = place(database)
    try:
        path.unlink()
    except OSError:
        return False
    return True
