"""Parquet: typed columns, times with their zone, and the codebook as JSON in the file's own metadata."""

from pathlib import Path
from typing import Any, Final

import msgspec

from reports import codebook
from reports.exports.material import Material, Out, columnwise, library, wide_name
from reports.rows import Kind, Table

CODEBOOK: Final = b"kuulolla.codebook"
"""Key of the metadata; the value is what ``codebook.json`` holds."""


def write(material: Material, out: Out) -> None:
    """The long table and the wide ones. Raises UserError without pyarrow."""
    library("pyarrow", "Parquet files")
    book = msgspec.json.encode(codebook.shape(material.books, material.words))
    with out.draft("answers-long.parquet") as path:
        _table(path, material.long(), book)
    for one in material.books:
        with out.draft(wide_name(one, "parquet")) as path:
            _table(path, material.wide(one), book)


def _table(path: Path, table: Table, book: bytes) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    types: dict[Kind, Any] = {
        "code": pa.string(),
        "text": pa.string(),
        "any": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "flag": pa.int8(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([(one.name, types[one.kind]) for one in table.fields], metadata={CODEBOOK: book})
    with ParquetWriter(path, schema, compression="zstd") as writer:
        for columns in columnwise(table):
            arrays = [
                pa.array(map(_text, cells) if one.kind == "any" else cells, type=types[one.kind])
                for one, cells in zip(table.fields, columns, strict=True)
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def _text(cell: Any) -> str | None:
    """One type for a column that holds the answers to all questions: numbers as they are written."""
    return cell if cell is None or isinstance(cell, str) else f"{cell}"
