"""JSON lines: one object a row. Numbers are numbers, nothing is null, times are ISO 8601 in UTC."""

from typing import IO

import msgspec

from reports.exports.material import Material, Out, columnwise, iso, wide_name
from reports.rows import Table


def write(material: Material, out: Out) -> None:
    """The long table and the wide ones."""
    with out.text("answers-long.jsonl") as file:
        _table(file, material.long())
    for book in material.books:
        with out.text(wide_name(book, "jsonl")) as file:
            _table(file, material.wide(book))


def _table(file: IO[str], table: Table) -> None:
    names = [one.name for one in table.fields]
    encoder = msgspec.json.Encoder()
    for columns in columnwise(table):
        ready = [
            iso(cells) if one.kind == "time" else cells
            for one, cells in zip(table.fields, columns, strict=True)
        ]
        rows = (dict(zip(names, row, strict=True)) for row in zip(*ready, strict=True))
        file.write(encoder.encode_lines(rows).decode())
