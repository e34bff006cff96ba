"""The columns of a wide table and the codes in them, worked out once for the export and its codebook.

A column is named after its question: ``mood``, ``topics_courses``. What is added stands in capitals, which no
id of a question or choice has: ``mood_STATUS``, ``reason_OTHER``. No two columns share a name.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.engine.flow import SEVERAL, Question
from reports.definitions import Definition

STATUS: Final = "STATUS"
OTHER: Final = "OTHER"
CHOICE: Final = "CHOICE"
EARLIER: Final = "EARLIER"

WITH_WORDS: Final = frozenset({"photo", "voice", "file"})
"""Types of things sent, which may have words beside them."""

Part = Literal["value", "choice", "place", "status", "other"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the wide table."""

    name: str
    part: Part
    definition: Definition
    choice: str = ""
    """Of a multiple selection the choice that is 1 or 0 here, of an order the one whose place stands here."""


def columns(definitions: Sequence[Definition]) -> list[Column]:
    """The columns of these questions, in their order."""
    names = {definition.question.id for definition in definitions}
    found: list[Column] = []
    for name, definition in named(definitions):
        found += _of_question(name, definition, names)
    return found


def named(definitions: Sequence[Definition]) -> list[tuple[str, Definition]]:
    """Each question under a name of its own: an id that once meant another question has a number behind."""
    taken: dict[str, int] = {}
    found: list[tuple[str, Definition]] = []
    for definition in definitions:
        again = taken.get(definition.question.id, 0)
        taken[definition.question.id] = again + 1
        name = f"{definition.question.id}_{EARLIER}{again}" if again else definition.question.id
        found.append((name, definition))
    return found


def _of_question(name: str, definition: Definition, others: Collection[str]) -> Iterator[Column]:
    question = definition.question
    if question.type in SEVERAL or question.type == "rank":
        part: Part = "place" if question.type == "rank" else "choice"
        for choice in question.choices:
            own = f"{name}_{choice.id}"
            yield Column(f"{own}_{CHOICE}" if own in others else own, part, definition, choice.id)
    else:
        yield Column(name, "value", definition)
    if any(choice.other for choice in question.choices) or question.type in WITH_WORDS:
        yield Column(f"{name}_{OTHER}", "other", definition)
    yield Column(f"{name}_{STATUS}", "status", definition)


def plain(value: Any) -> str | int | float | None:
    """An answer's value as one cell: choice ids of a multiple selection with semicolons between, yes as 1."""
    match value:
        case bool():
            return int(value)
        case list():
            return ";".join(str(one) for one in value)
        case str() | int() | float() | None:
            return value
    return str(value)


def number(question: Question, value: Any) -> int | float | None:
    """The number behind an answer; None for words, dates and choices without one."""
    match value:
        case bool():
            return int(value)
        case int() | float():
            return value
        case str() if question.type == "select_one":
            return next((choice.value for choice in question.choices if choice.id == value), None)
    return None
