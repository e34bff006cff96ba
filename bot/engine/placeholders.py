"""Placeholders in an admin's texts: ``{name}``, ``{role}``, ``{answers.mood}``. Found and checked here.

Only bare known names count, never an attribute, an index, a conversion or a format: a text from a file must
not reach into the program. ``{{`` is a literal brace.
"""

import re
from collections.abc import Collection, Iterator
from string import Formatter
from typing import Final

from bot.engine.suggest import did_you_mean

ANSWERS: Final = "answers."
"""What stands before a question's id."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")


class PlaceholderError(ValueError):
    """The braces of a text cannot be read. The message says why in plain words."""


def placeholders(text: str) -> list[str]:
    """The names in braces, in order: ``name``, ``answers.mood``. Raises PlaceholderError."""
    if "{" not in text and "}" not in text:
        return []
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise PlaceholderError("A brace { or } stands alone.") from None
    return [_name(field, form, conversion) for _, field, form, conversion in parts if field is not None]


def _name(field: str, form: str | None, conversion: str | None) -> str:
    bare = field.removeprefix(ANSWERS)
    if form or conversion or not _NAME.fullmatch(bare):
        raise PlaceholderError("What stands in braces { } is not a name.")
    return field


def check(text: str, questions: Collection[str], attributes: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the placeholders of a text, each with advice.

    ``questions`` are the ids that may stand after ``answers.``, ``attributes`` the other names.
    """
    try:
        found = placeholders(text)
    except PlaceholderError as error:
        yield str(error), "Write {name} or {answers.mood}; a brace itself is written twice: {{."
        return
    for name in dict.fromkeys(found):
        question = name.removeprefix(ANSWERS)
        if name == question and name not in attributes:
            yield f"{{{name}}} cannot be filled in.", _advice(name, questions, attributes)
        elif name != question and question not in questions:
            message = f"{{{name}}} is no question whose answer could stand here."
            yield message, did_you_mean(question, list(questions))


def _advice(name: str, questions: Collection[str], attributes: Collection[str]) -> str:
    if name in questions:
        return f"An answer is written {{{ANSWERS}{name}}}."
    return did_you_mean(name, list(attributes))
