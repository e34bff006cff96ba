"""The long and the wide table as typed rows, in batches, for every format and for notebooks.

Here is decided what stands in which column, and which code says why something is missing. Nothing is hidden
and nothing is formatted: times are microseconds since 1970 UTC, what is missing is None.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

from bot.engine.flow import Question
from bot.engine.session import VALUED
from reports import codebook
from reports.columns import Column, columns, number, plain
from reports.definitions import definitions
from reports.words import Words
from storage import Connection, flows, results
from storage.stories import Given, Line, stories

BATCH: Final = 5_000
"""Rows handed on at once: enough to work on whole columns, few enough to stay small."""

REMEMBERED: Final = 10_000
"""Different answers of a survey whose cells are worked out once."""

Cell: TypeAlias = str | int | float | None
Batch: TypeAlias = Sequence[tuple[Cell, ...]]

Kind = Literal["code", "text", "any", "integer", "number", "flag", "time"]
"""``code``: an id of ours, harmless everywhere. ``text``: anybody's words. ``any``: text or number, as the
question goes. ``flag``: 1 or 0."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table."""

    name: str
    kind: Kind
    column: Column | None = None
    """The question's part that it holds; None for what every table has."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is read when its batches are: ``rows()`` begins anew each time."""

    name: str
    fields: tuple[Field, ...]
    rows: Callable[[], Iterator[Batch]]


PLACE: Final = (
    Field("survey", "code"),
    Field("wave", "text"),
    Field("session", "code"),
    Field("person", "integer"),
    Field("self_started", "flag"),
    Field("flow_version", "code"),
)

LONG: Final = (
    *PLACE,
    Field("question", "code"),
    Field("type", "code"),
    Field("status", "code"),
    Field("value", "any"),
    Field("label", "text"),
    Field("number", "number"),
    Field("other", "text"),
    Field("seconds", "number"),
    Field("at", "time"),
    Field("revision", "integer"),
    Field("detail", "text"),
)

WIDE: Final = (
    *PLACE,
    Field("session_status", "code"),
    Field("started_at", "time"),
    Field("ended_at", "time"),
    Field("session_seconds", "number"),
)


def books(connection: Connection, surveys: Iterable[str]) -> list[codebook.Book]:
    """The questions of these surveys over all versions."""
    found = []
    for survey in surveys:
        digests = results.versions(connection, survey)
        versions = [(digest, flows.get(connection, digest)) for digest in digests]
        found.append(codebook.Book(survey, definitions(versions)))
    return found


# --- long -------------------------------------------------------------------------------------------------


def long_table(
    connection: Connection, wanted: Sequence[codebook.Book], w: Words, since: datetime | None = None
) -> Table:
    """One row for each present answer, with code, label and number."""

    def rows() -> Iterator[Batch]:
        cells = {
            (book.survey, digest): _Cells(book, digest, w)
            for book in wanted
            for definition in book.definitions
            for digest in definition.digests
        }
        found: list[tuple[Cell, ...]] = []
        for line, given in stories(connection, [book.survey for book in wanted], since):
            if given:
                place, told = _place(line), cells[line.survey, line.flow_digest]
                found += [
                    place + told[one[1], one[3], one[4]] + (one[5], one[6], one[7], one[2], one[8])
                    for one in given
                ]
                if len(found) >= BATCH:
                    yield found
                    found = []
        if found:
            yield found

    return Table("answers-long", LONG, rows)


def _place(line: Line) -> tuple[Cell, ...]:
    return (line.survey, line.wave, line.session, line.person, int(line.self_started), line.flow_digest)


class _Cells(dict[tuple[str, str, str], tuple[Cell, ...]]):
    """What an answer says in the middle of its row: question, type, status, value, label, number.

    By question, status and value as stored; most answers are alike, and worked out once.
    """

    def __init__(self, book: codebook.Book, digest: str, w: Words) -> None:
        super().__init__()
        asked = [definition.question for definition in book.definitions if digest in definition.digests]
        self._questions = {one.id: (one, codebook.labels(one, w)) for one in asked}

    def __missing__(self, key: tuple[str, str, str]) -> tuple[Cell, ...]:
        made = self._made(*key)
        if len(self) < REMEMBERED:
            self[key] = made
        return made

    def _made(self, name: str, status: str, raw: str) -> tuple[Cell, ...]:
        question, labels = self._questions[name]
        value = msgspec.json.decode(raw)
        label = codebook.label(labels, value) or None
        return (name, question.type, status, plain(value), label, number(question, value))


# --- wide -------------------------------------------------------------------------------------------------


def wide_table(connection: Connection, book: codebook.Book, since: datetime | None = None) -> Table:
    """One row for each session, answered or not, and one column for each part of a question."""
    laid = columns(book.definitions)
    fields = (*WIDE, *(Field(column.name, _kind(column), column) for column in laid))

    def rows() -> Iterator[Batch]:
        asked = [
            (column, frozenset(column.definition.digests), column.definition.question.id) for column in laid
        ]
        found: list[tuple[Cell, ...]] = []
        for line, given in stories(connection, [book.survey], since):
            by_name = {one[1]: one for one in given}
            missing = _Missing(line, by_name)
            cells = (
                _cell(column, by_name.get(name) if line.flow_digest in digests else None)
                if column.part != "status"
                else missing.status(name, asked=line.flow_digest in digests)
                for column, digests, name in asked
            )
            found.append((*_place(line), line.status, line.created_at, line.ended_at, line.seconds, *cells))
            if len(found) >= BATCH:
                yield found
                found = []
        if found:
            yield found

    return Table(f"{book.survey}-wide", fields, rows)


def _kind(column: Column) -> Kind:
    match column.part:
        case "status":
            return "code"
        case "choice":
            return "flag"
        case "place":
            return "integer"
        case "other":
            return "text"
    return value_kind(column.definition.question)


def value_kind(question: Question) -> Kind:
    """What kind of cell holds the answer to a question."""
    match question.type:
        case "yes_no" | "consent":
            return "flag"
        case "calculate" if question.result == "number":
            return "number"
        case "calculate" if question.result == "yes_no":
            return "flag"
        case "integer" | "scale":
            return "integer"
        case "decimal":
            return "number"
    return "text"


def _cell(column: Column, given: Given | None) -> Cell:
    if given is None or given[3] not in VALUED:
        return None
    if column.part == "other":
        return given[5]
    value = msgspec.json.decode(given[4])
    if column.part == "place":
        return value.index(column.choice) + 1 if column.choice in value else None
    return int(column.choice in value) if column.part == "choice" else plain(value)


class _State(msgspec.Struct):
    """What a session's state tells about how far it came."""

    path: tuple[str, ...] = ()


_state: Final = msgspec.json.Decoder(_State).decode


@dataclass(slots=True)
class _Missing:
    """Why a question of a session has no answer, or what became of the one it has."""

    line: Line
    given: Mapping[str, Given]
    _open: str | None = field(init=False)
    """The question that was put and not answered."""

    def __post_init__(self) -> None:
        path = _state(self.line.state).path if self.line.state else ()
        self._open = path[-1] if path and path[-1] not in self.given else None

    def status(self, question: str, *, asked: bool) -> str:
        """A code of ``codebook.STATUSES``. ``asked``: the version of the flow has the question."""
        if not asked:
            return "not_asked"
        if question in self.given:
            return self.given[question][3]
        if question == self._open:
            return "unanswered"
        return "not_asked" if self.line.status == "completed" else "not_reached"
