"""Filling ``{name}`` and ``{answers.mood}`` into an admin's texts, at the moment they are said.

Which names are allowed was checked at load (``placeholders``). Here a name that has no value leaves no hole
behind, and a value is plain text that can neither bring braces of its own nor turn the line around.
"""

from collections.abc import Callable
from functools import lru_cache
from string import Formatter
from typing import Final

from bot.engine.folding import one_line
from bot.engine.placeholders import ANSWERS, PlaceholderError, placeholders

LONGEST_VALUE: Final = 200
"""Characters of a value inside another text; a quotation, not the whole letter."""
CACHED_TEXTS: Final = 4096
"""Texts kept in parts: those of hundreds of flows."""
_LOOSE: Final = " ,;:"
"""What holds a name to the words around it, and goes with it."""
_CLOSING: Final = frozenset(",.;:!?")

Parts = tuple[tuple[str, str], ...]
"""Pairs of plain words and the name that follows them ("" after the last)."""


@lru_cache(maxsize=CACHED_TEXTS)
def parts(text: str) -> Parts:
    """The text taken apart. One whose braces cannot be read is all plain words: a member sees no error."""
    try:
        placeholders(text)
    except PlaceholderError:
        return ((text, ""),)
    return tuple((plain, name or "") for plain, name, _, _ in Formatter().parse(text))


def answers_in(text: str) -> frozenset[str]:
    """The ids of the questions whose answers the text quotes."""
    return frozenset(name.removeprefix(ANSWERS) for _, name in parts(text) if name.startswith(ANSWERS))


def fill(text: str, value_of: Callable[[str], str]) -> str:
    """The text with every name replaced by what ``value_of`` says (``name``, ``answers.mood``)."""
    if "{" not in text and "}" not in text:
        return text
    filled, missing = "", False
    for plain, name in parts(text):
        filled = _without_gap(filled, plain) if missing else filled + plain
        if name:
            value = one_line(value_of(name), LONGEST_VALUE)
            filled, missing = filled + value, not value
    return filled.rstrip(_LOOSE if missing else None)


def _without_gap(before: str, after: str) -> str:
    """What stands around a missing value: "Hi {name}, …" becomes "Hi, …", "{name}, how …" becomes "How …"."""
    if not before:
        after = after.lstrip(_LOOSE)
        return after[:1].upper() + after[1:]
    if not after or after[0] in _CLOSING:
        return before.rstrip(_LOOSE) + after
    return before.rstrip(" ") + after if after[0] == " " else before + after
