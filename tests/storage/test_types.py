"""Column types mean the same on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import StatementError

from storage.tables import fires, persons
from tests.storage.rows import NOW, person

EDGES = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1912, 6, 23, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, 0, 1, tzinfo=UTC),
    datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]


def _store(connection: Connection, moment: datetime | None) -> datetime | None:
    key = person(connection, joined_at=moment)
    found: datetime | None = connection.execute(
        select(persons.c.joined_at).where(persons.c.id == key)
    ).scalar_one()
    return found


@pytest.mark.parametrize("moment", EDGES)
def test_a_moment_comes_back_to_the_microsecond(connection: Connection, moment: datetime) -> None:
    """What was stored is read back as the same aware UTC moment, before 1970 too."""
    found = _store(connection, moment)
    assert (found, found and found.tzinfo) == (moment, UTC)


def test_any_zone_goes_in_and_utc_comes_out(connection: Connection) -> None:
    """A moment with another offset is the same moment in UTC."""
    found = _store(connection, datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=5))))
    assert found is not None
    assert found.isoformat() == "2026-03-02T07:00:00+00:00"


def test_no_moment_stays_none(connection: Connection) -> None:
    """An unknown moment stays unknown."""
    assert _store(connection, None) is None


def test_a_naive_moment_is_refused(connection: Connection) -> None:
    """A time without a zone never reaches the database."""
    with pytest.raises(StatementError, match="without a zone"), connection.begin_nested():
        _store(connection, datetime(2026, 3, 2, 12))  # noqa: DTZ001 - the very thing that is refused


def test_moments_compare_in_the_database(connection: Connection) -> None:
    """Earlier and later mean the same in a query as in the program."""
    for number, moment in enumerate(EDGES):
        connection.execute(
            insert(fires).values(
                kind="open", scope=str(number), person_id=person(connection), survey="s", due_at=moment
            )
        )
    early = select(fires.c.due_at).where(fires.c.due_at <= NOW).order_by(fires.c.due_at)
    assert list(connection.execute(early).scalars()) == sorted(moment for moment in EDGES if moment <= NOW)


def test_a_key_holds_sixty_three_bits(connection: Connection) -> None:
    """The largest permanent random number survives."""
    most = 2**63 - 1
    key = person(connection, prn=most)
    assert connection.execute(select(persons.c.prn).where(persons.c.id == key)).scalar_one() == most
