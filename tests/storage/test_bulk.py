"""Many rows into one statement: the same rows as SQLAlchemy itself would write."""

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.bulk import Bulk
from storage.tables import alerts, holds
from tests.storage.rows import DAY, NOW

ADD = Bulk(insert(holds))
MOVE = Bulk(
    update(holds).where(holds.c.key == bindparam("which")).values(until=bindparam("to"), reason="moved")
)


def rows(*keys: str) -> list[dict[str, object]]:
    """Holds with these keys."""
    return [{"key": key, "until": NOW, "scope": "all", "reason": "ä"} for key in keys]


def test_rows_are_written_with_their_conversions(connection: Connection) -> None:
    """Moments of any zone, words of any alphabet."""
    there = datetime(2026, 3, 2, 17, tzinfo=timezone(timedelta(hours=5)))
    assert ADD.run(connection, [*rows("a", "b"), {**rows("c")[0], "until": there}]) == 3
    found = connection.execute(select(holds).order_by(holds.c.key)).all()
    assert [(row.key, row.until, row.reason) for row in found] == [(key, NOW, "ä") for key in "abc"]


def test_rows_are_changed_and_counted(connection: Connection) -> None:
    """Values of the statement stand beside values of the row; a row that is not there is not counted."""
    ADD.run(connection, rows("a", "b", "c"))
    assert MOVE.run(connection, [{"which": key, "to": NOW + DAY} for key in ("a", "c", "none")]) == 2
    found = {row.key: (row.until, row.reason) for row in connection.execute(select(holds))}
    assert found == {"a": (NOW + DAY, "moved"), "b": (NOW, "ä"), "c": (NOW + DAY, "moved")}


def test_nothing_is_nothing(connection: Connection) -> None:
    """No rows, no statement."""
    assert ADD.run(connection, []) == 0


def test_one_statement_may_be_used_with_different_columns(connection: Connection) -> None:
    """What is left out has the database's own value."""
    add = Bulk(insert(alerts))
    common = {"kind": "k", "message": "m", "first_at": NOW, "last_at": NOW}
    add.run(connection, [{**common, "subject": "a"}])
    add.run(connection, [{**common, "subject": "b", "count": 7}])
    counts = connection.execute(select(alerts.c["count"]).order_by(alerts.c.subject)).scalars()
    assert list(counts) == [1, 7]


def test_a_naive_moment_is_refused(connection: Connection) -> None:
    """As everywhere."""
    with pytest.raises(ValueError, match="without a zone"):
        ADD.run(connection, [{**rows("a")[0], "until": datetime(2026, 3, 2)}])  # noqa: DTZ001 - what is refused


def test_a_taken_key_is_told(connection: Connection) -> None:
    """As the same error that SQLAlchemy raises."""
    ADD.run(connection, rows("a"))
    with pytest.raises(IntegrityError), connection.begin_nested():
        ADD.run(connection, rows("b", "a"))
