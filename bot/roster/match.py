"""What an entry of a member list means for the people whom the database knows: who it is, and what changes.

Pure: ``Known`` comes from the database, ``Change`` goes there. A list never takes back a stop, a language
that somebody chose, or an address that somebody writes from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from bot.roster.entries import Entry

REPLACED: Final = "replaced"
"""Why an address is not written to: a newer list names another one in its place."""

Reach = Literal["now", "press_start", "connect", "unreachable", "no_address", "stopped"]
"""Whether the bot can write to a person: ``press_start`` they must begin in Telegram, ``connect`` the bot has
not been in their Slack yet, ``unreachable`` blocked or gone, ``stopped`` they want nothing."""

_OTHER_MEMBER: Final = "This address is that of another member, who writes from it."
_TWO_PEOPLE: Final = "What this row names belongs to two people here, who are both known already."
_LEAVE_EMPTY: Final = "Correct the address, or leave its cell empty."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address that is known."""

    id: int
    person: int
    address: str
    heard: bool
    """Somebody has written from it."""
    account: str
    unreachable: str | None

    @property
    def platform(self) -> str:
        """The part before the colon."""
        return self.address.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person who is known."""

    id: int
    member_id: str | None
    name: str
    language: str | None
    language_chosen: bool
    zone: str | None
    attributes: str
    joined_at: datetime | None
    stopped: bool
    asked: bool
    """There is a contact or a session, so that the row must stay."""
    groups: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()

    @property
    def dispensable(self) -> bool:
        """Whether nothing would be lost with the row but what a list says."""
        return not self.asked and not any(place.heard for place in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one entry does. ``person`` is None for somebody new."""

    row: int
    person: int | None
    values: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the person's row."""
    join: frozenset[str] = frozenset()
    leave: frozenset[str] = frozenset()
    """Groups."""
    add: Mapping[str, str] = field(default_factory=dict)
    """New addresses, each with its account."""
    move: tuple[int, ...] = ()
    """Addresses of others, never written from, that are this person's."""
    restore: tuple[int, ...] = ()
    """Addresses that an earlier list had replaced."""
    drop: tuple[int, ...] = ()
    """Addresses of theirs, never written from, that the list replaces."""
    retire: tuple[int, ...] = ()
    """The same where the bot may have written there already: the row must stay."""
    absorb: tuple[int, ...] = ()
    """Rows of the same person, of which there is nothing to keep."""
    reach: Reach = "no_address"

    @property
    def anything(self) -> bool:
        """Whether there is something to write."""
        parts = (self.values, self.join, self.leave, self.add)
        rows = (self.move, self.restore, self.drop, self.retire, self.absorb)
        return self.person is None or any(parts) or any(rows)


class Mismatch(Exception):
    """The entry contradicts what is known; ``message`` and ``advice`` are for the admin."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = _LEAVE_EMPTY


class Register:
    """The people whom some entries may concern. Every decision is entered, so that the next one sees it.

    ``team`` is the Slack workspace that our app is in, once it is known.
    """

    def __init__(self, known: Iterable[Known], team: str | None) -> None:
        self._team = team
        self._people = {one.id: one for one in known}
        self._members = {one.member_id: one.id for one in self._people.values() if one.member_id}
        self._places = {place.address: place for one in self._people.values() for place in one.places}

    def decide(self, entry: Entry) -> Change:
        """What the entry changes. Raises Mismatch, and then has entered nothing."""
        owned = [self._places[address] for address in entry.addresses if address in self._places]
        member = self._people.get(self._members.get(entry.member_id, 0))
        person = _who(entry, member, [self._people[place.person] for place in owned], owned)
        moved = [place for place in owned if person is None or place.person != person.id]
        absorbed = self._absorbed(entry, member, person, moved)
        replaced = _replaced(entry, person) if person else []
        change = self._change(entry, person, moved, absorbed, replaced)
        self._enter(change, person, moved, absorbed, replaced)
        return change

    def _absorbed(
        self, entry: Entry, member: Known | None, person: Known | None, moved: Sequence[Place]
    ) -> list[Known]:
        """Further rows of this person that go: the entry of an earlier list, an address without a name."""
        absorbed: dict[int, Known] = {}
        if person is not None and member is not None and member.id != person.id:
            absorbed[member.id] = member
        for place in moved:
            owner = self._people[place.person]
            if owner.member_id and not entry.member_id:
                raise Mismatch(_TWO_PEOPLE)
            left = [one for one in owner.places if one not in moved]
            if owner.member_id is None and owner.dispensable and not left:
                absorbed[owner.id] = owner
        return list(absorbed.values())

    def _change(
        self,
        entry: Entry,
        person: Known | None,
        moved: Sequence[Place],
        absorbed: Sequence[Known],
        replaced: Sequence[Place],
    ) -> Change:
        kept = [place for place in (person.places if person else ()) if place not in replaced]
        here = [*kept, *moved]
        known = {place.address for place in here}
        add = {address: self._account(address) for address in entry.addresses if address not in known}
        groups = person.groups if person else frozenset()
        wanted = groups if entry.groups is None else frozenset(entry.groups)
        asked = person is not None and person.asked
        return Change(
            row=entry.row,
            person=person.id if person else None,
            values=_values(entry, person),
            join=wanted - groups,
            leave=groups - wanted,
            add=add,
            move=tuple(place.id for place in moved),
            restore=tuple(
                place.id
                for place in here
                if place.unreachable == REPLACED and place.address in entry.addresses
            ),
            drop=() if asked else tuple(place.id for place in replaced),
            retire=tuple(place.id for place in replaced if place.unreachable != REPLACED) if asked else (),
            absorb=tuple(one.id for one in absorbed),
            reach=_reach(entry, person, here, add),
        )

    def _account(self, address: str) -> str:
        """On Slack the bot may write first; in Telegram the person must."""
        return self._team or "" if address.startswith("slack:") else ""

    def _enter(
        self,
        change: Change,
        person: Known | None,
        moved: Sequence[Place],
        absorbed: Sequence[Known],
        replaced: Sequence[Place],
    ) -> None:
        for place in moved:
            del self._places[place.address]
            owner = self._people[place.person]
            left = tuple(one for one in owner.places if one != place)
            self._people[owner.id] = replace(owner, places=left)
        for one in absorbed:
            for place in self._people.pop(one.id).places:
                del self._places[place.address]
            self._members.pop(one.member_id or "", None)
        if person is not None:
            left = tuple(place for place in person.places if place not in replaced)
            self._people[person.id] = replace(person, places=left)
        for place in replaced:
            if place.id in change.drop:
                del self._places[place.address]


def _who(entry: Entry, member: Known | None, owners: Sequence[Known], owned: Sequence[Place]) -> Known | None:
    """The person whose row stays: whoever writes from there, else the member, else an address's owner."""
    writers = {owner.id: owner for owner, place in zip(owners, owned, strict=True) if place.heard}
    if len(writers) > 1:
        raise Mismatch(_TWO_PEOPLE)
    for writer in writers.values():
        if entry.member_id and writer.member_id not in (None, entry.member_id):
            raise Mismatch(_OTHER_MEMBER)
        if member is not None and member.id != writer.id and not member.dispensable:
            raise Mismatch(_TWO_PEOPLE)
        return writer
    if member is not None:
        return member
    if entry.member_id:
        owners = [one for one in owners if one.member_id is None]
    return next((one for one in owners if one.member_id), owners[0] if owners else None)


def _replaced(entry: Entry, person: Known) -> list[Place]:
    """Addresses nobody ever wrote from, on a platform for which the list names another one."""
    named = {address.partition(":")[0] for address in entry.addresses}
    return [
        place
        for place in person.places
        if place.platform in named and not place.heard and place.address not in entry.addresses
    ]


def _values(entry: Entry, person: Known | None) -> dict[str, Any]:
    """The columns that change. What the list leaves empty stays as it is."""
    told: dict[str, Any] = {
        "member_id": entry.member_id,
        "name": entry.name,
        "language": entry.language if person is None or not person.language_chosen else "",
        "zone": entry.zone,
        "joined_at": entry.joined,
    }
    changed = {
        column: value for column, value in told.items() if value and value != getattr(person, column, None)
    }
    facts = msgspec.json.decode(person.attributes) if person is not None else {}
    if entry.attributes is not None and entry.attributes != facts:
        changed["attributes"] = msgspec.json.encode(entry.attributes, order="sorted").decode()
    return changed


def _reach(entry: Entry, person: Known | None, here: Sequence[Place], add: Mapping[str, str]) -> Reach:
    """Whether the bot can write to the person once all this is stored."""
    if person is not None and person.stopped:
        return "stopped"
    open_now = [
        (place.address, place.account)
        for place in here
        if place.unreachable is None or (place.unreachable == REPLACED and place.address in entry.addresses)
    ]
    open_now += add.items()
    if any(account for _, account in open_now):
        return "now"
    if any(address.startswith("telegram:") for address, _ in open_now):
        return "press_start"
    if open_now:
        return "connect"
    return "unreachable" if here else "no_address"
