"""The ledger: everything the contact policy may know about people, read as frozen values.

One implementation for one person and for a hundred thousand: rows are read set by set, in chunks, so that
memory stays small however many people there are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, cast

import msgspec
from sqlalchemy import JSON, BindParameter, ColumnElement, Connection, bindparam, select, type_coerce

from scheduler.ledger import Ledger, Preference
from scheduler.surveys import Hours
from storage.tables import SESSIONS_WAITING, addresses, contacts, outbox, person_topics, persons, sessions

YEAR: Final = timedelta(days=365)
MONTH: Final = timedelta(days=30)
WEEK: Final = timedelta(days=7)
CHUNK: Final = 500
"""People read at once; SQLite takes at most 32,766 values in a statement."""
COUNTED: Final = ("sent", "unknown")
"""A contact that perhaps arrived counts as one that did."""


@dataclass(slots=True)
class _Contacts:
    invites: list[datetime]
    messages: list[datetime]
    surveys: dict[str, datetime]
    waves: set[int]
    reserved_invites: int = 0
    reserved_messages: int = 0
    reserved_burden: float = 0.0


def ledgers(
    connection: Connection,
    people: Sequence[int],
    now: datetime,
    *,
    group_key: str = "",
    without: int | None = None,
) -> Iterator[Ledger]:
    """The ledgers of these persons, in their order. Unknown ids are passed over.

    ``group_key`` names the attribute that households or boards share, where the policy caps them.
    ``without`` leaves out one contact: a planned contact must not stand in its own way.
    """
    for start in range(0, len(people), CHUNK):
        yield from _chunk(connection, people[start : start + CHUNK], now, group_key, without)


def ledger(
    connection: Connection,
    person_id: int,
    now: datetime,
    *,
    group_key: str = "",
    without: int | None = None,
) -> Ledger:
    """Raises KeyError for an unknown person."""
    for found in ledgers(connection, (person_id,), now, group_key=group_key, without=without):
        return found
    raise KeyError(person_id)


# Built once: on the way of every invite, and a statement costs more to build than to run.
_wanted: Final[BindParameter[Any]] = bindparam("people", expanding=True)
_persons: Final = select(persons).where(persons.c.id.in_(_wanted))
_open_sessions: Final = select(sessions.c.person_id, sessions.c.deadline).where(
    sessions.c.person_id.in_(_wanted), SESSIONS_WAITING
)
_addresses: Final = select(addresses.c.person_id, addresses.c.unreachable, addresses.c.account).where(
    addresses.c.person_id.in_(_wanted)
)
_year: Final = (
    select(
        contacts.c.person_id,
        contacts.c.wave_id,
        contacts.c.survey,
        contacts.c.kind,
        contacts.c.state,
        contacts.c.at,
        contacts.c.cost,
        contacts.c.piggyback,
    )
    .where(
        contacts.c.person_id.in_(_wanted),
        contacts.c.at > bindparam("since"),
        contacts.c.id != bindparam("without"),
    )
    .order_by(contacts.c.at)
)
_topics: Final = select(person_topics.c.person_id, person_topics.c.topic).where(
    person_topics.c.person_id.in_(_wanted)
)
_declines: Final = select(sessions.c.person_id, sessions.c.wave_id).where(
    sessions.c.person_id.in_(_wanted), sessions.c.status == "declined", sessions.c.wave_id.is_not(None)
)
_claims: Final = (
    select(outbox.c.person_id, outbox.c.claimed_at)
    .where(
        outbox.c.contact_id.in_(
            select(contacts.c.id).where(contacts.c.person_id.in_(_wanted), contacts.c.at > bindparam("since"))
        ),
        outbox.c.contact_id != bindparam("without"),
        outbox.c.claimed_at > bindparam("since"),
    )
    .order_by(outbox.c.claimed_at)
)


def _chunk(
    connection: Connection, people: Sequence[int], now: datetime, group_key: str, without: int | None
) -> Iterator[Ledger]:
    wanted = {"people": people}
    rows = {row.id: row for row in connection.execute(_persons, wanted).all()}
    reach = _reach(connection, people)
    waiting = {row.person_id: row.deadline for row in connection.execute(_open_sessions, wanted).all()}
    declined = _declined(connection, people)
    left = _left(connection, people)
    asked = _contacts(connection, people, now, without)
    begun = _begun(connection, people, now, without)
    housemates = _housemates(connection, people, group_key, now) if group_key else {}
    for person in people:
        if person in rows:
            yield _ledger(
                rows[person],
                asked[person],
                reach=reach[person],
                in_session=person in waiting,
                session_until=waiting.get(person),
                declined=frozenset(declined[person]),
                left=frozenset(left[person]),
                begun=begun[person],
                housemates=housemates.get(person, ()),
            )


def _reach(connection: Connection, people: Sequence[int]) -> Mapping[int, list[str]]:
    """Per person one word for each address: "open", or why it cannot be written to."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in connection.execute(_addresses, {"people": people}).all():
        found[row.person_id].append(row.unreachable or ("open" if row.account else "never_wrote"))
    return found


def _contacts(
    connection: Connection, people: Sequence[int], now: datetime, without: int | None
) -> Mapping[int, _Contacts]:
    found: defaultdict[int, _Contacts] = defaultdict(lambda: _Contacts([], [], {}, set()))
    values = {"people": people, "since": now - YEAR, "without": without or 0}
    for row in connection.execute(_year, values).all():
        one = found[row.person_id]
        if row.state == "reserved":
            one.reserved_invites += row.kind == "invite"
            one.reserved_messages += 1
            one.reserved_burden += row.cost
        elif row.state in COUNTED and row.kind != "self":
            if row.kind == "invite":
                one.invites.append(row.at)
                one.surveys[row.survey] = row.at
                if row.wave_id is not None:
                    one.waves.add(row.wave_id)
            elif row.kind == "dormant_check":
                one.surveys[row.survey] = row.at
            if row.at > now - WEEK and not row.piggyback:
                one.messages.append(row.at)
    return found


def _declined(connection: Connection, people: Sequence[int]) -> Mapping[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for row in connection.execute(_declines, {"people": people}).all():
        found[row.person_id].add(row.wave_id)
    return found


def _left(connection: Connection, people: Sequence[int]) -> Mapping[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in connection.execute(_topics, {"people": people}).all():
        found[row.person_id].add(row.topic)
    return found


def _begun(
    connection: Connection, people: Sequence[int], now: datetime, without: int | None
) -> Mapping[int, list[datetime]]:
    """When the bot itself began to write to each person in the last week, for the hard floor."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    values = {"people": people, "since": now - WEEK, "without": without or 0}
    for row in connection.execute(_claims, values).all():
        found[row.person_id].append(row.claimed_at)
    return found


def _housemates(
    connection: Connection, people: Sequence[int], group_key: str, now: datetime
) -> Mapping[int, list[datetime]]:
    """Invites of the last 30 days to others who share the value of an attribute."""
    shared = shared_attribute(connection, group_key)
    names = select(persons.c.id, shared.label("name")).where(shared != "").subquery()
    ours = {row.id: row.name for row in connection.execute(select(names).where(names.c.id.in_(people)))}
    if not ours:
        return {}
    rows = connection.execute(
        select(names.c.name, contacts.c.person_id, contacts.c.at)
        .join(names, names.c.id == contacts.c.person_id)
        .where(
            names.c.name.in_(set(ours.values())),
            contacts.c.kind == "invite",
            contacts.c.state.in_(COUNTED),
            contacts.c.at > now - MONTH,
        )
        .order_by(contacts.c.at)
    )
    invited = [(row.name, row.person_id, row.at) for row in rows]
    return {
        person: [at for group, other, at in invited if group == name and other != person]
        for person, name in ours.items()
    }


def shared_attribute(connection: Connection, group_key: str) -> ColumnElement[str]:
    """The value of an attribute that households or boards share, as a column of ``persons``."""
    # PostgreSQL needs the cast; SQLite reads JSON out of a text, and a cast would make a number of it
    postgres = connection.dialect.name == "postgresql"
    facts = persons.c.attributes.cast(JSON) if postgres else type_coerce(persons.c.attributes, JSON)
    shared: ColumnElement[str] = facts[group_key].as_string()
    return shared


def _ledger(
    row: Any,
    asked: _Contacts,
    *,
    reach: Sequence[str],
    in_session: bool,
    session_until: datetime | None,
    declined: frozenset[int],
    left: frozenset[str],
    begun: Sequence[datetime],
    housemates: Sequence[datetime],
) -> Ledger:
    own_hours = row.opens and row.closes
    return Ledger(
        person=row.id,
        stopped=row.stopped_at is not None or (bool(reach) and all(word == "blocked" for word in reach)),
        reachable="open" in reach,
        paused_until=row.paused_until,
        dormant=row.dormant_at is not None,
        preference=cast(Preference, row.preference),
        zone=row.zone,
        hours=Hours(opens=time.fromisoformat(row.opens), closes=time.fromisoformat(row.closes))
        if own_hours
        else None,
        quiet_days=frozenset(map(int, row.quiet_days)),
        left_topics=left,
        invites=tuple(asked.invites),
        messages=tuple(asked.messages),
        contacts=tuple(begun),
        reserved_invites=asked.reserved_invites,
        reserved_messages=asked.reserved_messages,
        reserved_burden=asked.reserved_burden,
        ignored_in_row=row.ignored_in_row,
        outcome=row.outcome,
        outcome_at=row.outcome_at,
        outcomes=moments(row.outcomes),
        in_session=in_session,
        session_until=session_until,
        asked_survey=asked.surveys,
        asked_waves=frozenset(asked.waves),
        declined_waves=declined,
        burden=row.burden,
        burden_at=row.burden_at,
        group_invites=tuple(housemates),
    )


_decode_moments: Final = msgspec.json.Decoder(dict[str, datetime]).decode


def moments(raw: str) -> dict[str, datetime]:
    """The moments of outcomes as they are stored."""
    return _decode_moments(raw) if raw != "{}" else {}
