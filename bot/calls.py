"""Calls of other programs to the hook: signed, fresh, and what they say as checked values. Pure.

A call tells of an encounter, or wants a survey for a person. The signature covers timestamp and body, so
that neither can be changed nor an old one used again; a fresh one that is repeated is taken once, by its key.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from bot.encounters.listing import impossible
from bot.encounters.values import Attendee, Encounter, Mark, Presence, key_of
from bot.engine.folding import clean, fold, one_line, tidy

VERSION: Final = "v1="
TIMESTAMP: Final = "X-Kuulolla-Timestamp"
SIGNATURE: Final = "X-Kuulolla-Signature"
FRESH: Final = timedelta(minutes=5)
"""How far a call's timestamp may lie from our clock, as with Slack's signed requests."""
MAX_BODY: Final = 65_536
MAX_ATTENDEES: Final = 500
MAX_TEXT: Final = 256
STAMP_DIGITS: Final = 12
IDENTIFYING: Final = ("id", "telegram", "slack")


class BadCall(Exception):
    """The call cannot be taken: an HTTP status, and what is wrong."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class AttendeeSaid(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One person: ``person`` is {"id": "H-1"}, {"email": "…"} or the like."""

    person: dict[str, str]
    presence: Presence = "attended"
    role: str = ""


class EncounterSaid(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An encounter; times are ISO 8601 with an offset."""

    id: str
    kind: str
    name: str
    starts: datetime
    ends: datetime
    series: str = ""
    place: str = ""
    cancelled: bool = False
    attendees: list[AttendeeSaid] = []


class Want(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A survey that is wanted for a person."""

    survey: str
    person: dict[str, str]


class Said(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body: one of the two."""

    encounter: EncounterSaid | None = None
    want: Want | None = None


Call = Encounter | Want


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the hexadecimal HMAC-SHA256 of ``timestamp.body``."""
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256)
    return VERSION + mac.hexdigest()


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The call's key, by which a repeated one is known. Raises BadCall, in the same words for all reasons."""
    stamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= STAMP_DIGITS):
        raise BadCall(401, "not signed")
    expected = signature(secret, stamp, body)
    right = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
    fresh = abs(now.timestamp() - int(stamp)) <= FRESH.total_seconds()
    if not (right and fresh):
        raise BadCall(401, "not signed")
    return expected.removeprefix(VERSION)


def read(body: bytes, timezone: str) -> Call:
    """What the body says. Raises BadCall."""
    try:
        said = msgspec.json.decode(body, type=Said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadCall(400, f"not understood: {error}") from None
    if (said.encounter is None) is (said.want is None):
        raise BadCall(400, "say either encounter or want")
    if said.want is not None:
        return said.want
    assert said.encounter is not None
    return _encounter(said.encounter, timezone)


def marks(person: Mapping[str, str]) -> tuple[Mark, ...]:
    """What tells who a person is, as the lists have it."""
    return tuple(
        Mark(kind, _address(kind, value) if kind in IDENTIFYING else tidy(value))
        for kind, value in person.items()
        if value
    )


def _address(kind: str, value: str) -> str:
    value = clean(value)
    return value if kind == "id" or value.startswith(f"{kind}:") else f"{kind}:{value}"


def _encounter(said: EncounterSaid, timezone: str) -> Encounter:
    if said.starts.tzinfo is None or said.ends.tzinfo is None:
        raise BadCall(400, f"starts and ends need an offset, as in 2026-05-04T18:00:00Z; not {timezone}")
    starts, ends = said.starts.astimezone(UTC), said.ends.astimezone(UTC)
    wrong = impossible(starts, ends)
    name = one_line(clean(said.name), MAX_TEXT)
    if wrong or not name or not said.id or not fold(said.kind):
        raise BadCall(400, wrong[0] if wrong else "id, kind and name must say something")
    if len(said.attendees) > MAX_ATTENDEES:
        raise BadCall(400, f"more than {MAX_ATTENDEES} attendees in one call")
    return Encounter(
        key=key_of("hook", one_line(clean(said.id), MAX_TEXT)),
        kind=fold(said.kind)[:32],
        name=name,
        starts=starts,
        ends=ends,
        series=one_line(clean(said.series), 128),
        place=one_line(clean(said.place), MAX_TEXT),
        cancelled=said.cancelled,
        attendees=tuple(
            Attendee(marks=marks(one.person), presence=one.presence, role=fold(one.role)[:32])
            for one in said.attendees
        ),
    )
