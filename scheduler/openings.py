"""When many people may next be written to: their send windows as sorted spans, looked up all at once.

Gives what ``windows.next_open`` gives, person by person. Spans are worked out once for each clock.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

import numpy as np

from scheduler.crowd import NEVER, Clock, Codes, Moments, micros, moment_of
from scheduler.surveys import Kind, Policy
from scheduler.windows import DAY, LOOK_AHEAD_DAYS, hours_on, resolve, span, zone_of

MARGIN_DAYS: Final = LOOK_AHEAD_DAYS + 2
"""Days of spans kept beyond the last moment that is asked about."""
BLOCK_DAYS: Final = 64
"""Spans are worked out for so many days more than needed."""


@dataclass(slots=True)
class _Spans:
    """Days in a row on one clock: when each begins, and its open span (none: opens and closes at NEVER)."""

    first: date
    midnights: Moments
    days: Codes
    """The day of each span, counted from ``first``."""
    opens: Moments
    closes: Moments

    def next_open(self, at: Moments) -> Moments:
        place = np.searchsorted(self.closes, at, side="right")
        known = np.minimum(place, len(self.closes) - 1)
        opening = np.maximum(at, self.opens[known])
        today = np.searchsorted(self.midnights, at, side="right") - 1
        none = (place == len(self.closes)) | (self.days[known] > today + LOOK_AHEAD_DAYS)
        return np.where(none, NEVER, opening)


@dataclass(slots=True)
class Openings:
    """The windows of a policy, for the clocks of a crowd."""

    policy: Policy
    _known: dict[tuple[Clock, bool], _Spans] = field(default_factory=dict)

    def next_open(self, clocks: tuple[Clock, ...], clock: Codes, kind: Kind, at: Moments) -> Moments:
        """For each person (clock number, moment): the moment or the next opening, NEVER without one."""
        found = np.empty(len(at), np.int64)
        if not len(at):
            return found
        begin, end = moment_of(at.min()), moment_of(at.max())
        if len(clocks) == 1:
            return self._spans(clocks[0], kind, begin, end).next_open(at)
        for number in np.unique(clock):
            here = clock == number
            found[here] = self._spans(clocks[number], kind, begin, end).next_open(at[here])
        return found

    def _spans(self, clock: Clock, kind: Kind, begin: datetime, end: datetime) -> _Spans:
        key = clock, kind == "event"
        zone = zone_of(clock[0], self.policy.timezone_default)
        first = begin.astimezone(zone).date() - DAY
        last = end.astimezone(zone).date() + MARGIN_DAYS * DAY
        known = self._known.get(key)
        if known is not None:
            if known.first <= first and last <= known.first + (len(known.midnights) - 1) * DAY:
                return known
            first, last = min(first, known.first), max(last, known.first + len(known.midnights) * DAY)
        made = self._known[key] = self._made(clock, kind, first, last + BLOCK_DAYS * DAY)
        return made

    def _made(self, clock: Clock, kind: Kind, first: date, last: date) -> _Spans:
        zone = zone_of(clock[0], self.policy.timezone_default)
        midnights, days, opens, closes = [], [], [], []
        for number in range((last - first).days + 1):
            day = first + number * DAY
            midnights.append(micros(resolve(datetime.combine(day, time()), zone)))
            hours = hours_on(self.policy.window, clock[1], kind, day, clock[2])
            found = span(hours, day, zone) if hours is not None else None
            if found is not None and found[0] < found[1]:
                days.append(number)
                opens.append(micros(found[0]))
                closes.append(micros(found[1]))
        if not days:
            days, opens, closes = [0], [NEVER], [NEVER]
        return _Spans(
            first,
            np.array(midnights, np.int64),
            np.array(days, np.int32),
            np.array(opens, np.int64),
            np.array(closes, np.int64),
        )
