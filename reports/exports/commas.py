"""CSV: one long table, a wide one for each survey, and the codebook as a table.

Every text on its way into a file passes ``safe``: a spreadsheet that opens the file runs nothing.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import IO, Final

from reports import codebook
from reports.exports.material import Material, Out, columnwise, iso, wide_name
from reports.rows import Cell, Field, Table

_FORMULA: Final = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\t\r\n\0＝＋－＠]")
"""What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection)."""


def write(material: Material, out: Out) -> None:
    """The long table, the wide ones and the codebook."""
    long(material, out)
    for book in material.books:
        with out.text(wide_name(book, "csv"), out.encoding) as file:
            _table(file, material.wide(book))
    with out.text("codebook.csv", out.encoding) as file:
        writer = csv.writer(file)
        writer.writerow(codebook.HEAD)
        writer.writerows(map(_safe_row, codebook.rows(material.books, material.words)))


def long(material: Material, out: Out) -> None:
    """The long table alone."""
    with out.text("answers-long.csv", out.encoding) as file:
        _table(file, material.long())


def _table(file: IO[str], table: Table) -> None:
    """RFC 4180. Numbers stay numbers; texts cannot become formulas; nothing is an empty cell."""
    writer = csv.writer(file)
    writer.writerow([safe(one.name) for one in table.fields])
    for columns in columnwise(table):
        ready = [_column(one, cells) for one, cells in zip(table.fields, columns, strict=True)]
        writer.writerows(zip(*ready, strict=True))


def _column(described: Field, cells: Sequence[Cell]) -> Iterable[Cell]:
    match described.kind:
        case "time":
            return iso(cells)
        case "text" | "any":
            # most cells say what others say: each text is looked at once
            texts = (cell for cell in set(cells) if isinstance(cell, str))
            changed: dict[Cell, str] = {text: made for text in texts if (made := safe(text)) is not text}
            return [changed.get(cell, cell) for cell in cells] if changed else cells
    return cells


def _safe_row(row: Iterable[Cell]) -> list[Cell]:
    return [safe(cell) if isinstance(cell, str) else cell for cell in row]


def safe(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet might run it."""
    if text[:1].isalnum():  # nearly every cell; no formula begins so
        return text
    return f"'{text}" if _FORMULA.match(text) else text
