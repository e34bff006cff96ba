"""Sessions as rows: which are due, which were never seen, which must be put again."""

from sqlalchemy import Connection, func, select

from storage import sessions
from storage.store import Store
from storage.tables import outbox
from storage.tables import sessions as rows
from tests.storage.rows import DAY, HOUR, NOW, correspondent, send, session, wave


def begun(connection: Connection, name: str, **values: object) -> int:
    """A session of somebody new."""
    who = correspondent(connection, name)
    return session(connection, who.person_id, who.address_id, public_id=name[:16], **values)


def test_sessions_whose_deadline_has_passed_are_overdue(connection: Connection) -> None:
    """Those that wait, oldest first; the deadline itself is over."""
    late = begun(connection, "telegram:1", deadline=NOW)
    later = begun(connection, "telegram:2", deadline=NOW - DAY, status="invited")
    begun(connection, "telegram:3", deadline=NOW + HOUR)
    begun(connection, "telegram:4", deadline=NOW - DAY, status="completed")
    begun(connection, "telegram:5")
    assert sessions.overdue(connection, NOW, 10) == [later, late]
    assert sessions.overdue(connection, NOW, 1) == [later]
    assert sessions.next_deadline(connection) == NOW - DAY
    sessions.postpone(connection, later, NOW + DAY)
    assert (sessions.overdue(connection, NOW, 10), sessions.next_deadline(connection)) == ([late], NOW)


def test_without_sessions_nothing_is_due(connection: Connection) -> None:
    """Nothing to wait for."""
    assert sessions.next_deadline(connection) is None


def test_an_invite_that_never_left_us_leaves_no_session(connection: Connection) -> None:
    """Its message stays as a record; a session that was opened stays."""
    who, other, number = correspondent(connection), correspondent(connection, "telegram:6"), wave(connection)
    row = session(connection, who.person_id, who.address_id, status="invited", wave_id=number)
    opened = session(connection, other.person_id, other.address_id, public_id="s2", wave_id=number)
    send(connection, who, "1:1", session_row=row)
    for person in (who, other):
        sessions.retract(connection, person.person_id, number)
    assert list(connection.execute(select(rows.c.id)).scalars()) == [opened]
    assert connection.execute(select(outbox.c.session_id)).scalar_one() is None
    assert connection.execute(select(func.count()).select_from(outbox)).scalar_one() == 1


def test_open_questions_of_a_platform_are_known(connection: Connection) -> None:
    """Where they can be put again after an outage."""
    one = begun(connection, "telegram:1")
    two = begun(connection, "telegram:2", status="invited")
    begun(connection, "telegram:3", status="completed")
    begun(connection, "slack:4")
    who = correspondent(connection, "telegram:7")
    session(connection, who.person_id, who.address_id, public_id="x")
    from sqlalchemy import update

    from storage.tables import addresses

    connection.execute(
        update(addresses).where(addresses.c.id == who.address_id).values(unreachable="blocked")
    )
    assert sessions.waiting_prompts(connection, "telegram") == [one, two]


def test_whether_somebody_is_waited_for_is_known(connection: Connection) -> None:
    """Invited and active sessions wait."""
    who, other = correspondent(connection), correspondent(connection, "telegram:6")
    session(connection, who.person_id, who.address_id, status="invited")
    session(connection, other.person_id, other.address_id, public_id="s2", status="partial")
    assert [sessions.waiting_for(connection, one.person_id) for one in (who, other)] == [True, False]


def test_two_processes_never_end_the_same_session(postgres_store: Store) -> None:
    """What one process is ending is passed over by the other."""

    def two(connection: Connection) -> None:
        for name in ("telegram:1", "telegram:2"):
            begun(connection, name, deadline=NOW)

    postgres_store.write(two)
    engine = postgres_store.write_engine
    with engine.begin() as one, engine.begin() as other:
        assert (len(sessions.overdue(one, NOW, 1)), len(sessions.overdue(other, NOW, 10))) == (1, 1)
