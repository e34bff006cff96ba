"""What an anonymous survey must do without: whatever would tell, in its own way, whose answer it was."""

from collections.abc import Iterator
from typing import Final

from bot.config.document import Place
from bot.engine.flow import Flow
from bot.engine.piping import answers_in
from bot.errors import Problem
from scheduler.surveys import Keyword, Link, Survey

ATTACHMENTS: Final = frozenset({"photo", "voice", "file", "location", "email", "phone"})
"""Types of answers that name their author by themselves, or lie on the platform under their name."""


def problems(survey: Survey, flow: Flow, place: Place) -> Iterator[Problem]:
    """Every finding about one survey that is to be anonymous."""
    for question in flow.questions:
        if question.type in ATTACHMENTS:
            message = f'"{question.id}" is of type {question.type}, which tells whose it is.'
            yield place.problem(message, "Take it out, or leave out anonymous = true.")
        quoted = {name for text in question.text.values() for name in answers_in(text)}
        if quoted:
            message = (
                f'"{question.id}" repeats an earlier answer, which would stand in the queue of messages.'
            )
            yield place.problem(message, "Take out the {answers.…} in its text.")
    if any(isinstance(trigger, Keyword | Link) for trigger in survey.triggers):
        message = "anonymous needs waves: who begins by a word or a link stands alone."
        yield place.problem(message, "Use cron, at, or kuulolla wave.")
    if survey.alerts:
        message = "anonymous answers alert nobody: the alert would name their author."
        yield place.at("alert").problem(message, "Take out alert, or leave out anonymous = true.")
    if survey.kind == "event":
        message = "anonymous and a pulse after an event do not go together: so few are asked at a time."
        yield place.problem(message, 'Ask them together, with kind = "census" or "sample".')
