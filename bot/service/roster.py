"""Importing a member list: looked at as a whole first, then written in small steps while the bot goes on.

All or nothing: nothing is written unless every row can be. A machine that stops in the middle of writing
leaves the rows that were written; the same list once more does the rest, as what is stored changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Final

from bot.config.model import Config
from bot.errors import UserError
from bot.roster.entries import Entry, Reading
from bot.roster.faults import Faults, Unreadable
from bot.roster.match import Change, Mismatch, Reach, Register
from bot.roster.repeats import Repeats
from bot.roster.sheet import SEPARATORS, Sheet
from storage import Connection, meta, people, roster
from storage.erased import Ledger, ledger
from storage.people import Queue
from storage.roster import Overtaken
from storage.store import Store

CHUNK: Final = 250
"""Entries in one transaction: some 50 ms on a small machine, so that no member's answer waits for long."""
TRIES: Final = 5
"""Of a chunk, while other processes store some of the same people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did, or would do."""

    file: str
    imported: bool
    """False: a dry run."""
    people: int
    separator: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    new: int
    changed: int
    unchanged: int
    repeated: int
    """Rows that only said once more what an earlier one had said."""
    absent: int
    """People who are known and not in the list. They are left alone."""
    reach: Mapping[Reach, int]
    """How many of the list can be written to, and what keeps the others."""


@dataclass(slots=True)
class Import:
    """One list on its way in: ``look``, then ``write`` unless it is a dry run.

    Both are generators that yield after each step the share of the work that is done (0 to 1), and both raise
    UserError with every problem at once.
    """

    config: Config
    store: Store
    file: BinaryIO
    name: str
    now: datetime
    report: Report | None = None
    """What would be done, once ``look`` is through; what was done, once ``write`` is."""
    erased: Ledger = field(init=False)
    """The erasure ledger: nobody on it comes back by a list."""
    _marks: frozenset[str] = frozenset()
    _forgotten: set[int] = field(default_factory=set)
    """Rows of the list that are left out, because their people asked for it."""
    _team: str | None = None
    _repeated: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.erased = ledger(self.config.storage.key_file)
        self._marks = frozenset(mark for one in self.erased.entries() for mark in one.marks)

    def look(self) -> Iterator[float]:
        """Read every row, compare each with the others, and all with the people who are known."""
        with self.store.read() as connection:
            self._team = meta.get(connection, "account.slack")
        faults, repeats = Faults(self.name), Repeats()
        for page in self._pages(faults):
            for entry in page.entries:
                repeats.note(entry)
            yield page.done / 2
        self._repeated, differing = repeats.find()
        for first, later in differing:
            message = f"Row {first} is about the same person and says something else."
            faults.add(later, message, "Keep one of the two.")
        _refuse(faults)
        tally = _Tally()
        for page in self._pages(faults):
            with self.store.read() as connection:
                tally.count(self._decide(connection, page.entries, faults))
            yield (1 + page.done) / 2
        _refuse(faults)
        self.report = self._reported(page, tally, imported=False)

    def write(self, breathe: Callable[[], None] = lambda: None) -> Iterator[float]:
        """Store the list, a few hundred people at a time. Call after ``look``.

        ``breathe`` is called after each step that wrote something: the bot may want the database.
        """
        faults, tally = Faults(self.name), _Tally()
        with self.store.read() as connection:
            queue = people.queue(connection)
        for page in self._pages(faults):
            with self.store.read() as connection:
                changes = self._decide(connection, page.entries, faults)
            if not faults and any(change.anything for change in changes):
                changes = self._store(page.entries, queue, faults)
                breathe()
            if faults:
                break
            tally.count(changes)
            yield page.done
        if faults:
            raise UserError(
                f"The list, or somebody in it, has changed in the last moments. {tally.people} of its people "
                "are stored; import it once more for the rest.",
                *faults.problems,
            )
        self.report = self._reported(page, tally, imported=True)

    # --- reading ------------------------------------------------------------------------------------------

    def _pages(self, faults: Faults) -> "Iterator[_Page]":
        """The list from its beginning, page by page, at least one. Raises UserError where it is no list."""
        reading = Reading(self.config.people, self.config.organisation.timezone, self._team, self.now, faults)
        try:
            sheet = Sheet(self.file, faults, self.config.people.max_rows)
            reading.headings(sheet.heading)
        except Unreadable:
            raise faults.refusal() from None
        entries = (entry for entry in reading.entries(sheet) if entry.row not in self._repeated)
        while True:
            page = list(islice(entries, CHUNK))
            yield _Page(page, sheet, reading)
            if len(page) < CHUNK:
                return

    # --- people -------------------------------------------------------------------------------------------

    def _decide(self, connection: Connection, entries: Iterable[Entry], faults: Faults) -> list[Change]:
        """What each entry changes, as things stand in this transaction."""
        entries = list(entries)
        members = [entry.member_id for entry in entries if entry.member_id]
        addresses = [address for entry in entries for address in entry.addresses]
        register = Register(roster.known(connection, members, addresses), self._team)
        changes = []
        for entry in entries:
            try:
                change = register.decide(entry)
            except Mismatch as mismatch:
                faults.add(entry.row, mismatch.message, mismatch.advice)
                continue
            if change.person is None and self._asked_to_be_forgotten(entry):
                self._forgotten.add(entry.row)
            else:
                changes.append(change)
        return changes

    def _asked_to_be_forgotten(self, entry: Entry) -> bool:
        """Whether somebody new is somebody erased. Who has come back by themselves is not new."""
        if not self._marks:
            return False
        marks = {self.erased.mark("address", address) for address in entry.addresses}
        if entry.member_id:
            marks.add(self.erased.mark("member", entry.member_id))
        return not marks.isdisjoint(self._marks)

    def _store(self, entries: Iterable[Entry], queue: Queue, faults: Faults) -> list[Change]:
        """Decide and write in one transaction, which is empty if anything is at fault by now."""

        def job(connection: Connection) -> list[Change]:
            changes = self._decide(connection, entries, faults)
            if not faults:
                roster.store(connection, [one for one in changes if one.anything], queue, self.now)
            return changes

        for _ in range(TRIES - 1):
            try:
                return self.store.write(job)
            except Overtaken:
                continue
        return self.store.write(job)

    def _left_out(self) -> Iterator[str]:
        number = len(self._forgotten)
        if number:
            yield f"{number} people in the list have asked to be forgotten and are left out."

    def _reported(self, page: "_Page", tally: "_Tally", *, imported: bool) -> Report:
        with self.store.read() as connection:
            known = people.count(connection)
        before = known - (tally.new - tally.absorbed if imported else 0)
        return Report(
            file=self.name,
            imported=imported,
            people=tally.people,
            separator=SEPARATORS[page.sheet.separator],
            notes=tuple(page.sheet.notes),
            warnings=(*page.reading.warnings, *self._left_out()),
            new=tally.new,
            changed=tally.changed,
            unchanged=tally.unchanged,
            repeated=len(self._repeated),
            absent=max(0, before - tally.absorbed - tally.changed - tally.unchanged),
            reach=dict(tally.reach),
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """Some entries of a list, and where they come from."""

    entries: list[Entry]
    sheet: Sheet
    reading: Reading

    @property
    def done(self) -> float:
        """The share of the file that has been read."""
        return self.sheet.done / self.sheet.size


@dataclass(slots=True)
class _Tally:
    """Counts what happens to people."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    absorbed: int = 0
    reach: Counter[Reach] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        return self.new + self.changed + self.unchanged

    def count(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.new += change.person is None
            self.changed += change.person is not None and change.anything
            self.unchanged += not change.anything
            self.absorbed += len(change.absorb)
            self.reach[change.reach] += 1


def _refuse(faults: Faults) -> None:
    if faults:
        raise faults.refusal()
