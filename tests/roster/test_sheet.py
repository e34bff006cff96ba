"""Files that are lists, and files that only look like one: told apart, with row and advice."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from bot.roster.faults import Faults, Unreadable
from bot.roster.sheet import BLOCK, MAX_BYTES, MAX_CELL, MAX_LINE, Sheet

LIST = "Nro;Nimi;Muuta\n1;Aino;x\n2;Väinö;y\n"


def read(content: bytes | BinaryIO, max_rows: int = 100_000) -> tuple[list[tuple[int, list[str]]], Faults]:
    """Rows with their numbers, and the faults."""
    faults = Faults("list.csv")
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((row.number, list(row.cells)) for row in Sheet(file, faults, max_rows).rows())
    except Unreadable:
        assert faults
    return rows, faults


def cells(text: str) -> list[list[str]]:
    """The cells of a list without faults."""
    rows, faults = read(text.encode())
    assert not faults, faults.problems
    return [row for _, row in rows]


def fault(content: bytes, max_rows: int = 100_000) -> str:
    """The one fault of a list, as an admin reads it."""
    faults = read(content, max_rows)[1]
    assert len(faults.problems) == 1
    return str(faults.problems[0])


def sheet(text: str) -> Sheet:
    """An opened sheet."""
    return Sheet(io.BytesIO(text.encode()), Faults("list.csv"), 1000)


# --- what is a list ---------------------------------------------------------------------------------------


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    """The headings are row 1; empty rows count and are passed over."""
    rows, faults = read(b"Nro,Nimi\n\n1,Aino\n , \n,,\n\n2,Bo\n")
    assert ([number for number, _ in rows], bool(faults)) == ([3, 7], False)


@pytest.mark.parametrize(
    ("separator", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_the_separator_is_found_out(separator: str, name: str) -> None:
    """Comma, semicolon, tab and bar are told by the headings."""
    found = sheet(LIST.replace(";", separator))
    assert (found.separator, found.heading) == (separator, ("Nro", "Nimi", "Muuta"))
    assert [row.cells for row in found.rows()] == [("1", "Aino", "x"), ("2", "Väinö", "y")]


def test_a_quoted_heading_does_not_mislead() -> None:
    """Commas within quotation marks are no separators."""
    assert sheet('"Nimi, suku, kutsuma";Nro\n').separator == ";"


def test_a_single_column_is_a_list() -> None:
    """A list of numbers alone has no separator at all."""
    assert cells("Nro\n1\n2\n") == [["1"], ["2"]]


@pytest.mark.parametrize("hint", ["sep=;", "SEP=;"])
def test_the_hint_of_a_spreadsheet_is_understood(hint: str) -> None:
    """Excel's first line that names the separator is no heading."""
    found = sheet(f"{hint}\nNro;Ni,m,i\n1;a,b\n")
    assert (found.separator, found.heading) == (";", ("Nro", "Ni,m,i"))
    assert [(row.number, row.cells) for row in found.rows()] == [(2, ("1", "a,b"))]


@pytest.mark.parametrize(
    ("mark", "encoding", "name"),
    [
        (codecs.BOM_UTF8, "utf-8", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16-LE"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16-BE"),
    ],
)
def test_a_byte_order_mark_is_left_out_and_told(mark: bytes, encoding: str, name: str) -> None:
    """What spreadsheets put in front does not become part of the first heading."""
    found = Sheet(io.BytesIO(mark + LIST.encode(encoding)), Faults("x"), 10)
    assert (found.heading[0], found.notes) == ("Nro", [f"{name} with a byte order mark"])
    assert [row.cells[1] for row in found.rows()] == ["Aino", "Väinö"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_understood(end: str) -> None:
    """Unix, Windows and the old Macintosh."""
    rows, faults = read(LIST.replace("\n", end).encode())
    assert ([row[1] for _, row in rows], bool(faults)) == (["Aino", "Väinö"], False)


def test_the_last_line_needs_no_end() -> None:
    """A file that stops after its last cell is whole."""
    assert cells("Nro,Nimi\n1,Aino") == [["1", "Aino"]]


def test_headings_alone_are_an_empty_list() -> None:
    """Nobody on the list is no fault."""
    assert cells("Nro,Nimi\n") == []


def test_empty_cells_after_the_last_heading_are_nothing() -> None:
    """Separators at the end of a row, as some programs write them."""
    assert cells("Nro,Nimi\n1,Aino,,\n") == [["1", "Aino", "", ""]]


@pytest.mark.parametrize(
    "name",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1+1",
        "%0A=1",
        "<script>",
        "*_[x](y)",
        "<!channel>",
        'A "Ace" B',
    ],
)
def test_a_cell_is_text_whatever_it_looks_like(name: str) -> None:
    """Formulas, markup and quotation marks come through as they are."""
    quoted = name.replace('"', '""')
    assert cells(f'Nro,Nimi\n1,"{quoted}"\n') == [["1", name]]


@pytest.mark.parametrize("name", ["\t=1", "\r=1", "Katu 1\n00100 Helsinki", "a, b\nc"])
def test_a_quoted_cell_may_hold_tabs_and_line_breaks(name: str) -> None:
    """Addresses over two lines are ordinary."""
    assert cells(f'Nro,Nimi,Muuta\n1,"{name}",x\n') == [["1", name, "x"]]


def test_characters_over_the_edge_of_a_block_stay_whole() -> None:
    """Reading block by block cuts no character in two."""
    name = "ä" * 1500
    text = "Nro,Nimi\n" + "".join(f"{number},{name}\n" for number in range(100))
    assert len(text.encode()) > 3 * BLOCK
    assert {row[1] for row in cells(text)} == {name}


# --- what is none -----------------------------------------------------------------------------------------


def test_an_empty_file_is_told() -> None:
    """No byte at all."""
    assert fault(b"") == "list.csv: The list is empty. Its first row must hold the headings."


@pytest.mark.parametrize("content", [b"\n1,2\n", b",,\n1,2,3\n", b" ; ;\n", codecs.BOM_UTF8])
def test_an_empty_first_row_is_told(content: bytes) -> None:
    """Without headings nobody knows which column is what."""
    assert "row 1: The first row is empty." in fault(content)


@pytest.mark.parametrize(
    "start", [b"PK\x03\x04" + b"\0" * 190_000, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99]
)
def test_a_spreadsheet_is_refused_unopened(start: bytes) -> None:
    """xlsx, ods and xls are told by their first bytes and never unpacked."""

    class OnlyTheBeginning(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert self.tell() + size <= BLOCK
            return super().read(size)

    faults = read(OnlyTheBeginning(start))[1]
    assert "This is a spreadsheet, not a CSV file." in str(faults.problems[0])


@pytest.mark.parametrize("content", ["Nro,Nimi\n1,Aino\n".encode("utf-16-le"), b"\x7fELF\0\0\0"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    """NUL bytes: UTF-16 without its mark, or no text at all."""
    assert "This is not a text file." in fault(content)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("Nro,Nimi\n1,Väinö\n".encode("cp1252"), 12),
        (b"Nro,Nimi\n" + b"1,Aino\n" * 20_000 + b"1,V\xe4in\xf6\n", 140_012),
        (b"a" * (BLOCK - 1) + b"\xc3\n", BLOCK - 1),
        (b"Nro\n1\n\xc3", 6),
    ],
)
def test_another_encoding_is_told_with_its_byte(content: bytes, place: int) -> None:
    """Windows text, wherever its first strange byte stands; also a character that the end cuts in two."""
    assert f"The list is not UTF-8: byte {place} begins no character." in fault(content)


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    """The size is looked at before anything is read."""

    class Huge(io.BytesIO):
        def seek(self, _offset: int, _whence: int = 0, /) -> int:
            return MAX_BYTES + 1

    faults = read(Huge(b"Nro\n"))[1]
    assert "The list is larger than 100 MB." in str(faults.problems[0])


def test_a_line_without_an_end_is_refused() -> None:
    """A file of one endless line does not fill the memory."""
    assert f"A line is longer than {MAX_LINE} characters." in fault(b"a" * (MAX_LINE + BLOCK))


# --- rows that cannot be taken ----------------------------------------------------------------------------


def test_one_row_over_the_limit_is_refused() -> None:
    """As many rows as the configuration allows, and not one more; the row is named."""
    assert len(read(b"Nro\n1\n2\n", max_rows=2)[0]) == 2
    assert fault(b"Nro\n1\n2\n3\n", max_rows=2).startswith("list.csv: row 4: The list has more than 2 rows.")


def test_a_quotation_mark_without_its_pair_is_told() -> None:
    """The rest of the file has become one cell."""
    assert "row 3: A quotation mark has no pair." in fault(b'Nro,Nimi\n1,Aino\n2,"Bo\n3,Cee\n')


def test_a_quotation_mark_that_swallows_rows_is_told() -> None:
    """Three rows became two: one cell holds what looks like a row."""
    told = fault(b'Nro,Nimi,Muuta\n1,Aino,"x\n2,Bo,y"\n3,Cee,z\n')
    assert "row 2: One cell holds what looks like several rows." in told


def test_a_swallowed_row_of_a_single_column_is_told() -> None:
    """Where every line is a row, a cell of two lines is two rows."""
    assert "row 2: One cell holds what looks like several rows." in fault(b'Nro\n"1\n2"\n')


def test_text_after_a_quoted_cell_is_told() -> None:
    """A quotation mark that closes too early."""
    assert "row 2: A quotation mark has no pair." in fault(b'Nro,Nimi\n1,"Aino" x\n')


def test_a_huge_cell_is_told() -> None:
    """More than any name or note needs: 2,001 characters, and 131,073, where the reader itself gives up."""
    assert cells(f"Nro,Nimi\n1,{'a' * MAX_CELL}\n")
    for length in (MAX_CELL + 1, 131_073):
        told = fault(f"Nro,Nimi\n1,{'a' * length}\n".encode())
        assert told.startswith(f"list.csv: row 2: A cell is longer than {MAX_CELL} characters.")


def test_a_nul_in_a_cell_is_told() -> None:
    """PostgreSQL could not keep it."""
    content = b"Nro,Nimi\n" + b"1,Aino\n" * 10_000 + b"2,B\0\n"
    assert "row 10002: A cell holds a NUL byte." in fault(content)


def test_too_many_cells_are_told() -> None:
    """A separator inside a name."""
    told = fault(b"Nro,Nimi\n1,Aino, Anna\n")
    assert "row 2: The row has 3 cells, and there are 2 headings." in told
    assert 'A cell with "," in it needs quotation marks around it.' in told


def test_too_few_cells_are_told() -> None:
    """A row that a line break has cut in two."""
    faults = read(b"Nro,Nimi,Muuta\n1,Ai\nno,x\n")[1]
    assert [problem.path for problem in faults.problems] == ["row 2", "row 3"]


def test_a_mixture_of_line_ends_is_told() -> None:
    """A lone carriage return between lines that end otherwise."""
    assert "row 2: There is a line break of an unusual kind." in fault(b"Nro,Nimi\n1,Aino\r2,Bo\n")


def test_a_faulty_row_does_not_hide_the_next() -> None:
    """Every fault is found in one go, and sound rows between are still read."""
    rows, faults = read(b"Nro,Nimi\n1\n2,Bo\n3\n")
    assert ([row for _, row in rows], len(faults.problems)) == ([["2", "Bo"]], 2)


@pytest.mark.parametrize("seed", range(30))
def test_noise_gives_rows_or_faults_and_nothing_else(seed: int) -> None:
    """Random bytes never make the reader fail in another way."""
    import random

    chance = random.Random(seed)
    alphabet = b'",;\t\r\n\n\x00ab1=\xc3\xa4\xff'
    content = bytes(chance.choice(alphabet) for _ in range(400))
    read(content)
    read(content.replace(b"\0", b"").replace(b"\xff", b""))


def test_progress_is_told_in_bytes() -> None:
    """What has been read, of how much."""
    found = sheet(LIST)
    total: Iterator[object] = found.rows()
    assert len(list(total)) == 2
    assert (found.done, found.size) == (len(LIST.encode()),) * 2
