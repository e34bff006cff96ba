"""Words as a member writes them: cleaned for keeping, and folded for comparing.

``clean`` keeps what was said and drops what only harms (control characters, broken halves of characters).
``fold`` and ``loosen`` make keys for comparison; what they return is never shown and never stored.
"""

import re
import unicodedata
from typing import Final

_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HARMFUL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_EDGES: Final = " \t\n\r\xa0\u200b\u2060\ufeff"
"""Space and what shows nothing, cut off at both ends. Joiners stay: emoji and some scripts need them."""
_SHOWS_NOTHING: Final = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)
_TURNS_LINES: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing, for everything that follows them too."""

_JOINER: Final = "\u200d"
_SKIN_TONES: Final = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3\U0001f3fb-\U0001f3ff]"
)
"""Left out when comparing: marks of direction, zero width, emoji variants, key caps and skin tones."""
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "–": "-", "—": "-", "−": "-"})
_AROUND: Final = " \t\n.,;:!?…\"'“”„«»()[]*_~"
_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})
"""Letters that decomposing does not take apart."""


def clean(text: str) -> str:
    """What is kept of a member's words: NFC, plain line ends, no control characters, no space at the ends."""
    if not (text.isascii() and text.isprintable()):
        text = _HARMFUL.sub("", _LINE_ENDS.sub("\n", text))
        text = unicodedata.normalize("NFC", text)
    return text.strip(_EDGES)


def shows_nothing(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return _SHOWS_NOTHING.fullmatch(text) is not None


def one_line(text: str, limit: int) -> str:
    """The text as a quotation inside another: one line, no marks of direction, cut with "…" at ``limit``.

    What shows nothing becomes an empty text, and no emoji or letter is cut in two.
    """
    text = " ".join(_TURNS_LINES.sub("", text).split())
    if shows_nothing(text):
        return ""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 0 and (_clings(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[:end].rstrip() + "…"


def _clings(character: str) -> bool:
    """Whether the character only makes sense after the one before it."""
    return character == _JOINER or unicodedata.category(character)[0] == "M" or character in _SKIN_TONES


def tidy(text: str) -> str:
    """The text in small letters, one space between words, without what is not seen and in one width."""
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(_FULL_WIDTH).translate(_QUOTES)
    return " ".join(text.casefold().split())


def fold(text: str) -> str:
    """The key of a text: tidy, and without punctuation around it."""
    tidied = tidy(text)
    return tidied.strip(_AROUND) or tidied


def loosen(folded: str) -> str:
    """A folded text without accents, punctuation and emoji; as it was where it has no letters.

    Signs of mathematics and money stay, and so does all of "-5" and "10-12": there they are the meaning.
    """
    if folded.isascii() and folded.isalnum():
        return folded
    letters = unicodedata.normalize("NFD", folded.translate(_LETTERS))
    if not any(map(str.isalpha, letters)):
        return folded
    return " ".join("".join(filter(None, map(_loose, letters))).split())


def _loose(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "M":
        return ""
    return " " if category[0] == "P" or category in ("So", "Sk") else character
