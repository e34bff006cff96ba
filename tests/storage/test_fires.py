"""Moments to come: each once, late ones too, and none that makes us fail for ever."""

import pytest
from sqlalchemy import Connection, select

from storage import fires
from storage.store import Store
from storage.tables import fires as rows
from tests.storage.rows import DAY, HOUR, NOW, SECOND, address, person, session, wave


def add(connection: Connection, who: int, scope: str, kind: str = "open", **values: object) -> None:
    """A fire that is due now."""
    row = {"kind": kind, "scope": scope, "person_id": who, "survey": "pulse", "due_at": NOW, **values}
    fires.add(connection, [row])


def due(connection: Connection, now: object = NOW, limit: int = 10) -> list[str]:
    """The scopes that are due."""
    return [fire.scope for fire in fires.due(connection, now, limit)]  # type: ignore[arg-type]


def states(connection: Connection) -> dict[str, str]:
    """State by scope."""
    return {row.scope: row.state for row in connection.execute(select(rows))}


@pytest.fixture
def who(connection: Connection) -> int:
    """Somebody."""
    return person(connection)


def test_a_fire_is_due_at_its_moment_and_ever_after(connection: Connection, who: int) -> None:
    """Not before; after an outage of a month it still happens."""
    add(connection, who, "a")
    assert due(connection, NOW - SECOND) == []
    assert (due(connection), due(connection, NOW + 30 * DAY)) == (["a"], ["a"])


def test_a_fire_comes_with_all_that_it_is_about(connection: Connection, who: int) -> None:
    """Person, wave, session, survey and number."""
    place = session(connection, who, address(connection, who))
    number = wave(connection)
    add(connection, who, "a", "reminder", session_id=place, wave_id=number, number=2)
    (fire,) = fires.due(connection, NOW, 1)
    assert (fire.kind, fire.person_id, fire.survey, fire.due_at) == ("reminder", who, "pulse", NOW)
    assert (fire.session_id, fire.wave_id, fire.number) == (place, number, 2)


def test_the_same_fire_again_changes_nothing(connection: Connection, who: int) -> None:
    """Planning twice plans the same; also after it has happened."""
    add(connection, who, "a")
    add(connection, who, "a", due_at=NOW + DAY)
    (fire,) = fires.due(connection, NOW, 10)
    fires.end(connection, fire.id)
    add(connection, who, "a")
    add(connection, who, "a", "contact")
    fires.add(connection, [])
    assert [(one.kind, one.scope) for one in fires.due(connection, NOW, 10)] == [("contact", "a")]


def test_the_earliest_come_first(connection: Connection, who: int) -> None:
    """As many as asked for, and the next moment is known."""
    add(connection, who, "late", due_at=NOW - SECOND)
    add(connection, who, "early", due_at=NOW - DAY)
    add(connection, who, "later", due_at=NOW + DAY)
    assert (due(connection), due(connection, limit=1)) == (["early", "late"], ["early"])
    assert fires.next_due(connection) == NOW - DAY


def test_a_renewed_fire_waits_anew(connection: Connection, who: int) -> None:
    """What has happened or was dropped; what still waits stays as it is."""
    values = {"kind": "open", "scope": "a", "person_id": who, "survey": "pulse"}
    fires.renew(connection, **values, due_at=NOW)
    fires.renew(connection, **values, due_at=NOW + DAY)
    (fire,) = fires.due(connection, NOW, 10)
    fires.end(connection, fire.id)
    fires.renew(connection, **values, due_at=NOW + HOUR)
    assert fires.next_due(connection) == NOW + HOUR


def test_fires_are_moved_ended_and_reopened(connection: Connection, who: int) -> None:
    """Every change of mind leaves one row."""
    add(connection, who, "a")
    (fire,) = fires.due(connection, NOW, 10)
    fires.move(connection, fire.id, NOW + DAY)
    assert fires.next_due(connection) == NOW + DAY
    fires.end(connection, fire.id, "dropped")
    assert (states(connection), fires.next_due(connection)) == ({"a": "dropped"}, None)
    fires.reopen(connection, fire.id, NOW)
    assert due(connection) == ["a"]
    fires.end(connection, fire.id)
    fires.again(connection, "open", "a", NOW + HOUR)
    assert fires.next_due(connection) == NOW + HOUR


def test_a_fire_that_makes_us_fail_is_dropped_after_five_tries(connection: Connection, who: int) -> None:
    """It does not hold up the others for ever."""
    add(connection, who, "a")
    tries = [fires.fail(connection, fires.due(connection, NOW, 1)[0]) for _ in range(5)]
    assert (tries, states(connection)) == ([False] * 4 + [True], {"a": "dropped"})


def test_what_people_wait_for_can_be_hurried(connection: Connection, who: int) -> None:
    """Of this kind, of these people, and only what waits."""
    other = person(connection)
    add(connection, who, "a", due_at=NOW + DAY)
    add(connection, who, "b", "contact", due_at=NOW + DAY)
    add(connection, other, "c", due_at=NOW + DAY)
    fires.hurry(connection, [who], "open", NOW)
    fires.hurry(connection, [], "open", NOW)
    assert due(connection) == ["a"]


def test_fires_are_dropped_by_person_by_session_and_by_wave(connection: Connection, who: int) -> None:
    """A stop ends all, a session its own, a wave only contacts that are still planned."""
    other = person(connection)
    place, number = session(connection, who, address(connection, who)), wave(connection)
    add(connection, who, "session", session_id=place)
    add(connection, who, "contact", "contact", wave_id=number)
    add(connection, who, "reminder", "reminder", wave_id=number)
    add(connection, who, "plain")
    add(connection, other, "other")
    fires.drop_of_sessions(connection, [place])
    fires.drop_of_sessions(connection, [])
    assert sorted(due(connection)) == ["contact", "other", "plain", "reminder"]
    fires.drop_of_wave(connection, number)
    assert sorted(due(connection)) == ["other", "plain", "reminder"]
    fires.drop_for(connection, who)
    assert due(connection) == ["other"]


def test_two_processes_never_take_the_same_fire(postgres_store: Store) -> None:
    """What one process is doing is passed over by the other."""

    def two(connection: Connection) -> None:
        who = person(connection)
        for scope in ("a", "b"):
            add(connection, who, scope)

    postgres_store.write(two)
    engine = postgres_store.write_engine
    with engine.begin() as one, engine.begin() as other:
        assert (due(one, limit=1), due(other)) == (["a"], ["b"])
