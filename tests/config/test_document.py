"""Reading one TOML file: limits, encodings, lines. Mistakes of TOML itself are in bad_toml."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.document import MAX_BYTES, MAX_TWICE, Document, Place, parse, read
from bot.config.positions import positions
from bot.errors import Problem


def _said(raw: bytes) -> list[str]:
    return [str(problem) for problem in parse(raw, "f.toml")[1]]


def test_a_byte_order_mark_is_left_out_with_a_warning() -> None:
    """Some editors write one; the file is read as if it were not there."""
    document, problems = parse(b"\xef\xbb\xbfa = 1\n", "f.toml")
    assert document is not None
    assert document.data == {"a": 1}
    assert problems == [
        Problem(
            message="The file begins with a byte order mark, which was left out.",
            file="f.toml",
            line=1,
            advice='Save it as "UTF-8 without BOM".',
            severity="warning",
        )
    ]


@pytest.mark.parametrize("raw", [b"a = 1\r\nb = 2\r\n", b"a = 1\nb = 2"])
def test_line_ends_of_either_kind(raw: bytes) -> None:
    """Files from Windows are fine, and so is a last line without an end."""
    document, problems = parse(raw, "f.toml")
    assert document is not None
    assert (document.data, document.line(("b",)), problems) == ({"a": 1, "b": 2}, 2, [])


def test_other_encodings_are_refused_with_the_place() -> None:
    """The byte and its line are told, and what to do."""
    assert _said('a = 1\nb = "ä"'.encode("cp1252")) == [
        "f.toml:2: Byte 12 is not UTF-8. Save the file with the encoding UTF-8; ä, ö and å are then kept."
    ]
    assert _said("a = 1".encode("utf-16")) == ["f.toml:1: The file is saved as UTF-16. Save it as UTF-8."]


HOSTILE = {
    "ten megabytes": b'a = "' + b"x" * 10_000_000 + b'"',
    "dotted key": b"a." * 20_000 + b"b = 1",
    "dotted header": b"[" + b"a." * 20_000 + b"b]",
    "nested arrays": b"a = " + b"[" * 100_000,
    "nested tables": b"a = " + b"{a=" * 50_000,
    "long integer": b"a = " + b"1" * 10_000,
    "long hexadecimal": b"a = 0x" + b"f" * 10_000,
    "long fraction": b"a = 1." + b"1" * 10_000,
    "nul": b"\x00",
    "escape": b"a = \x1b[31m",
    "open quotes": b'"""' * 40_000,
    "backslashes": b'"\\' * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str) -> None:
    """Nothing that would cost seconds, memory or the stack reaches the parser."""
    document, problems = parse(HOSTILE[name], "f.toml")
    assert document is None
    assert [problem.severity for problem in problems] == ["error"]
    assert len(str(problems[0])) < 200


def test_the_parser_has_a_second_line_of_defence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a limit ever be set too high, what the parser cannot bear is still no traceback."""
    monkeypatch.setattr("bot.config.document.MAX_NESTING", 1_000_000)
    assert _said(b"a = " + b"[" * 100_000) == ["f.toml: The file cannot be read: RecursionError."]


def test_prose_may_have_dots_and_digits() -> None:
    """The limits look at keys and numbers, not at what stands in quotation marks or behind #."""
    text = 'a = "' + "1. " * 40 + "9" * 40 + "[" * 40 + '"\nb = """\n' + "x. " * 40 + '\n"""\n' + "# [" * 40
    text += "\nc = '" + "." * 40 + "'\nd = '''" + "." * 40 + "'''\n"
    assert _said(text.encode()) == []


def test_many_repeated_keys_are_told_once_over() -> None:
    """A file pasted together a thousand times gives a list that can be read."""
    assert len(_said(b"a = 1\n" * 1000)) == MAX_TWICE


@pytest.mark.parametrize(
    ("text", "line"),
    [("[a]\nb = 1\n[a.b]\nc = 1", 3), ("a.b = 1\na.b.c = 2", 2), ("[[a]]\n[a]\n", 2)],
)
def test_a_table_that_is_something_else_already(text: str, line: int) -> None:
    """What is written twice in a roundabout way is still found, with its line."""
    (said,) = _said(text.encode())
    assert said.startswith(f"f.toml:{line}: A key is written twice.")


def test_what_the_parser_says_is_passed_on_where_we_have_no_better_words() -> None:
    """A rare mistake keeps the parser's own words."""
    assert _said(b'a = "\\uD800"') == ["f.toml:1: Escaped character is not a Unicode scalar value."]
    assert _said(b"a = 1\n\n\n.") == ["f.toml:4: A key is expected here. Keys are letters, digits, - and _."]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """No file, a folder, no permission: one line each."""
    assert [str(one) for one in read(tmp_path / "no.toml", "no.toml")[1]] == [
        "no.toml: There is no such file. Name it with -c, or begin a new one with: kuulolla init"
    ]
    assert [str(one) for one in read(tmp_path, "x")[1]] == ["x: This is a folder, not a file."]
    os.mkfifo(tmp_path / "pipe")
    assert [str(one) for one in read(tmp_path / "pipe", "x")[1]] == ["x: This is not an ordinary file."]
    beneath = tmp_path / "a.toml"
    beneath.write_text("a = 1", encoding="utf-8")
    assert [str(one) for one in read(beneath / "b.toml", "b.toml")[1]] == [
        "b.toml: The file cannot be read: Not a directory."
    ]
    document, problems = read(beneath)
    assert (document is not None and document.file, problems) == (str(beneath), [])


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    path = tmp_path / "a.toml"
    path.write_bytes(b"#" * MAX_BYTES)
    assert read(path)[1] == []


# --- lines ------------------------------------------------------------------------------------------------

TEXT = """\
include = [
  "a", # a remark
  "b",
]
"odd \\" key" = 1
'plain key' = 1
[policy.caps]
a.b = 1
[[flow]]
id = "x"
choices = [{ id = "b", label = { fi = "c" } }]
[[flow.question]]
id = "q"
[flow.question.text]
fi = "x"
[[flow.question]]
[[flow]]
[[flow.question]]
[[flow.question.choice]]
id = "z"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("include",), 1),
        (("include", 1), 3),
        (('odd " key',), 5),
        (("plain key",), 6),
        (("policy",), 0),
        (("policy", "caps"), 7),
        (("policy", "caps", "a"), 8),
        (("policy", "caps", "a", "b"), 8),
        (("flow",), 9),
        (("flow", 0), 9),
        (("flow", 0, "choices", 0, "label", "fi"), 11),
        (("flow", 0, "question", 0, "text", "fi"), 15),
        (("flow", 0, "question", 1), 16),
        (("flow", 0, "question", 1, "id"), 16),
        (("flow", 1, "question", 0), 18),
        (("flow", 1, "question", 0, "choice", 0, "id"), 20),
        (("nowhere",), 0),
    ],
)
def test_every_key_knows_its_line(path: tuple[str | int, ...], line: int) -> None:
    """A key that is not there has the line of what it would stand in."""
    document, problems = parse(TEXT.encode(), "f.toml")
    assert document is not None
    assert (document.line(path), problems) == (line, [])


def test_positions_of_what_is_no_toml() -> None:
    """Whatever can be told is told, without an exception."""
    assert positions('a = [\n"\\q" = 1\n[[\n= 3\n"x').lines.get(("a",)) in (None, 1)
    assert positions('"\\uD800" = 1\n').lines == {('"\\uD800"',): 1}


def test_a_place_names_itself() -> None:
    """Keys move the line, names the label; what would steer a terminal is taken out."""
    place = Place(Document("f.toml", {}, {("a",): 3}), ("a",)).named('flow "x"').named('question "y"')
    assert str(place.at("b", 0).problem("Wrong\x1b[31m.", "Mend it.")) == (
        'f.toml:3: flow "x", question "y": Wrong?[31m. Mend it.'
    )
    assert place.warning("Hm.").severity == "warning"


PIECES = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    '"',
    "'",
    '"""',
    "#",
    "a",
    "b",
    "1",
    "\\",
    "é",
    " ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join).map(str.encode) | st.binary(max_size=60))
def test_any_bytes_are_read_without_a_traceback(raw: bytes) -> None:
    """There is a document or an error, and every message is one printable line."""
    document, problems = parse(raw, "f.toml")
    assert (document is None) == any(problem.severity == "error" for problem in problems)
    assert all(str(problem).isprintable() for problem in problems)
