"""A CSV file as rows of cells: its signs, separator and headings found out, its limits kept.

Reads in one pass and in little memory, however long the file is. Knows nothing of people.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from bot.engine.folding import clean, shows_nothing
from bot.roster.faults import Faults, Unreadable

MAX_BYTES: Final = 100_000_000
"""A list of a million people has half of that."""
MAX_CELL: Final = 2000
"""Characters. Longer cells are notes, or rows that a lost quotation mark has swallowed."""
MAX_LINE: Final = 1_000_000
"""Characters of one line of the file."""
BLOCK: Final = 65_536

SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""Zip (xlsx, ods) and the older binary xls. Never opened: unpacked it may be a thousand times as big."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS: Final = "In the spreadsheet choose Save as, and there 'CSV UTF-8'."
_QUOTES: Final = 'Look for a quotation mark (") without its pair in this row or just before it.'


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something; ``number`` as a spreadsheet counts, the headings being row 1."""

    number: int
    cells: tuple[str, ...]


class Sheet:
    """An opened list. Raises Unreadable, with the fault noted, where a file is no list at all.

    ``file`` must be able to seek. ``settings`` is the configuration's table with ``max_rows``.
    ``done`` tells how many bytes have been read, of ``size``.
    """

    def __init__(self, file: BinaryIO, faults: Faults, max_rows: int, settings: str = "[people]") -> None:
        self._file = file
        self._faults = faults
        self._max_rows = max_rows
        self._settings = settings
        self.done = 0
        self.size = file.seek(0, 2)
        self.notes: list[str] = []
        """What was found out about the file and is good to know."""
        self._encoding, self._start = self._look()
        self._end_of_line = "\n"
        lines = self._lines()
        first = next(lines, "")
        self._hint = first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1
        head = next(lines, "") if self._hint else first
        self.separator = first.strip()[-1] if self._hint else _separator(head)
        self.heading = self._heading()

    def rows(self) -> Iterator[Row]:
        """Every row below the headings that holds something. Raises Unreadable where reading must end."""
        for row in self._records():
            if row.number == 1 or not any(cell.strip() for cell in row.cells):
                continue
            if row.number > self._max_rows + 1:
                advice = f"Split the list, or raise max_rows in {self._settings}."
                raise self._stop(row.number, f"The list has more than {self._max_rows} rows.", advice)
            if self._sound(row):
                yield row

    # --- the file as text ---------------------------------------------------------------------------------

    def _look(self) -> tuple[str, int]:
        """Encoding and number of bytes before the text."""
        if self.size > MAX_BYTES:
            raise self._stop(0, f"The list is larger than {MAX_BYTES // 1_000_000} MB.", "Split it.")
        self._file.seek(0)
        start = self._file.read(BLOCK)
        if not start:
            raise self._stop(0, "The list is empty.", "Its first row must hold the headings.")
        if start.startswith(_SPREADSHEETS):
            raise self._stop(0, "This is a spreadsheet, not a CSV file.", _SAVE_AS)
        for mark, encoding in _BOMS:
            if start.startswith(mark):
                self.notes.append(f"{encoding.upper()} with a byte order mark")
                return encoding, len(mark)
        if b"\0" in start:
            raise self._stop(0, "This is not a text file.", _SAVE_AS)
        return "utf-8", 0

    def _text(self) -> Iterator[str]:
        """The file's text, block by block."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        self._file.seek(self._start)
        self.done = self._start
        while True:
            block = self._file.read(BLOCK)
            waiting = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                place = self.done - waiting + error.start
                message = f"The list is not {self._encoding.upper()}: byte {place} begins no character."
                raise self._stop(0, message, f"It was saved as Windows text, it seems. {_SAVE_AS}") from None
            self.done += len(block)
            if not block:
                return
            yield text

    def _lines(self) -> Iterator[str]:
        """Line by line, each with its end."""
        rest = ""
        for text in self._text():
            rest += text
            if "\n" not in rest and "\r" in rest[:-1]:
                self._end_of_line = "\r"  # an old Macintosh
            *whole, rest = rest.split(self._end_of_line)
            for line in whole:
                yield line + self._end_of_line
            if len(rest) > MAX_LINE:
                raise self._stop(0, f"A line is longer than {MAX_LINE} characters.", _QUOTES)
        if rest:
            yield rest

    # --- the text as rows ---------------------------------------------------------------------------------

    def _records(self) -> Iterator[Row]:
        lines = self._lines()
        if self._hint:
            next(lines)
        reader = csv.reader(lines, delimiter=self.separator, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._stop(number, _plain(str(error)), _QUOTES) from None
            yield Row(number, tuple(cells))

    def _heading(self) -> tuple[str, ...]:
        first = next(self._records(), Row(1, ()))
        heading = tuple(clean(cell) for cell in first.cells)
        if all(shows_nothing(name) for name in heading):
            raise self._stop(1, "The first row is empty.", "It must hold the headings.")
        return heading

    def _sound(self, row: Row) -> bool:
        """Whether the row can be taken as one; else its fault is noted."""
        columns = len(self.heading)
        if any(len(cell) > MAX_CELL for cell in row.cells):
            message = f"A cell is longer than {MAX_CELL} characters."
            self._faults.add(row.number, message, _QUOTES)
        elif any("\0" in cell for cell in row.cells):
            self._faults.add(row.number, "A cell holds a NUL byte.", _SAVE_AS)
        elif any(self._swallowed(cell, columns) for cell in row.cells):
            self._faults.add(row.number, "One cell holds what looks like several rows.", _QUOTES)
        elif len(row.cells) < columns or any(cell.strip() for cell in row.cells[columns:]):
            message = f"The row has {len(row.cells)} cells, and there are {columns} headings."
            advice = f'A cell with "{self.separator}" in it needs quotation marks around it.'
            self._faults.add(row.number, message, advice)
        else:
            return True
        return False

    def _swallowed(self, cell: str, columns: int) -> bool:
        """A cell with line breaks, one of whose lines has as many separators as a row."""
        if "\n" not in cell:
            return False
        return any(line.count(self.separator) >= columns - 1 for line in cell.split("\n")[1:])

    def _stop(self, row: int, message: str, advice: str) -> Unreadable:
        self._faults.add(row, message, advice)
        return Unreadable()


def _separator(head: str) -> str:
    """What most divides the headings; quoted parts do not count."""
    bare = "".join(head.split('"')[::2])
    return max(SEPARATORS, key=bare.count)


def _plain(words: str) -> str:
    """What Python's reader says, for somebody with a spreadsheet."""
    if "field larger" in words:
        return f"A cell is longer than {MAX_CELL} characters."
    if "new-line character" in words:
        return "There is a line break of an unusual kind."
    return "A quotation mark has no pair."
