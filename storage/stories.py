"""Sessions with their answers, one after the other, for exports of any length.

Two cursors run side by side in the order of the sessions, so that nothing is sorted and nothing is joined
for each answer. Times come as microseconds since 1970: whoever writes millions of them turns them into words
many at once. Nothing here writes, and nothing is hidden.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, Connection, Select, and_, case, func, or_, select, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from storage.epochs import MARK
from storage.results import BATCH
from storage.tables import NOBODY, answers, sessions, waves

MICROSECONDS: Final = 1_000_000


class Line(NamedTuple):
    """One session. Times in microseconds since 1970, UTC."""

    row: int
    session: str
    person: int
    survey: str
    wave: str | None
    self_started: bool
    flow_digest: str
    status: str
    state: str | None
    """The session as JSON, where it did not come to its end."""
    created_at: int
    ended_at: int | None
    seconds: float


Given: TypeAlias = tuple[int, str, int, str, str, str, float, int, str | None]
"""One present answer: row of its session, question, revision, status, value (JSON), other, seconds, at,
detail (JSON or None).

A plain tuple, for there may be many millions of them.
"""


def stories(
    connection: Connection, surveys: Sequence[str], since: datetime | None = None
) -> Iterator[tuple[Line, Sequence[Given]]]:
    """Every session of these surveys that began at that moment or later, in the order in which they began.

    Its present answers come in the order in which they were given; of several revisions only the last one.
    """
    given = _groups(connection, surveys, since)
    ahead = next(given, None)
    for line in _lines(connection, surveys, since):
        while ahead is not None and ahead[0] < line.row:
            ahead = next(given, None)
        if ahead is not None and ahead[0] == line.row:
            yield line, ahead[1]
        else:
            yield line, ()


def _lines(connection: Connection, surveys: Sequence[str], since: datetime | None) -> Iterator[Line]:
    began, ended = (_micros(connection, sessions.c[name]) for name in ("created_at", "ended_at"))
    query = (
        select(
            sessions.c.id,
            sessions.c.public_id,
            sessions.c.person_id,
            sessions.c.survey,
            waves.c.name,
            sessions.c.self_started,
            sessions.c.flow_digest,
            sessions.c.status,
            case(
                (and_(sessions.c.status != "completed", ~sessions.c.state.startswith(MARK)), sessions.c.state)
            ),
            began,
            ended,
            sessions.c.seconds,
        )
        .select_from(sessions.outerjoin(waves, waves.c.id == sessions.c.wave_id))
        .where(*_chosen(surveys, since), _with_answers())
        .order_by(sessions.c.id)
    )
    for batch in _batches(connection, query):
        yield from map(Line._make, batch)


def _groups(
    connection: Connection, surveys: Sequence[str], since: datetime | None
) -> Iterator[tuple[int, Sequence[Given]]]:
    """The present answers of each session that has any."""
    query = select(
        answers.c.session_id,
        answers.c.question,
        answers.c.revision,
        answers.c.status,
        answers.c.value,
        answers.c.other,
        answers.c.seconds,
        _micros(connection, answers.c.at),
        answers.c.detail,
    ).order_by(answers.c.session_id, answers.c.question, answers.c.revision)
    if not _everything(connection, surveys, since):
        wanted = select(sessions.c.id).where(*_chosen(surveys, since))
        query = query.where(answers.c.session_id.in_(wanted))
    for row, group in groupby(chain.from_iterable(_batches(connection, query)), itemgetter(0)):
        latest = {one[1]: one for one in group}
        yield row, sorted(latest.values(), key=itemgetter(2))


def _everything(connection: Connection, surveys: Sequence[str], since: datetime | None) -> bool:
    known = set(connection.execute(select(sessions.c.survey).distinct()).scalars())
    return since is None and known <= set(surveys)


def _chosen(surveys: Sequence[str], since: datetime | None) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = [sessions.c.survey.in_(surveys)]
    return [*chosen, sessions.c.created_at >= since] if since is not None else chosen


def _with_answers() -> ColumnElement[bool]:
    """Of an anonymous wave the answers without an author, and not the sessions that brought them."""
    return or_(waves.c.anonymous_k.is_(None), sessions.c.person_id == NOBODY)


def _micros(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[int]:
    """The moment as a whole number: on SQLite it is stored so, and PostgreSQL reckons it."""
    if connection.dialect.name == "sqlite":
        return type_coerce(column, BigInteger)
    return func.cast(func.extract("epoch", column) * MICROSECONDS, BigInteger)


def _batches(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    if connection.dialect.name != "sqlite":
        return iter(connection.execute(query, execution_options={"yield_per": BATCH}).partitions(BATCH))
    # the driver's own rows: SQLAlchemy's cost as much again as reading them
    cursor: Any = connection.execute(query).cursor
    return iter(lambda: cursor.fetchmany(BATCH), [])
