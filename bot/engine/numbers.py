"""Numbers as people type them: any script's digits, the decimal mark of the language, nothing clever.

``1e9``, ``0x10``, ``²`` and units are no numbers here; words up to a hundred are (``counting``). What could
be read in two ways is said to be so (``Doubtful``) and never guessed.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from bot.engine import counting
from bot.engine.folding import tidy

MOST_DIGITS: Final = 15
"""Digits that a float keeps exactly (IEEE 754 double); nobody counts further in a chat."""

LONGEST: Final = 40
"""Characters of the longest number with its marks, spaces and full stop."""

_AFTER: Final = " .,!"
"""What may follow a number at the end of a sentence."""
_NUMBER: Final = re.compile(
    r"(?:(?P<sign>-)|\+)?"
    r"(?P<whole>\d{1,3}(?P<group>[ .,'])\d{3}(?:(?P=group)\d{3})*|\d*)"
    r"(?:(?P<mark>[.,])(?P<part>\d+))?"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was understood."""

    value: float
    whole: bool
    """Written without a fraction, or with one of zeros."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A text that is one number to some people and another to others."""

    first: float
    second: float


@cache
def marks(language: str) -> tuple[str, str]:
    """The decimal mark and the mark between groups of thousands, from CLDR; English ones where unknown."""
    from babel import UnknownLocaleError  # 40 ms that a command without questions need not pay
    from babel.numbers import get_decimal_symbol, get_group_symbol

    try:
        named = language.replace("-", "_") or "zz"
        decimal, group = get_decimal_symbol(named), get_group_symbol(named)
    except (UnknownLocaleError, ValueError):
        return ".", ","
    return decimal, " " if group.isspace() else group


def read(text: str, language: str) -> Number | Doubtful | None:
    """The number that a whole message is, or None."""
    if len(text) > LONGEST:
        return None
    tidied = tidy(text).rstrip(_AFTER)
    counted = counting.number(tidied)
    if counted is not None:
        return Number(counted, whole=True)
    found = _NUMBER.fullmatch(tidied)
    if found is None or not 0 < sum(map(str.isdecimal, tidied)) <= MOST_DIGITS:
        return None
    sign = -1 if found["sign"] else 1
    whole, group, mark, part = found["whole"], found["group"], found["mark"], found["part"] or ""
    if group in (".", ","):
        if mark == group:
            return None
        if not mark:
            return _either_way(sign, whole.split(group), group, language)
    return _number(sign, whole.replace(group, "") if group else whole, part)


def _either_way(sign: int, groups: list[str], mark: str, language: str) -> Number | Doubtful:
    """``1.234``: a fraction or a thousand, by the language; several marks can only be thousands."""
    first, second, *more = groups
    as_thousands, as_fraction = _number(sign, "".join(groups), ""), _number(sign, first, second)
    decimal, thousands = marks(language)
    if more or (mark == thousands and not first.startswith("0")):
        return as_thousands
    if mark == decimal or first.startswith("0"):
        return as_fraction
    return Doubtful(as_thousands.value, as_fraction.value)


def _number(sign: int, whole: str, part: str) -> Number:
    if not part.strip("0"):
        return Number(sign * int(whole or "0"), whole=True)
    return Number(sign * float(f"{whole or '0'}.{part}"), whole=False)


def show(value: float, language: str) -> str:
    """The number as written in this language, without marks between thousands, at most six decimals."""
    if value == int(value):
        return str(int(value))
    return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", marks(language)[0])
