"""Dates as people type them: ISO, the national ways of fi, sv and en, and words such as "yesterday".

Days are calendar days in the person's own zone; the caller says which day is today. What could be two
different days is said to be so (``Doubtful``) and never guessed.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.engine.folding import loosen, tidy
from bot.engine.vocabulary import Vocabulary

LONGEST: Final = 60
"""Characters of the longest date with month and weekday in words."""
MONTHS: Final = 12
TWO_DIGITS: Final = 99
YEARS_AHEAD: Final = 10
"""A year of two digits lies at most so far ahead, else in the century before: births outnumber plans."""

_DAYS: Final = Vocabulary(
    [
        (word, offset)
        for offset, words in {
            -2: ("toissapäivänä", "i förrgår", "förrgår", "the day before yesterday", "day before yesterday"),
            -1: ("eilen", "igår", "i går", "yesterday"),
            0: ("tänään", "idag", "i dag", "today"),
            1: ("huomenna", "imorgon", "i morgon", "tomorrow"),
            2: ("ylihuomenna", "i övermorgon", "övermorgon", "the day after tomorrow", "day after tomorrow"),
        }.items()
        for word in words
    ]
)
_ISO: Final = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_BY_NUMBERS: Final = re.compile(r"(\d{1,2})(?:([./-]) ?(\d{1,2}))(?:[./ -] ?(\d{4}|\d{2}))?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th| [ea])? (?:of )?([^\W\d_]+)(?: (\d{4}))?")
_MONTH_FIRST: Final = re.compile(r"([^\W\d_]+) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?")
_WRITTEN_AS: Final = {"en": "en_GB"}
"""Whose way of writing dates a language follows: in Europe the day comes first."""
_BEFORE_A_DAY: Final = ("on", "the", "den", "pa", "of")
_BOUND: Final = re.compile(r"today(?:([+-])(\d{1,4})([dwmy]))?")


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A text that is one day to some people and another to others."""

    first: date
    second: date


class NoSuchDay(ValueError):
    """A text in the form of a date that is in no calendar: 31.2."""


def today(now: datetime, zone: str) -> date:
    """The calendar day at ``now`` (aware) in an IANA zone; UTC's where the zone is unknown."""
    return now.astimezone(_zone(zone)).date()


def clock(now: datetime, zone: str) -> str:
    """The time of day at ``now`` (aware) in an IANA zone, ``HH:MM``; UTC's where the zone is unknown."""
    return now.astimezone(_zone(zone)).strftime("%H:%M")


@cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC


def bound(rule: str, today: date) -> date | None:
    """The day that ``2026-05-04``, ``today``, ``today-30d``, ``+2w``, ``-6m`` or ``+1y`` stands for.

    None for an empty rule; a day before the first or after the last of the calendar is that one. Raises
    ValueError for anything else.
    """
    if not rule:
        return None
    found = _BOUND.fullmatch(rule)
    if found is None:
        return date.fromisoformat(rule)
    sign, count, unit = found.groups()
    return today if sign is None else _moved(today, int(sign + count), unit)


def _moved(day: date, count: int, unit: str) -> date:
    if unit in "dw":
        days = day.toordinal() + count * (7 if unit == "w" else 1)
        return date.fromordinal(min(max(days, date.min.toordinal()), date.max.toordinal()))
    months = day.year * MONTHS + day.month - 1 + count * (MONTHS if unit == "y" else 1)
    year, month = divmod(months, MONTHS)
    if not date.min.year <= year <= date.max.year:
        return date.min if count < 0 else date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def read(
    text: str, language: str, today: date, earliest: date | None, latest: date | None
) -> date | Doubtful | None:
    """The day that a whole message is, or None. Raises NoSuchDay for 31.2.

    Where the year is left out it is the one that lies within the bounds, else the nearest to today.
    """
    if len(text) > LONGEST:
        return None
    offset = _DAYS.find(text)
    if offset is not None:
        return today + timedelta(days=offset)
    tidied = _without_weekday(tidy(text).strip(" .,!"))
    found = _ISO.fullmatch(tidied)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    guess = _Guess(today, earliest, latest)
    found = _BY_NUMBERS.fullmatch(tidied)
    if found:
        return _numbers(found, language, guess)
    return _words(loosen(tidied), guess)


@dataclass(frozen=True, slots=True)
class _Guess:
    """What completes a date without a year."""

    today: date
    earliest: date | None
    latest: date | None

    def day(self, year: str | None, month: int, day: int) -> date:
        if year is not None:
            return _day(self.century(int(year)), month, day)
        near = [
            found
            for shift in (-4, -3, -2, -1, 0, 1, 2, 3, 4)  # 29 February comes every fourth year
            if (found := _day_or_none(self.today.year + shift, month, day))
        ]
        if not near:
            raise NoSuchDay
        return min(near, key=lambda found: (not self.allowed(found), abs(found - self.today)))

    def allowed(self, day: date) -> bool:
        return (self.earliest is None or self.earliest <= day) and (self.latest is None or day <= self.latest)

    def century(self, year: int) -> int:
        if year > TWO_DIGITS:
            return year
        this = self.today.year // 100 * 100 + year
        return this if this <= self.today.year + YEARS_AHEAD else this - 100


def _numbers(found: re.Match[str], language: str, guess: _Guess) -> date | Doubtful | None:
    """Day and month in numbers: the day first, but in English with a slash many put the month first."""
    first, mark, second, year = found.groups()
    one, other = int(first), int(second)
    if mark == "-" and year is None:
        return None  # "4-5" is from four to five
    either = language.startswith("en") and mark == "/"
    if either and one != other and max(one, other) <= MONTHS:
        return Doubtful(guess.day(year, other, one), guess.day(year, one, other))
    if either and other > MONTHS:
        one, other = other, one
    return guess.day(year, other, one)


def _without_weekday(text: str) -> str:
    for _ in range(2):  # "on Monday, the 4th" loses both
        first, _, rest = text.partition(" ")
        if loosen(first.strip(".,")) not in _names("weekdays"):
            break
        text = rest
    return text


def _words(text: str, guess: _Guess) -> date | None:
    """Day and month with the month in words, of any language."""
    found = _DAY_FIRST.fullmatch(text)
    day, month, year = found.groups() if found else ("", "", None)
    if not found:
        found = _MONTH_FIRST.fullmatch(text)
        if not found:
            return None
        month, day, year = found.groups()
    number = _names("months").get(month)
    return guess.day(year, number, int(day)) if number else None


@cache
def _names(kind: str) -> dict[str, int]:
    """Names of months or weekdays in all our languages, loosened; the number counts from 1."""
    from babel.dates import get_day_names, get_month_names  # 40 ms that only a date in words needs

    names: dict[str, int] = {}
    for language in ("fi", "sv", "en"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                found = (get_month_names if kind == "months" else get_day_names)(width, context, language)
                names |= {loosen(tidy(str(name)).strip(".")): number for number, name in found.items()}
    if kind == "weekdays":
        return names | dict.fromkeys(_BEFORE_A_DAY, 0)
    return names | {f"{name}n": number for name, number in names.items() if name.endswith("kuu")}


def _day(year: int, month: int, day: int) -> date:
    found = _day_or_none(year, month, day)
    if found is None:
        raise NoSuchDay
    return found


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def show(day: date, language: str) -> str:
    """The day in words, as CLDR's long form writes it in this language; ISO where the language is unknown."""
    from babel import UnknownLocaleError
    from babel.dates import format_date

    try:
        return format_date(
            day, "long", locale=_WRITTEN_AS.get(language) or language.replace("-", "_") or "zz"
        )
    except (UnknownLocaleError, ValueError):
        return day.isoformat()
