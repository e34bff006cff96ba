"""Which files we have written outside the database, so that an erasure can take them back."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert

from storage.tables import published


def note(connection: Connection, paths: Iterable[Path], kind: str, now: datetime) -> None:
    """Remember files by their whole paths; one that is written again is remembered anew."""
    for path in sorted({str(path.absolute()) for path in paths}):
        connection.execute(delete(published).where(published.c.path == path))
        connection.execute(insert(published).values(path=path, kind=kind, at=now))
