"""An attendee list (CSV) made into encounters, by the headings of ``[encounters]`` or of a preset.

One row is one person at one encounter. All faults of all rows are noted; a list with any gives nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.config.model import EncountersConfig
from bot.encounters.presets import FORMS, PRESETS, TIMES
from bot.encounters.values import Attendee, Encounter, Mark, Presence, key_of
from bot.encounters.words import Words
from bot.engine.folding import fold, one_line, tidy
from bot.engine.suggest import closest
from bot.roster import cells
from bot.roster.cells import Fault
from bot.roster.faults import Faults, Unreadable
from bot.roster.sheet import Row, Sheet
from scheduler.windows import resolve

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
LONGEST: Final = timedelta(days=31)
"""Whatever lasts longer is a season, not an encounter; or its end has a wrong month."""
MAX_ENCOUNTERS: Final = 20_000
MAX_NAME: Final = 256
MAX_SERIES: Final = 128
MAX_KIND: Final = 32
SHOWN: Final = 40
"""Characters of a heading in a message."""
_STRENGTH: Final[Mapping[Presence, int]] = {"absent": 0, "expected": 1, "attended": 2}


@dataclass(slots=True)
class _Draft:
    facts: Encounter
    attendees: dict[tuple[Mark, ...], Attendee] = field(default_factory=dict)


@dataclass(slots=True)
class Listing:
    """How one list is read. ``about``: the encounter that all rows are about, where the list does not say."""

    config: EncountersConfig
    timezone: str
    team: str | None
    faults: Faults
    preset: str = ""
    kind: str = ""
    about: Encounter | None = None
    _columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    _people: dict[str, tuple[int, str]] = field(default_factory=dict)
    _known: dict[tuple[str, ...], Encounter | None] = field(default_factory=dict)
    _drafts: dict[str, _Draft] = field(default_factory=dict)
    _words: Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = Words(self.config.presence)

    # --- headings -----------------------------------------------------------------------------------------

    def headings(self, heading: tuple[str, ...]) -> None:
        """Find out which column is which. Raises Unreadable, with every fault noted, where one cannot."""
        keys = [tidy(name) for name in heading]
        for number, key in enumerate(keys):
            if key and key in keys[:number]:
                self.faults.add(
                    1, "There are two columns of this name.", "Rename one.",
                    column=one_line(heading[number], SHOWN),
                )  # fmt: skip
        offered = PRESETS.get(self.preset, {})
        columns = {ours: theirs for ours, theirs in offered.items() if ours != "person"} | dict(
            self.config.columns
        )
        people = dict(self.config.people)
        if self.preset == "eventbrite" and self.config.email:
            people.setdefault(self.config.email, offered["person"])
        shown = [one_line(name, SHOWN) for name in heading if name]
        self._columns = self._places(columns, keys, shown, "columns")
        self._people = self._places(people, keys, shown, "people")
        if not people:
            advice = 'Write for example people = { id = "Jäsennumero" } in [encounters].'
            self.faults.add(0, "[encounters] does not say which column tells who somebody is.", advice)
        if self.about is None and not {"name", "starts"} <= self._columns.keys():
            advice = (
                'Write columns = { name = "…", starts = "…" } in [encounters], or name the encounter: '
                "--name and --starts, or --about."
            )
            self.faults.add(1, "Nothing tells which encounter the rows are about.", advice)
        if self.faults:
            raise Unreadable

    def _places(
        self, wanted: Mapping[str, str], keys: list[str], shown: list[str], table: str
    ) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for ours, theirs in wanted.items():
            if tidy(theirs) in keys:
                found[ours] = keys.index(tidy(theirs)), one_line(theirs, SHOWN)
            elif ours in getattr(self.config, table):
                near = closest(theirs, shown)
                advice = f"Did you mean {near}? " if near else ""
                message = f"There is no column {one_line(theirs, SHOWN)}."
                self.faults.add(1, message, f"{advice}It is {ours} in [encounters] {table}.")
        return found

    # --- rows ---------------------------------------------------------------------------------------------

    def read(self, sheet: Sheet) -> Iterator[float]:
        """Take every row in; yields how much of the file has been read (0 to 1)."""
        try:
            for number, row in enumerate(sheet.rows()):
                self._take(row)
                if number % 1000 == 0:
                    yield sheet.done / sheet.size
        except Unreadable:
            return

    def encounters(self) -> list[Encounter]:
        """What was read, with those who were there."""
        return [
            replace(draft.facts, attendees=tuple(draft.attendees.values())) for draft in self._drafts.values()
        ]

    def _take(self, row: Row) -> None:
        facts = self._encounter(row)
        if facts is None:
            return
        draft = self._drafts.get(facts.key)
        if draft is None:
            if len(self._drafts) >= MAX_ENCOUNTERS:
                self.faults.add(
                    row.number, f"The list has more than {MAX_ENCOUNTERS} encounters.", "Split it."
                )
                raise Unreadable
            draft = self._drafts[facts.key] = _Draft(facts)
        elif draft.facts.facts != facts.facts:
            message = f"Row {draft.facts.row} says something else of the same encounter."
            self.faults.add(row.number, message, "Give them different ids, or make the two agree.")
            return
        attendee = self._attendee(row)
        if attendee is not None:
            before = draft.attendees.get(attendee.marks)
            draft.attendees[attendee.marks] = attendee if before is None else _together(before, attendee)

    def _encounter(self, row: Row) -> Encounter | None:
        """None where the row is at fault; said once for all rows that hold the same."""
        if self.about is not None:
            return self.about
        told = tuple(row.cells[number] for key, (number, _) in self._columns.items() if key not in _OF_PERSON)
        if told not in self._known:
            try:
                self._known[told] = self._facts(row)
            except _Cell as wrong:
                self._known[told] = None
                self.faults.add(row.number, wrong.fault.message, wrong.fault.advice, column=wrong.heading)
        return self._known[told]

    def _facts(self, row: Row) -> Encounter:
        name = self._text(row, "name", MAX_NAME)
        if not name:
            raise self._wrong("name", "The encounter has no name.", "Fill it in.")
        zone = self._read(row, "zone", cells.zone) or self.timezone
        starts = self._moment(row, "starts", ZoneInfo(zone))
        if starts is None:
            raise self._wrong("starts", "Nothing tells when it began.", "Fill it in.")
        ends = self._end(row, starts, ZoneInfo(zone))
        kind = fold(self.kind) or fold(self._text(row, "kind", MAX_KIND)) or self.config.kind
        number = self._text(row, "id", 200)
        source = self.preset or "list"
        key = (
            key_of(source, number)
            if number
            else key_of(source, kind, f"{starts.astimezone(UTC):%Y-%m-%dT%H%MZ}", fold(name))
        )
        return Encounter(
            key=key, kind=kind, name=name, starts=starts, ends=ends,
            series=self._text(row, "series", MAX_SERIES), place=self._text(row, "place", MAX_NAME),
            zone="" if zone == self.timezone else zone, row=row.number,
        )  # fmt: skip

    def _end(self, row: Row, starts: datetime, zone: ZoneInfo) -> datetime:
        ends = self._moment(row, "ends", zone)
        if ends is None:
            return starts + timedelta(minutes=self._minutes(row))
        problem = impossible(starts, ends)
        if problem:
            raise self._wrong("ends", *problem)
        return ends

    def _minutes(self, row: Row) -> int:
        written = self._text(row, "minutes", 10)
        if not written:
            return self.config.minutes
        if not written.isdecimal() or not 0 < int(written) <= LONGEST // timedelta(minutes=1):
            raise self._wrong("minutes", "This is no number of minutes.", "Write for example 90.")
        return int(written)

    def _moment(self, row: Row, key: str, zone: ZoneInfo) -> datetime | None:
        written = self._text(row, key, 60)
        if not written:
            return None
        forms = (self.config.date_format, *FORMS.get(self.preset, ()))
        clock = self._clock(row, f"{key}_time")
        found = moment(written, forms, zone, clock)
        if found is None:
            example = datetime(2026, 12, 31, 18, tzinfo=UTC).strftime(forms[0])
            advice = f"Write {example}, or change date_format in [encounters]."
            raise self._wrong(key, "This is no moment.", advice)
        return found

    def _clock(self, row: Row, key: str) -> time | None:
        written = self._text(row, key, 20)
        for form in TIMES if written else ():
            try:
                return datetime.strptime(written.upper(), form).time()  # noqa: DTZ007 - a time of the day
            except ValueError:
                continue
        if written:
            raise self._wrong(key, "This is no time of the day.", "Write 18:30.")
        return None

    def _attendee(self, row: Row) -> Attendee | None:
        """None for a row that names nobody, or whose fault has been noted."""
        try:
            marks = tuple(mark for kind in self._people if (mark := self._mark(row, kind)) is not None)
            presence = self._presence(row)
            role = fold(self._text(row, "role", 200))[:MAX_KIND]
        except _Cell as wrong:
            self.faults.add(row.number, wrong.fault.message, wrong.fault.advice, column=wrong.heading)
            return None
        return Attendee(marks=marks, presence=presence, role=role, row=row.number) if marks else None

    def _mark(self, row: Row, kind: str) -> Mark | None:
        number, heading = self._people[kind]
        try:
            cell = row.cells[number]
            read = _MARKS.get(kind, cells.attribute)
            value = cells.slack(cell, self.team) if kind == "slack" else read(cell)
        except Fault as fault:
            raise _Cell(heading, fault) from None
        value = value if kind in ("id", "telegram", "slack") else tidy(value)
        return Mark(kind, value) if value else None

    def _presence(self, row: Row) -> Presence:
        """Without such a column everybody has come; an empty cell says only that they signed up."""
        if "presence" not in self._columns:
            return "attended"
        written = self._text(row, "presence", 60)
        found = self._words.presence(written) if written else "expected"
        if found is None:
            advice = 'Explain it: presence = { attended = ["…"] } in [encounters].'
            raise self._wrong("presence", "This word does not tell whether somebody came.", advice)
        return found

    # --- cells --------------------------------------------------------------------------------------------

    def _text(self, row: Row, key: str, most: int) -> str:
        if key not in self._columns:
            return ""
        found = cells.attribute(row.cells[self._columns[key][0]])
        if len(found) > most:
            raise self._wrong(key, f"This is longer than {most} characters.", "Shorten it.")
        return one_line(found, most)

    def _read(self, row: Row, key: str, read: Callable[[str], str]) -> str:
        if key not in self._columns:
            return ""
        number, heading = self._columns[key]
        try:
            return read(row.cells[number])
        except Fault as fault:
            raise _Cell(heading, fault) from None

    def _wrong(self, key: str, message: str, advice: str) -> "_Cell":
        heading = self._columns[key][1] if key in self._columns else ""
        return _Cell(heading, Fault(message, advice))


class _Cell(Exception):
    """A cell that cannot be used, with the heading of its column."""

    def __init__(self, heading: str, fault: Fault) -> None:
        super().__init__(fault.message)
        self.heading = heading
        self.fault = fault


_MARKS: Final[Mapping[str, Callable[[str], str]]] = {
    "id": cells.member_id,
    "telegram": cells.telegram,
}
_OF_PERSON: Final = frozenset({"presence", "role"})


def moment(written: str, forms: tuple[str, ...], zone: ZoneInfo, clock: time | None) -> datetime | None:
    """The instant of a local date and time; with ``clock`` the time stands apart. None for no such moment."""
    for form in forms:
        try:
            local = datetime.strptime(written, form)  # noqa: DTZ007 - the zone comes with the next lines
        except ValueError:
            continue
        if not FIRST_YEAR <= local.year <= LAST_YEAR:
            return None
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        return resolve(datetime.combine(local.date(), clock) if clock else local, zone)
    return None


def impossible(starts: datetime, ends: datetime) -> tuple[str, str] | None:
    """What is wrong with the times of an encounter, with advice."""
    if ends < starts:
        return "It ends before it begins.", "Change the two round."
    if ends - starts > LONGEST:
        return f"It lasts longer than {LONGEST.days} days.", "Check its end."
    return None


def _together(one: Attendee, other: Attendee) -> Attendee:
    """Two rows about the same person: who came with one ticket has come."""
    better = max(one, other, key=lambda found: _STRENGTH[found.presence])
    return replace(better, role=one.role or other.role, row=one.row)
