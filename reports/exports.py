"""Answers as CSV for any statistics tool: one long table, one wide table for each survey, and the codebook.

These are the admin's full data, and no small group is hidden in them. Rows are streamed from the database to
the file, so that memory stays small. Texts that a spreadsheet would run get an apostrophe in front.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from bot.config.model import Config
from bot.engine.suggest import did_you_mean
from bot.errors import Problem, UserError
from reports import codebook
from reports.columns import Column, columns, number, plain
from reports.definitions import Definition, definitions
from reports.files import slug, written
from reports.words import Words, chosen_language
from storage import Connection, flows, result_rows, results
from storage.result_rows import AnswerRow, SessionRow

LONG: Final = (
    "survey", "wave", "session", "person", "self_started", "flow_version", "question", "type", "status",
    "value", "label", "number", "other", "seconds", "at", "revision",
)  # fmt: skip

WIDE: Final = (
    "survey", "wave", "session", "person", "self_started", "flow_version", "session_status", "started_at",
    "ended_at", "session_seconds",
)  # fmt: skip

NOT_ASKED: Final = "not_asked"

_FORMULA: Final = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\t\r\n\0＝＋－＠]")
"""What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection)."""

Cell = str | int | float | None


def export(
    connection: Connection,
    config: Config,
    folder: Path,
    *,
    survey: str = "",
    language: str = "",
    bom: bool = False,
) -> list[Path]:
    """Write everything, or one survey, into a folder; returns the files.

    ``language``: of labels and codebook, empty for the organisation's first. ``bom``: with the mark by which
    Excel knows UTF-8. Raises UserError for an unknown survey or a folder that cannot be written.
    """
    known = results.surveys(connection)
    if survey and survey not in known:
        raise UserError(
            Problem(message=f'No answers of a survey "{survey}".', advice=did_you_mean(survey, known))
        )
    w = Words(chosen_language(language, config.organisation.languages), config.organisation.timezone)
    books = [codebook.Book(name, _definitions(connection, name)) for name in known if survey in ("", name)]
    writer = _Writer(folder, "utf-8-sig" if bom else "utf-8")
    with writer.file("answers-long.csv") as file:
        _rows(file, LONG, _long(connection, books, w))
    for book in books:
        laid = columns(book.definitions)
        with writer.file(f"{slug(book.survey)}-wide.csv") as file:
            _rows(file, (*WIDE, *(column.name for column in laid)), _wide(connection, book, laid))
    with writer.file("codebook.csv") as file:
        _rows(file, codebook.HEAD, codebook.rows(books, w))
    with writer.file("codebook.md") as file:
        file.writelines(line + "\n" for line in codebook.markdown(books, w, LONG, WIDE))
    return writer.paths


class _Writer:
    """Opens files in one folder and remembers them."""

    def __init__(self, folder: Path, encoding: str) -> None:
        self.folder = folder
        self.encoding = encoding
        self.paths: list[Path] = []

    def file(self, name: str) -> Any:
        self.paths.append(self.folder / name)
        encoding = self.encoding if name.endswith(".csv") else "utf-8"
        return written(self.folder, name, encoding=encoding)


def _definitions(connection: Connection, survey: str) -> list[Definition]:
    digests = results.versions(connection, survey)
    return definitions([(digest, flows.get(connection, digest)) for digest in digests])


# --- rows -------------------------------------------------------------------------------------------------


def _long(connection: Connection, books: Sequence[codebook.Book], w: Words) -> Iterator[Sequence[Cell]]:
    """One row for each present answer."""
    known = {
        (book.survey, digest, definition.question.id): (
            definition.question,
            codebook.labels(definition.question, w),
        )
        for book in books
        for definition in book.definitions
        for digest in definition.digests
    }
    for row in result_rows.answer_rows(connection, [book.survey for book in books]):
        question, labels = known[row.survey, row.flow_digest, row.question]
        value = msgspec.json.decode(row.value)
        yield (
            *_place(row),
            row.question,
            question.type,
            row.status,
            plain(value),
            codebook.label(labels, value),
            number(question, value),
            row.other,
            row.seconds,
            _time(row.at),
            row.revision,
        )


def _wide(connection: Connection, book: codebook.Book, laid: Sequence[Column]) -> Iterator[Sequence[Cell]]:
    """One row for each session, answered or not. Both streams come in the order of the sessions."""
    answers = result_rows.answer_rows(connection, [book.survey])
    ahead = next(answers, None)
    for session in result_rows.session_rows(connection, [book.survey]):
        given: dict[str, AnswerRow] = {}
        while ahead is not None and ahead.session == session.session:
            given[ahead.question] = ahead
            ahead = next(answers, None)
        yield (
            *_place(session),
            session.status,
            _time(session.created_at),
            _time(session.ended_at),
            session.seconds,
            *(_cell(column, session, given) for column in laid),
        )


def _place(row: AnswerRow | SessionRow) -> tuple[Cell, ...]:
    return (row.survey, row.wave, row.session, row.person, int(row.self_started), row.flow_digest)


def _cell(column: Column, session: SessionRow, given: dict[str, AnswerRow]) -> Cell:
    asked_then = session.flow_digest in column.definition.digests
    answer = given.get(column.definition.question.id) if asked_then else None
    if column.part == "status":
        return answer.status if answer is not None else NOT_ASKED
    if answer is None or answer.status != "answered":
        return None
    if column.part == "other":
        return answer.other
    value = msgspec.json.decode(answer.value)
    return int(column.choice in value) if column.part == "choice" else plain(value)


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment is not None else ""


# --- cells ------------------------------------------------------------------------------------------------


def _rows(file: IO[str], head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """RFC 4180. Numbers stay numbers; texts cannot become formulas; nothing is an empty cell."""
    writer = csv.writer(file)
    writer.writerow([safe(name) for name in head])
    writer.writerows([safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def safe(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet might run it."""
    if text[:1].isalnum():  # nearly every cell; no formula begins so
        return text
    return f"'{text}" if _FORMULA.match(text) else text
