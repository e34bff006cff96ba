"""What came is stored once, taken in order, erased when done, and given up only after five tries."""

from datetime import timedelta

from sqlalchemy import Connection, func, select

from bot.engine.messages import RawUpdate
from storage import inbox
from storage.store import Store
from storage.tables import inbox as rows
from tests.storage.rows import NOW


def came(
    connection: Connection, *names: str, chat: str = "5", account: str = "1", platform: str = "telegram"
) -> None:
    """Updates with these ids."""
    updates = [RawUpdate(external_id=name, chat=chat, body=name.encode()) for name in names]
    inbox.add(connection, platform, account, updates, NOW)


def taken(connection: Connection, limit: int = 100) -> list[bytes]:
    """The bodies that wait."""
    return [row.body for row in inbox.take(connection, limit)]


def test_an_update_is_stored_as_it_came(connection: Connection) -> None:
    """Every byte, its chat, and the moment of our receipt."""
    body = bytes(range(256))
    inbox.add(connection, "telegram", "1", [RawUpdate(external_id="a", chat="5", body=body)], NOW)
    (row,) = inbox.take(connection, 10)
    assert (row.platform, row.account, row.chat, row.received_at, row.body, row.attempts) == (
        "telegram", "1", "5", NOW, body, 0,
    )  # fmt: skip


def test_nothing_at_all_may_come(connection: Connection) -> None:
    """An empty batch is no mistake."""
    inbox.add(connection, "telegram", "1", [], NOW)
    assert taken(connection) == []


def test_a_second_delivery_changes_nothing(connection: Connection) -> None:
    """Within a batch, in a later one, and after the first was done."""
    came(connection, "a", "a", "b")
    came(connection, "b", "c", "a")
    assert taken(connection) == [b"a", b"b", b"c"]
    inbox.finish(connection, [row.id for row in inbox.take(connection, 10)])
    came(connection, "a", "b")
    assert (taken(connection), inbox.waiting(connection)) == ([], 0)


def test_ids_are_each_accounts_own(connection: Connection) -> None:
    """Another account and another platform may use the same id."""
    came(connection, "a")
    came(connection, "a", account="2")
    came(connection, "a", platform="slack")
    assert inbox.waiting(connection) == 3


def test_the_oldest_come_first(connection: Connection) -> None:
    """In the order of arrival, as many as asked for."""
    came(connection, "a", "b", "c")
    assert taken(connection, 2) == [b"a", b"b"]


def test_a_done_row_keeps_its_key_and_loses_its_words(connection: Connection) -> None:
    """The body is erased in the same transaction as its effect."""
    came(connection, "a", "b")
    first, second = inbox.take(connection, 10)
    inbox.finish(connection, [first.id])
    inbox.finish(connection, [])
    assert taken(connection) == [b"b"]
    stored = {row.id: (row.state, row.body) for row in connection.execute(select(rows))}
    assert stored == {first.id: ("done", None), second.id: ("new", b"b")}


def test_a_row_that_makes_us_fail_is_given_up_after_five_tries(connection: Connection) -> None:
    """Then it is dead, is kept with its words for whoever mends us, and holds up nobody."""
    came(connection, "a", "b")
    dead = [inbox.fail(connection, inbox.take(connection, 1)[0], "KeyError" * 100) for _ in range(5)]
    assert dead == [False, False, False, False, True]
    stored = connection.execute(select(rows).where(rows.c.external_id == "a")).one()
    assert (stored.state, stored.attempts, stored.body, len(stored.error)) == ("dead", 5, b"a", 256)
    assert taken(connection) == [b"b"]


def test_old_keys_are_forgotten_and_nothing_else(connection: Connection) -> None:
    """What waits and what is dead stays, however old."""
    came(connection, "done", "dead", "new")
    done, dead, _ = inbox.take(connection, 10)
    inbox.finish(connection, [done.id])
    for _ in range(5):
        inbox.fail(connection, inbox.take(connection, 1)[0], "x")
    assert dead.body == b"dead"
    assert inbox.purge(connection, NOW) == 0
    assert inbox.purge(connection, NOW + timedelta(seconds=1)) == 1
    left = connection.execute(select(rows.c.external_id).order_by(rows.c.id)).scalars()
    assert list(left) == ["dead", "new"]


def test_a_row_number_is_never_used_again(connection: Connection) -> None:
    """Outbox keys are made of it: a purged row's number must not come back."""
    came(connection, "a")
    (row,) = inbox.take(connection, 1)
    inbox.finish(connection, [row.id])
    inbox.purge(connection, NOW + timedelta(days=1))
    came(connection, "b")
    assert inbox.take(connection, 1)[0].id > row.id
    assert connection.execute(select(func.count()).select_from(rows)).scalar_one() == 1


def test_a_thousand_updates_go_in_at_once(connection: Connection) -> None:
    """A backlog after an outage."""
    came(connection, *(str(number) for number in range(1000)))
    assert inbox.waiting(connection) == 1000


# --- several processes on PostgreSQL ----------------------------------------------------------------------


def test_two_processes_never_take_the_same_row(postgres_store: Store) -> None:
    """Chats are shared out: while one process has a chat, the other passes it over."""
    postgres_store.write(lambda c: came(c, "a1", chat="a"))
    postgres_store.write(lambda c: came(c, "b1", chat="b"))
    postgres_store.write(lambda c: came(c, "a2", chat="a"))
    engine = postgres_store.write_engine
    with engine.begin() as one, engine.begin() as two, engine.begin() as three:
        assert taken(one, 1) == [b"a1"]
        assert taken(two) == [b"b1"]
        assert taken(three) == []


def test_a_chats_order_is_kept_over_processes(postgres_store: Store) -> None:
    """The second message waits for the first, even if the first one's process is slow."""
    postgres_store.write(lambda c: came(c, "1", "2", chat="a"))
    engine = postgres_store.write_engine
    with engine.begin() as slow:
        (first,) = inbox.take(slow, 1)
        with engine.begin() as quick:
            assert taken(quick) == []
        inbox.finish(slow, [first.id])
    with engine.begin() as quick:
        assert taken(quick) == [b"2"]


def test_a_process_looks_past_chats_that_others_have(postgres_store: Store) -> None:
    """A long queue of one chat does not keep the others' work from a second process."""
    postgres_store.write(lambda c: came(c, *(str(number) for number in range(50)), chat="a"))
    postgres_store.write(lambda c: came(c, "b", chat="b"))
    engine = postgres_store.write_engine
    with engine.begin() as one, engine.begin() as two:
        assert len(taken(one, 10)) == 10
        assert taken(two, 10) == [b"b"]


def test_what_a_crashed_process_had_taken_is_free_again(postgres_store: Store) -> None:
    """A transaction that never committed leaves its rows to the next."""
    postgres_store.write(lambda c: came(c, "a"))
    with postgres_store.write_engine.connect() as crashes:
        assert taken(crashes) == [b"a"]
    with postgres_store.write_engine.begin() as other:
        assert taken(other) == [b"a"]
