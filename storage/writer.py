"""One thread that writes: it takes all jobs that wait, runs each in a savepoint and commits them together.

On SQLite one commit for many waiting messages is what makes the bot fast, as the flush to disk is the cost.
A job is a plain function of a connection. It must not touch the network, and it may run again after a
deadlock, so it must not change anything but the database.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
Job = Callable[[Connection], Any]

GROUP_LIMIT: Final = 64
"""Jobs in one commit. More would only make the first of them wait longer."""
RETRIES: Final = 5
RETRY_STATES: Final = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, deadlock."""


class Writer:
    """Runs writing jobs one group at a time. ``submit`` may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """The future holds the job's result once it is committed, or the exception that rolled it back."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Finish what was submitted, then end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            first = self._jobs.get()
            if first is None:
                return
            group = [first]
            while len(group) < GROUP_LIMIT:
                try:
                    more = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    closing = True
                    break
                group.append(more)
            self._commit(group)

    def _commit(self, group: list[tuple[Job, Future[Any]]]) -> None:
        wanted = [(job, future) for job, future in group if future.set_running_or_notify_cancel()]
        results: list[Any] = []
        for attempt in range(RETRIES):
            results = []
            try:
                with self._engine.begin() as connection:
                    for job, _ in wanted:
                        results.append(_outcome(connection, job, alone=len(wanted) == 1))
            except _Failed as failed:
                results = [failed]
            except BaseException as error:  # the commit itself failed: nobody's work is in the database
                results = [_Failed(error)] * len(wanted)
            if attempt + 1 < RETRIES and any(_worth_retrying(result) for result in results):
                continue
            break
        for (_, future), result in zip(wanted, results, strict=True):
            if isinstance(result, _Failed):
                future.set_exception(result.error)
            else:
                future.set_result(result)


class _Failed(Exception):
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _outcome(connection: Connection, job: Job, *, alone: bool) -> Any:
    if alone:
        try:
            return job(connection)
        except BaseException as error:
            raise _Failed(error) from error
    try:
        with connection.begin_nested():
            return job(connection)
    except Exception as error:
        if _worth_retrying(_Failed(error)):
            raise  # a deadlock spoils the whole transaction
        return _Failed(error)


def _worth_retrying(result: Any) -> bool:
    error = result.error if isinstance(result, _Failed) else None
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in RETRY_STATES
