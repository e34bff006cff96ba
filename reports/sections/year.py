"""The respondent's year, from the ledger to what may be shown. Reads and works out; writes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.config.model import Config
from reports.figures.year import Year
from reports.figures.year import year as shown_year
from reports.suppression import K_SCORES
from scheduler.burden import added, decayed
from storage import Connection
from storage import year as year_rows

YEAR: Final = timedelta(days=365)


def read(connection: Connection, config: Config, now: datetime) -> Year | None:
    """The last twelve months; None where too few people are on the roll, or nobody was contacted."""
    since = now - YEAR
    return shown_year(
        year_rows.costs(connection, since),
        year_rows.outcomes(connection, since),
        year_rows.wishes(connection),
        _met(connection, since, config.policy.half_life_days),
        k=K_SCORES,
    )


def _met(connection: Connection, since: datetime, half_life_days: float) -> Iterator[tuple[float, bool]]:
    """The burden that each invite met, and whether it was answered."""
    for events in year_rows.events(connection, since):
        points, at = 0.0, None
        for event in events:
            if event.answered is not None:
                yield decayed(points, at, event.at, half_life_days), event.answered
            points, at = added(points, at, event.points, event.at, half_life_days)
