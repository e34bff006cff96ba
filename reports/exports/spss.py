"""SPSS: the wide table of each survey with labels, measures, and a code for every kind of missing answer.

The library writes a file in one piece, so the table stands in memory: as compact arrays, and up to a limit.
"""

import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.engine.flow import FLAGS, Question
from bot.engine.session import VALUED
from bot.errors import Problem, UserError
from reports.codebook import STATUSES, Book
from reports.exports.material import Material, Out, columnwise, library
from reports.files import slug
from reports.rows import Cell, Field

MOST_ROWS: Final = 500_000
"""Sessions of one file: with thirty columns they stay well below the memory that an export may take."""

LONGEST: Final = 32_767
"""Bytes of a text, by the format."""

MISSING: Final = {
    "skipped": 1,
    "refused": 2,
    "timed_out": 3,
    "withdrawn": 4,
    "unanswered": 5,
    "not_asked": 6,
    "not_reached": 7,
}
"""Subtracted from the base: -91 is skipped where the base is -90."""

BASES: Final = (-90.0, -999_990.0, -999_999_990.0)
"""The first that lies below every answer; the codes then cannot be taken for one."""

RESERVED: Final = frozenset("all and by eq ge gt le lt ne not or to with".split())
"""Words that no variable may be called."""


def write(material: Material, out: Out) -> None:
    """One file for each survey. Raises UserError without pyreadstat, and for too many sessions."""
    pyreadstat = library("pyreadstat", "SPSS files")
    import pandas as pd

    for book in material.books:
        variables = _filled(book, material)
        table = pd.DataFrame({one.name: one.series() for one in variables})
        with out.draft(f"{slug(book.survey)}.sav") as path:
            pyreadstat.write_sav(
                table,
                str(path),
                file_label=slug(book.survey)[:60],
                column_labels=[one.label for one in variables],
                variable_value_labels={one.name: one.words for one in variables if one.words},
                missing_ranges={one.name: [one.missing] for one in variables if one.missing},
                variable_measure={one.name: one.measure for one in variables},
            )


@dataclass(slots=True)
class Variable:
    """One column on its way into the file."""

    name: str
    label: str
    measure: str
    words: Mapping[Any, str] = field(default_factory=dict)
    missing: Mapping[str, float] | None = None
    values: Any = None
    kind: str = "number"
    code: Callable[[Cell], Cell] = lambda cell: cell

    def series(self) -> Any:
        """The column as pandas wants it."""
        import pandas as pd

        if self.kind == "time":
            return pd.Series(pd.to_datetime(pd.Series(self.values, dtype="Int64"), unit="us"))
        if self.kind == "text":
            return pd.Series(self.values, dtype=object)
        return pd.Series(self.values, dtype="float64")


def _filled(book: Book, material: Material) -> list[Variable]:
    """Every variable with its values: an answer, or the code of what became of the question."""
    table = material.wide(book)
    places = {one.name: place for place, one in enumerate(table.fields)}
    kept = [one for one in table.fields if one.column is None or one.column.part != "status"]
    names = _names([one.name for one in kept])
    variables = [_variable(one, name, material) for one, name in zip(kept, names, strict=True)]
    status = {
        id(one.column.definition): places[one.name]
        for one in table.fields
        if one.column is not None and one.column.part == "status"
    }
    rows = 0
    for columns in columnwise(table):
        rows += len(columns[0])
        if rows > MOST_ROWS:
            raise UserError(
                Problem(
                    message=f'"{book.survey}" has over {MOST_ROWS:,} sessions, too many for one SPSS file.',
                    advice="Take a part of it with --since, or another format.",
                )
            )
        for described, variable in zip(kept, variables, strict=True):
            cells = columns[places[described.name]]
            if variable.missing is None:
                variable.values.extend(map(variable.code, cells))
                continue
            assert described.column is not None
            states = columns[status[id(described.column.definition)]]
            base = variable.missing["hi"] + 1
            variable.values.extend(
                variable.code(cell) if state in VALUED else base - MISSING[str(state)]
                for cell, state in zip(cells, states, strict=True)
            )
    return variables


def _variable(described: Field, name: str, material: Material) -> Variable:
    column = described.column
    if column is None:
        if described.kind == "time":
            return Variable(name, described.name, "scale", values=[], kind="time")
        if described.kind in ("integer", "number", "flag"):
            return Variable(
                name, described.name, "nominal" if described.kind == "flag" else "scale", values=array("d")
            )
        return Variable(name, described.name, "nominal", values=[], kind="text", code=_text)
    question = column.definition.question
    label = material.words.question(question.text)
    if column.part == "other" or (described.kind == "text" and not question.choices):
        return Variable(name, _short(label), "nominal", values=[], kind="text", code=_text)
    codes: Mapping[Cell, float] = {}
    words: dict[Any, str] = {}
    if column.part == "place":
        ranked = next(one for one in question.choices if one.id == column.choice)
        label = f"{label} {material.words.of(ranked.label)}"
    elif column.part == "choice":
        chosen = next(one for one in question.choices if one.id == column.choice)
        label = f"{label} {material.words.of(chosen.label)}"
        words = {1.0: material.words.of(chosen.label), 0.0: "–"}
    elif question.type in FLAGS:
        words = {float(one.id == "yes"): material.words.of(one.label) for one in question.choices}
    elif question.choices:
        codes = numbers(question)
        words = {codes[one.id]: material.words.of(one.label) for one in question.choices}
    base = _base(question)
    words |= {base - number: STATUSES[state] for state, number in MISSING.items()}
    return Variable(
        name,
        _short(label),
        "scale"
        if question.type in ("integer", "decimal", "calculate", "rank")
        else "ordinal"
        if question.type == "scale"
        else "nominal",
        words={code: _short(text, 120) for code, text in words.items()},
        missing={"lo": base - len(MISSING), "hi": base - 1},
        values=array("d"),
        code=lambda cell: _number(cell, codes),
    )


def numbers(question: Question) -> dict[Cell, float]:
    """The number that stands for each choice: its own, where all have one of their own; else its place."""
    own = [choice.value for choice in question.choices]
    if None in own or len(set(own)) < len(own):
        return {choice.id: float(place) for place, choice in enumerate(question.choices, start=1)}
    return {choice.id: float(choice.value or 0) for choice in question.choices}


def _number(cell: Cell, codes: Mapping[Cell, float]) -> float:
    if cell is None:
        return float("nan")
    return codes[cell] if cell in codes else float(cell)


def _base(question: Question) -> float:
    """The base of the codes of missing answers."""
    if question.choices:
        least = min((choice.value or 0 for choice in question.choices), default=0.0)
    else:
        least = question.minimum if question.minimum is not None else -1e6
    return next((base for base in BASES if least > base), BASES[-1])


def _text(cell: Cell) -> str:
    # the format ends a text at a NUL
    return "" if cell is None else _short(str(cell).replace("\0", ""), LONGEST)


def _short(text: str, most: int = 255) -> str:
    """As many characters as fit into so many bytes."""
    return text.encode()[:most].decode(errors="ignore")


def _names(wanted: list[str]) -> list[str]:
    """Names that SPSS takes: a letter first, at most 64 bytes, none twice in any case."""
    found: list[str] = []
    taken: set[str] = set()
    for one in wanted:
        name = re.sub(r"[^A-Za-z0-9_]", "_", one)[:60].rstrip("_") or "v"
        name = name if name[0].isalpha() and name.lower() not in RESERVED else f"v_{name}"
        unique, number = name, 1
        while unique.lower() in taken:
            number += 1
            unique = f"{name[:56]}_{number}"
        taken.add(unique.lower())
        found.append(unique)
    return found
