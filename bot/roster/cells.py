"""What single cells of a member list may hold: each function gives the value, or raises Fault.

Spreadsheets do things to numbers and dates that nobody sees; the advice says what, and how to undo it.
"""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.engine.folding import clean, shows_nothing, tidy
from bot.engine.suggest import closest
from scheduler.windows import resolve

MAX_NAME: Final = 256
MAX_ID: Final = 128
MAX_GROUP: Final = 128
"""Characters, as many as the database keeps."""
FIRST_YEAR: Final = 1900
REMEMBERED: Final = 4096
"""Cells whose meaning is kept: most lists say the same few things in many rows."""
AHEAD: Final = timedelta(days=366)
"""Somebody may be entered before they join, but not years before."""

RIGHTS: Final = frozenset(
    {"owner", "admin", "administrator", "omistaja", "ylläpitäjä", "pääkäyttäjä", "ägare", "administratör"}
)
"""Words that would give rights in Kuulolla. A list gives none."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")
"""A Telegram id: positive, and below 2^53 (Bot API, User.id: at most 52 significant bits)."""
_SCIENTIFIC: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
_SLACK: Final = re.compile(r"(?:(T[A-Z0-9]{2,20}):)?([UW][A-Z0-9]{2,20})")
_SLACK_OTHERS: Final = {
    "B": "the id of a bot",
    "C": "the id of a channel",
    "D": "the id of a conversation",
    "G": "the id of a group",
    "S": "the id of a user group",
    "T": "the id of a workspace",
}
_SLACK_SHAPE: Final = re.compile(r"[A-Z][A-Z0-9]{2,20}")
_LANGUAGE: Final = re.compile(r"([a-z]{2,3})([-_][a-z0-9]{2,8}){0,2}")
_LANGUAGES: Final = {
    "suomi": "fi", "finnish": "fi", "finska": "fi",
    "ruotsi": "sv", "swedish": "sv", "svenska": "sv",
    "englanti": "en", "english": "en", "engelska": "en",
}  # fmt: skip
"""The languages that Kuulolla speaks, as people write them."""

_AS_TEXT: Final = "A spreadsheet has changed it. Format the column as text and put the number in again."
_SLACK_HELP: Final = "In Slack: the person's profile, the three dots, Copy member ID."
_TELEGRAM_HELP: Final = "Write the number alone. Without it the person can still press start by themselves."


class Fault(Exception):
    """The cell cannot be used: what is wrong, and what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@lru_cache(maxsize=REMEMBERED)
def gives_rights(cell: str) -> bool:
    """Whether a role or a group of this name would give rights in Kuulolla."""
    return tidy(cell) in RIGHTS


def name(cell: str) -> str:
    """A person's name; empty where nothing of it can be seen."""
    return _text(cell, MAX_NAME, "name")


def member_id(cell: str) -> str:
    """The association's own number."""
    found = _text(cell, MAX_ID, "number")
    if _SCIENTIFIC.fullmatch(found):
        raise Fault("This is a number in scientific notation.", _AS_TEXT)
    return found


def attribute(cell: str) -> str:
    """Any text."""
    return "" if shows_nothing(cell) else clean(cell)


def _text(cell: str, most: int, what: str) -> str:
    found = attribute(cell)
    if len(found) > most:
        raise Fault(f"The {what} is longer than {most} characters.", "Shorten it.")
    return found


def telegram(cell: str) -> str:
    """``telegram:<id>``, or an empty text."""
    found = attribute(cell)
    if not found:
        return ""
    if _SCIENTIFIC.fullmatch(found):
        raise Fault("This is a number in scientific notation, whose last digits are lost.", _AS_TEXT)
    if found.startswith("-"):
        raise Fault("A negative number is the id of a group, not of a person.", _TELEGRAM_HELP)
    if found.startswith("@"):
        raise Fault("A bot cannot find anybody by user name.", _TELEGRAM_HELP)
    if found.startswith("+") or (found.startswith("0") and found != "0"):
        raise Fault("This looks like a phone number. A Telegram id is another number.", _TELEGRAM_HELP)
    if re.fullmatch(r"'?[0-9]+[.,]0*|'[0-9]+|[0-9]{1,3}([ .,'\u00a0\u202f][0-9]{3})+", found):
        raise Fault("This number is written with other signs than digits.", _AS_TEXT)
    if _NUMBER.fullmatch(found) is None or int(found) >= 1 << 53:
        raise Fault("This is no Telegram id.", _TELEGRAM_HELP)
    return f"telegram:{found}"


def slack(cell: str, team: str | None) -> str:
    """``slack:<team>:<user>``, or an empty text. ``team`` is the workspace of our app, once it is known."""
    found = attribute(cell).upper()
    if not found:
        return ""
    shape = _SLACK.fullmatch(found)
    if shape is None:
        kind = _SLACK_OTHERS.get(found[0]) if _SLACK_SHAPE.fullmatch(found) else None
        what = f"This is {kind}, not of a person." if kind else "This is no Slack member id."
        raise Fault(what, _SLACK_HELP)
    named = shape[1] or team
    if named is None:
        advice = "Run the bot once before you import, or write T…:U… with the workspace's id."
        raise Fault("Which workspace this is in is not known yet.", advice)
    if team is not None and named != team:
        raise Fault("This person is in another workspace than the app.", "Leave the cell empty.")
    return f"slack:{named}:{shape[2]}"


@lru_cache(maxsize=REMEMBERED)
def language(cell: str) -> str:
    """A language code such as ``fi``, or an empty text."""
    found = tidy(attribute(cell))
    shape = _LANGUAGE.fullmatch(found)
    if not found or found in _LANGUAGES:
        return _LANGUAGES.get(found, "")
    if shape is None:
        raise Fault("This is no language code.", "Write fi, sv or en.")
    return shape[1]


@lru_cache(maxsize=REMEMBERED)
def zone(cell: str) -> str:
    """An IANA time zone, or an empty text."""
    found = attribute(cell)
    try:
        return ZoneInfo(found).key if found else ""
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = closest(found, sorted(zoneinfo.available_timezones()))
        advice = f"Did you mean {near}?" if near else "Write Europe/Helsinki."
        raise Fault("This is no time zone.", advice) from None


@lru_cache(maxsize=REMEMBERED)
def joined(cell: str, form: str, zone_: ZoneInfo, now: datetime) -> datetime | None:
    """The first moment of the day, in UTC; None for an empty cell. ``zone_`` is the person's own."""
    found = attribute(cell)
    if not found:
        return None
    try:
        day = datetime.strptime(found, form)  # noqa: DTZ007 - the zone comes with the next line
        moment = resolve(day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None), zone_)
    except (ValueError, OverflowError):
        example = datetime(2026, 12, 31, tzinfo=UTC).strftime(form)
        raise Fault("This is no date.", f"Write {example}, or change date_format in [people].") from None
    if day.year < FIRST_YEAR or moment > now + AHEAD:
        raise Fault("Nobody joined on that day.", "Check the year.")
    return moment


@lru_cache(maxsize=REMEMBERED)
def groups(cell: str, separator: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The groups in one cell, each once. ``known``: the groups there are; empty takes any."""
    by_key = {tidy(one): one for one in known}
    found: dict[str, None] = {}
    for part in cell.split(separator):
        word = _text(part, MAX_GROUP, "group's name")
        if not word:
            continue
        if gives_rights(word):
            raise Fault("A list cannot give rights in Kuulolla.", "Call the group something else.")
        if known and tidy(word) not in by_key:
            near = closest(word, known)
            advice = f"Did you mean {near}? " if near else ""
            raise Fault("A group is not among groups in [people].", f"{advice}Add it there if it is new.")
        found[by_key.get(tidy(word), word)] = None
    return tuple(found)
