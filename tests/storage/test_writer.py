"""The writing thread: it groups, isolates, tries again where that helps, and tells the truth."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, ExceptionContext, event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage import meta
from storage.engine import keyed_connection, read_key
from storage.store import Store
from storage.tables import meta as meta_rows
from storage.trouble import StorageFull, StorageTrouble
from storage.writer import GROUP_LIMIT, TRIES, Closed

Job = Callable[[Connection], Any]


def _keep(key: str) -> Job:
    return lambda connection: meta.put(connection, key, "kept")


def _kept(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(select(meta_rows.c.key)).scalars())


def _together(store: Store, jobs: list[Job]) -> list[Future[Any]]:
    """Hand jobs in while the writer is busy, so that they come up as one group; wait for all of them."""
    at_work, gate = threading.Event(), threading.Event()

    def busy(_: Connection) -> None:
        at_work.set()
        gate.wait(20)

    first = store.submit(busy)
    at_work.wait(20)
    futures = [store.submit(job) for job in jobs]
    gate.set()
    wait([first, *futures], 60)
    return futures


def _commits(store: Store) -> list[int]:
    """A list that grows by one with every commit."""
    seen: list[int] = []
    event.listen(store.write_engine, "commit", lambda _: seen.append(1))
    return seen


def test_a_job_gives_its_result_once_it_is_committed(store: Store) -> None:
    """What a job returns comes back, and others can read what it wrote."""

    def job(connection: Connection) -> str:
        meta.put(connection, "a", "1")
        return "done"

    assert (store.write(job), _kept(store)) == ("done", {"a"})


def test_jobs_that_wait_share_a_commit(store: Store) -> None:
    """Twenty waiting jobs cost one commit."""
    commits = _commits(store)
    _together(store, [_keep(str(number)) for number in range(20)])
    assert (len(commits), len(_kept(store))) == (2, 20)


def test_a_group_has_an_upper_limit(store: Store) -> None:
    """More jobs than the limit go into a second commit, and none is forgotten."""
    commits = _commits(store)
    _together(store, [_keep(str(number)) for number in range(GROUP_LIMIT + 1)])
    assert (len(commits), len(_kept(store))) == (3, GROUP_LIMIT + 1)


def test_jobs_run_in_the_order_they_were_handed_in(store: Store) -> None:
    """First come, first served, within a group and over several."""
    order: list[int] = []
    _together(store, [lambda _, n=number: order.append(n) for number in range(GROUP_LIMIT * 2)])  # type: ignore[misc]
    assert order == list(range(GROUP_LIMIT * 2))


def test_a_failing_job_does_not_spoil_its_neighbours(store: Store) -> None:
    """What the failing job wrote is gone, its caller learns why, and the others' work is committed."""

    def breaks(connection: Connection) -> None:
        meta.put(connection, "broken", "1")
        raise KeyError("our bug")

    before, broken, after = _together(store, [_keep("before"), breaks, _keep("after")])
    assert isinstance(broken.exception(), KeyError)
    assert (before.result(), after.result()) == (None, None)
    assert _kept(store) == {"before", "after"}


def test_a_refusal_by_the_schema_stays_with_its_job(store: Store) -> None:
    """A taken key is the job's own mistake, also on PostgreSQL, where it would end the transaction."""

    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(meta_rows.insert().values(key="taken", value=""))

    _, refused, _ = _together(store, [_keep("before"), twice, _keep("after")])
    assert isinstance(refused.exception(), IntegrityError)
    assert _kept(store) == {"before", "after"}


def test_a_failing_job_alone_leaves_nothing(store: Store) -> None:
    """Without neighbours there is no savepoint, and still nothing stays."""

    def breaks(connection: Connection) -> None:
        meta.put(connection, "broken", "1")
        raise KeyError("our bug")

    with pytest.raises(KeyError):
        store.write(breaks)
    store.write(_keep("next"))
    assert _kept(store) == {"next"}


def test_a_job_may_use_savepoints_of_its_own(store: Store) -> None:
    """A nested part that fails is undone, and the rest of its job stays."""

    def nested(connection: Connection) -> None:
        meta.put(connection, "outer", "1")
        inner = connection.begin_nested()
        meta.put(connection, "inner", "1")
        inner.rollback()

    _together(store, [nested, _keep("other")])
    assert _kept(store) == {"outer", "other"}


def test_a_cancelled_job_is_never_run(store: Store) -> None:
    """Somebody who has stopped waiting leaves no trace."""
    at_work, gate = threading.Event(), threading.Event()

    def busy(_: Connection) -> None:
        at_work.set()
        gate.wait(20)

    first = store.submit(busy)
    at_work.wait(20)
    second = store.submit(_keep("cancelled"))
    assert second.cancel()
    gate.set()
    first.result(20)
    store.write(_keep("next"))
    assert _kept(store) == {"next"}


def test_closing_finishes_what_was_handed_in(store: Store) -> None:
    """Every job that was accepted is committed before the database is let go."""
    futures = [store.submit(_keep(str(number))) for number in range(GROUP_LIMIT * 3)]
    store.writer.close()
    assert [future.result(0) for future in futures] == [None] * (GROUP_LIMIT * 3)
    assert len(_kept(store)) == GROUP_LIMIT * 3


def test_a_job_after_closing_is_refused_at_once(sqlite_store: Store) -> None:
    """Nobody waits for ever for a writer that has gone home."""
    sqlite_store.writer.close()
    with pytest.raises(Closed):
        sqlite_store.submit(_keep("late"))


def test_many_threads_may_hand_in_jobs(store: Store) -> None:
    """Eight threads, four hundred jobs, nothing lost."""

    def work(thread: int) -> None:
        for number in range(50):
            store.write(_keep(f"{thread}:{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(_kept(store)) == 400


# --- trying again -----------------------------------------------------------------------------------------

RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}'; END $$"


def _fails_first(times: int, state: str) -> tuple[Job, list[int]]:
    """A job that PostgreSQL throws out so many times, and the list of its runs."""
    runs: list[int] = []

    def job(connection: Connection) -> None:
        runs.append(1)
        meta.put(connection, "kept", "1")
        if len(runs) <= times:
            connection.execute(text(RAISE.format(state)))

    return job, runs


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_deadlock_is_tried_again(postgres_store: Store, state: str) -> None:
    """Serialization failures and deadlocks are nobody's fault: the job is done once more."""
    job, runs = _fails_first(2, state)
    postgres_store.write(job)
    assert (len(runs), _kept(postgres_store)) == (3, {"kept"})


def test_a_deadlock_in_a_group_is_tried_again_for_all(postgres_store: Store) -> None:
    """The neighbours of a job that met a deadlock are done again with it, once in effect."""
    job, _ = _fails_first(1, "40P01")
    futures = _together(postgres_store, [_keep("before"), job, _keep("after")])
    assert [future.exception() for future in futures] == [None] * 3
    assert _kept(postgres_store) == {"before", "kept", "after"}


def test_a_real_deadlock_is_won_in_the_end(postgres_store: Store) -> None:
    """Two transactions lock two rows in opposite order; ours gives way, tries again and succeeds."""
    for key in ("one", "two"):
        postgres_store.write(_keep(key))
    change = "UPDATE meta SET value = 'changed' WHERE key = '{}'"
    runs: list[int] = []

    def ours(connection: Connection) -> None:
        runs.append(1)
        connection.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
        connection.execute(text(change.format("one")))
        if len(runs) == 1:
            other.start()
            locked.wait(20)
        connection.execute(text(change.format("two")))

    def theirs() -> None:
        with postgres_store.read_engine.begin() as connection:
            connection.execute(text("SET LOCAL deadlock_timeout = '1h'"))
            connection.execute(text(change.format("two")))
            locked.set()
            connection.execute(text(change.format("one")))

    locked, other = threading.Event(), threading.Thread(target=theirs)
    postgres_store.write(ours)
    other.join(20)
    assert len(runs) == 2


def test_an_endless_deadlock_is_told_in_the_end(postgres_store: Store) -> None:
    """After five tries the caller learns that nothing was stored."""
    job, runs = _fails_first(100, "40001")
    with pytest.raises(StorageTrouble):
        postgres_store.write(job)
    assert (len(runs), _kept(postgres_store)) == (TRIES, set())


def test_a_mistake_is_not_tried_again(postgres_store: Store) -> None:
    """A statement that can never work is run once."""
    job, runs = _fails_first(100, "22012")
    with pytest.raises(DBAPIError):
        postgres_store.write(job)
    assert len(runs) == 1


def test_a_lost_connection_is_told_and_the_next_job_works(postgres_store: Store) -> None:
    """The server ends our connection in the middle: nothing is stored, and the writer connects anew."""

    def ends(connection: Connection) -> None:
        meta.put(connection, "lost", "1")
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StorageTrouble):
        postgres_store.write(ends)
    postgres_store.write(_keep("next"))
    assert _kept(postgres_store) == {"next"}


def test_somebody_elses_lock_is_waited_for(sqlite_store: Store) -> None:
    """Another program that writes to the file delays us, and costs nothing else."""
    refused: list[str] = []
    _shorten_busy_timeout(sqlite_store)
    with _locked_by_another(sqlite_store) as release:

        def third_time_lucky(context: ExceptionContext) -> None:
            refused.append(str(context.original_exception))
            if len(refused) == 2:
                release()

        event.listen(sqlite_store.write_engine, "handle_error", third_time_lucky)
        sqlite_store.write(_keep("kept"))
    assert (refused, _kept(sqlite_store)) == (["database is locked"] * 2, {"kept"})


@contextmanager
def _locked_by_another(store: Store) -> Iterator[Callable[[], None]]:
    """A second program holds the write lock until the given function is called, or to the end."""
    assert store.path is not None
    other = keyed_connection(store.path, read_key(store.path.parent.parent / "keys" / "kuulolla.key"))
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other.rollback
    finally:
        other.close()


def _shorten_busy_timeout(store: Store) -> None:
    raw = store.write_engine.raw_connection()
    raw.cursor().execute("PRAGMA busy_timeout = 5")
    raw.close()


def test_a_lock_that_never_goes_is_told_in_plain_words(sqlite_store: Store) -> None:
    """A file that somebody else holds for good gives one clear message."""
    _shorten_busy_timeout(sqlite_store)
    with (
        _locked_by_another(sqlite_store),
        pytest.raises(StorageTrouble, match="held by another program"),
    ):
        sqlite_store.write(_keep("never"))
    assert _kept(sqlite_store) == set()


# --- a full disk ------------------------------------------------------------------------------------------


def _fill(store: Store, spare_pages: int = 0) -> None:
    """From now on the file may not grow: what SQLite says then is what it says on a full disk."""
    raw = store.write_engine.raw_connection()
    cursor = raw.cursor()
    pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    cursor.execute(f"PRAGMA max_page_count = {pages + spare_pages}")
    raw.close()


def _big(key: str) -> Job:
    return lambda connection: meta.put(connection, key, "x" * 200_000)


def test_a_full_disk_is_told_as_such(sqlite_store: Store) -> None:
    """Nothing is stored, the error says what to do, and a small job still works afterwards."""
    _fill(sqlite_store, spare_pages=4)
    with pytest.raises(StorageFull, match="Make room"):
        sqlite_store.write(_big("big"))
    sqlite_store.write(_keep("small"))
    assert _kept(sqlite_store) == {"small"}


def test_a_full_disk_fails_the_whole_group(sqlite_store: Store) -> None:
    """Everybody in the group learns that nothing was stored: nobody confirms what is not there."""
    _fill(sqlite_store, spare_pages=4)
    futures = _together(sqlite_store, [_keep("before"), _big("big"), _keep("after")])
    assert [type(future.exception()) for future in futures] == [StorageFull] * 3
    assert _kept(sqlite_store) == set()


def test_room_that_is_made_saves_the_group(sqlite_store: Store) -> None:
    """Where room can be made the jobs are done again, and nobody has noticed anything."""
    _fill(sqlite_store)
    asked: list[int] = []

    def make_room() -> bool:
        asked.append(1)
        raw = sqlite_store.write_engine.raw_connection()
        raw.cursor().execute("PRAGMA max_page_count = 100000")
        raw.close()
        return True

    sqlite_store.writer._make_room = make_room
    futures = _together(sqlite_store, [_keep("before"), _big("big"), _keep("after")])
    assert [future.exception() for future in futures] == [None] * 3
    assert (len(asked), _kept(sqlite_store)) == (1, {"before", "big", "after"})


def test_a_full_disk_of_postgres_is_told_as_such(postgres_store: Store) -> None:
    """PostgreSQL's word for a full disk means the same."""
    job, runs = _fails_first(100, "53100")
    with pytest.raises(StorageFull):
        postgres_store.write(job)
    assert len(runs) == 1
