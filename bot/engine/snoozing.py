"""When to ask again: "this evening", "tomorrow", "next week", "Friday", "12.6.", "in 3 days".

Pure; the moment is on the person's own clock. What cannot be read is None, never a guess.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.engine import dates, wishes
from bot.engine.folding import fold
from bot.engine.vocabulary import ByLanguage, Vocabulary, vocabulary

MORNING: Final = time(10)
"""When somebody is asked on a day they have named: inside the hours of every day of the week."""
EVENING: Final = time(18)
LAST_CALL: Final = time(17, 30)
"""From then on "this evening" is over, or now."""
WEEK: Final = 7
FURTHEST: Final = 366
"""Days; nobody means more."""

WHEN: Final[dict[str, ByLanguage]] = {
    "evening": {
        "fi": ("tänä iltana", "illalla", "tänään illalla"),
        "sv": ("i kväll", "ikväll", "på kvällen"),
        "en": ("this evening", "tonight", "in the evening"),
    },
    "tomorrow": {"fi": ("huomenna", "huomen"), "sv": ("i morgon", "imorgon"), "en": ("tomorrow",)},
    "week": {
        "fi": ("ensi viikolla", "viikon päästä", "viikon kuluttua"),
        "sv": ("nästa vecka", "om en vecka"),
        "en": ("next week", "in a week"),
    },
}
"""What is offered, by the codes of the buttons."""
_WHEN: Final[Vocabulary[str]] = vocabulary(WHEN)
_DAYS: Final = re.compile(
    r"(?:in |om )?(\d{1,3})(?: ?(?:d|days?|dagar|dag|pv|päivää|päivän|päivä)(?: (?:päästä|kuluttua))?)?"
)


def offered(now: datetime, zone: str) -> tuple[str, ...]:
    """The codes that make sense at ``now`` (aware) in an IANA zone."""
    evening = now.astimezone(ZoneInfo(zone)).time() < LAST_CALL
    return tuple(code for code in WHEN if evening or code != "evening")


def moment(words: str, language: str, now: datetime, zone: str) -> datetime | None:
    """The instant (aware UTC) that is meant at ``now`` (aware) in an IANA zone; None where none is."""
    here = now.astimezone(ZoneInfo(zone))
    code = words if words in WHEN else _WHEN.find(words)
    if code == "evening":
        day = here.date() if here.time() < LAST_CALL else here.date() + timedelta(days=1)
        return _at(day, EVENING, zone)
    found = _day(code or words, language, here.date())
    if found is None or not 0 < (found - here.date()).days <= FURTHEST:
        return None
    return _at(found, MORNING, zone)


def _day(words: str, language: str, today: date) -> date | None:
    if words in ("tomorrow", "week"):
        return today + timedelta(days=1 if words == "tomorrow" else WEEK)
    counted = _DAYS.fullmatch(fold(words[: dates.LONGEST]))
    if counted is not None:
        return today + timedelta(days=int(counted[1]))
    weekday = wishes.days(words)
    if weekday is not None and len(weekday) == 1:
        return today + timedelta(days=(int(weekday) - today.weekday() - 1) % WEEK + 1)
    try:
        found = dates.read(words, language, today, today, today + timedelta(days=FURTHEST))
    except dates.NoSuchDay:
        return None
    return found if isinstance(found, date) else None


def _at(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
