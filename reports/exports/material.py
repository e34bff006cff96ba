"""What every format is made from, and where its files go; and the codebook that lies beside them all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import numpy as np

from bot.engine.flow import Text
from bot.errors import Problem, UserError
from reports import codebook
from reports.codebook import Book
from reports.files import drafted, slug, written
from reports.rows import LONG, WIDE, Cell, Table, long_table, wide_table
from reports.words import Words
from storage import Connection

MILLISECONDS: Final = "ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """An open connection and what is to be exported of it."""

    connection: Connection
    books: Sequence[Book]
    words: Words
    organisation: Text
    since: datetime | None = None
    made_at: datetime | None = None
    """Written into formats that want to know; None: no clock is asked."""

    def long(self) -> Table:
        """All answers, one a row."""
        return long_table(self.connection, self.books, self.words, self.since)

    def wide(self, book: Book) -> Table:
        """All sessions of a survey, one a row."""
        return wide_table(self.connection, book, self.since)


@dataclass(slots=True)
class Out:
    """Opens files in one folder, for their owner's eyes, and remembers them."""

    folder: Path
    encoding: str = "utf-8"
    paths: list[Path] = field(default_factory=list)

    @contextmanager
    def text(self, name: str, encoding: str = "utf-8") -> Iterator[IO[str]]:
        """A text file."""
        with written(self.folder, name, encoding=encoding) as file:
            yield file
        self.paths.append(self.folder / name)

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """A path for a library that opens its file itself."""
        with drafted(self.folder, name) as path:
            yield path
        self.paths.append(self.folder / name)


def library(name: str, what: str) -> Any:
    """A library of the extra ``exports``. Raises UserError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise UserError(
            Problem(
                message=f"{what} need {name.partition('.')[0]}, which is not installed.",
                advice="Install it with: pip install 'kuulolla[exports]'. CSV needs nothing more.",
            )
        ) from None


def iso(moments: Sequence[Any]) -> list[str | None]:
    """Microseconds since 1970 as ISO 8601 with milliseconds, in UTC; None stays."""
    if not moments:
        return []
    known = np.array([0 if one is None else one for one in moments], dtype="datetime64[us]")
    words = np.char.add(np.datetime_as_string(known, unit=MILLISECONDS), "+00:00").tolist()
    return [None if one is None else word for one, word in zip(moments, words, strict=True)]


def columnwise(table: Table) -> Iterator[list[Sequence[Cell]]]:
    """The batches of a table, each as one sequence for each column."""
    for batch in table.rows():
        yield list(zip(*batch, strict=True))


def codebooks(material: Material, out: Out) -> None:
    """The codebook for people, as Markdown and as a page, and for programs as JSON."""
    long, wide = ([one.name for one in fields] for fields in (LONG, WIDE))
    with out.text("codebook.md") as file:
        file.writelines(line + "\n" for line in codebook.markdown(material.books, material.words, long, wide))
    with out.text("codebook.html") as file:
        file.write(codebook.page(material.books, material.words, long, wide))
    with out.text("codebook.json") as file:
        shape = codebook.shape(material.books, material.words)
        file.write(msgspec.json.format(msgspec.json.encode(shape), indent=2).decode() + "\n")


def wide_name(book: Book, ending: str) -> str:
    """The file name of a survey's wide table."""
    return f"{slug(book.survey)}-wide.{ending}"
