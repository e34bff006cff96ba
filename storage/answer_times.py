"""How long questions really take: medians of what was measured, kept by flow and question.

Personal data ends here: a median of thirty answers and more is nobody's.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from statistics import median
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from storage.tables import answer_times, answers, flows, sessions

NEWEST: Final = 5_000
"""Answers of one flow that are looked at: the newest ones, as wordings and people change."""

Active = Callable[[str, float], float]
"""Question and measured seconds -> active seconds."""


def learn(connection: Connection, flow: str, active: Active, least: int, now: datetime) -> None:
    """Reckon the medians of one flow anew, of questions with at least so many answers."""
    query = (
        select(answers.c.question, answers.c.seconds)
        .join(sessions, sessions.c.id == answers.c.session_id)
        .join(flows, flows.c.digest == sessions.c.flow_digest)
        .where(flows.c.flow == flow, answers.c.status == "answered", answers.c.seconds > 0)
        .order_by(answers.c.id.desc())
        .limit(NEWEST)
    )
    measured: defaultdict[str, list[float]] = defaultdict(list)
    for row in connection.execute(query):
        measured[row.question].append(active(row.question, row.seconds))
    connection.execute(delete(answer_times).where(answer_times.c.flow == flow))
    rows = [
        {"flow": flow, "question": question, "answers": len(found), "seconds": median(found), "at": now}
        for question, found in sorted(measured.items())
        if len(found) >= least
    ]
    if rows:
        connection.execute(insert(answer_times), rows)


def known(connection: Connection, wanted: Collection[str] = ()) -> Mapping[str, Mapping[str, float]]:
    """Flow -> question -> median seconds, of all flows or of these."""
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    query = select(answer_times.c.flow, answer_times.c.question, answer_times.c.seconds)
    if wanted:
        query = query.where(answer_times.c.flow.in_(wanted))
    for row in connection.execute(query):
        found[row.flow][row.question] = row.seconds
    return found
