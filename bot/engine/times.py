"""Times of day as people type them: 14.30, 14:30, 1430, "klo 9", "half past two", "2 pm", "puoli kolme".

A time is a text ``HH:MM`` of 24 hours, so that the order of the texts is that of the day. What could be two
different times is said to be so (``Doubtful``) and never guessed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.engine import counting
from bot.engine.folding import loosen, tidy
from bot.engine.vocabulary import Vocabulary

LONGEST: Final = 40
"""Characters of the longest time in words."""
HOURS: Final = 24
NOON: Final = 12
MINUTES: Final = 60

_WORDS: Final = Vocabulary(
    [
        (word, time)
        for time, words in {
            "12:00": ("keskipäivä", "keskipäivällä", "puoliltapäivin", "mitt på dagen", "noon", "midday"),
            "00:00": ("keskiyö", "keskiyöllä", "midnatt", "vid midnatt", "midnight"),
        }.items()
        for word in words
    ]
)  # fmt: skip
_AT: Final = Vocabulary(
    (word, hour)
    for hour, word in enumerate(
        ("yhdeltä", "kahdelta", "kolmelta", "neljältä", "viideltä", "kuudelta", "seitsemältä", "kahdeksalta",
         "yhdeksältä", "kymmeneltä", "yhdeltätoista", "kahdeltatoista"),
        start=1,
    )
)  # fmt: skip
"""At an hour, in the one word that Finnish has for it."""
_NOW: Final = Vocabulary((word, True) for word in ("nyt", "juuri nyt", "nu", "just nu", "now", "right now"))
_BEFORE: Final = re.compile(r"^(?:klo|kello|kl|klockan|at|around|noin|omkring|vid)\.? ")
_AFTER: Final = re.compile(r" ?(?:o'?clock|h|hrs|uhr)$")
_BY_NUMBERS: Final = re.compile(r"(\d{1,2})(?: ?[:.,h ] ?(\d{2})(?:[:.]\d{2})?)?(?: ?([ap])\.? ?m\.?)?")
_IN_ONE: Final = re.compile(r"(\d{2})(\d{2})")
_HALF: Final = re.compile(r"(puoli|halv|half past) (\S+)")


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A text that may mean the morning or the afternoon."""

    first: str
    second: str


class NoSuchTime(ValueError):
    """A text in the form of a time that no clock shows: 25:00."""


def read(text: str, now: str, earliest: str = "", latest: str = "") -> str | Doubtful | None:
    """The time that a whole message is, or None. ``now`` is the time on the person's clock.

    Of two possible halves of the day the one within the bounds is meant. Raises NoSuchTime for 25:00.
    """
    if len(text) > LONGEST:
        return None
    if _NOW.find(text):
        return now
    named = _WORDS.find(text)
    if named is not None:
        return named
    tidied = _AFTER.sub("", _BEFORE.sub("", tidy(text).strip(" .,!?")))
    candidates = _candidates(tidied)
    if not candidates:
        return None
    within = [time for time in candidates if earliest <= time <= (latest or "24:00")]
    sure = _HALF.fullmatch(tidied) is None
    if len(within) > 1 and not sure:
        return Doubtful(within[0], within[1])
    return (within or candidates)[0]


def _candidates(text: str) -> list[str]:
    """The times that may be meant, the likelier first; empty where the text is none."""
    found = _HALF.fullmatch(text)
    if found:
        return _half(found[1], found[2])
    one = _IN_ONE.fullmatch(text)
    if one:
        return [_time(int(one[1]), int(one[2]))]
    found = _BY_NUMBERS.fullmatch(text)
    if found:
        return _numbers(int(found[1]), found[2], found[3] or "")
    spoken = _AT.find(text) or counting.number(text)
    return _numbers(spoken, None, "") if spoken is not None and spoken < HOURS else []


def _numbers(hour: int, minute: str | None, half: str) -> list[str]:
    if half:
        if not 1 <= hour <= NOON:
            raise NoSuchTime
        return [_time(hour % NOON + (NOON if half == "p" else 0), int(minute or 0))]
    sure = _time(hour if hour != HOURS else 0, int(minute or 0))
    return [sure, _time(hour + NOON, int(minute or 0))] if 0 < hour < NOON else [sure]


def _half(word: str, hour: str) -> list[str]:
    """``puoli kolme`` and ``halv tre`` are half an hour before three, ``half past two`` after two."""
    number = int(hour) if hour.isdecimal() else counting.number(loosen(hour)) or counting.number(hour)
    if number is None or not 1 <= number <= NOON:
        return []
    first = (number if word == "half past" else number - 1) % NOON
    return [_time(first, MINUTES // 2), _time(first + NOON, MINUTES // 2)]


def _time(hour: int, minute: int) -> str:
    if not (0 <= hour < HOURS and 0 <= minute < MINUTES):
        raise NoSuchTime
    return f"{hour:02}:{minute:02}"


@lru_cache(maxsize=4096)
def show(time: str, language: str) -> str:
    """The time as CLDR's short form writes it in this language: 14.30 in Finnish, 14:30 in Swedish."""
    from datetime import time as clock

    from babel import UnknownLocaleError
    from babel.dates import format_time  # 40 ms that only a time in a message needs

    named = {"en": "en_GB"}.get(language) or language.replace("-", "_") or "zz"
    try:
        return format_time(clock.fromisoformat(time), "short", locale=named)
    except (UnknownLocaleError, ValueError):
        return time
