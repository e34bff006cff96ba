"""A calendar file's outline, taken before it is parsed: its text, its blocks, and on which line each stands.

The parser of the library trusts what it is given. Here whatever would make it slow or wrong is refused: no
text, too large, too deep, too many events, blocks without an end.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.roster.faults import Faults, Unreadable

MAX_BYTES: Final = 20_000_000
MAX_EVENTS: Final = 5_000
"""Event blocks in one file; an association has some hundreds a year."""
MAX_DEPTH: Final = 4
"""VCALENDAR, VEVENT, VALARM is what RFC 5545 needs; VTIMEZONE has its parts one level deep."""
MAX_LINE: Final = 100_000
"""Characters of one unfolded line."""


@dataclass(slots=True)
class Outline:
    """A calendar that may be parsed."""

    text: str
    lines: dict[str, int] = field(default_factory=dict)
    """UID -> the line on which its first event begins."""


def outline(content: bytes, faults: Faults, file: str) -> Outline:
    """Look the file over. Raises Unreadable, with the fault noted."""
    look = _Look(faults, file)
    text = look.text(content)
    found = Outline(text)
    for number, line in _unfolded(text):
        name, _, value = line.partition(":")
        look.line(number, line, name.strip().upper(), value.strip(), found)
    look.end(text)
    return found


@dataclass(slots=True)
class _Look:
    """One pass over a file: the blocks that are open, and the events so far."""

    faults: Faults
    file: str
    blocks: list[tuple[str, int]] = field(default_factory=list)
    events: int = 0

    def text(self, content: bytes) -> str:
        """The file as text."""
        if len(content) > MAX_BYTES:
            raise self.stop(0, f"The calendar is larger than {MAX_BYTES // 1_000_000} MB.", "Split it.")
        try:
            text = content.removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError as error:
            message = f"The calendar is not UTF-8: byte {error.start} begins no character."
            line = content.count(b"\n", 0, error.start) + 1
            raise self.stop(line, message, "Export it once more.") from None
        if not text.strip():
            raise self.stop(0, "The calendar is empty.", "Export it once more.")
        if "\0" in text:
            raise self.stop(text.count("\n", 0, text.index("\0")) + 1, "The calendar holds a NUL byte.")
        return text

    def line(self, number: int, line: str, name: str, value: str, found: Outline) -> None:
        """Take one unfolded line into account."""
        if len(line) > MAX_LINE:
            raise self.stop(number, f"The line is longer than {MAX_LINE} characters.")
        if name == "BEGIN":
            self._begin(number, value.upper())
        elif name == "END":
            if not self.blocks or self.blocks[-1][0] != value.upper():
                raise self.stop(number, f"END:{value[:20]} ends nothing that was begun.")
            self.blocks.pop()
        elif name.partition(";")[0] == "UID" and self.blocks and self.blocks[-1][0] == "VEVENT":
            found.lines.setdefault(value, self.blocks[-1][1])

    def _begin(self, number: int, block: str) -> None:
        self.blocks.append((block, number))
        if len(self.blocks) > MAX_DEPTH:
            raise self.stop(number, "Blocks are nested too deep for a calendar.")
        self.events += block == "VEVENT"
        if self.events > MAX_EVENTS:
            advice = "Export a shorter time, or several calendars."
            raise self.stop(number, f"The calendar has more than {MAX_EVENTS} events.", advice)

    def end(self, text: str) -> None:
        """Whether everything that was begun has ended, and it was a calendar."""
        if self.blocks:
            block, number = self.blocks[-1]
            raise self.stop(number, f"BEGIN:{block[:20]} has no END.", "The file was cut; export it again.")
        if "BEGIN:VCALENDAR" not in text.upper():
            raise self.stop(1, "This is no calendar.", "An iCalendar file begins with BEGIN:VCALENDAR.")

    def stop(self, line: int, message: str, advice: str = "") -> Unreadable:
        """Note why the file cannot be read."""
        self.faults.add(0, message, advice, line=line, file=self.file)
        return Unreadable()


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations (RFC 5545, 3.1), each with the number of its first line."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield begun, "".join(parts)
        begun, parts = number, [line]
    yield begun, "".join(parts)
