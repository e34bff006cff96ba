"""What a file says of one encounter, and of who was there. Plain values; times are aware UTC."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, Literal

Presence = Literal["expected", "attended", "absent"]
"""``expected``: signed up, invited, on the roster. Only ``attended`` has come."""

MAX_KEY: Final = 128
MAX_UID: Final = 100
STAMP: Final = len(":2026-05-04T1800Z")
"""What an occurrence's key has beyond that of its series."""
DIGEST_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that tells who somebody is: ``id``, ``telegram``, ``slack``, or an attribute of people."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One person at one encounter, by one or several marks."""

    marks: tuple[Mark, ...]
    presence: Presence = "attended"
    role: str = ""
    row: int = 0
    """Where the file says so: row of a list, line of a calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One dated occurrence. ``key`` is the same in every file that tells of it."""

    key: str
    kind: str
    name: str
    starts: datetime
    ends: datetime
    series: str = ""
    place: str = ""
    zone: str = ""
    cancelled: bool = False
    attendees: tuple[Attendee, ...] = ()
    lists_attendees: bool = True
    """False: the file says nothing of attendees, so those who are known stay."""
    row: int = 0

    @property
    def facts(self) -> "Encounter":
        """The encounter without those who were there."""
        return replace(self, attendees=(), lists_attendees=True, row=0)

    @property
    def digest(self) -> str:
        """Equal for two that say the same of the encounter itself."""
        told = (
            self.kind, self.name, self.series, self.place, self.zone,
            self.starts.isoformat(), self.ends.isoformat(), self.cancelled,
        )  # fmt: skip
        return blake2b(repr(told).encode(), digest_size=DIGEST_BYTES).hexdigest()


def key_of(source: str, *parts: str) -> str:
    """A key of at most 128 characters: readable where it fits, else with a digest in the place of its end."""
    return _short(":".join((source, *parts)), MAX_KEY)


def series_key(uid: str) -> str:
    """The key of a calendar's event; of a recurring one its occurrences' keys begin so."""
    return f"ics:{_short(uid, MAX_UID)}"


def occurrence_key(uid: str, original: datetime) -> str:
    """The key of one occurrence: by the moment at which the series has it, wherever it was moved to."""
    return f"{series_key(uid)}:{original.astimezone(UTC):%Y-%m-%dT%H%MZ}"


def _short(whole: str, most: int) -> str:
    if len(whole) <= most:
        return whole
    ending = blake2b(whole.encode(), digest_size=DIGEST_BYTES).hexdigest()
    return f"{whole[: most - len(ending) - 1]}~{ending}"
