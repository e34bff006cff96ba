"""The slots of a schedule: each dated occurrence with its name and its instant, once, whatever the clocks do.

Dates and times are read on the wall clock of the rule's zone. A slot fires once for any number of ticks,
restarts and processes because its name is a key in the database; here is only arithmetic.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

from scheduler.cron import Cron, parse
from scheduler.surveys import At, Recurring
from scheduler.windows import DAY, resolve

HORIZON: Final = timedelta(days=9 * 366)
"""29 February may be eight years away, around a year 2100."""
ON_TIME: Final = timedelta(minutes=10)
"""So late is still on time: a restart for an update, a tick that was held."""
TOLD: Final = timedelta(days=31)
"""Missed slots that are older are not even named."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence. ``name`` is the local date and the number within the day, ``2026-10-25#1``."""

    name: str
    at: datetime
    """Aware UTC."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done about slots that have come due: at most one fires, the others were missed."""

    fire: Slot | None = None
    missed: tuple[Slot, ...] = ()


def slots_after(trigger: At | Recurring, after: datetime) -> Iterator[Slot]:
    """The slots later than ``after``, in order; their instants strictly increase. Raises CronError.

    A local time that does not exist is the first valid instant after the gap, unless the rule names that
    instant's own wall-clock time as well; one that exists twice is its first occurrence.
    """
    if isinstance(trigger, At):
        if after < trigger.moment:
            yield Slot(f"{trigger.moment:%Y-%m-%dT%H:%MZ}", trigger.moment)
        return
    cron, zone = parse(trigger.cron), ZoneInfo(trigger.zone)
    # A day early: a time that was skipped yesterday can end today, where a zone has lost a whole day.
    day = after.astimezone(zone).date() - DAY
    last = day + HORIZON
    while day < last:
        for slot in _slots_on(day, cron, zone):
            if slot.at > after:
                yield slot
        day += DAY


def slots_between(trigger: At | Recurring, after: datetime, until: datetime) -> tuple[Slot, ...]:
    """The slots later than ``after`` up to and with ``until``."""
    return tuple(takewhile(lambda slot: slot.at <= until, slots_after(trigger, after)))


def due_slots(trigger: At | Recurring, after: datetime, now: datetime) -> Due:
    """What to do at ``now`` about the slots that came due after ``after``, the moment of the last look.

    One moment (``At``) fires however late; whether its wave is still worth opening is for the wave to say.
    Of a recurring rule the newest slot fires if it is on time, or with ``catch_up = "once"`` if it is not
    later than ``max_late``.
    """
    if isinstance(trigger, At):
        return Due(next(iter(slots_between(trigger, after, now)), None))
    found = slots_between(trigger, max(after, now - max(TOLD, trigger.max_late)), now)
    if not found:
        return Due()
    allowed = max(ON_TIME, trigger.max_late) if trigger.catch_up == "once" else ON_TIME
    if now - found[-1].at <= allowed:
        return Due(found[-1], found[:-1])
    return Due(None, found)


def _slots_on(day: date, cron: Cron, zone: ZoneInfo) -> list[Slot]:
    if not cron.has(day):
        return []
    instants: list[datetime] = []
    for moment in cron.times:
        local = datetime.combine(day, moment)
        instant = resolve(local, zone)
        reads = instant.astimezone(zone).replace(tzinfo=None)
        skipped = reads != local
        if skipped and (instant in instants or (reads.time() in cron.times and cron.has(reads.date()))):
            continue  # it falls together with another slot
        instants.append(instant)
    return [Slot(f"{day.isoformat()}#{number}", instant) for number, instant in enumerate(instants, 1)]
