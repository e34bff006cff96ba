"""What names in conditions stand for: their types, and values read as numbers and days. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Final, Literal

from bot.engine.flow import Question, QuestionType

Kind = Literal["number", "choice", "choices", "yes_no", "text", "date", "time", "thing", "attribute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableType:
    """What a name in a condition stands for.

    ``number`` covers integer, decimal and scale; ``whole`` numbers have no fraction. ``attribute`` is text
    from the member list, which may be compared with a number or a date as well. A ``thing`` (a file, a place,
    an order) can only be there or not.
    """

    kind: Kind
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    drawn: bool = False
    """``choices`` drawn from a pool, always as many."""


ATTRIBUTE: Final = VariableType(kind="attribute")


def variables(questions: Iterable[Question], attributes: Iterable[str] = ()) -> dict[str, VariableType]:
    """What conditions of a flow may read: every question by its id, and the person's attributes.

    Where both have the same name the question is meant.
    """
    found = dict.fromkeys(attributes, ATTRIBUTE)
    for question in questions:
        if question.type != "note":
            found[question.id] = variable_type(question)
    return found


def variable_type(question: Question) -> VariableType:
    """The type of a question's answer. A note has none and counts as text."""
    match question.type:
        case "integer" | "decimal" | "scale":
            return VariableType(
                kind="number",
                minimum=question.minimum,
                maximum=question.maximum,
                whole=question.type != "decimal",
            )
        case "select_one":
            return VariableType(kind="choice", choices=tuple(choice.id for choice in question.choices))
        case "select_multiple":
            return VariableType(
                kind="choices",
                choices=tuple(choice.id for choice in question.choices),
                minimum=question.minimum if question.minimum is not None else int(question.required),
                maximum=question.maximum,
            )
        case "pool":
            return VariableType(
                kind="choices", choices=question.of, minimum=question.pick, maximum=question.pick, drawn=True
            )
        case "calculate":
            return VariableType(kind=question.result or "text")
        case "rank" | "photo" | "voice" | "file" | "location":
            return VariableType(kind="thing")
    return VariableType(kind=_PLAIN[question.type])


_PLAIN: Final[Mapping[QuestionType, Kind]] = {
    "yes_no": "yes_no",
    "consent": "yes_no",
    "date": "date",
    "time": "time",
    "text": "text",
    "email": "text",
    "phone": "text",
    "hidden": "text",
    "note": "text",
}
"""Types whose answers have no bounds that a condition could know of."""


TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
"""How a time of day is written in conditions and bounds."""


def as_number(value: object) -> float | None:
    """The number of a value; text is read as one, as attributes come as text. None where it is none."""
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def as_date(value: str) -> date | None:
    """The day that text in the form 2026-05-04 names, or None."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
