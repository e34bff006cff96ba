"""Rows of a member list made into entries, by the headings that ``[people]`` names.

All faults of all rows are noted; an entry comes only of a row without any. Rights and consent are in no list:
the one is refused, the other is never read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.config.model import PeopleConfig
from bot.engine.folding import one_line, tidy
from bot.engine.suggest import closest
from bot.roster import cells
from bot.roster.cells import Fault
from bot.roster.faults import Faults, Unreadable
from bot.roster.sheet import Row, Sheet

T = TypeVar("T")

SHOWN_HEADING: Final = 40
"""Characters of a heading in a message."""

_RIGHTS_COLUMNS: Final = frozenset({"owner", "is owner", "admin", "is admin", "kuulolla role"})
_ROLE_COLUMNS: Final = frozenset(
    {"role", "rooli", "roll", "rights", "permissions", "oikeudet", "rättigheter"}
)
_CONSENT_WORDS: Final = ("consent", "suostumus", "samtycke", "opt in", "opt-in", "gdpr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person as the list has them. Empty texts: the list does not say."""

    row: int
    member_id: str = ""
    name: str = ""
    language: str = ""
    zone: str = ""
    joined: datetime | None = None
    groups: tuple[str, ...] | None = None
    """None: the list has no such column."""
    attributes: Mapping[str, str] | None = None
    """None: the list has no such columns. Empty values are left out."""
    addresses: tuple[str, ...] = ()

    @property
    def identities(self) -> tuple[str, ...]:
        """What tells the person from others."""
        return (*((f"#{self.member_id}",) if self.member_id else ()), *self.addresses)

    @property
    def content(self) -> int:
        """A number that is the same for two rows that say the same."""
        told = tuple(sorted((self.attributes or {}).items()))
        return hash((self.identities, self.name, self.language, self.zone, self.joined, self.groups, told))


@dataclass(slots=True)
class Reading:
    """How the cells of one list are read. ``team`` is our Slack workspace, once it is known."""

    people: PeopleConfig
    timezone: str
    team: str | None
    now: datetime
    faults: Faults
    warnings: list[str] = field(default_factory=list)
    _columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    _attributes: dict[str, tuple[int, str]] = field(default_factory=dict)
    _roles: list[tuple[int, str]] = field(default_factory=list)

    def headings(self, heading: tuple[str, ...]) -> None:
        """Find out which column is which. Raises Unreadable, with every fault noted, where one cannot."""
        keys = [tidy(name) for name in heading]
        self._check_repeated(heading, keys)
        self._check_rights(heading, keys)
        wanted = {tidy(one) for one in (*self.people.columns.values(), *self.people.attributes.values())}
        # headings that nobody asked for are shown only where the first row does hold headings
        shown = [one_line(name, SHOWN_HEADING) for name in heading if name] if wanted & set(keys) else []
        self._columns = self._places(self.people.columns, keys, shown, "columns")
        self._attributes = self._places(self.people.attributes, keys, shown, "attributes")
        if not self.people.columns:
            advice = 'Write for example columns = { id = "Jäsennumero", name = "Nimi" }.'
            self.faults.add(0, "[people] does not say which column is what.", advice)
        if self.faults:
            raise Unreadable
        for number, key in enumerate(keys):
            if key in _ROLE_COLUMNS or number in {place for place, _ in self._attributes.values()}:
                self._roles.append((number, one_line(heading[number], SHOWN_HEADING)))
            if any(word in key for word in _CONSENT_WORDS):
                self.warnings.append(
                    f"The column {one_line(heading[number], SHOWN_HEADING)} counts for nothing: "
                    "consent is given by the person, to the bot. Everybody is asked."
                )

    def _check_repeated(self, heading: tuple[str, ...], keys: list[str]) -> None:
        for number, key in enumerate(keys):
            if key and key in keys[:number]:
                message = "There are two columns of this name."
                self.faults.add(1, message, "Rename one.", column=one_line(heading[number], SHOWN_HEADING))

    def _check_rights(self, heading: tuple[str, ...], keys: list[str]) -> None:
        for number, key in enumerate(keys):
            if key.replace("_", " ") in _RIGHTS_COLUMNS:
                message = "A list cannot give rights in Kuulolla."
                self.faults.add(
                    1, message, "Take this column out.", column=one_line(heading[number], SHOWN_HEADING)
                )

    def _places(
        self, wanted: Mapping[str, str], keys: list[str], shown: list[str], table: str
    ) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for ours, theirs in wanted.items():
            if tidy(theirs) in keys:
                found[ours] = keys.index(tidy(theirs)), one_line(theirs, SHOWN_HEADING)
                continue
            near = closest(theirs, shown)
            advice = f"Did you mean {near}? " if near else ""
            self.faults.add(
                1,
                f"There is no column {one_line(theirs, SHOWN_HEADING)}.",
                f"{advice}It is {ours} in [people] {table}.",
            )
        return found

    # --- rows ---------------------------------------------------------------------------------------------

    def entries(self, sheet: Sheet) -> Iterator[Entry]:
        """Every row without fault; the faults of the others are noted. Ends where reading must end."""
        try:
            for row in sheet.rows():
                entry = self._entry(row)
                if entry is not None:
                    yield entry
        except Unreadable:
            return

    def _entry(self, row: Row) -> Entry | None:
        before = len(self.faults.problems) + self.faults.more
        self._refuse_rights(row)
        zone = self._cell(row, "zone", cells.zone)
        own = ZoneInfo(zone or self.timezone)
        addresses = (
            self._cell(row, "telegram", cells.telegram),
            self._cell(row, "slack", lambda cell: cells.slack(cell, self.team)),
        )
        entry = Entry(
            row=row.number,
            member_id=self._cell(row, "id", cells.member_id) or "",
            name=self._cell(row, "name", cells.name) or "",
            language=self._cell(row, "language", cells.language) or "",
            zone=zone or "",
            joined=self._cell(
                row, "joined", lambda cell: cells.joined(cell, self.people.date_format, own, self.now)
            ),
            groups=self._groups(row),
            attributes=self._facts(row),
            addresses=tuple(one for one in addresses if one),
        )
        if len(self.faults.problems) + self.faults.more > before:
            return None
        if not entry.identities:
            places = [self._columns[key][1] for key in ("id", "telegram", "slack") if key in self._columns]
            self.faults.add(
                row.number, "Nothing tells who this is.", f"Fill in at least one of: {', '.join(places)}."
            )
            return None
        return entry

    def _refuse_rights(self, row: Row) -> None:
        for number, heading in self._roles:
            if cells.gives_rights(row.cells[number]):
                message = "A list cannot give rights in Kuulolla."
                self.faults.add(row.number, message, "Use another word for this role.", column=heading)

    def _cell(self, row: Row, key: str, read: Callable[[str], T]) -> T | None:
        """What a cell holds; None where there is no such column, it is empty, or at fault."""
        if key not in self._columns:
            return None
        number, heading = self._columns[key]
        try:
            return read(row.cells[number]) if row.cells[number] else None
        except Fault as fault:
            self.faults.add(row.number, fault.message, fault.advice, column=heading)
            return None

    def _groups(self, row: Row) -> tuple[str, ...] | None:
        if "groups" not in self._columns:
            return None
        separator, known = self.people.group_separator, self.people.groups
        return self._cell(row, "groups", lambda cell: cells.groups(cell, separator, known)) or ()

    def _facts(self, row: Row) -> dict[str, str] | None:
        if not self._attributes:
            return None
        found = {ours: cells.attribute(row.cells[number]) for ours, (number, _) in self._attributes.items()}
        return {ours: fact for ours, fact in found.items() if fact}
