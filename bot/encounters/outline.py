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
    found = Outline(_text(content, faults, file))
    if not found.text.strip():
        raise _stop(faults, file, 0, "The calendar is empty.", "Export it once more.")
    open_blocks: list[tuple[str, int]] = []
    events = 0
    for number, line in _unfolded(found.text):
        if len(line) > MAX_LINE:
            raise _stop(faults, file, number, f"The line is longer than {MAX_LINE} characters.")
        name, _, value = line.partition(":")
        name, value = name.strip().upper(), value.strip()
        if name == "BEGIN":
            open_blocks.append((value.upper(), number))
            if len(open_blocks) > MAX_DEPTH:
                raise _stop(faults, file, number, "Blocks are nested too deep for a calendar.")
            events += value.upper() == "VEVENT"
            if events > MAX_EVENTS:
                advice = "Export a shorter time, or several calendars."
                raise _stop(faults, file, number, f"The calendar has more than {MAX_EVENTS} events.", advice)
        elif name == "END":
            if not open_blocks or open_blocks[-1][0] != value.upper():
                raise _stop(faults, file, number, f"END:{value[:20]} ends nothing that was begun.")
            open_blocks.pop()
        elif name.partition(";")[0] == "UID" and open_blocks and open_blocks[-1][0] == "VEVENT":
            found.lines.setdefault(value, open_blocks[-1][1])
    if open_blocks:
        block, number = open_blocks[-1]
        raise _stop(faults, file, number, f"BEGIN:{block[:20]} has no END.", "The file was cut; export it again.")
    if "BEGIN:VCALENDAR" not in found.text.upper():
        raise _stop(faults, file, 1, "This is no calendar.", "An iCalendar file begins with BEGIN:VCALENDAR.")
    return found


def _text(content: bytes, faults: Faults, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise _stop(faults, file, 0, f"The calendar is larger than {MAX_BYTES // 1_000_000} MB.", "Split it.")
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        message = f"The calendar is not UTF-8: byte {error.start} begins no character."
        raise _stop(
            faults, file, content.count(b"\n", 0, error.start) + 1, message, "Export it once more."
        ) from None
    if "\0" in text:
        raise _stop(faults, file, text.count("\n", 0, text.index("\0")) + 1, "The calendar holds a NUL byte.")
    return text


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
    if parts:
        yield begun, "".join(parts)


def _stop(faults: Faults, file: str, line: int, message: str, advice: str = "") -> Unreadable:
    faults.add(0, message, advice, line=line, file=file)
    return Unreadable()
