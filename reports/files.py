"""Files that a report or an export leaves behind: whole or not at all, for their owner's eyes, in one folder.

A file is written beside its place under a random name and then renamed, so that an interrupted run leaves the
old one. Nothing here knows what is in it.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from bot.errors import UserError

LONGEST_NAME: Final = 80
"""Characters of a file's name that come from an id; file systems allow 255 bytes."""


def slug(text: str) -> str:
    """A part of a file name made of harmless letters; ids of surveys and flows stay what they are."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:LONGEST_NAME] or "unnamed"


@contextmanager
def drafted(folder: Path, name: str) -> Iterator[Path]:
    """The path of an empty file for its owner's eyes; what is in it at the end of the block takes its place.

    ``name`` is a plain file name. Raises UserError when the folder or the file cannot be written.
    """
    target, draft = folder / name, folder / f".{secrets.token_hex(8)}.{name}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        try:
            yield draft
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror or error}.") from None


@contextmanager
def written(folder: Path, name: str, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A text file to write in the block; it is put in its place when the block ends well.

    Line ends are written as they come. Raises UserError when the folder or the file cannot be written.
    """
    with drafted(folder, name) as draft, draft.open("w", encoding=encoding, newline="") as file:
        yield file
        file.close()  # all of it is on disk before the file takes its place
