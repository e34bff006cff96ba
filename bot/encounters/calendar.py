"""iCalendar files made into encounters: recurring events, exceptions, time zones, cancellations, attendees.

Reading stands on icalendar and recurring-ical-events; what would send them astray is refused before. Nothing
that a calendar names (attachments, alarms, addresses) is ever fetched or run.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import PurePath
from typing import Any, Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar import Calendar

from bot.config.model import EncountersConfig
from bot.encounters.listing import FIRST_YEAR, LAST_YEAR, MAX_KIND, MAX_NAME, MAX_SERIES, impossible
from bot.encounters.outline import Outline, outline
from bot.encounters.values import Attendee, Encounter, Mark, Presence, occurrence_key, series_key
from bot.engine.folding import clean, fold, one_line, tidy
from bot.roster.faults import Faults, Unreadable
from scheduler.windows import resolve

Block = Any
"""A component of the library, whose values are of many types: each is looked at here before it is used."""

MAX_OCCURRENCES: Final = 400
"""Of one event, in the time that is looked at: a year of days, and some."""
MAX_STEPS: Final = 40_000
"""Occurrences counted since the beginning of a rule: a century of days."""
CYCLES: Final = 19
_TOO_FINE: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_PLAIN: Final = frozenset({"FREQ", "COUNT", "INTERVAL"})
_PLACES: Final = frozenset({"RESOURCE", "ROOM", "GROUP"})
"""Attendees of these kinds are no persons (RFC 5545, CUTYPE)."""
_PRESENCE: Final[dict[str, Presence]] = {"DECLINED": "absent"}


@dataclass(slots=True)
class _Event:
    """One event block and where it stands."""

    component: Block
    file: str
    line: int


@dataclass(slots=True)
class Calendars:
    """Several calendar files read as one, at ``now`` (aware UTC)."""

    config: EncountersConfig
    timezone: str
    now: datetime
    faults: Faults
    kind: str = ""
    warnings: list[str] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    """Those that the files tell of: what of them no longer occurs was taken out."""
    _events: dict[tuple[str, str], _Event] = field(default_factory=dict)
    _zones: list[Block] = field(default_factory=list)
    _barren: list[Block] = field(default_factory=list)
    """Events whose rule gives nothing in our time; the library would follow it to the year 9999."""
    _floating: bool = False

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when to when occurrences are taken."""
        days = timedelta(days=1)
        return self.now - self.config.past_days * days, self.now + self.config.ahead_days * days

    def add(self, content: bytes, file: str) -> None:
        """Take in one file. Raises Unreadable, with the fault noted, where it is none."""
        looked = outline(content, self.faults, file)
        try:
            calendars: list[Block] = list(Calendar.from_ical(looked.text, multiple=True))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
            self.faults.add(
                0, "The calendar cannot be read.", "Export it once more.", line=_line_of(error), file=file
            )
            raise Unreadable from None
        for calendar in calendars:
            self._take(calendar, looked, file)

    def _take(self, calendar: Block, looked: Outline, file: str) -> None:
        withdrawn = str(calendar.get("METHOD", "")).upper() == "CANCEL"
        self._zones += calendar.walk("VTIMEZONE")
        for event in calendar.walk("VEVENT"):
            uid = one_line(str(event.get("UID", "")), 1000)
            line = looked.lines.get(str(event.get("UID", "")), 0)
            if not uid:
                self.faults.add(0, "An event has no UID.", "Export the calendar once more.", file=file)
                continue
            if withdrawn:
                event["STATUS"] = "CANCELLED"
            if not str(event.get("SEQUENCE", 0)).isdecimal():
                del event["SEQUENCE"]
            self._keep(uid, _Event(event, file, line))

    def _keep(self, uid: str, event: _Event) -> None:
        """Of blocks about the same occurrence the one with the highest SEQUENCE holds, then the last."""
        which = event.component.get("RECURRENCE-ID")
        place = uid, which.to_ical().decode() if which is not None else ""
        before = self._events.get(place)
        if before is None or _sequence(before.component) <= _sequence(event.component):
            self._events[place] = event

    # --- occurrences --------------------------------------------------------------------------------------

    def encounters(self) -> Iterator[Encounter]:
        """Every occurrence in the time that is looked at; the faults of the events are noted."""
        series: defaultdict[str, list[_Event]] = defaultdict(list)
        for (uid, _), event in self._events.items():
            series[uid].append(event)
        self.uids |= series.keys()
        for uid, events in series.items():
            if self._sound(uid, events):
                yield from self._occurrences(uid, events)
        if self._floating:
            self.warnings.append(
                f"Some times name no time zone; they are read on the clocks of {self.timezone}."
            )

    def _sound(self, uid: str, events: Sequence[_Event]) -> bool:
        for event in events:
            try:
                problem = self._problem(event.component)
            except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
                problem = "Its dates cannot be read.", "Mend it in the calendar."
            if problem is not None:
                self._say(uid, event, *problem)
                return False
        return True

    def _problem(self, event: Block) -> tuple[str, str] | None:
        starts = event.get("DTSTART")
        if starts is None:
            return "It has no DTSTART.", "Mend it in the calendar."
        first = self._instant(starts.dt)
        length = _length(event)
        if first is None or length is None:
            return "Its dates lie outside all calendars.", "Mend them in the calendar."
        if length < timedelta():
            return "It ends before it begins.", "Change the two round."
        found = impossible(first, first + length)
        return found or self._too_many(event, first)

    def _too_many(self, event: Block, first: datetime) -> tuple[str, str] | None:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            until = rule.get("UNTIL", [None])[0]
            ends = self._instant(until) if until is not None else None
            if until is not None and (ends is None or ends.date() < first.date()):
                return "Its UNTIL lies before its DTSTART.", "Mend it in the calendar."
            count = rule.get("COUNT", [None])[0]
            frequency = str(rule.get("FREQ", [""])[0]).upper()
            if frequency in _TOO_FINE:
                few = count is not None and count <= MAX_OCCURRENCES and rule.keys() <= _PLAIN
            else:
                occurs = self._occurs_in_span(rule, first, ends)
                few = occurs <= MAX_OCCURRENCES
                if not occurs:
                    self._barren.append(event)
            if not few:
                return f"It has over {MAX_OCCURRENCES} occurrences.", "Give it an end, or a slower rhythm."
        return None

    def _occurs_in_span(self, rule: Any, first: datetime, ends: datetime | None) -> int:
        begins, last = (moment.replace(tzinfo=None) for moment in self.span)
        bounded = {key: value for key, value in rule.items() if key not in ("UNTIL", "COUNT")}
        until = min(last, ends.replace(tzinfo=None)) if ends is not None else last
        start = first.replace(tzinfo=None)
        if until < start:
            return 0  # it begins later than we look
        written = type(rule)(bounded).to_ical().decode()
        found = rrulestr(f"{written};UNTIL={_far(until):%Y%m%dT%H%M%S}", dtstart=_far(start))
        seen = list(islice(iter(found), MAX_STEPS + 1))
        if len(seen) > MAX_STEPS:
            return len(seen)
        return sum(moment >= _far(begins) for moment in seen)

    def _occurrences(self, uid: str, events: Sequence[_Event]) -> Iterator[Encounter]:
        recurs = any(event.component.get("RRULE") or event.component.get("RDATE") for event in events)
        calendar = Calendar()
        for zone in self._zones:
            calendar.add_component(zone)
        for event in events:
            if any(event.component is one for one in self._barren):
                event.component.pop("RRULE")
            calendar.add_component(event.component)
        begins, ends = self.span
        try:
            found: list[Block] = list(recurring_ical_events.of(calendar).between(begins, ends))
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            self._say(uid, events[0], "Its recurrence cannot be read.", "Mend it in the calendar.")
            return
        for component in found:
            yield self._encounter(uid, events[0], component, recurs=recurs)

    def _encounter(self, uid: str, event: _Event, found: Block, *, recurs: bool) -> Encounter:
        starts = self._instant(found["DTSTART"].dt)
        ends = self._instant(found["DTEND"].dt) if "DTEND" in found else starts
        original = self._instant(found["RECURRENCE-ID"].dt) if "RECURRENCE-ID" in found else starts
        assert starts is not None  # all three lie in the time that is looked at, or beside it
        assert ends is not None
        assert original is not None
        name = one_line(clean(str(found.get("SUMMARY", ""))), MAX_NAME)
        zone = getattr(getattr(found["DTSTART"].dt, "tzinfo", None), "key", "") or ""
        attendees = tuple(self._attendees(found, event.line))
        return Encounter(
            key=occurrence_key(uid, original) if recurs else series_key(uid),
            kind=self._kind(found, event.file),
            name=name or "…",
            starts=starts,
            ends=ends,
            series=name[:MAX_SERIES] if recurs else "",
            place=one_line(clean(str(found.get("LOCATION", ""))), MAX_NAME),
            zone=zone if zone not in ("UTC", self.timezone) else "",
            cancelled=str(found.get("STATUS", "")).upper() == "CANCELLED",
            attendees=attendees,
            lists_attendees="ATTENDEE" in found,
            row=event.line,
        )

    def _kind(self, found: Block, file: str) -> str:
        """By the command line, a category, the file's name, else that of [encounters]."""
        kinds = {tidy(word): kind for word, kind in self.config.kinds.items()}
        words = [*_categories(found), PurePath(file).stem]
        named = next((kinds[tidy(word)] for word in words if tidy(word) in kinds), "")
        return (fold(self.kind) or named or self.config.kind)[:MAX_KIND]

    def _attendees(self, found: Block, line: int) -> Iterator[Attendee]:
        written = found.get("ATTENDEE", [])
        for one in written if isinstance(written, list) else [written]:
            parameters = getattr(one, "params", {})
            address = tidy(str(one)).removeprefix("mailto:")
            if str(parameters.get("CUTYPE", "")).upper() in _PLACES or "@" not in address:
                continue
            role = "host" if str(parameters.get("ROLE", "")).upper() == "CHAIR" else ""
            presence = _PRESENCE.get(str(parameters.get("PARTSTAT", "")).upper(), "expected")
            yield Attendee(marks=(Mark(self.config.email, address),), presence=presence, role=role, row=line)

    # --- moments ------------------------------------------------------------------------------------------

    def _instant(self, written: date | datetime) -> datetime | None:
        """In UTC; a day begins, and a time without zone is read, on the configured clocks. None far off."""
        if not FIRST_YEAR <= written.year <= LAST_YEAR:
            return None
        if not isinstance(written, datetime):
            return resolve(datetime.combine(written, time()), ZoneInfo(self.timezone))
        if written.tzinfo is None:
            self._floating = True
            return resolve(written, ZoneInfo(self.timezone))
        return written.astimezone(UTC)

    def _say(self, uid: str, event: _Event, message: str, advice: str) -> None:
        self.faults.add(0, message, advice, column=f"UID {uid[:60]}", line=event.line, file=event.file)


def _far(moment: datetime) -> datetime:
    """The same day of the year and of the week, near the end of all years: days repeat every 400 years.

    A rule that never comes true is followed up to the year 9999, and from there that is soon.
    """
    return moment.replace(year=moment.year + CYCLES * 400)


def _sequence(event: Block) -> int:
    return int(event.get("SEQUENCE", 0))


def _length(event: Block) -> timedelta | None:
    """From beginning to end; None where the end lies outside all calendars."""
    starts = event["DTSTART"].dt
    if event.get("DTEND") is not None:
        ends = event["DTEND"].dt
        if not FIRST_YEAR <= ends.year <= LAST_YEAR:
            return None
        whole = isinstance(starts, datetime) and isinstance(ends, datetime)
        if whole and (starts.tzinfo is None) == (ends.tzinfo is None):
            length: timedelta = ends - starts
            return length
        days: timedelta = _day(ends) - _day(starts)
        return days
    if event.get("DURATION") is not None:
        lasts: timedelta = event["DURATION"].dt
        return lasts
    return timedelta() if isinstance(starts, datetime) else timedelta(days=1)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _categories(found: Block) -> Iterable[str]:
    written = found.get("CATEGORIES", [])
    for one in written if isinstance(written, list) else [written]:
        yield from (str(word) for word in getattr(one, "cats", [one]))


def _line_of(error: Exception) -> int:
    """The parser's messages begin with the content line at fault; its number is not told."""
    return getattr(error, "line", 0) or 0
