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
    if path.exists() and path.stat().st_size >= size:
        return True
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(path.parent).free < SPARE * size:
        return False
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    path.chmod(0o600)
    return True


def throw_off(database: Path) -> bool:
    """Give its room back; returns whether there was any."""
    path = place(database)
    existed = path.exists()
    path.unlink(missing_ok=True)
    return existed
