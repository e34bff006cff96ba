"""One TOML file: read within limits, parsed, and able to tell the line of every key.

Whatever is wrong becomes a ``Problem``; no text, however hostile, gets a traceback or more than a moment.
Nothing here knows what the keys mean, and nothing of a file's content is repeated in a message but keys.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from bot.config.positions import Path as KeyPath
from bot.config.positions import Positions, positions
from bot.errors import Problem

# Limits. tomllib needs seconds for a dotted key of thousands of parts and recurses into nested brackets
# (CPython's library, measured); an admin's file comes nowhere near any of these.
MAX_BYTES: Final = 256 * 1024
MAX_DOTS: Final = 20
"""Dots outside quotes in one line."""
MAX_KEY_DEPTH: Final = 8
MAX_NESTING: Final = 16
"""Brackets and braces open at the same time."""
MAX_DIGITS: Final = 20
"""Digits in a row: more than any 64-bit number, date or version has."""

MAX_TWICE: Final = 20
"""Repeated keys told of in one file."""

_BOM: Final = "\ufeff"
_QUOTED_OR_COMMENT: Final = re.compile(
    r"""
      \"{3} (?: \\. | [^\\] )*? (?: \"{3} | \Z )
    | '{3} .*? (?: '{3} | \Z )
    | " (?: \\. | [^"\\\n] )* "?
    | ' [^'\n]* '?
    | \# [^\n]*
    """,
    re.DOTALL | re.VERBOSE,
)
_LONG_NUMBER: Final = re.compile(rf"(?<![\w-])\d\w{{{MAX_DIGITS},}}")
_BRACKET_OR_LINE: Final = re.compile(r"[\[\]{}\n]")
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. ``file`` is the name to show in messages."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int:
        """The line of this key, or of the nearest thing around it that has one; 0 where nothing has."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 0


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a document, and how to name it to the admin: ``flow "pulse", question "mood"``."""

    document: Document
    path: KeyPath = ()
    label: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Keys that have another name in the file."""

    def at(self, *keys: str | int) -> "Place":
        """The same thing, deeper down: the line changes, the name does not."""
        found = (self.renamed.get(key, key) if isinstance(key, str) else key for key in keys)
        return replace(self, path=(*self.path, *found))

    def named(self, label: str) -> "Place":
        """The same spot with one more word in its name."""
        return replace(self, label=f"{self.label}, {label}" if self.label else label)

    def problem(
        self, message: str, advice: str = "", severity: Literal["error", "warning"] = "error"
    ) -> Problem:
        """A problem at this spot. ``message`` and ``advice`` are whole sentences."""
        return Problem(
            message=_printable(message),
            file=self.document.file,
            line=self.document.line(self.path),
            path=_printable(self.label),
            advice=_printable(advice),
            severity=severity,
        )

    def warning(self, message: str, advice: str = "") -> Problem:
        """Something the admin should know, and that stops nothing."""
        return self.problem(message, advice, severity="warning")


def _printable(text: str) -> str:
    """What a file says must not steer the terminal that shows it."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


def read(path: Path, shown: str = "") -> tuple[Document | None, list[Problem]]:
    """Read a file of at most MAX_BYTES. ``shown`` is the name for messages, the path itself if empty."""
    shown = shown or str(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            return None, [Problem(message="This is not an ordinary file.", file=shown)]
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        advice = "Name it with -c, or begin a new one with: kuulolla init"
        return None, [Problem(message="There is no such file.", file=shown, advice=advice)]
    except IsADirectoryError:
        return None, [Problem(message="This is a folder, not a file.", file=shown)]
    except OSError as error:
        return None, [Problem(message=f"The file cannot be read: {error.strerror}.", file=shown)]
    return parse(raw, shown)


def parse(raw: bytes, shown: str) -> tuple[Document | None, list[Problem]]:
    """Parse the bytes of a file. A document comes even with warnings, none with errors."""
    text, problems = _decoded(raw, shown)
    problems += [] if text is None else list(_beyond_limits(text, shown))
    if text is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [*problems, *_syntax_problems(str(error), text, shown)]
    except (RecursionError, ValueError) as error:
        message = f"The file cannot be read: {type(error).__name__}."
        return None, [*problems, Problem(message=message, file=shown)]
    document = Document(shown, data, positions(text).lines)
    deep = list(_too_deep(document))
    return (None if deep else document), [*problems, *deep]


def _decoded(raw: bytes, shown: str) -> tuple[str | None, list[Problem]]:
    if len(raw) > MAX_BYTES:
        return None, [
            Problem(
                message=f"The file is larger than {MAX_BYTES // 1024} kB.",
                file=shown,
                advice='Split it: include = ["flows/*.toml"].',
            )
        ]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, [
            Problem(message="The file is saved as UTF-16.", file=shown, line=1, advice="Save it as UTF-8.")
        ]
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"Byte {error.start + 1} is not UTF-8."
        advice = "Save the file with the encoding UTF-8; ä, ö and å are then kept."
        return None, [Problem(message=message, file=shown, line=line, advice=advice)]
    if not text.startswith(_BOM):
        return text, []
    message = "The file begins with a byte order mark, which was left out."
    advice = 'Save it as "UTF-8 without BOM".'
    return text[1:], [Problem(message=message, file=shown, line=1, advice=advice, severity="warning")]


def _beyond_limits(text: str, shown: str) -> Iterator[Problem]:
    """What could cost the parser seconds or its stack; found by two passes over the text."""
    bare = _bare(text)
    for number, line in enumerate(bare.split("\n"), 1):
        if line.count(".") > MAX_DOTS:
            message = f"More than {MAX_DOTS} dots in one line."
            yield Problem(message=message, file=shown, line=number, advice="Put text in quotation marks.")
            return
        if _LONG_NUMBER.search(line):
            message = f"A number of more than {MAX_DIGITS} digits."
            yield Problem(message=message, file=shown, line=number, advice="Put it in quotation marks.")
            return
    opened = _open_brackets(bare, MAX_NESTING)
    if len(opened) > MAX_NESTING:
        message = f"More than {MAX_NESTING} brackets are open at once."
        yield Problem(message=message, file=shown, line=opened[-1], advice="Close them.")


def _open_brackets(bare: str, most: int) -> list[int]:
    """The lines of brackets that are still open at the end, or as soon as there are more than ``most``."""
    opened: list[int] = []
    line = 1
    for found in _BRACKET_OR_LINE.finditer(bare):
        if found[0] == "\n":
            line += 1
        elif found[0] in "[{":
            opened.append(line)
            if len(opened) > most:
                return opened
        elif opened:
            opened.pop()
    return opened


def _bare(text: str) -> str:
    """The text without what stands in quotation marks and comments; its lines stay."""
    return _QUOTED_OR_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)


def _too_deep(document: Document) -> Iterator[Problem]:
    for path in document.lines:
        if sum(isinstance(key, str) for key in path) > MAX_KEY_DEPTH:
            message = f"Keys are nested more than {MAX_KEY_DEPTH} deep."
            yield Place(document, path).problem(message)
            return


# --- what the parser says, in plain words -----------------------------------------------------------------

_TWICE: Final = ("Cannot overwrite", "Cannot mutate", "Cannot declare", "Duplicate inline", "Cannot redefine")

_QUOTE_TEXT: Final = "Text stands in quotation marks; numbers, true and false do not."
_BACKSLASH: Final = "A backslash is not understood."
_NO_BACKSLASH: Final = "Write it twice, or put the text in 'single' quotation marks."

_PLAIN: Final[tuple[tuple[str, str, str], ...]] = (
    ("Expected '=' after", "An equals sign is missing.", 'A line is key = value: title = "Pulse".'),
    ("Invalid value", "The value is not understood.", _QUOTE_TEXT),
    ("Unterminated string", "A text is not closed.", 'End it with a quotation mark, a long one with """.'),
    (
        "Illegal character '\\n'",
        "A text is not closed on its line.",
        'For several lines begin and end it with """.',
    ),
    ("Illegal character", "A character stands here that cannot.", "Take it out."),
    ("Unclosed array", "A list is not closed.", "Put a comma between its items and ] at its end."),
    ("Invalid initial character", "A key is expected here.", "Keys are letters, digits, - and _."),
    ("Invalid statement", "A key is expected here.", "Keys are letters, digits, - and _."),
    (
        "Expected newline",
        "Something is left over at the end of the line.",
        "Write one key = value to a line.",
    ),
    ("Expected ']", "The header is not closed.", "Write [policy] or [[flow]]."),
    ("Unescaped '\\'", _BACKSLASH, _NO_BACKSLASH),
    ("Invalid hex", _BACKSLASH, _NO_BACKSLASH),
    ("Invalid date", "This date or time does not exist.", "Write 2026-05-04T18:00:00."),
)

_NOT_UNDERSTOOD: Final = "The value is not understood."
_LOOKS: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = (
    (re.compile("[“”„‟«»‘’‚]"), _NOT_UNDERSTOOD, 'Use straight quotation marks: "…".'),
    (
        re.compile(r"^\s*(?=[^=\"'#]*[^\x00-\x7f])\w[^=\"'#]*="),
        "This key cannot be.",
        "Keys are of the letters a to z, digits, - and _, without å, ä and ö.",
    ),
    (re.compile(r"=\s*\d{4}-\d"), "This is no date with time.", "Write 2026-05-04T18:00:00."),
    (re.compile(r"=\s*\[?\s*\d\d?[:.]\d\d\b"), _NOT_UNDERSTOOD, 'Put a time in quotation marks: "09:00".'),
    (
        re.compile(r"\{[^}]*$"),
        "A { … } is not closed.",
        "It must stand on one line, without a comma at its end.",
    ),
    (re.compile(r",\s*\}"), _NOT_UNDERSTOOD, "Leave out the comma before }."),
)
"""What a line in trouble looks like -> what probably is wrong, and what helps."""
_MAY_BE_BRACKET: Final = ("Invalid value", "Unclosed array", "Invalid initial", "Invalid statement")


def _syntax_problems(error: str, text: str, shown: str) -> list[Problem]:
    found = _PLACE.search(error)
    line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
    message = _PLACE.sub("", error)
    if message.startswith(_TWICE):
        return _written_twice(positions(text), shown, line)
    plain, advice = _looks(text, line) or _left_open(message, text, line) or _plainly(message)
    return [Problem(message=plain, file=shown, line=line, advice=advice)]


def _plainly(message: str) -> tuple[str, str]:
    for beginning, plain, advice in _PLAIN:
        if message.startswith(beginning):
            return plain, advice
    return f"{message}.", ""


def _looks(text: str, line: int) -> tuple[str, str] | None:
    words = text.split("\n")[line - 1]
    for pattern, message, advice in _LOOKS:
        if pattern.search(words):
            return message, advice
    return None


def _left_open(message: str, text: str, line: int) -> tuple[str, str] | None:
    if not message.startswith(_MAY_BE_BRACKET):
        return None
    opened = _open_brackets(_bare("\n".join(text.split("\n")[:line])), MAX_NESTING)
    return (f"The bracket in line {opened[0]} is not closed.", "Close it with ].") if opened else None


def _written_twice(found: Positions, shown: str, line: int) -> list[Problem]:
    advice = "Keep one of them. A further flow, question or survey begins with [[…]]."
    problems = [
        Problem(
            message=f'"{_dotted(path)}" is written twice, first in line {first}.',
            file=shown,
            line=second,
            advice=advice,
        )
        for path, first, second in found.twice[:MAX_TWICE]
    ]
    return problems or [Problem(message="A key is written twice.", file=shown, line=line, advice=advice)]


def _dotted(path: KeyPath) -> str:
    return ".".join(str(key) for key in path if isinstance(key, str))
