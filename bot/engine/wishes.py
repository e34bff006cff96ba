"""Wishes in words: the hours and the days on which somebody may be written to, as people write them.

Reads only; what a wish leads to is the service's. A text that is no wish is None, never a guess.
"""

import re
from collections.abc import Mapping
from datetime import time
from typing import Final

from bot.engine.folding import fold, loosen
from bot.engine.vocabulary import ByLanguage

_CLOCK: Final = r"(\d{1,2})(?:[:.](\d{2}))?"
_HOURS: Final = re.compile(rf"(?:klo|kl|from)?\s*{_CLOCK}\s*(?:-|–|—|to|till|until)\s*(?:klo|kl)?\s*{_CLOCK}")
_LAST_HOUR: Final = 24
_LAST_MINUTE: Final = 59
_RANGE: Final = re.compile(r"([^\W\d]+)\s*[-–—]\s*([^\W\d]+)")
_JOINERS: Final = frozenset({"ja", "och", "and"})

DAYS: Final[Mapping[str, ByLanguage]] = {
    "0": {"fi": ("maanantai", "maanantaina", "ma"), "sv": ("måndag", "mån"), "en": ("monday", "mon")},
    "1": {"fi": ("tiistai", "tiistaina", "ti"), "sv": ("tisdag", "tis"), "en": ("tuesday", "tue")},
    "2": {"fi": ("keskiviikko", "keskiviikkona", "ke"), "sv": ("onsdag", "ons"), "en": ("wednesday", "wed")},
    "3": {"fi": ("torstai", "torstaina", "to"), "sv": ("torsdag", "tors"), "en": ("thursday", "thu")},
    "4": {"fi": ("perjantai", "perjantaina", "pe"), "sv": ("fredag", "fre"), "en": ("friday", "fri")},
    "5": {"fi": ("lauantai", "lauantaina", "la"), "sv": ("lördag", "lör"), "en": ("saturday", "sat")},
    "6": {"fi": ("sunnuntai", "sunnuntaina", "su"), "sv": ("söndag", "sön"), "en": ("sunday", "sun")},
    "56": {"fi": ("viikonloppu", "viikonloppuna"), "sv": ("helg", "helgen"), "en": ("weekend", "weekends")},
}
"""Days of the week by their number from Monday, as the database keeps them."""
NONE: Final[ByLanguage] = {
    "fi": ("ei mikään", "ei mitään", "kaikki käyvät"),
    "sv": ("inga", "ingen"),
    "en": ("none", "any", "any day"),
}
USUAL: Final[ByLanguage] = {
    "fi": ("tavalliset", "tavallinen", "milloin vain"),
    "sv": ("vanliga", "när som helst"),
    "en": ("usual", "any", "any time"),
}


def _words(table: ByLanguage) -> tuple[str, ...]:
    return tuple(loosen(fold(word)) for spoken in table.values() for word in spoken)


_DAY: Final = {word: number for number, spoken in DAYS.items() for word in _words(spoken)}
_NONE: Final = frozenset(_words(NONE))
_USUAL: Final = frozenset(_words(USUAL))


def hours(text: str) -> tuple[time, time] | tuple[()] | None:
    """Opening and closing time of ``10-18`` or ``klo 9.30–17``; () for "usual"; None where it is neither.

    Midnight at the end may be written 24; 0-24 is the whole day. Equal times are no hours.
    """
    said = fold(text)
    if loosen(said) in _USUAL:
        return ()
    found = _HOURS.fullmatch(said.strip())
    if found is None:
        return None
    opens, closes = _clock(found[1], found[2]), _clock(found[3], found[4])
    if opens == closes == time() and int(found[3]):
        return time(), time(23, 59)
    return (opens, closes) if opens is not None and closes is not None and opens != closes else None


def _clock(hour: str, minute: str | None) -> time | None:
    hours, minutes = int(hour), int(minute or 0)
    if hours > _LAST_HOUR or minutes > _LAST_MINUTE or (hours == _LAST_HOUR and minutes):
        return None
    return time(hours % _LAST_HOUR, minutes)


def days(text: str) -> str | None:
    """The numbers of the days named, in order: "la ja su" is ``56``, "ma-pe" ``01234``; "none" is empty; None
    for other words.
    """
    said = fold(text)
    span = _RANGE.fullmatch(said)
    if span is not None:
        return _between(*(_DAY.get(loosen(day), "") for day in span.groups()))
    words = loosen(said)
    if words in _NONE:
        return ""
    parts = [part for part in words.split() if part not in _JOINERS]
    if not parts or not all(part in _DAY for part in parts):
        return None
    return "".join(sorted(set("".join(_DAY[part] for part in parts))))


def _between(first: str, last: str) -> str | None:
    """The days from one to the other, over the end of the week where that is meant."""
    if len(first) != 1 or len(last) != 1:
        return None
    number = (int(last) - int(first)) % 7 + 1
    return "".join(sorted(str((int(first) + day) % 7) for day in range(number)))


CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs that nobody takes for one another: no I, O, 0, 1."""
CODE_LENGTH: Final = 8
"""40 bits: enough where ten wrong tries an hour are all there are."""


def code(text: str) -> str | None:
    """A one-time code as it was made, however it was typed; None for anything else."""
    signs = "".join(character for character in text.upper() if character.isalnum())
    right = len(signs) == CODE_LENGTH and all(sign in CODE_LETTERS for sign in signs)
    return signs if right else None
