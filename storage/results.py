"""What the reports count: reactions, answers and answer times, counted by the database.

Only present answers are counted: of several revisions the highest one. Counting stands here so that a report
of ten million answers moves a few thousand rows. It hides no small group and knows no statistic.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy import cast as as_type
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Subquery

from storage.epochs import MARK
from storage.tables import NOBODY, addresses, answers, contacts, persons, sessions, wave_people, waves

__all__ = ["Connection"]

BATCH: Final = 5000
"""Rows fetched at once while streaming: enough to hide the round trip, few enough to stay small in memory."""

TENTHS: Final = 10
"""Times are counted in tenths of a second: finer than anybody taps."""

SPEAKERS: Final = 20_000
"""Sessions whose words a report reads: more than anybody does, and few enough to stay small in memory."""

UNFINISHED: Final = ("active", "partial", "abandoned", "not_now", "declined", "ignored")
"""Statuses of sessions that may have stopped at a question."""

UNASKED_FOR: Final = ("known", "computed", "left_out")
"""Statuses of answers that nobody was asked to give."""

_later: Final = answers.alias("later")
PRESENT: Final = ~exists(
    select(literal(1)).where(
        _later.c.session_id == answers.c.session_id,
        _later.c.question == answers.c.question,
        _later.c.revision > answers.c.revision,
    )
)
"""An answer that no later revision has replaced."""

UNASKED: Final = or_(sessions.c.self_started, sessions.c.wave_id.is_(None))
"""A session that the person began by keyword, link or command."""

WAVE: Final = case((UNASKED, None), else_=sessions.c.wave_id).label("wave_id")
"""The wave that asked; null for a session that nobody had asked for."""


# --- what there is ----------------------------------------------------------------------------------------


def surveys(connection: Connection) -> list[str]:
    """Every survey that has a wave or a session, by name."""
    named = select(waves.c.survey).union(select(sessions.c.survey))
    return sorted(connection.execute(named).scalars())


def people(connection: Connection) -> int:
    """How many people are on the roll."""
    query = select(func.count()).select_from(persons).where(persons.c.id != NOBODY)
    return connection.execute(query).scalar_one()


def versions(connection: Connection, survey: str) -> list[str]:
    """Digests of the flow versions that this survey has asked, the one used last first."""
    by_wave = select(waves.c.flow_digest.label("digest"), waves.c.opens_at.label("at"))
    by_session = select(sessions.c.flow_digest, sessions.c.created_at)
    used = by_wave.where(waves.c.survey == survey).union_all(by_session.where(sessions.c.survey == survey))
    uses = used.subquery()
    last = func.max(uses.c.at)
    rows = connection.execute(
        select(uses.c.digest).group_by(uses.c.digest).order_by(last.desc(), uses.c.digest)
    )
    return list(rows.scalars())


def period(
    connection: Connection, survey: str, wave_ids: Sequence[int]
) -> tuple[datetime | None, datetime | None]:
    """When the first and the last of these sessions began; None where there is none."""
    first, last = func.min(sessions.c.created_at), func.max(sessions.c.created_at)
    row = connection.execute(select(first, last).where(of_survey(survey, wave_ids))).one()
    return row[0], row[1]


def of_survey(survey: str, wave_ids: Sequence[int]) -> ColumnElement[bool]:
    """Sessions of these waves, and those of the survey that nobody had asked for."""
    return and_(sessions.c.survey == survey, or_(UNASKED, sessions.c.wave_id.in_(wave_ids)))


# --- response ---------------------------------------------------------------------------------------------


class Reaction(NamedTuple):
    """So many people of a wave's audience share a story; what belongs to a session is None without one."""

    wave_id: int
    reason: int | None
    invite: str | None
    """State of the invite: reserved, sent, unknown, released; None: no invite was planned."""
    status: str | None
    """Status of the session that the invite began."""
    cut_off: bool
    """The address cannot be written to any more, and nothing has happened since."""
    answered: int
    applicable: int
    """Questions put and not withdrawn: answered, refused or timed out; skipped only where nothing was
    answered, for only what the flow calls optional can be skipped, and a skip leaves nothing open."""
    people: int


class Arrival(NamedTuple):
    """So many sessions that people began by themselves share this status and these answers."""

    status: str
    answered: int
    applicable: int
    sessions: int


def reactions(connection: Connection, wave_ids: Sequence[int]) -> list[Reaction]:
    """What became of everybody in the audiences of these waves."""
    asked = _last_session(wave_ids)
    progress = _progress(and_(sessions.c.wave_id.in_(wave_ids), ~sessions.c.self_started))
    same_person = [
        and_(table.c.wave_id == wave_people.c.wave_id, table.c.person_id == wave_people.c.person_id)
        for table in (contacts, asked)
    ]
    invited = and_(same_person[0], contacts.c.kind == "invite", contacts.c.number == 1)
    people = (
        wave_people.join(waves, waves.c.id == wave_people.c.wave_id)
        .outerjoin(contacts, invited)
        .outerjoin(asked, same_person[1])
        .outerjoin(sessions, sessions.c.id == asked.c.id)
        .outerjoin(addresses, addresses.c.id == sessions.c.address_id)
        .outerjoin(progress, progress.c.session_id == sessions.c.id)
    )
    # of anonymous answers only this is known, that they were complete
    whole = and_(waves.c.anonymous_k.is_not(None), sessions.c.status == "completed")
    query = (
        select(
            wave_people.c.wave_id,
            wave_people.c.reason,
            contacts.c.state.label("invite"),
            sessions.c.status,
            _cut_off().label("cut_off"),
            case((whole, 1), else_=func.coalesce(progress.c.answered, 0)).label("answered"),
            case((whole, 1), else_=func.coalesce(progress.c.applicable, 0)).label("applicable"),
        )
        .select_from(people)
        .where(wave_people.c.wave_id.in_(wave_ids))
    )
    return [Reaction._make(row)._replace(cut_off=bool(row.cut_off)) for row in counted(connection, query)]


def arrivals(connection: Connection, survey: str) -> list[Arrival]:
    """Sessions of a survey that were begun without an invite: by keyword, link or command."""
    chosen = and_(sessions.c.survey == survey, UNASKED)
    progress = _progress(chosen)
    query = (
        select(
            sessions.c.status,
            func.coalesce(progress.c.answered, 0).label("answered"),
            func.coalesce(progress.c.applicable, 0).label("applicable"),
        )
        .select_from(sessions.outerjoin(progress, progress.c.session_id == sessions.c.id))
        .where(chosen)
    )
    return [Arrival._make(row) for row in counted(connection, query)]


def counted(connection: Connection, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Equal rows once, with their number. Grouped outside, because PostgreSQL compares no parameters."""
    inner = query.subquery()
    return connection.execute(select(*inner.c, func.count().label("n")).group_by(*inner.c)).all()


def _last_session(wave_ids: Sequence[int]) -> Subquery:
    """One session for each person of a wave: the newest that an invite began."""
    return (
        select(sessions.c.wave_id, sessions.c.person_id, func.max(sessions.c.id).label("id"))
        .where(sessions.c.wave_id.in_(wave_ids), ~sessions.c.self_started)
        .group_by(sessions.c.wave_id, sessions.c.person_id)
        .subquery()
    )


def _progress(chosen: ColumnElement[bool]) -> Subquery:
    """Answers per session: given, and asked for."""
    given = func.sum(case((answers.c.status == "answered", 1), else_=0))
    asked_for = func.sum(case((answers.c.status.in_(("withdrawn", "skipped", *UNASKED_FOR)), 0), else_=1))
    put = func.sum(case((answers.c.status.in_(("withdrawn", *UNASKED_FOR)), 0), else_=1))
    applicable = case((given == 0, put), else_=asked_for)
    return (
        select(answers.c.session_id, given.label("answered"), applicable.label("applicable"))
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(chosen, PRESENT)
        .group_by(answers.c.session_id)
        .subquery()
    )


def _cut_off() -> ColumnElement[int]:
    """1 where the session's address is closed and the person has begun nothing since."""
    since = sessions.alias("since")
    again = exists(
        select(literal(1)).where(since.c.person_id == sessions.c.person_id, since.c.id > sessions.c.id)
    )
    return case((and_(addresses.c.unreachable.is_not(None), ~again), 1), else_=0)


class SessionTime(NamedTuple):
    """So many completed sessions took this long."""

    wave_id: int | None
    tenths: int
    """Measured active time in tenths of a second."""
    sessions: int


def session_seconds(connection: Connection, survey: str, wave_ids: Sequence[int]) -> list[SessionTime]:
    """How long completed sessions took."""
    query = select(WAVE, tenths_of(connection, sessions.c.seconds)).where(
        of_survey(survey, wave_ids), sessions.c.status == "completed", sessions.c.person_id != NOBODY
    )
    return [SessionTime._make(row) for row in counted(connection, query)]


def tenths_of(connection: Connection, seconds: ColumnElement[float]) -> ColumnElement[int]:
    """Whole tenths of a second, rounded down: a cast rounds on PostgreSQL and cuts on SQLite."""
    scaled = seconds * TENTHS
    whole = func.floor(scaled) if connection.dialect.name == "postgresql" else scaled
    return as_type(whole, Integer).label("tenths")


# --- answers ----------------------------------------------------------------------------------------------


class Words(NamedTuple):
    """Free words of one answer: to a text question, or to "other, please specify"."""

    wave_id: int | None
    flow_digest: str
    question: str
    session: str
    value: str
    """JSON."""
    other: str


class Stop(NamedTuple):
    """A session that did not come to its end, or not yet."""

    wave_id: int | None
    flow_digest: str
    state: str
    """The session as JSON."""


def words(
    connection: Connection, survey: str, wave_ids: Sequence[int], questions: Mapping[str, Sequence[str]]
) -> Iterator[Words]:
    """Free words: answers to ``questions`` (by flow version), and words of "other" anywhere.

    Their order means nothing. Of a very large survey only the words of ``SPEAKERS`` sessions are read, which
    chance has chosen: the random letters of their names.
    """
    heard = (
        select(sessions.c.id)
        .where(sessions.c.survey == survey)
        .order_by(sessions.c.public_id)
        .limit(SPEAKERS)
    )
    query = (
        select(
            WAVE,
            sessions.c.flow_digest,
            answers.c.question,
            sessions.c.public_id,
            answers.c.value,
            answers.c.other,
        )
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(
            of_survey(survey, wave_ids),
            sessions.c.id.in_(heard),
            PRESENT,
            answers.c.status == "answered",
            or_(among(questions), answers.c.other != ""),
        )
    )
    return (Words._make(row) for row in stream(connection, query))


def among(questions: Mapping[str, Sequence[str]]) -> ColumnElement[bool]:
    """Answers to these questions of these flow versions."""
    chosen = (
        and_(sessions.c.flow_digest == digest, answers.c.question.in_(names))
        for digest, names in questions.items()
    )
    return or_(false(), *chosen)


def unfinished(connection: Connection, survey: str, wave_ids: Sequence[int]) -> Iterator[Stop]:
    """Sessions whose state tells at which question they stopped."""
    query = select(WAVE, sessions.c.flow_digest, sessions.c.state).where(
        of_survey(survey, wave_ids), sessions.c.status.in_(UNFINISHED), ~sessions.c.state.startswith(MARK)
    )
    return (Stop._make(row) for row in stream(connection, query))


def stream(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    """Rows in batches, so that a long result never stands in memory as a whole."""
    return iter(connection.execute(query, execution_options={"yield_per": BATCH}))
