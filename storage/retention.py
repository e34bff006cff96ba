"""Retention: answers that have been kept long enough are forgotten; that somebody was asked stays known.

The contact policy lives on contacts and outcomes, which hold no words, so they outlive the answers.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select, update

from bot.engine.session import from_json, to_json
from storage.tables import answers, audit, outbox, sessions

CHUNK: Final = 500
"""Sessions emptied in one transaction, so that nobody waits long behind it."""


def wipe_words(connection: Connection, before: datetime) -> int:
    """Empty messages that were put in line before then and will not be sent any more; returns how many."""
    return connection.execute(
        update(outbox)
        .where(
            outbox.c.created_at < before, outbox.c.payload != "", outbox.c.state.not_in(("ready", "sending"))
        )
        .values(payload="")
    ).rowcount


def forget_audit(connection: Connection, before: datetime) -> int:
    """Delete what was noted of admins' deeds before then; returns how many lines."""
    return connection.execute(delete(audit).where(audit.c.at < before)).rowcount


def forget_answers(connection: Connection, survey: str, ended_before: datetime) -> int:
    """Erase the answers of up to CHUNK sessions of a survey that ended before then; returns how many."""
    rows = connection.execute(
        select(sessions.c.id, sessions.c.state)
        .where(
            sessions.c.survey == survey,
            sessions.c.ended_at < ended_before,
            sessions.c.id.in_(select(answers.c.session_id)),
        )
        .limit(CHUNK)
    ).all()
    for row in rows:
        emptied = replace(from_json(row.state), answers={}, heard={}, person={}, picked=(), guess="")
        connection.execute(update(sessions).where(sessions.c.id == row.id).values(state=to_json(emptied)))
    connection.execute(delete(answers).where(answers.c.session_id.in_([row.id for row in rows])))
    return len(rows)
