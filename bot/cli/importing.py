"""What bringing files in has in common: opening them, looking first and writing after, and how far it is."""

import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from bot.errors import Problem, UserError

BREATH: Final = 0.02
"""Seconds between two steps of writing, in which the running bot gets hold of the database."""
SHOW_AFTER: Final = 1.0
"""Seconds before a progress bar is worth a look."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The list, if it is an ordinary file that we may read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UserError(f"{path} is no file.")
        with path.open("rb") as handle:
            yield handle
    except OSError as error:
        if error.filename is None:
            raise
        raise UserError(
            Problem(message=f"{path} cannot be read: {error.strerror}.", advice="Is the name right?")
        ) from None


def carry_out(
    look: Iterable[float], write: Callable[[Callable[[], None]], Iterable[float]], *, dry_run: bool
) -> None:
    """Look at everything, then write it unless it is a dry run, and show how far it is."""
    with progress() as show:
        for share in look:
            show("Looking", share)
        if dry_run:
            return
        for share in write(lambda: time.sleep(BREATH)):
            show("Importing", share)


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A function that shows what is done and how far: on a terminal, and once it has taken a moment."""
    if not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar, began = Progress(console=Console(stderr=True), transient=True), time.monotonic()
    line = bar.add_task("", total=1.0)

    def show(what: str, share: float) -> None:
        if time.monotonic() - began > SHOW_AFTER:
            bar.start()
        bar.update(line, description=what, completed=share)

    try:
        yield show
    finally:
        bar.stop()
