"""What somebody has answered, in words: questions as they were asked, answers as they were chosen.

For the person themselves alone. A flow that is gone is still known by the version that was kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.engine.flow import in_language
from bot.engine.piping import fill
from bot.engine.questions import ASKED
from bot.engine.session import Answer
from bot.service.context import Context
from storage import Connection, history


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One question that was put to a person, and what came of it. ``at`` is aware UTC."""

    survey: str
    question: str
    asked: str
    """The question's words, in the person's language."""
    status: str
    """answered, skipped, refused, timed_out, withdrawn."""
    value: object
    """As it is stored."""
    words: str
    """The answer in words; empty where there is none."""
    at: datetime


def answers(context: Context, connection: Connection, person_id: int, language: str) -> Iterator[Given]:
    """Every present answer, the newest session first."""
    for row in history.answers(connection, person_id):
        question = context.flow(connection, row.flow_digest).question(row.question)
        value = msgspec.json.decode(row.value)
        answer = Answer(value, row.status, row.other)
        known = row.status == "answered" and question.type in ASKED
        yield Given(
            survey=row.survey,
            question=row.question,
            asked=fill(in_language(question.text, language), lambda _: ""),
            status=row.status,
            value=value,
            words=ASKED[question.type].shown(answer, question, language) if known else "",
            at=row.at,
        )
