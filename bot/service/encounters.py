"""Encounters come in: from attendee lists, calendars and the hook. Looked at as a whole, then kept.

All or nothing: nothing is written unless every row can be. The same file again changes nothing; what was
moved, called off or corrected moves, removes or spares what waits to be asked about it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, Final

from bot.encounters.calendar import Calendars
from bot.encounters.listing import Listing
from bot.encounters.values import STAMP, Attendee, Encounter, Mark, series_key
from bot.roster.faults import Faults, Unreadable
from bot.roster.sheet import SEPARATORS, Sheet
from bot.service import pulses
from bot.service.context import Context
from storage import Connection, encounters, meta, people, waves
from storage.encounters import Met, Present
from storage.store import Store

CHUNK: Final = 50
"""Encounters in one transaction, with everybody who was there."""
MAX_SOURCE: Final = 128

Found = Mapping[Mark, Sequence[int]]
"""Mark -> the persons whom it may mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did, or would do."""

    file: str
    imported: bool
    """False: a dry run."""
    encounters: int
    new: int
    changed: int
    cancelled: int
    unchanged: int
    presence: Mapping[str, int]
    """Attendees who are known people, by whether they came."""
    unknown: int
    """Attendees whom nobody here is known to be."""
    shared: int
    """Attendees whose address or number belongs to several people; they are passed over."""
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Import:
    """One list, or several calendars, on their way in: ``look…``, then ``write`` unless it is a dry run.

    All are generators that yield the share of the work that is done (0 to 1), and raise UserError with every
    problem at once.
    """

    context: Context
    store: Store
    name: str
    now: datetime
    report: Report | None = None
    _encounters: list[Encounter] = field(default_factory=list)
    _gone: list[Met] = field(default_factory=list)
    """Occurrences that were taken out of their series."""
    _people: Mapping[int, Mapping[int, Attendee]] = field(default_factory=dict)
    """Number of the encounter -> person -> what is said of them."""
    _notes: list[str] = field(default_factory=list)
    _warnings: list[str] = field(default_factory=list)

    # --- looking ------------------------------------------------------------------------------------------

    def look_at_list(
        self, file: BinaryIO, *, preset: str = "", kind: str = "", about: Encounter | None = None
    ) -> Iterator[float]:
        """Read an attendee list; ``about`` is the encounter of all its rows, where it does not say so."""
        faults, config = Faults(self.name), self.context.config
        with self.store.read() as connection:
            team = meta.get(connection, "account.slack")
        preset = preset or config.encounters.preset
        listing = Listing(config.encounters, config.organisation.timezone, team, faults, preset, kind, about)
        try:
            sheet = Sheet(file, faults, config.encounters.max_rows, "[encounters]")
            listing.headings(sheet.heading)
        except Unreadable:
            raise faults.refusal() from None
        yield from listing.read(sheet)
        self._notes = [f"columns separated by {SEPARATORS[sheet.separator]}", *sheet.notes]
        self._encounters = listing.encounters()
        self._compare(faults)

    def look_at_calendars(self, files: Iterable[tuple[str, bytes]], *, kind: str = "") -> Iterator[float]:
        """Read calendars, given as their names and contents."""
        faults, config = Faults(self.name), self.context.config
        read = Calendars(config.encounters, config.organisation.timezone, self.now, faults, kind)
        for name, content in files:
            try:
                read.add(content, name)
            except Unreadable:
                continue
            yield 0.0
        self._encounters = list(read.encounters())
        self._warnings = read.warnings
        if not config.encounters.email and any(one.attendees for one in self._encounters):
            self._warnings.append("Nobody is matched: email in [encounters] names no attribute of people.")
            self._encounters = [replace(one, attendees=(), lists_attendees=False) for one in self._encounters]
        if not faults:
            self._gone = self._taken_out(read)
        self._compare(faults)

    def _taken_out(self, read: Calendars) -> list[Met]:
        """Known occurrences of these events in the time looked at that the files no longer have."""
        kept = {one.key for one in self._encounters}
        told = {series_key(uid) for uid in read.uids}
        with self.store.read() as connection:
            known = list(encounters.of_calendar(connection, *read.span))
        ours = (met for met in known if met.key in told or met.key[:-STAMP] in told)
        return [met for met in ours if met.key not in kept and not met.cancelled]

    def _compare(self, faults: Faults) -> None:
        """Find the people, and what would change. Raises UserError with everything that is wrong."""
        with self.store.read() as connection:
            found = _find(connection, self._encounters)
            tally = _Tally()
            self._people = {
                number: _persons(one, found, faults, tally) for number, one in enumerate(self._encounters)
            }
            if faults:
                raise faults.refusal()
            known = encounters.by_keys(connection, {one.key for one in self._encounters})
            present = encounters.present(connection, [met.id for met in known.values()])
        for number, one in enumerate(self._encounters):
            tally.count(one, known.get(one.key), self._changes(number, known.get(one.key), present))
        tally.cancelled += len(self._gone)
        self.report = self._reported(tally, imported=False)

    def _changes(
        self, number: int, met: Met | None, present: Mapping[int, Sequence[Present]]
    ) -> "_Attendance":
        before = {one.person_id: one for one in present.get(met.id, ())} if met is not None else {}
        return _attendance(self._encounters[number], self._people[number], before)

    # --- writing ------------------------------------------------------------------------------------------

    def write(self, breathe: Callable[[], None] = lambda: None) -> Iterator[float]:
        """Keep it, some encounters at a time; ``breathe`` is called after each step. Call after a look."""
        numbers = range(len(self._encounters))
        for start in range(0, len(numbers), CHUNK):
            part = numbers[start : start + CHUNK]
            self.store.write(lambda connection, part=part: self._keep(connection, part))  # type: ignore[misc]
            breathe()
            yield (start + len(part)) / len(numbers)
        if self._gone:
            self.store.write(self._call_off)
        if self.report is not None:
            self.report = replace(self.report, imported=True)

    def _keep(self, connection: Connection, numbers: Sequence[int]) -> None:
        known = encounters.by_keys(connection, {self._encounters[number].key for number in numbers})
        present = encounters.present(connection, [met.id for met in known.values()])
        for number in numbers:
            one = self._encounters[number]
            met = known.get(one.key)
            changes = self._changes(number, met, present)
            if met is None or met.digest != one.digest or changes.anything:
                before = frozenset(row.person_id for row in present.get(met.id, ())) if met else frozenset()
                record(self.context, connection, one, changes, before, self.name, self.now)

    def _call_off(self, connection: Connection) -> None:
        for met in self._gone:
            encounters.cancel(connection, met.id, self.now)
            pulses.follow(self.context, connection, met.id, self.now)

    def _reported(self, tally: "_Tally", *, imported: bool) -> Report:
        return Report(
            file=self.name,
            imported=imported,
            encounters=len(self._encounters) + len(self._gone),
            new=tally.new,
            changed=tally.changed,
            cancelled=tally.cancelled,
            unchanged=tally.unchanged,
            presence=dict(tally.presence),
            unknown=tally.unknown,
            shared=tally.shared,
            notes=tuple(self._notes),
            warnings=tuple(self._warnings),
        )


# --- whom the attendees are -------------------------------------------------------------------------------


def _find(connection: Connection, wanted: Iterable[Encounter]) -> Found:
    """Everybody whom the marks of these encounters may mean."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for one in wanted:
        for attendee in one.attendees:
            for mark in attendee.marks:
                values[mark.kind].add(mark.value)
    found: dict[Mark, Sequence[int]] = {}
    for kind, sought in values.items():
        meant = people_by(connection, kind, sought)
        found |= {Mark(kind, value): owners for value, owners in meant.items()}
    return found


def people_by(connection: Connection, kind: str, wanted: Collection[str]) -> Mapping[str, Sequence[int]]:
    """Value of a mark -> the persons whom it may mean."""
    if kind == "id":
        return encounters.by_member_id(connection, wanted)
    if kind in ("telegram", "slack"):
        return encounters.by_address(connection, wanted)
    return encounters.by_attribute(connection, kind, wanted)


def _persons(one: Encounter, found: Found, faults: Faults, tally: "_Tally") -> Mapping[int, Attendee]:
    """Person -> what the file says of them. Two marks that mean two people are a fault."""
    said: dict[int, Attendee] = {}
    for attendee in one.attendees:
        meant = [set(found[mark]) for mark in attendee.marks if mark in found]
        if not meant:
            tally.unknown += 1
            continue
        common = set.intersection(*meant)
        if not common:
            message = "What tells who this is names two different people."
            faults.add(attendee.row, message, "Correct one of the two, here or in the member list.")
        elif len(common) > 1:
            tally.shared += 1
        else:
            said[common.pop()] = attendee
            tally.presence[attendee.presence] += 1
    return said


# --- what changes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attendance:
    """Who is noted anew at an encounter, and who leaves it."""

    noted: tuple[tuple[int, str, str], ...] = ()
    """Person, state, role."""
    left: tuple[int, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.noted or self.left)


def _attendance(one: Encounter, said: Mapping[int, Attendee], before: Mapping[int, Present]) -> _Attendance:
    """What a file changes about who was there.

    That somebody is expected takes back nothing that was said of whether they came. A calendar has everybody
    who is invited, so whoever it no longer has was taken off; of a list nobody can know whether it is whole.
    """
    noted = []
    for person, attendee in said.items():
        known = before.get(person)
        state = known.state if known and attendee.presence == "expected" else attendee.presence
        role = attendee.role or (known.role if known else "")
        if known is None or (known.state, known.role) != (state, role):
            noted.append((person, state, role))
    whole = one.key.startswith("ics:") and one.lists_attendees
    left = [
        person
        for person, known in before.items()
        if whole and person not in said and known.state == "expected"
    ]
    return _Attendance(tuple(noted), tuple(left))


def record(
    context: Context,
    connection: Connection,
    one: Encounter,
    changes: _Attendance,
    before: Collection[int],
    source: str,
    now: datetime,
) -> int:
    """Keep an encounter and who was there, and bring what waits in line with it. Returns its id."""
    key = encounters.keep(
        connection,
        {
            "key": one.key,
            "kind": one.kind,
            "series": one.series,
            "name": one.name,
            "place": one.place,
            "zone": one.zone,
            "starts_at": one.starts,
            "ends_at": one.ends,
            "cancelled": one.cancelled,
            "source": source[:MAX_SOURCE],
            "digest": one.digest,
            "updated_at": now,
        },
    )
    rows = [Present(key, person, role, state, source[:MAX_SOURCE]) for person, state, role in changes.noted]
    encounters.attend(connection, rows, now, known=before)
    encounters.leave(connection, key, changes.left)
    pulses.follow(context, connection, key, now)
    return key


def record_one(
    context: Context, connection: Connection, one: Encounter, source: str, now: datetime
) -> Counter[str]:
    """Keep one encounter that another system tells of. Returns how many attendees are known, and unknown."""
    faults, tally = Faults(source), _Tally()
    said = _persons(one, _find(connection, [one]), faults, tally)
    if faults:
        raise faults.refusal()
    met = encounters.by_keys(connection, [one.key]).get(one.key)
    present = encounters.present(connection, [met.id])[met.id] if met is not None else []
    before = {row.person_id: row for row in present}
    changes = _attendance(one, said, before)
    if met is None or met.digest != one.digest or changes.anything:
        record(context, connection, one, changes, before.keys(), source, now)
    return Counter(known=len(said), unknown=tally.unknown + tally.shared)


@dataclass(slots=True)
class _Tally:
    """Counts what happens to encounters and people."""

    new: int = 0
    changed: int = 0
    cancelled: int = 0
    unchanged: int = 0
    unknown: int = 0
    shared: int = 0
    presence: Counter[str] = field(default_factory=Counter)

    def count(self, one: Encounter, met: Met | None, changes: _Attendance) -> None:
        if met is not None and met.digest == one.digest and not changes.anything:
            self.unchanged += 1
        elif one.cancelled and (met is None or not met.cancelled):
            self.cancelled += 1
        elif met is None:
            self.new += 1
        else:
            self.changed += 1


# --- one encounter, for the admin -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guest:
    """One person at an encounter."""

    person: int
    name: str
    state: str
    role: str


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """One survey's wave about an encounter, and how many of its people are in each state."""

    survey: str
    wave: str
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Card:
    """Everything about one encounter but the answers."""

    encounter: Met
    people: tuple[Guest, ...]
    waves: tuple[AskedAbout, ...]


def card(connection: Connection, met: Met) -> Card:
    """Who was there, and what was asked about it."""
    rows = encounters.present(connection, [met.id]).get(met.id, [])
    names = people.names(connection, [row.person_id for row in rows])
    about = [waves.get(connection, wave) for wave in encounters.waves_about(connection, met.id)]
    return Card(
        met,
        tuple(Guest(row.person_id, names.get(row.person_id, ""), row.state, row.role) for row in rows),
        tuple(AskedAbout(one.survey, one.name, waves.counts(connection, one.id)) for one in about),
    )
