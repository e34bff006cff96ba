"""Five-field cron rules as values: which local dates and times they name, or in words what is wrong.

``minute hour day month weekday``, with ``*``, lists, ranges, steps and English names of months and weekdays.
Only dates and wall-clock times here; what instants they are is the business of ``slots``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Final

MONTH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAY_NAMES: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SUNDAY_TOO: Final = 7
"""Both 0 and 7 are Sunday, as crontab(5) has it."""
LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EXAMPLE: Final = 'Write "minute hour day month weekday", such as "0 10 * * mon" for Mondays at 10:00.'


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    names: Mapping[str, int]


FIELDS: Final = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day", 1, 31, {}),
    _Field("month", 1, 12, {name: number for number, name in enumerate(MONTH_NAMES, 1)}),
    _Field("weekday", 0, SUNDAY_TOO, {name: number for number, name in enumerate(WEEKDAY_NAMES)}),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A rule that was understood. Weekdays count from Sunday = 0."""

    times: tuple[time, ...]
    """Of each of its days, in order."""
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Day and weekday are both restricted: one of them is enough, as crontab(5) has it."""

    def has(self, day: date) -> bool:
        """Whether the rule names this date."""
        if day.month not in self.months:
            return False
        by_day = day.day in self.days
        by_weekday = day.isoweekday() % SUNDAY_TOO in self.weekdays
        return by_day or by_weekday if self.either_day else by_day and by_weekday


class CronError(ValueError):
    """The text is no rule; the message says what is wrong and what to write."""


@lru_cache(maxsize=256)
def parse(text: str) -> Cron:
    """Raises CronError."""
    parts = text.casefold().split()
    if text.lstrip().startswith("@"):
        raise CronError(f'"{text}" is a short form that is not understood. {EXAMPLE}')
    if len(parts) != len(FIELDS):
        count = f"{len(parts)} field" if len(parts) == 1 else f"{len(parts)} fields"
        raise CronError(f'"{text}" has {count}, a rule has five. {EXAMPLE}')
    minutes, hours, days, months, weekdays = (
        _values(part, kind) for part, kind in zip(parts, FIELDS, strict=True)
    )
    rule = Cron(
        times=tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
        days=days,
        months=months,
        weekdays=frozenset(weekday % SUNDAY_TOO for weekday in weekdays),
        either_day=not parts[2].startswith("*") and not parts[4].startswith("*"),
    )
    if not rule.either_day and all(min(days) > LONGEST_MONTHS[month - 1] for month in months):
        raise CronError(f'"{text}" names a date that no year has. {EXAMPLE}')
    return rule


def cron_problem(text: str) -> str | None:
    """What is wrong with a rule, in plain words; None for a good one."""
    try:
        parse(text)
    except CronError as error:
        return str(error)
    return None


def _values(part: str, kind: _Field) -> frozenset[int]:
    return frozenset(value for item in part.split(",") for value in _item(item, kind))


def _item(item: str, kind: _Field) -> range:
    """One entry of a list: ``*``, ``5``, ``1-5``, each with ``/2`` behind it if wanted."""
    span, slash, step_text = item.partition("/")
    step = _step(step_text, item, kind) if slash else 1
    if span == "*":
        return range(kind.least, kind.most + 1, step)
    first_text, dash, last_text = span.partition("-")
    first = _value(first_text, item, kind)
    open_end = kind.most if slash else first
    last = _value(last_text, item, kind) if dash else open_end
    if last < first:
        raise CronError(f'{kind.name} "{item}" runs backwards. Write the smaller one first, or a list.')
    return range(first, last + 1, step)


def _step(text: str, item: str, kind: _Field) -> int:
    if not _is_number(text) or not int(text):
        raise CronError(f'{kind.name} "{item}" needs a whole number above 0 behind the slash.')
    return int(text)


def _value(text: str, item: str, kind: _Field) -> int:
    if text in kind.names:
        return kind.names[text]
    known = f"{kind.least} to {kind.most}"
    if kind.names:
        known += f", or {', '.join(kind.names)}"
    if not _is_number(text):
        raise CronError(f'{kind.name} "{item}" is not understood. Known here: {known}.')
    if not kind.least <= int(text) <= kind.most:
        raise CronError(f'{kind.name} "{item}" is out of range. Known here: {known}.')
    return int(text)


def _is_number(text: str) -> bool:
    """ASCII digits, and few of them: no other script's, and nothing a machine would choke on."""
    return text.isascii() and text.isdigit() and len(text) <= 4  # noqa: PLR2004
