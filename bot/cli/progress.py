"""A bar for what takes more than a second: on a terminal alone, and gone when it is done.

It goes to the error stream, so that what a command prints can be piped on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[float], None]
"""Takes the share that is done, from 0 to 1."""


@contextmanager
def progress(what: str) -> Iterator[Told]:
    """Show how far it is. Where nobody watches, nothing is shown."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _nobody_watches
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _nobody_watches(_share: float) -> None:
    """A pipe, a timer, a log."""
