"""A unit of work: what one batch of messages reads at once, and what it writes together.

Everything a batch needs is read with a handful of set-based queries; rows to write are collected and go out
as one ``executemany`` per table. That is what makes a hundred messages cost little more than one.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.engine.messages import Delivery, Outbound
from bot.engine.session import Answer, Session, Status, from_json, to_json
from storage import anonymity, epochs, people
from storage import fires as fire_rows
from storage import outbox as outbox_rows
from storage.bulk import Bulk
from storage.tables import SESSIONS_WAITING, addresses, answers, outbox, person_groups, persons, sessions


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A person and the address they use now. The fields are the columns of ``_people``, in their order."""

    person_id: int
    address_id: int
    address: str
    platform: str
    account: str
    chat: str
    unreachable: str | None
    seen_at: datetime | None
    name: str
    language: str | None
    language_chosen: bool
    zone: str | None
    attributes: str
    preference: str
    stopped_at: datetime | None
    return_asked_at: datetime | None
    paused_until: datetime | None
    dormant_at: datetime | None
    ignored_in_row: int
    burden: float
    burden_at: datetime | None
    outcomes: str
    wished_platform: str | None
    consent: str | None

    @classmethod
    def nobody(cls, address: str, platform: str, account: str, chat: str) -> "Correspondent":
        """An address of which nothing is known, and nothing is kept."""
        unknown = {field.name: None for field in fields(cls)}
        known = {"address": address, "platform": platform, "account": account, "chat": chat}
        return cls(**{**unknown, **known})  # type: ignore[arg-type]

    @property
    def facts(self) -> dict[str, str]:
        """What texts may pipe about the person."""
        found: dict[str, str] = msgspec.json.decode(self.attributes)
        found["name"] = self.name
        return found


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A stored session with its row's own columns, in the order of ``_session_columns``."""

    row: int
    version: int
    person_id: int
    address_id: int
    survey: str
    wave_id: int | None
    flow_digest: str
    prompt_key: str | None
    self_started: bool
    seconds: float
    created_at: datetime
    deadline: datetime | None
    session: Session
    sealed: bool = False
    """Whether its answers are anonymous: sealed while the chat goes on, and nobody's once it is complete."""


_people: Final = (
    select(
        persons.c.id.label("person_id"),
        addresses.c.id.label("address_id"),
        addresses.c.address,
        addresses.c.platform,
        addresses.c.account,
        addresses.c.chat,
        addresses.c.unreachable,
        addresses.c.seen_at,
        persons.c.name,
        persons.c.language,
        persons.c.language_chosen,
        persons.c.zone,
        persons.c.attributes,
        persons.c.preference,
        persons.c.stopped_at,
        persons.c.return_asked_at,
        persons.c.paused_until,
        persons.c.dormant_at,
        persons.c.ignored_in_row,
        persons.c.burden,
        persons.c.burden_at,
        persons.c.outcomes,
        persons.c.wished_platform,
        persons.c.consent,
    )
    .select_from(addresses.join(persons, persons.c.id == addresses.c.person_id))
)  # fmt: skip
_by_address: Final = _people.where(addresses.c.address.in_(bindparam("wanted", expanding=True)))
_by_address_alone: Final = _by_address.order_by(persons.c.id).with_for_update(of=persons)
"""The same, and no other process deals with these persons until the transaction ends."""
_by_person: Final = _people.where(persons.c.id.in_(bindparam("wanted", expanding=True))).order_by(
    addresses.c.seen_at.desc(), addresses.c.id
)
_at_address: Final = _people.where(addresses.c.id == bindparam("wanted"))
_session_columns: Final = (
    sessions.c.id,
    sessions.c.version,
    sessions.c.person_id,
    sessions.c.address_id,
    sessions.c.survey,
    sessions.c.wave_id,
    sessions.c.flow_digest,
    sessions.c.prompt_key,
    sessions.c.self_started,
    sessions.c.seconds,
    sessions.c.created_at,
    sessions.c.deadline,
    sessions.c.state,
)
_waiting: Final = select(*_session_columns).where(
    sessions.c.person_id.in_(bindparam("wanted", expanding=True)),
    SESSIONS_WAITING,
)
_one_session: Final = select(*_session_columns).where(sessions.c.id == bindparam("wanted"))
_last_session: Final = (
    select(*_session_columns)
    .where(sessions.c.person_id == bindparam("wanted"), sessions.c.ended_at.is_not(None))
    .order_by(sessions.c.ended_at.desc(), sessions.c.id.desc())
    .limit(1)
)
_save_sessions: Final = Bulk(
    update(sessions)
    .where(sessions.c.id == bindparam("row"), sessions.c.version == bindparam("seen"))
    .values(
        status=bindparam("new_status"),
        turn=bindparam("new_turn"),
        state=bindparam("new_state"),
        version=sessions.c.version + 1,
        prompt_key=bindparam("new_prompt"),
        address_id=bindparam("new_address"),
        seconds=bindparam("new_seconds"),
        deadline=bindparam("new_deadline"),
        ended_at=bindparam("new_ended"),
    )
)
_seen: Final = Bulk(
    update(addresses)
    .where(addresses.c.id == bindparam("row"))
    .values(seen_at=bindparam("at"), chat=bindparam("to"), account=bindparam("by"), unreachable=None)
)
_add_person: Final = insert(persons)
_add_address: Final = insert(addresses)
_add_session: Final = insert(sessions)
_add_answers: Final = Bulk(insert(answers))
_add_outbox: Final = Bulk(insert(outbox))
_dumps: Final = msgspec.json.Encoder().encode


class StaleSession(Exception):
    """Another writer changed the session first. The batch is rolled back and done again."""


@lru_cache
def _change_people(columns: tuple[str, ...]) -> Bulk:
    return Bulk(
        update(persons)
        .where(persons.c.id == bindparam("person"))
        .values({column: bindparam(f"new_{column}") for column in columns})
    )


class Work:
    """The reads and writes of one batch. Not shared between threads; ``flush`` ends it."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.now = now
        self._connection = connection
        self._people: dict[str, Correspondent | None] = {}
        self._addresses: defaultdict[int, list[str]] = defaultdict(list)
        self._changes: defaultdict[int, dict[str, Any]] = defaultdict(dict)
        self._over: list[tuple[int, int]] = []
        self._sessions: dict[int, OpenSession | None] = {}
        self._changed: dict[int, OpenSession] = {}
        self._seen: dict[int, dict[str, Any]] = {}
        self._answers: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._said: Counter[tuple[str, str, str]] = Counter()
        self._queue: people.Queue | None = None
        self._poured: set[int] = set()

    # --- reading ---

    @property
    def connection(self) -> Connection:
        """The transaction, for whatever is rare enough to be done at once.

        It knows of every change so far to persons and fires; the rest comes with ``flush``.
        """
        self._write_people()
        return self._connection

    def load(self, wanted: Collection[str]) -> None:
        """Fetch the people behind these addresses, and the sessions they have open.

        On PostgreSQL their rows are locked, so that whatever concerns one person happens one after the other.
        """
        missing = [address for address in wanted if address not in self._people]
        if not missing:
            return
        self._people.update(dict.fromkeys(missing))
        shared = self._connection.dialect.name == "postgresql"
        query = _by_address_alone if shared else _by_address
        for row in self.connection.execute(query, {"wanted": missing}).all():
            who = _correspondent(row)
            self._people[who.address] = who
            self._addresses[who.person_id].append(who.address)
        self.load_sessions({who.person_id for who in self._people.values() if who is not None})

    def load_sessions(self, people: Collection[int]) -> None:
        """Fetch the open sessions of these persons."""
        missing = [person for person in people if person not in self._sessions]
        if not missing:
            return
        self._sessions.update(dict.fromkeys(missing))
        for row in self._connection.execute(_waiting, {"wanted": missing}).all():
            self._sessions[row.person_id] = self._read(row)

    def correspondent(self, address: str) -> Correspondent | None:
        """Who writes from this address; None for a stranger."""
        self.load((address,))
        who = self._people[address]
        seen = self._seen.get(who.address_id) if who is not None else None
        if who is None or seen is None:
            return who
        return replace(who, seen_at=seen["at"], chat=seen["to"], account=seen["by"], unreachable=None)

    def standing(self, person_id: int) -> people.Standing:
        """What the end of a session may change about a person, with the changes made so far."""
        for address in self._addresses[person_id]:
            who = self._people[address]
            if who is not None:
                return people.Standing(
                    who.burden, who.burden_at, who.ignored_in_row, who.outcomes, who.paused_until
                )
        return people.standing(self.connection, person_id)

    def writer(self, address: str) -> Correspondent | None:
        """Who writes from this address, read past everything that may be wrong with their session."""
        row = self.connection.execute(_by_address, {"wanted": [address]}).one_or_none()
        return _correspondent(row) if row is not None else None

    def reach(self, person_id: int) -> Correspondent | None:
        """The person at the address to write to, among those that can be reached: on the platform they wished
        for, else the one heard from last.
        """
        rows = self.connection.execute(_by_person, {"wanted": [person_id]}).all()
        found = [_correspondent(row) for row in rows]
        known = sorted(
            (who for who in found if who.unreachable is None and who.account),
            key=lambda who: (
                who.platform == who.wished_platform,
                who.seen_at is not None,
                who.seen_at or who.address_id,
            ),
            reverse=True,
        )
        return known[0] if known else None

    def at_address(self, address_id: int) -> Correspondent:
        """The person behind a stored address. Raises sqlalchemy's NoResultFound when it is gone."""
        return _correspondent(self.connection.execute(_at_address, {"wanted": address_id}).one())

    def open_session(self, person_id: int) -> OpenSession | None:
        """The session that waits for this person, with the changes made so far in this batch."""
        self.load_sessions((person_id,))
        return self._sessions[person_id]

    def forget_session(self, person_id: int) -> None:
        """The person's open session was changed past this batch: read it again."""
        self._sessions.pop(person_id, None)

    def session(self, row: int) -> OpenSession | None:
        """A session by its row number, open or ended."""
        if row in self._changed:
            return self._changed[row]
        found = self.connection.execute(_one_session, {"wanted": row}).one_or_none()
        return self._read(found) if found is not None else None

    def _read(self, row: Sequence[Any]) -> OpenSession:
        state, sealed = row[-1], epochs.is_sealed(row[-1])
        session = from_json(epochs.unseal(self._connection, state) if sealed else state)
        values = (*row[:-1], session, sealed)
        return OpenSession(*values)

    def last_session(self, person_id: int) -> OpenSession | None:
        """The session of this person that ended last, with the changes made so far in this batch."""
        ended = [
            one
            for one in self._changed.values()
            if one.person_id == person_id and not one.session.waiting and one.session.ended_at is not None
        ]
        if ended:
            return ended[-1]
        row = self.connection.execute(_last_session, {"wanted": person_id}).one_or_none()
        found = self._read(row) if row is not None else None
        return None if found is not None and found.row in self._changed else found

    def last_said(self, person_id: int) -> str:
        """The key of the message that was last put in line for this person; empty where there is none."""
        for row in reversed(self._outbox):
            if row["person_id"] == person_id and row["op"] == "send":
                return str(row["dedup_key"])
        return outbox_rows.last_key(self._connection, person_id)

    def prompts(self, session_row: int, turn: int, chat: str, but: str = "") -> list[str]:
        """The keys of all messages that carry this prompt in a chat, except one by the platform's id."""
        waiting = [
            row["dedup_key"]
            for row in self._outbox
            if (row["session_id"], row["turn"], row["chat"], row["op"]) == (session_row, turn, chat, "send")
        ]
        return [*outbox_rows.prompts(self._connection, session_row, turn, chat, but), *waiting]

    def backlog(self, who: Correspondent) -> int:
        """How many messages wait for this chat, those of this batch included."""
        chat = (who.platform, who.account, who.chat)
        return self._said[chat] + outbox_rows.backlog(self._connection, *chat)

    def enqueued(self, key: str) -> bool:
        """Whether a message of this key was ever put in line, in this batch or before."""
        if any(row["dedup_key"] == key for row in self._outbox):
            return True
        return bool(outbox_rows.platform_refs(self.connection, (key,)))

    # --- writing ---

    def add_person(self, **values: Any) -> int:
        """A new person, with a permanent random number and a random place in the turn queue."""
        if self._queue is None:
            self._queue = people.queue(self.connection)
        row = {**self._queue.newcomer(), "created_at": self.now, **values}
        key = self.connection.execute(_add_person, row).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def add_to_group(self, person_id: int, name: str) -> None:
        """Make a person a member of a group."""
        self.connection.execute(insert(person_groups).values(person_id=person_id, name=name))

    def remove_from_groups(self, person_id: int) -> None:
        """Let a person be a member of nothing."""
        self.connection.execute(delete(person_groups).where(person_groups.c.person_id == person_id))

    def add_address(self, **values: Any) -> None:
        """A new place at which a person can be reached."""
        self.connection.execute(_add_address, {"created_at": self.now, **values})
        self._people.pop(values["address"], None)

    def change_person(self, person_id: int, **values: Any) -> None:
        """Change columns of a person: here at once, in the database with the others of this batch."""
        self._changes[person_id].update(values)
        known = {key: value for key, value in values.items() if key in Correspondent.__slots__}
        for address in self._addresses[person_id]:
            who = self._people[address]
            if who is not None:
                self._people[address] = replace(who, **known)

    def change_address(self, address_id: int, **values: Any) -> None:
        """Change columns of an address, here and in the database."""
        self.connection.execute(update(addresses).where(addresses.c.id == address_id).values(**values))
        for address, who in self._people.items():
            if who is not None and who.address_id == address_id:
                known = {key: value for key, value in values.items() if key in Correspondent.__slots__}
                self._people[address] = replace(who, **known)

    def heard_from(self, who: Correspondent, chat: str, account: str) -> None:
        """The person wrote from this address, so it can be written to, and it is the one they use."""
        self._seen[who.address_id] = {"row": who.address_id, "at": self.now, "to": chat, "by": account}

    def start_session(
        self,
        who: Correspondent,
        session: Session,
        *,
        survey: str,
        wave_id: int | None,
        flow_digest: str,
        self_started: bool,
        encounter_id: int | None = None,
        sealed: bool = False,
    ) -> OpenSession:
        """Store a new session. Raises IntegrityError when the person has one open."""
        state = to_json(session)
        if any(one.person_id == who.person_id for one in self._changed.values()):
            self.flush()  # whose last one has ended in this batch has none open, and the database must know
        key = self.connection.execute(
            _add_session,
            {
                "public_id": session.id,
                "person_id": who.person_id,
                "address_id": who.address_id,
                "survey": survey,
                "wave_id": wave_id,
                "flow_digest": flow_digest,
                "status": session.status.value,
                "turn": session.turn,
                "state": epochs.seal(self.connection, state) if sealed else state,
                "self_started": self_started,
                "encounter_id": encounter_id,
                "created_at": self.now,
            },
        ).inserted_primary_key
        started = OpenSession(
            row=int(key[0]) if key is not None else 0,
            version=1,
            person_id=who.person_id,
            address_id=who.address_id,
            survey=survey,
            wave_id=wave_id,
            flow_digest=flow_digest,
            prompt_key=None,
            self_started=self_started,
            seconds=0.0,
            created_at=self.now,
            deadline=None,
            session=session,
            sealed=sealed,
        )
        self._sessions[who.person_id] = started
        return started

    def save_session(self, changed: OpenSession) -> None:
        """Keep a session as it now stands, to be written with the batch."""
        self._changed[changed.row] = changed
        self._sessions[changed.person_id] = changed if changed.session.waiting else None

    def add_answer(
        self,
        session: OpenSession,
        question: str,
        revision: int,
        answer: Answer,
        seconds: float,
        inbox_id: int | None,
    ) -> None:
        """Store an answer; the same question later is a new revision. A sealed session keeps its own."""
        if session.sealed:
            return
        self._answers.append(
            {
                "session_id": session.row,
                "question": question,
                "revision": revision,
                "status": answer.status,
                "value": _dumps(answer.value).decode(),
                "other": answer.other,
                "seconds": seconds,
                "at": self.now,
                "inbox_id": inbox_id,
                "detail": _dumps(answer.detail).decode() if answer.detail else None,
            }
        )

    def send(
        self,
        who: Correspondent,
        key: str,
        message: Outbound,
        *,
        delivery: Delivery = Delivery.QUESTION,
        language: str = "",
        session_row: int | None = None,
        turn: int | None = None,
        contact_id: int | None = None,
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Enqueue a new message to this address."""
        self._enqueue(
            who,
            key,
            message,
            delivery=delivery.value,
            lane="s",
            op="send",
            ref="",
            target_key=None,
            language=language,
            session_id=session_row,
            turn=turn,
            contact_id=contact_id,
            priority=1 if delivery is Delivery.INVITE else 0,
            not_before=not_before or self.now,
            expires_at=expires_at,
        )

    def notify(
        self, platform: str, account: str, chat: str, key: str, message: Outbound, *, language: str
    ) -> None:
        """Enqueue a message to an admin: it belongs to no member, and whatever a member forgets it stays."""
        self._said[platform, account, chat] += 1
        self._outbox.append(
            {
                "dedup_key": key, "platform": platform, "account": account, "chat": chat,
                "payload": _dumps(message).decode(), "person_id": None, "created_at": self.now,
                "delivery": Delivery.ALERT.value, "lane": "s", "op": "send", "ref": "", "target_key": None,
                "language": language, "session_id": None, "turn": None, "contact_id": None, "priority": 0,
                "not_before": self.now, "expires_at": None,
            }
        )  # fmt: skip

    def edit(
        self,
        who: Correspondent,
        key: str,
        message: Outbound,
        *,
        language: str = "",
        ref: str = "",
        target_key: str | None = None,
    ) -> None:
        """Enqueue a change of an earlier message, named by the platform's id or by our outbox key."""
        self._enqueue(
            who,
            key,
            message,
            delivery=Delivery.EDIT.value,
            lane="e",
            op="edit",
            ref=ref,
            target_key=None if ref else target_key,
            language=language,
            session_id=None,
            turn=None,
            contact_id=None,
            priority=0,
            not_before=self.now,
            expires_at=None,
        )

    def _enqueue(self, who: Correspondent, key: str, message: Outbound, **columns: Any) -> None:
        if columns["op"] == "send":
            self._said[who.platform, who.account, who.chat] += 1
        self._outbox.append(
            {
                "dedup_key": key,
                "platform": who.platform,
                "account": who.account,
                "chat": who.chat,
                "payload": _dumps(message).decode(),
                "person_id": who.person_id,
                "created_at": self.now,
                **columns,
            }
        )

    def add_fire(self, **values: Any) -> None:
        """A moment to come. The same (kind, scope) again changes nothing."""
        fire_rows.add(self.connection, [values])

    def end_session(self, session_row: int, person_id: int) -> None:
        """What was still to happen in a session will not; what the person waits to begin happens at once."""
        self._over.append((session_row, person_id))

    def _write_people(self) -> None:
        if self._changes:
            alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
            for person, values in self._changes.items():
                row = {"person": person, **{f"new_{column}": value for column, value in values.items()}}
                alike[tuple(sorted(values))].append(row)
            self._changes.clear()
            for columns, rows in alike.items():
                _change_people(columns).run(self._connection, rows)
        if self._over:
            over, free = zip(*self._over, strict=True)
            self._over.clear()
            fire_rows.drop_of_sessions(self._connection, over)
            fire_rows.hurry(self._connection, free, "open", self.now)

    def _state(self, changed: OpenSession) -> str:
        """What is kept of a session as it now stands: of a sealed one that is over, only that it was."""
        session = changed.session
        if not changed.sealed:
            return to_json(session)
        if session.waiting:
            return epochs.seal(self._connection, to_json(session))
        if session.status is Status.COMPLETED and changed.row not in self._poured:
            self._poured.add(changed.row)
            anonymity.pour(
                self._connection, changed.wave_id or 0, changed.flow_digest, session.answers, changed.row
            )
        return to_json(
            Session(
                id=session.id,
                flow=session.flow,
                language=session.language,
                status=session.status,
                ended_at=session.ended_at,
            )
        )

    def flush(self) -> None:
        """Write what was collected. Raises StaleSession when another writer was faster."""
        connection = self.connection
        _seen.run(connection, list(self._seen.values()))
        changed = [_session_row(one, self._state(one)) for one in self._changed.values()]
        if _save_sessions.run(connection, changed) != len(changed):
            raise StaleSession
        _add_answers.run(connection, self._answers)
        _add_outbox.run(connection, self._outbox)
        self._seen, self._changed, self._answers, self._outbox = {}, {}, [], []
        self._sessions, self._people = {}, {}
        self._addresses.clear()
        self._said.clear()


def _correspondent(row: Sequence[Any]) -> Correspondent:
    return Correspondent(*row)


def _session_row(changed: OpenSession, state: str) -> Mapping[str, Any]:
    return {
        "row": changed.row,
        "seen": changed.version,
        "new_status": changed.session.status.value,
        "new_turn": changed.session.turn,
        "new_state": state,
        "new_prompt": changed.prompt_key,
        "new_address": changed.address_id,
        "new_seconds": changed.seconds,
        "new_deadline": changed.deadline,
        "new_ended": changed.session.ended_at,
    }
