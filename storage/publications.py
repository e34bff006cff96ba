"""The figures that were published, as rows: only added, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from storage.tables import shown_figures


class Row(NamedTuple):
    """One figure. ``people`` and ``tally`` are JSON."""

    survey: str
    question: str
    role: str
    mark: int
    people: str
    tally: str


def of_survey(connection: Connection, survey: str) -> list[Row]:
    """What was published of a survey, oldest first."""
    columns = [shown_figures.c[name] for name in Row._fields]
    query = select(*columns).where(shown_figures.c.survey == survey).order_by(shown_figures.c.id)
    return [Row._make(row) for row in connection.execute(query)]


def add(connection: Connection, rows: Sequence[Row], at: datetime) -> None:
    """Remember these figures."""
    if rows:
        connection.execute(insert(shown_figures), [{**row._asdict(), "at": at} for row in rows])
