"""One thread that writes: it takes all jobs that wait, runs each in a savepoint and commits them together.

On SQLite one commit for many waiting messages is what makes the bot fast, as the flush to disk is the cost.
A job is a plain function of a connection. It must not touch the network, and it may run again after a
deadlock or a full disk, so it must not change anything but the database.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine

from storage import trouble

T = TypeVar("T")
Job = Callable[[Connection], Any]

GROUP_LIMIT: Final = 64
"""Jobs in one commit. More would only make the first of them wait longer."""
TRIES: Final = 5
"""Of a group that met a deadlock or somebody else's lock. Each try waits five seconds for a lock."""


class Closed(RuntimeError):
    """The database was closed before this job was handed in."""


class Writer:
    """Runs writing jobs one group at a time. ``submit`` may be called from any thread.

    ``place`` names the database in messages. ``make_room`` is asked once a commit meets a full disk; where it
    gives room back (True), the group is tried again.
    """

    def __init__(
        self, engine: Engine, place: str = "the database", make_room: Callable[[], bool] = lambda: False
    ) -> None:
        self._engine = engine
        self._place = place
        self._make_room = make_room
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """The future holds the job's result once it is committed, or the exception that rolled it back.

        A database that cannot work gives StorageTrouble; a full disk its subclass StorageFull. Raises Closed
        after ``close``.
        """
        future: Future[T] = Future()
        with self._door:
            if self._closed:
                raise Closed
            self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Finish what was submitted, then end the thread."""
        with self._door:
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group, last = self._next_group()
            wanted = [(job, future) for job, future in group if future.set_running_or_notify_cancel()]
            if wanted:
                results = self._commit([job for job, _ in wanted])
                for (_, future), result in zip(wanted, results, strict=True):
                    self._tell(future, result)
            if last:
                return

    def _next_group(self) -> tuple[list[tuple[Job, Future[Any]]], bool]:
        """Everything that waits, at least one job; and whether nothing will come after it."""
        group: list[tuple[Job, Future[Any]]] = []
        try:
            while len(group) < GROUP_LIMIT:
                one = self._jobs.get(block=not group)
                if one is None:
                    return group, True
                group.append(one)
        except queue.Empty:
            pass
        return group, False

    def _commit(self, jobs: Sequence[Job]) -> Sequence[Any]:
        """One result for each job: what it returned, or the _Failed that it ended in."""
        results: Sequence[Any] = ()
        for _ in range(TRIES):
            results = self._attempt(jobs)
            errors = [result.error for result in results if isinstance(result, _Failed)]
            if any(map(trouble.full, errors)):
                again = self._make_room()
            else:
                again = any(map(trouble.may_pass, errors))
            if not again:
                break
        return results

    def _attempt(self, jobs: Sequence[Job]) -> Sequence[Any]:
        try:
            with self._engine.begin() as connection:
                if len(jobs) == 1:
                    return [jobs[0](connection)]
                return [_in_savepoint(connection, job) for job in jobs]
        except BaseException as error:  # noqa: BLE001 - nobody's work is in the database, and each caller is told
            return [_Failed(error)] * len(jobs)

    def _tell(self, future: Future[Any], result: Any) -> None:
        if isinstance(result, _Failed):
            future.set_exception(trouble.told(result.error, self._place))
        else:
            future.set_result(result)


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _in_savepoint(connection: Connection, job: Job) -> Any:
    try:
        with connection.begin_nested():
            return job(connection)
    except Exception as error:
        if trouble.of_the_database(error):
            raise  # it spoils the whole transaction, not this job alone
        return _Failed(error)
