"""Excel: a workbook for each survey with its values, its codebook and notes.

Texts are written as texts and nothing else, so that no formula, link or number can come out of one.
"""

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import Any, Final

from reports import codebook
from reports.codebook import Book
from reports.exports.material import Material, Out, columnwise, iso, library
from reports.files import slug
from reports.rows import Cell, Table

MOST_ROWS: Final = 1_048_575
"""Of a sheet, below its headings: the format allows no more; a further sheet goes on."""
LONGEST: Final = 32_767
"""Characters of a cell, by the format; a longer text is cut, with a mark."""
CUT: Final = " […]"

OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write(material: Material, out: Out) -> None:
    """One workbook for each survey. Raises UserError without xlsxwriter."""
    xlsxwriter = library("xlsxwriter", "Excel files")
    for book in material.books:
        with (
            out.draft(f"{slug(book.survey)}.xlsx") as path,
            TemporaryDirectory(dir=path.parent, prefix=".") as scratch,
            xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": scratch}) as file,
        ):
            _values(file, material.wide(book))
            rows = codebook.rows([book], material.words)
            _sheet(file, "codebook", [codebook.HEAD, *rows])
            _sheet(file, "notes", [[line] for line in _notes(book, material)])


def _values(file: Any, table: Table) -> None:
    """The wide table, on as many sheets as it needs."""
    head = [one.name for one in table.fields]
    sheet, filled, number = _begun(file, "values", head), 0, 1
    for row in _rows(table):
        if filled == MOST_ROWS:
            number += 1
            sheet, filled = _begun(file, f"values {number}", head), 0
        filled += 1
        _row(sheet, filled, row)


def _begun(file: Any, name: str, head: Sequence[Cell]) -> Any:
    sheet = file.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    _row(sheet, 0, head)
    return sheet


def _rows(table: Table) -> Iterator[Sequence[Cell]]:
    for columns in columnwise(table):
        ready = [
            iso(cells) if one.kind == "time" else cells
            for one, cells in zip(table.fields, columns, strict=True)
        ]
        yield from zip(*ready, strict=True)


def _sheet(file: Any, name: str, rows: Iterable[Sequence[Cell]]) -> None:
    sheet = file.add_worksheet(name)
    for place, row in enumerate(rows):
        _row(sheet, place, row)


def _row(sheet: Any, place: int, cells: Sequence[Cell]) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(place, column, fitting(cell))
        elif cell is not None:
            sheet.write_number(place, column, cell)


def fitting(text: str) -> str:
    """The text as long as a cell can be."""
    return text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT


def _notes(book: Book, material: Material) -> list[str]:
    """What somebody should know who finds the file."""
    kept = (
        "All sessions"
        if material.since is None
        else f"Sessions that began on {material.since:%Y-%m-%d} or later"
    )
    return [
        f"Survey {book.survey} of {material.words.of(material.organisation)}.",
        f"{kept}; one row each. Times are UTC. A cell without anything is empty; the answer None is a word.",
        "Columns that end in _STATUS say why there is no answer:",
        *(f"{code}: {meaning}" for code, meaning in codebook.STATUSES.items()),
        "This is the full data: no small group is hidden. Handle it with care.",
    ]
