"""Answers counted by the database: how often each was given, and how long it took.

Only present answers count: of several revisions the highest one. PostgreSQL groups; SQLite would sort
millions of rows to do so, and hands over whole columns as one text instead, a block of rows at a time, which
is counted here. Nothing is hidden, and no row of the answers leaves this module.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, String, case, func, literal, literal_column, select, text

from storage.results import PRESENT, WAVE, among, counted, of_survey, tenths_of
from storage.tables import NOBODY, answers, sessions

BLOCK: Final = 20_000
"""Row numbers of answers in one text: about two megabytes."""

MANY: Final = 20_000
"""Sessions of a survey from which blocks are quicker than grouping."""

FIELD, RECORD = "\x1f", "\x1e"
"""Separators: JSON escapes both, and no id has them."""


class AnswerCount(NamedTuple):
    """So many present answers to a question are alike."""

    wave_id: int | None
    flow_digest: str
    question: str
    status: str
    value: str
    """JSON; an empty text for questions whose values are not counted."""
    mark: int
    """The first of the marks at or above the answer's row number; 0: it is newer than all of them."""
    answers: int


class AnswerTime(NamedTuple):
    """So many answers came this long after their question."""

    wave_id: int | None
    flow_digest: str
    question: str
    tenths: int
    answers: int


def newest(connection: Connection) -> int:
    """The row number of the newest answer; 0 without answers."""
    return connection.execute(select(func.max(answers.c.id))).scalar() or 0


def count(
    connection: Connection,
    survey: str,
    wave_ids: Sequence[int],
    *,
    uncounted: Mapping[str, Sequence[str]],
    marks: Sequence[int] = (),
) -> tuple[list[AnswerCount], list[AnswerTime]]:
    """Present answers by question, status and value; and by time from question to answer.

    ``uncounted``: questions by flow version whose values are passed over, because each is its own. ``marks``:
    row numbers, oldest first, by which the counts are kept apart.
    """
    if connection.dialect.name == "sqlite" and _many(connection, survey):
        return _in_blocks(connection, survey, frozenset(wave_ids), uncounted, marks)
    return _grouped(connection, survey, wave_ids, uncounted, marks)


def _many(connection: Connection, survey: str) -> bool:
    of_it = select(func.count()).select_from(sessions).where(sessions.c.survey == survey)
    return (connection.execute(of_it).scalar() or 0) >= MANY


# --- grouping ---------------------------------------------------------------------------------------------


def _grouped(
    connection: Connection,
    survey: str,
    wave_ids: Sequence[int],
    uncounted: Mapping[str, Sequence[str]],
    marks: Sequence[int],
) -> tuple[list[AnswerCount], list[AnswerTime]]:
    value = case((among(uncounted), literal("", String)), else_=answers.c.value)
    mark = case(*((answers.c.id <= one, one) for one in marks), else_=0) if marks else literal_column("0")
    query = (
        select(
            WAVE,
            sessions.c.flow_digest,
            answers.c.question,
            answers.c.status,
            value.label("value"),
            mark.label("mark"),
        )
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(of_survey(survey, wave_ids), PRESENT)
    )
    times = (
        select(WAVE, sessions.c.flow_digest, answers.c.question, tenths_of(connection, answers.c.seconds))
        .join(sessions, sessions.c.id == answers.c.session_id)
        .where(
            of_survey(survey, wave_ids),
            PRESENT,
            answers.c.status == "answered",
            sessions.c.person_id != NOBODY,
        )
    )
    return (
        [AnswerCount._make(row) for row in counted(connection, query)],
        [AnswerTime._make(row) for row in counted(connection, times)],
    )


# --- blocks -----------------------------------------------------------------------------------------------


def _in_blocks(
    connection: Connection,
    survey: str,
    wave_ids: frozenset[int],
    uncounted: Mapping[str, Sequence[str]],
    marks: Sequence[int],
) -> tuple[list[AnswerCount], list[AnswerTime]]:
    told, parameters = _statement(uncounted)
    values: dict[int, Counter[str]] = {}
    times: Counter[str] = Counter()
    for mark, first, last in _ranges(marks, newest(connection)):
        row = connection.execute(told, {**parameters, "survey": survey, "first": first, "last": last}).one()
        if row[0] is not None:
            values.setdefault(mark, Counter()).update(row[0].split(RECORD))
        if row[1] is not None:
            times.update(row[1].split(RECORD))
    return (
        [
            AnswerCount(wave, digest, question, status, value, mark, n)
            for mark, found in values.items()
            for wave, (digest, question, status, value), n in _parts(found, wave_ids)
        ],
        [
            AnswerTime(wave, digest, question, int(tenths), n)
            for wave, (digest, question, tenths), n in _parts(times, wave_ids)
        ],
    )


def _ranges(marks: Sequence[int], newest_row: int) -> Iterator[tuple[int, int, int]]:
    """Blocks of row numbers, none of which goes across a mark: mark (0 behind the last one), first, last."""
    ends = [0, *marks, newest_row] if not marks or newest_row > marks[-1] else [0, *marks]
    for before, end in pairwise(ends):
        for first in range(before + 1, end + 1, BLOCK):
            yield (end if end in marks else 0), first, min(first + BLOCK - 1, end)


def _statement(uncounted: Mapping[str, Sequence[str]]) -> tuple[Any, dict[str, Any]]:
    """Everything about the answers of a block that is counted, as two long texts.

    The cross join keeps SQLite at the answers, row after row; it would rather begin with all sessions.
    """
    parameters: dict[str, Any] = {}
    tests = []
    for place, (digest, names) in enumerate(uncounted.items()):
        parameters |= {f"d{place}": digest, **{f"d{place}q{n}": name for n, name in enumerate(names)}}
        listed = ", ".join(f":d{place}q{n}" for n in range(len(names)))
        tests.append(f"WHEN s.flow_digest = :d{place} AND a.question IN ({listed}) THEN ''")
    value = f"CASE {' '.join(tests)} ELSE a.value END" if tests else "a.value"
    field, record = f"char({ord(FIELD)})", f"char({ord(RECORD)})"
    wave = "CASE WHEN s.self_started OR s.wave_id IS NULL THEN '' ELSE s.wave_id END"
    where = f"{wave} || {field} || s.flow_digest || {field} || a.question || {field}"
    sql = f"""
        SELECT group_concat({where} || a.status || {field} || {value}, {record}),
               group_concat(CASE WHEN a.status = 'answered' AND s.person_id != {NOBODY}
                            THEN {where} || CAST(a.seconds * 10 AS INTEGER) END, {record})
        FROM answers a CROSS JOIN sessions s ON s.id = a.session_id
        WHERE a.id BETWEEN :first AND :last AND s.survey = :survey
          AND NOT EXISTS (SELECT 1 FROM answers l WHERE l.session_id = a.session_id
                          AND l.question = a.question AND l.revision > a.revision)
    """  # noqa: S608 - no word of anybody's is in it: ids and texts are parameters
    return text(sql), parameters


def _parts(
    found: Mapping[str, int], wave_ids: frozenset[int]
) -> Iterator[tuple[int | None, Sequence[str], int]]:
    """Wave, the other parts, and how often."""
    for key, n in found.items():
        wave, *parts = key.split(FIELD)
        if not wave:
            yield None, parts, n
        elif int(wave) in wave_ids:
            yield int(wave), parts, n
