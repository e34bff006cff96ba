"""Voices: what somebody must hear, whether it was taken up, and what was replied. Never who said it, but for
those who ask for the person by their number.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam, func, insert, select, update

from storage.tables import asides, encounters, persons, voice_replies, voices

Kind = Literal["feedback", "words", "score"]


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice as stored, in the order of ``_columns``; ``encounter`` and ``name`` are those of its rows."""

    id: int
    kind: Kind
    person_id: int
    survey: str
    question: str
    encounter_id: int | None
    feeling: str
    words: str
    file: str
    may_reply: bool
    recipient: str
    count: int
    state: str
    taken_by: str
    said_at: datetime
    changed_at: datetime
    done_at: datetime | None
    encounter: str | None
    name: str


_columns: Final = (
    voices.c.id, voices.c.kind, voices.c.person_id, voices.c.survey, voices.c.question, voices.c.encounter_id,
    voices.c.feeling, voices.c.words, voices.c.file, voices.c.may_reply, voices.c.recipient, voices.c.count,
    voices.c.state, voices.c.taken_by, voices.c.said_at, voices.c.changed_at, voices.c.done_at,
    encounters.c.name.label("encounter"), persons.c.name,
)  # fmt: skip
_all: Final = select(*_columns).select_from(
    voices.join(persons, persons.c.id == voices.c.person_id).outerjoin(
        encounters, encounters.c.id == voices.c.encounter_id
    )
)


def _voice(row: Any) -> Voice:
    return Voice(*row)


def add(connection: Connection, now: datetime, **values: Any) -> int:
    """A new voice; returns its number."""
    row = {"said_at": now, "changed_at": now, "may_reply": True, **values}
    key = connection.execute(insert(voices).values(**row)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def get(connection: Connection, number: int) -> Voice | None:
    """The voice of this number."""
    row = connection.execute(_all.where(voices.c.id == number)).one_or_none()
    return _voice(row) if row is not None else None


def listed(connection: Connection, kinds: Collection[str], *, done: bool = False) -> list[Voice]:
    """Voices of these kinds that are open or taken (``done``: all of them), newest first."""
    query = _all.where(voices.c.kind.in_(kinds)).order_by(voices.c.id.desc())
    return [
        _voice(row) for row in connection.execute(query if done else query.where(voices.c.state != "done"))
    ]


def same(
    connection: Connection, kind: str, person_id: int, recipient: str, survey: str, since: datetime
) -> Voice | None:
    """The like of it, said lately by the same person and not done with: it is heard as one."""
    query = _all.where(
        voices.c.kind == kind, voices.c.person_id == person_id, voices.c.recipient == recipient,
        voices.c.survey == survey, voices.c.said_at > since, voices.c.state != "done",
    )  # fmt: skip
    row = connection.execute(query.order_by(voices.c.id.desc()).limit(1)).one_or_none()
    return _voice(row) if row is not None else None


def say_more(connection: Connection, number: int, words: str, now: datetime) -> None:
    """The same once more: counted, and its words kept with the others."""
    kept = select(voices.c.words).where(voices.c.id == number)
    whole = "\n".join(filter(None, (connection.execute(kept).scalar_one(), words)))
    connection.execute(
        update(voices)
        .where(voices.c.id == number)
        .values(words=whole, count=voices.c.count + 1, changed_at=now)
    )


def take(connection: Connection, number: int, by: str, now: datetime) -> bool:
    """Somebody sees to it. False when somebody did before."""
    waits = update(voices).where(voices.c.id == number, voices.c.state == "open")
    return connection.execute(waits.values(state="taken", taken_by=by, changed_at=now)).rowcount > 0


def finish(connection: Connection, number: int, by: str, now: datetime) -> bool:
    """It is done with. False when it was."""
    waits = update(voices).where(voices.c.id == number, voices.c.state != "done")
    values = {"state": "done", "taken_by": by, "done_at": now, "changed_at": now}
    return connection.execute(waits.values(**values)).rowcount > 0


def reply(connection: Connection, number: int, by: str, words: str, now: datetime) -> int:
    """Keep what was replied; returns the reply's number."""
    row = {"voice_id": number, "by": by, "words": words, "at": now}
    key = connection.execute(insert(voice_replies).values(**row)).inserted_primary_key
    connection.execute(update(voices).where(voices.c.id == number).values(changed_at=now))
    return int(key[0]) if key is not None else 0


def replies(connection: Connection, number: int) -> list[Any]:
    """What was replied, oldest first: rows with by, words and at."""
    query = select(voice_replies).where(voice_replies.c.voice_id == number).order_by(voice_replies.c.id)
    return list(connection.execute(query))


def worried(connection: Connection, person_id: int, since: datetime) -> bool:
    """Whether something this person said since then needed care: nothing more is asked of them by the way."""
    query = select(voices.c.id).where(
        voices.c.person_id == person_id, voices.c.kind.in_(("words", "score")), voices.c.changed_at >= since
    )
    return connection.execute(query.limit(1)).first() is not None


def tallies(connection: Connection) -> list[Any]:
    """Feedback unasked, for reports: rows with said_at, feeling, state and encounter_id, oldest first."""
    query = select(voices.c.said_at, voices.c.feeling, voices.c.state, voices.c.encounter_id)
    return list(connection.execute(query.where(voices.c.kind == "feedback").order_by(voices.c.id)))


def waiting(connection: Connection) -> dict[str, int]:
    """How many voices of each kind are not done with."""
    query = select(voices.c.kind, func.count()).where(voices.c.state != "done").group_by(voices.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}


# --- what is talked about beside any session --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing at a time is talked about with a person beside any session."""

    person_id: int
    kind: str
    voice_id: int | None
    state: str
    at: datetime


_asides: Final = select(asides.c.person_id, asides.c.kind, asides.c.voice_id, asides.c.state, asides.c.at)
_aside_of: Final = _asides.where(asides.c.person_id == bindparam("wanted"))


def aside(connection: Connection, person_id: int) -> Aside | None:
    """What is talked about with this person now."""
    row = connection.execute(_aside_of, {"wanted": person_id}).one_or_none()
    return Aside(*row) if row is not None else None


def put_aside(
    connection: Connection,
    person_id: int,
    kind: str,
    now: datetime,
    *,
    voice_id: int | None = None,
    state: str = "",
) -> None:
    """From now on this is talked about."""
    drop_aside(connection, person_id)
    connection.execute(
        insert(asides).values(person_id=person_id, kind=kind, voice_id=voice_id, state=state, at=now)
    )


def drop_aside(connection: Connection, person_id: int) -> None:
    """It is over."""
    connection.execute(asides.delete().where(asides.c.person_id == person_id))


def old_asides(connection: Connection, before: datetime) -> list[Aside]:
    """Talks that nobody has gone on with since."""
    return [Aside(*row) for row in connection.execute(_asides.where(asides.c.at < before))]
