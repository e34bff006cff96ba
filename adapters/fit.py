"""Making words and buttons fit a platform: long texts are split, long or surplus choices become numbers.

Pure, and the same for every platform: an adapter hands in its ``Limits`` and gets plain text and rows of
buttons back. Nothing here writes markup or escapes; that is the adapter's last step.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

from adapters.base import Limits
from bot.engine.messages import Button, Layout, Outbound

CUT: Final = "…"
"""Shows that something was left out; also stands in for a text in which nothing is visible."""
CHOSEN: Final = "✓ "
"""Before the label of a toggled choice."""
ROW_WIDTH: Final = 36
"""Characters across one row of buttons on a narrow phone (measured by eye at 360 points, 14-point labels)."""
BUTTON_PADDING: Final = 2
"""What the edges of one button take of that width."""
COLUMNS: Final[dict[Layout, int]] = {"rows": 4, "scale": 8, "inline": 8}
"""Most columns for each layout, however short the labels: a list of choices is read downwards."""
NUMBER_COLUMNS: Final = 5
"""Number buttons in a row: wide enough to be hit with a thumb."""
LINE: Final = 300
"""Longest numbered line, in the platform's units: a longer label is cut. No survey's choice needs more."""
PARTS: Final = 10
"""Most messages that one text may become; the rest is cut. At one message a second more is a flood."""
LOOK_BACK: Final = 64
"""How far a cut moves back for a grapheme's border; longer piles of marks are no writing and are cut."""

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NOTHING: Final = re.compile(
    "[\\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]*"
)
"""Characters that show nothing, white space among them: platforms take such a text for an empty one."""
_LEADING_NUMBER: Final = re.compile(r"\s*(-?\d{1,4})(?!\d)")
_BREAKS: Final = (("\n\n",), ("\n",), (". ", "? ", "! "), (" ",))
"""Where a long text is best split: between paragraphs, lines, sentences, words."""

_ZERO_WIDTH_JOINER: Final = "\u200d"
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAG_TAGS: Final = range(0xE0020, 0xE0080)
_HANGUL_TAILS: Final = range(0x1160, 0x1200)
_HANGUL: Final = (range(0x1100, 0x1200), range(0xAC00, 0xD7A4))
_VIRAMA: Final = 9
"""Canonical combining class of the signs that join two Indic consonants."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A message that fits. Buttons belong under the last text; controls come after the answers, in own rows.

    Labels are final: the mark of a toggled choice is in them, and ``numbered`` tells that the labels of the
    answers moved into the text as numbered lines and the buttons carry the numbers.
    """

    texts: tuple[str, ...]
    rows: tuple[tuple[Button, ...], ...] = ()
    controls: tuple[tuple[Button, ...], ...] = ()
    numbered: bool = False


def fit(message: Outbound, limits: Limits) -> Fitted:
    """Return the message as texts and rows of buttons within ``limits``. No text is empty.

    Raises ValueError for a token that is empty or longer than ``limits.token_bytes``: such a button could
    never be answered, and only our own code makes tokens.
    """
    for button in (*message.buttons, *message.controls):
        if not 0 < (length := len(button.token.encode())) <= limits.token_bytes:
            raise ValueError(f"a button's token has {length} bytes; 1 to {limits.token_bytes} are allowed")
    room = max(0, limits.buttons - len(message.controls))
    reserve = len(CHOSEN) if message.form == "multiple" or any(b.chosen for b in message.buttons) else 0
    numbered = len(message.buttons) > room or any(
        _label(button.label, limits.utf16).size + reserve > limits.label for button in message.buttons
    )
    text, buttons, most = message.text, message.buttons, COLUMNS[message.layout]
    if numbered:
        text = "\n\n".join(filter(None, (text.rstrip(), "\n".join(numbered_lines(message, limits)))))
        buttons, most = _numbers(message)[:room], NUMBER_COLUMNS
    return Fitted(
        texts=split(clean(text), limits.text, utf16=limits.utf16),
        rows=_laid_out(buttons, most, reserve, limits),
        controls=_laid_out(message.controls, max(COLUMNS.values()), 0, limits),
        numbered=numbered,
    )


def _laid_out(
    buttons: Sequence[Button], most: int, reserve: int, limits: Limits
) -> tuple[tuple[Button, ...], ...]:
    """Rows of finished buttons. The reserve keeps room for marks, so that a toggle never moves the others."""
    widest = max((_label(button.label, limits.utf16).width for button in buttons), default=0) + reserve
    columns = max(1, min(most, limits.buttons_per_row, ROW_WIDTH // (widest + BUTTON_PADDING)))
    return rows([_finished(button, limits) for button in buttons], columns)


def _finished(button: Button, limits: Limits) -> Button:
    label, size, _ = _label(button.label, limits.utf16)
    mark = CHOSEN if button.chosen else ""
    if size + len(mark) > limits.label:
        label = cut(label, limits.label - len(mark), utf16=limits.utf16)
    return button if not mark and label == button.label else replace(button, label=mark + label)


class _Label(NamedTuple):
    """A label on one line, its length in the platform's units and its width on a screen."""

    text: str
    size: int
    width: int


@lru_cache(maxsize=2048)
def _label(label: str, utf16: bool) -> _Label:  # noqa: FBT001 - a cache's key, always given by position
    """The same few labels go out with every message; each is looked at once."""
    text = " ".join(clean(label).split())
    return _Label(text, size(text, utf16=utf16), width(text))


# --- numbered lines ---------------------------------------------------------------------------------------


def marks(message: Outbound) -> tuple[str, ...]:
    """Return what a member may type for each button: its place from 1, or on a scale the number in its label.

    A scale's own numbers ("0 not at all", …, "10 gladly") are used where every label has one and no two are
    the same, so that nobody has to type 1 for a zero.
    """
    return _own_numbers(message) or tuple(str(place) for place in range(1, len(message.buttons) + 1))


def _own_numbers(message: Outbound) -> tuple[str, ...]:
    if message.layout != "scale":
        return ()
    own = tuple(
        match[1] if (match := _LEADING_NUMBER.match(button.label)) else "" for button in message.buttons
    )
    return own if all(own) and len(set(own)) == len(own) else ()


def numbered_lines(message: Outbound, limits: Limits) -> tuple[str, ...]:
    """Return one line for each button: whether it is chosen, its number, and its label."""
    numbers = () if _own_numbers(message) else marks(message)
    lines = []
    for place, button in enumerate(message.buttons):
        label = cut(_label(button.label, limits.utf16).text, min(LINE, limits.text), utf16=limits.utf16)
        chosen = CHOSEN if button.chosen else ""
        lines.append(f"{chosen}{numbers[place] + '. ' if numbers else ''}{label}")
    return tuple(lines)


def _numbers(message: Outbound) -> tuple[Button, ...]:
    return tuple(
        replace(button, label=mark) for button, mark in zip(message.buttons, marks(message), strict=True)
    )


# --- rows -------------------------------------------------------------------------------------------------


def rows(buttons: Sequence[Button], columns: int) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons in order, in as few rows as ``columns`` allows, the rows as even as can be.

    Eleven buttons at eight columns become six and five, not eight and three.
    """
    if not buttons:
        return ()
    count = -(-len(buttons) // columns)
    size, longer = divmod(len(buttons), count)
    result, start = [], 0
    for number in range(count):
        end = start + size + (number < longer)
        result.append(tuple(buttons[start:end]))
        start = end
    return tuple(result)


def width(text: str) -> int:
    """Return the columns the text takes on a screen: wide East Asian letters and emoji take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if _extends(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


# --- lengths, cuts and splits -----------------------------------------------------------------------------


def size(text: str, *, utf16: bool) -> int:
    """Return the length in code points, or in UTF-16 units, as Telegram counts."""
    if not utf16 or text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits(text: str, limit: int, *, utf16: bool) -> bool:
    """Tell whether the text is at most ``limit`` long. Cheap for short texts."""
    return 2 * len(text) <= limit or size(text, utf16=utf16) <= limit


def clean(text: str) -> str:
    """Return the text without control characters and broken surrogates; ``CUT`` if nothing is left to see."""
    text = _CONTROL.sub("", text)
    return CUT if _NOTHING.fullmatch(text) else text


def cut(text: str, limit: int, *, utf16: bool) -> str:
    """Return the text, or as much of it as fits with ``CUT`` at the end. ``limit`` is at least 2."""
    if fits(text, limit, utf16=utf16):
        return text
    return text[: _reach(text, limit - len(CUT), utf16=utf16)].rstrip() + CUT


def split(text: str, limit: int, *, utf16: bool) -> tuple[str, ...]:
    """Return the text in parts of at most ``limit``, broken between paragraphs, lines, sentences or words.

    No visible character is torn apart, white space around a break is dropped, and a text that needs more
    than ``PARTS`` parts is cut. ``limit`` is at least 2.
    """
    parts: list[str] = []
    rest = text if fits(text, limit, utf16=utf16) else text.strip()
    while not fits(rest, limit, utf16=utf16):
        if len(parts) == PARTS - 1:
            rest = cut(rest, limit, utf16=utf16)
            break
        end = _break(rest, _reach(rest, limit, utf16=utf16))
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return (*parts, rest)


def _break(text: str, end: int) -> int:
    """The best place to break at or before ``end``, not in the first half: a stub of a message looks torn."""
    for separators in _BREAKS:
        best = max(_after(text, separator, end) for separator in separators)
        if best > end // 2 + 1 and not _joined(text, best):
            return best
    return end


def _after(text: str, separator: str, end: int) -> int:
    """Where the text goes on after the last such separator; its white space may lie beyond the end."""
    beyond = len(separator) - len(separator.strip())
    return text.rfind(separator, end // 2, end + beyond) + len(separator)


def _reach(text: str, limit: int, *, utf16: bool) -> int:
    """How many code points fit into ``limit``, ending between two visible characters."""
    end = min(limit, len(text))
    if utf16:
        units = text[:end].encode("utf-16-le", "surrogatepass")[: 2 * limit]
        end = len(units.decode("utf-16-le", "ignore"))
    for place in range(end, max(0, end - LOOK_BACK), -1):
        if not _joined(text, place):
            return place
    return max(1, end)


def _joined(text: str, place: int) -> bool:
    """Whether the code points before and at ``place`` make up one visible character.

    After Unicode Standard Annex 29 (grapheme clusters), without its rules for prepended marks.
    """
    before, after = text[place - 1], text[place]
    if before.isascii() and after.isascii():
        return False
    if _extends(after) or before == _ZERO_WIDTH_JOINER:
        return True
    if ord(before) in _FLAG_LETTERS and ord(after) in _FLAG_LETTERS:
        run = place
        while run > 0 and ord(text[run - 1]) in _FLAG_LETTERS:
            run -= 1
        return (place - run) % 2 == 1
    if unicodedata.combining(before) == _VIRAMA:
        return unicodedata.category(after) == "Lo"
    return ord(after) in _HANGUL_TAILS and any(ord(before) in block for block in _HANGUL)


def _extends(character: str) -> bool:
    """A mark that belongs to what stands before it: accents, variation selectors, skin tones, flag tags."""
    if character.isascii():
        return False
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in "\u200c\u200d"
        or ord(character) in _SKIN_TONES
        or ord(character) in _FLAG_TAGS
    )
