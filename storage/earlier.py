"""Earlier answers, as follow-ups look at them: the last word of a person on each question."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, exists, select

from storage.tables import answers, persons, sessions, wave_people, waves

CHUNK: Final = 500
ANSWERED: Final = ("completed", "partial", "abandoned")
"""How a session ends in which something was answered."""


@dataclass(frozen=True, slots=True)
class Told:
    """One ended session of a survey and what was answered in it."""

    session: int
    person: int
    zone: str | None
    ended_at: datetime
    answers: Mapping[str, Any]


def ended(
    connection: Connection, survey: str, since: datetime, until: datetime, *, not_in: str
) -> Iterator[Told]:
    """Sessions of a survey that ended in (since, until] with answers, in the order of their ends.

    Left out is whoever a wave of the survey ``not_in`` has wanted since then.
    """
    wanted = exists(
        select(wave_people.c.person_id)
        .join(waves, waves.c.id == wave_people.c.wave_id)
        .where(
            waves.c.survey == not_in,
            wave_people.c.person_id == sessions.c.person_id,
            wave_people.c.wanted_at > sessions.c.ended_at,
        )
    )
    query = (
        select(sessions.c.id, sessions.c.person_id, persons.c.zone, sessions.c.ended_at)
        .join(persons, persons.c.id == sessions.c.person_id)
        .where(
            sessions.c.survey == survey,
            sessions.c.status.in_(ANSWERED),
            sessions.c.ended_at > since,
            sessions.c.ended_at <= until,
            ~wanted,
        )
        .order_by(sessions.c.ended_at, sessions.c.id)
    )
    rows = connection.execute(query).all()
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        said = _answers(connection, [row.id for row in part])
        for row in part:
            yield Told(row.id, row.person_id, row.zone, row.ended_at, said[row.id])


def _answers(connection: Connection, wanted: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """Session -> question -> value, each in its last revision; without what was skipped."""
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    query = _revisions().where(answers.c.session_id.in_(wanted))
    for row in connection.execute(query.order_by(answers.c.session_id, answers.c.revision)):
        found[row.session_id][row.question] = _value(row)
    return found


def _revisions() -> Select[Any]:
    return select(
        answers.c.session_id, answers.c.question, answers.c.revision, answers.c.status, answers.c.value
    )


def _value(row: Any) -> Any:
    return msgspec.json.decode(row.value) if row.status == "answered" else None
