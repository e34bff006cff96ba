"""Wall clocks: what instant a local time is, and when a person may next be written to.

Everything that comes in and goes out is aware UTC, but for local times, which are naive and say so. No rule
of the policy stands here, only the window it asks for.
"""

from collections.abc import Container, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from scheduler.surveys import Hours, Kind, SendWindow

LOOK_AHEAD_DAYS: Final = 14
"""How far an opening is looked for; a longer closed season is asked about again by the next tick."""
SATURDAY: Final = 5
DAY: Final = timedelta(days=1)
"""86,400 seconds on an instant, the next date on a local one."""
SECOND: Final = timedelta(seconds=1)

PULSE_DELAY: Final = timedelta(hours=2)
"""From the end of an encounter to its question: the same for a series, as ratings move with the delay."""
PULSE_NOT_BEFORE: Final = time(10)
"""A pulse that had to wait for the next opening does not stand at the door at nine."""


@lru_cache(maxsize=1024)
def zone_of(name: str | None, default: str) -> ZoneInfo:
    """The zone of this IANA name; the default one for a name that no time zone has.

    Raises ZoneInfoNotFoundError or ValueError where the default itself is no zone.
    """
    try:
        return ZoneInfo(name or default)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder of zones
        return ZoneInfo(default)


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which the clocks of the zone read ``local`` (naive) or later.

    So a time that is skipped moves to the end of the gap, and one that comes twice is its first occurrence.
    """
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _end_of_gap(local, instant, zone)


def _end_of_gap(local: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Bisect for the second at which the clocks are put forward: the offset changes there."""
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + SECOND * ((after - before) // SECOND // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def next_open(
    window: SendWindow,
    zone: ZoneInfo,
    own: Hours | None,
    kind: Kind,
    at: datetime,
    *,
    quiet_days: Container[int] = (),
) -> datetime | None:
    """``at`` itself inside the window, else the next opening; None if there is none within 14 days.

    ``own`` are the hours a person has set; they replace the organisation's hours, not its holidays. On the
    person's ``quiet_days`` (0 is Monday) it does not open.
    """
    for opens, closes in _spans(window, zone, own, kind, at, quiet_days):
        if at < closes:
            return max(at, opens)
    return None


def _spans(
    window: SendWindow,
    zone: ZoneInfo,
    own: Hours | None,
    kind: Kind,
    at: datetime,
    quiet_days: Container[int],
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans in order, from the one that may have begun yesterday evening on."""
    today = at.astimezone(zone).date()
    for offset in range(-1, LOOK_AHEAD_DAYS + 1):
        day = today + offset * DAY
        hours = hours_on(window, own, kind, day, quiet_days)
        if hours is not None:
            opens, closes = span(hours, day, zone)
            if opens < closes:  # not so for equal times, and for hours that lie wholly inside a gap
                yield opens, closes


@lru_cache(maxsize=4096)
def span(hours: Hours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when these hours are open on one local date (UTC).

    Remembered, because a tick asks for the same few days of every person.
    """
    overnight = hours.closes < hours.opens
    opens = resolve(datetime.combine(day, hours.opens), zone)
    return opens, resolve(datetime.combine(day + DAY if overnight else day, hours.closes), zone)


def hours_on(
    window: SendWindow, own: Hours | None, kind: Kind, day: date, quiet_days: Container[int] = ()
) -> Hours | None:
    """The hours of one local date; None where a holiday or the person's own wish closes it."""
    if day.weekday() in quiet_days:
        return None
    weekend = day.weekday() >= SATURDAY
    if day in window.holiday_dates:
        mode = window.event_pulse_holidays if kind == "event" else window.holidays
        if mode == "closed":
            return None
        weekend = weekend or mode == "weekend"
    return own or (window.weekend if weekend else window.weekday)


def pulse_moment(
    window: SendWindow,
    zone: ZoneInfo,
    own: Hours | None,
    end: datetime,
    *,
    delay: timedelta = PULSE_DELAY,
    not_before: time = PULSE_NOT_BEFORE,
    quiet_days: Container[int] = (),
) -> datetime | None:
    """When to ask about an encounter that ended at ``end``: after the delay, if the window is open then.

    Otherwise at the next opening, not before ``not_before`` by the person's clock unless their own hours
    leave no such moment on that day. None without an opening.
    """
    due = end + delay
    opening = next_open(window, zone, own, "event", due, quiet_days=quiet_days)
    if opening is None or opening == due:
        return opening
    civil = resolve(datetime.combine(opening.astimezone(zone).date(), not_before), zone)
    civil = max(opening, civil)
    return civil if next_open(window, zone, own, "event", civil, quiet_days=quiet_days) == civil else opening
