"""The service on a virtual clock: a real database, a real configuration, and platforms that are lists.

``Rig`` moves the time, lets the ticks happen and carries messages between the outbox and the ``Member``
objects; ``Wire`` misbehaves on demand. Nothing of the program is replaced but the platform itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Table, event, select

from bot.config.model import Config
from bot.engine.messages import (
    Button,
    Delivery,
    Failure,
    Inbound,
    InboundKind,
    Outbound,
    Outgoing,
    Profile,
    RawUpdate,
    Receipt,
    SendError,
)
from bot.service import dispatch, moments, planning, receive, rounds
from bot.service.context import Context
from bot.service.dispatch import Claimed, Pace
from bot.texts import Texts
from storage import Connection
from storage import tables as t
from storage.store import Store
from storage.work import Work

T = TypeVar("T")

NOON: Final = datetime(2026, 9, 1, 9, tzinfo=UTC)
"""A Tuesday, noon in Helsinki, in the middle of everybody's hours."""
ACCOUNT: Final = "hauskala"
AT_ONCE: Final = Pace(per_second=0, per_chat_per_second=0)
UNSURE: Final = SendError(failure=Failure.AMBIGUOUS, code="read_timeout")
REFUSED: Final = SendError(failure=Failure.RETRY, code="connect")
BLOCKED: Final = SendError(failure=Failure.PERMANENT, code="blocked", unreachable=True)
BROKEN: Final = SendError(failure=Failure.PERMANENT, code="bad_button")


def read_update(body: bytes) -> Inbound | None:
    """The translation of the tests' platforms; ``poison`` makes it fail as no real one may."""
    if body == b"poison":
        raise ValueError("poison")
    if body == b"nothing":
        return None
    return msgspec.json.decode(body, type=Inbound)


class Crash(BaseException):
    """The process ends here: nobody catches it, and what is not committed is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message on the wire, and what was answered to it."""

    at: datetime
    platform: str
    outgoing: Outgoing
    result: Receipt | SendError
    person: Mapping[str, Any]
    """The person's row at that moment."""
    stands: bool
    """Whether the session still waited for this prompt then; True for what is no prompt."""


@dataclass(slots=True)
class Fault:
    """So many matching sends are answered with an error; ``arrives``: the message is there all the same."""

    error: SendError
    times: int = 1
    chat: str = ""
    op: str = ""
    delivery: Delivery | None = None
    arrives: bool = False

    def matches(self, outgoing: Outgoing) -> bool:
        return (
            self.times > 0
            and self.chat in ("", outgoing.chat)
            and self.op in ("", outgoing.op)
            and self.delivery in (None, outgoing.delivery)
        )


def shown(message: Outbound) -> str:
    """``text [button] | [control]``, on one line."""
    buttons = "".join(f" [{'✓' * button.chosen}{button.label}]" for button in message.buttons)
    controls = "".join(f" [{button.label}]" for button in message.controls)
    text = message.text.replace("\n", " / ")
    return f"{text}{buttons}{' |' if controls else ''}{controls}"


@dataclass(slots=True)
class Member:
    """One person at one address. Every act is stored, applied and answered before it returns."""

    rig: "Rig"
    person: int
    platform: str
    chat: str
    language: str
    name: str
    screen: dict[str, Outbound] = field(default_factory=dict)
    """What the chat shows now: message id -> message, edits applied."""
    _news: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.platform}:{self.chat}"

    def inbound(self, kind: InboundKind, **values: Any) -> Inbound:
        """What the platform would tell of an act of this member."""
        number = str(next(self.rig.numbers))
        return Inbound(
            platform=self.platform,
            account=ACCOUNT,
            external_id=number,
            address=self.address,
            chat=self.chat,
            kind=kind,
            profile=Profile(self.name, self.language),
            **values,
        )

    def post(self, kind: InboundKind, **values: Any) -> Inbound:
        """Act, and leave it in the inbox."""
        inbound = self.inbound(kind, **values)
        self.rig.intake(inbound)
        return inbound

    def _act(self, kind: InboundKind, **values: Any) -> list[str]:
        self.post(kind, **values)
        self.rig.settle_down()
        return self.looks()

    def says(self, text: str) -> list[str]:
        """Write words; returns what is new in the chat."""
        return self._act("text", text=text)

    def uses(self, command: str, argument: str = "") -> list[str]:
        """Use a platform command."""
        return self._act("command", text=command, argument=argument)

    def taps(self, label: str) -> list[str]:
        """Press the newest button of this label."""
        ref, button = self.button(label)
        return self._act("tap", token=button.token, ref=ref, interaction=f"i{ref}")

    def presses(self, token: str, ref: str = "elsewhere") -> list[str]:
        """Press something of their own making."""
        return self._act("tap", token=token, ref=ref, interaction="x")

    def sends(self, what: str, album: str = "") -> list[str]:
        """Send something that is not words."""
        return self._act("media", text=what, argument=album)

    def writes(self, text: str, ref: str) -> list[str]:
        """Write words in a message of this id."""
        return self._act("text", text=text, ref=ref)

    def edits(self, text: str, ref: str = "earlier") -> list[str]:
        """Change an earlier message."""
        return self._act("edit", text=text, ref=ref)

    def reacts(self, emoji: str, ref: str) -> list[str]:
        """Put an emoji on a message of the bot's."""
        return self._act("reaction", text=emoji, ref=ref)

    def blocks(self) -> list[str]:
        """Block the bot."""
        return self._act("blocked")

    def unblocks(self) -> list[str]:
        """Take the block back."""
        return self._act("unblocked")

    def looks(self) -> list[str]:
        """What has come since the last look, edits with a ``^`` before them."""
        news, self._news = self._news, []
        return news

    def button(self, label: str) -> tuple[str, Button]:
        """The newest button that shows this label, with the message that carries it."""
        for ref, message in reversed(self.screen.items()):
            for button in (*message.buttons, *message.controls):
                if button.label == label:
                    return ref, button
        raise LookupError(f"{self.name} sees no button {label!r}: {self.reads()}")

    def reads(self) -> list[str]:
        """The whole chat as it looks now."""
        return [shown(message) for message in self.screen.values()]

    def arrived(self, outgoing: Outgoing, ref: str) -> None:
        """The platform shows a message, or changes one."""
        if outgoing.op == "edit":
            self.screen[outgoing.ref] = outgoing.message
            self._news.append(f"^ {shown(outgoing.message)}")
        else:
            self.screen[ref] = outgoing.message
            self._news.append(shown(outgoing.message))


@dataclass(slots=True)
class Rig:
    """``now`` is aware UTC and moves only when told to."""

    store: Store
    config: Config
    now: datetime = NOON
    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    before_sending: Callable[[], None] = lambda: None
    """Called between the claim and the wire."""
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    # --- the process ---

    def restart(self, config: Config | None = None) -> None:
        """A new process: nothing is remembered but the database."""
        self.config = config or self.config
        self.context = Context(
            self.config, Texts.load().replaced(self.config.texts), {"chat": read_update, "side": read_update}
        )

    def write(self, job: Callable[[Connection], T]) -> T:
        return self.store.write(job)

    def rows(self, table: Table, **where: Any) -> list[Mapping[str, Any]]:
        """Rows of a table by their first column, those that are equal in these columns."""
        query = select(table).order_by(*table.primary_key.columns)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        with self.store.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row(self, table: Table, **where: Any) -> Mapping[str, Any]:
        """The only row of a table that is so."""
        (found,) = self.rows(table, **where)
        return found

    def values(self, table: Table, *names: str, **where: Any) -> list[Any]:
        """Some columns of some rows; bare values for a single column."""
        found = [tuple(row[name] for name in names) for row in self.rows(table, **where)]
        return [one[0] for one in found] if len(names) == 1 else found

    @contextmanager
    def crash_before(self, number: int) -> Iterator[None]:
        """The process ends before its n-th statement from here on that writes or reads through the writer."""
        left = count(number, -1)

        def watch(*_: object) -> None:
            if next(left) == 1:
                raise Crash

        event.listen(self.store.write_engine, "before_cursor_execute", watch)
        try:
            yield
        finally:
            event.remove(self.store.write_engine, "before_cursor_execute", watch)

    # --- people ---

    def person(
        self,
        name: str,
        *,
        platform: str = "chat",
        language: str = "en",
        groups: Sequence[str] = ("members",),
        started: bool = True,
        **columns: Any,
    ) -> Member:
        """Somebody whom the bot knows. ``started``: they have written to it, so they can be reached."""
        chat = name.lower()

        def job(connection: Connection) -> int:
            work = Work(connection, self.now)
            person = work.add_person(name=name, language=language, **columns)
            for group in groups:
                work.add_to_group(person, group)
            self._address(work, person, platform, chat, started=started)
            return person

        return self._meet(self.write(job), name, platform, chat, language)

    def also_at(self, member: Member, platform: str) -> Member:
        """The same person at a second address."""

        def job(connection: Connection) -> None:
            self._address(Work(connection, self.now), member.person, platform, member.chat, started=True)

        self.write(job)
        return self._meet(member.person, member.name, platform, member.chat, member.language)

    def stranger(self, name: str, *, language: str = "en", platform: str = "chat") -> Member:
        """Somebody of whom the bot has never heard."""
        return self._meet(0, name, platform, name.lower(), language)

    def _meet(self, person: int, name: str, platform: str, chat: str, language: str) -> Member:
        member = Member(self, person, platform, chat, language, name)
        self.members[platform, chat] = member
        return member

    @staticmethod
    def _address(work: Work, person: int, platform: str, chat: str, *, started: bool) -> None:
        work.add_address(
            person_id=person,
            address=f"{platform}:{chat}",
            platform=platform,
            account=ACCOUNT if started else "",
            chat=chat,
        )

    # --- what happens ---

    def intake(self, *inbounds: Inbound) -> None:
        """The platform hands these over, all at once for each platform."""
        for inbound in inbounds:
            self.intake_raw(
                RawUpdate(
                    external_id=inbound.external_id, chat=inbound.chat, body=msgspec.json.encode(inbound)
                ),
                platform=inbound.platform,
            )

    def intake_raw(self, *updates: RawUpdate, platform: str = "chat") -> None:
        """The platform hands bytes over."""
        self.write(lambda c: receive.intake(c, platform, ACCOUNT, updates, self.now))

    def apply(self) -> None:
        """Give effect to everything that waits."""
        while self.write(lambda c: receive.apply(self.context, c, self.now)).rows:
            pass

    def settle_down(self) -> None:
        """Apply and deliver until nothing moves."""
        self.apply()
        self.deliver()

    def claim(self, platform: str = "chat", pace: Pace = AT_ONCE, owner: str = "here") -> list[Claimed]:
        """What may go now, marked as being sent."""
        claim = partial(dispatch.claim, self.context)
        return list(self.write(lambda c: claim(c, platform, ACCOUNT, owner, pace, self.now)).sends)

    def send(self, claimed: Claimed, platform: str = "chat") -> Receipt | SendError:
        """Put one claimed message on the wire."""
        self.before_sending()
        outgoing = claimed.outgoing
        fault = next((fault for fault in self.faults if fault.matches(outgoing)), None)
        receipt = Receipt(outgoing.ref if outgoing.op == "edit" else f"m{next(self.numbers)}")
        if fault is not None:
            fault.times -= 1
        result = receipt if fault is None else fault.error
        person, stands = self._circumstances(outgoing)
        self.sent.append(
            Sent(
                at=self.now, platform=platform, outgoing=outgoing, result=result, person=person, stands=stands
            )
        )
        member = self.members.get((platform, outgoing.chat))
        if member is not None and (fault is None or fault.arrives):
            member.arrived(outgoing, receipt.ref)
        return result

    def _circumstances(self, outgoing: Outgoing) -> tuple[Mapping[str, Any], bool]:
        """How the person stands, and whether the session stands where the message left it."""
        row = self.row(t.outbox, dedup_key=outgoing.key)
        person = self.row(t.persons, id=row["person_id"]) if row["person_id"] is not None else {}
        if row["turn"] is None:
            return person, True
        sessions = self.rows(t.sessions, id=row["session_id"])
        waits = [one["turn"] for one in sessions if one["status"] in ("invited", "active")]
        return person, waits == [row["turn"]]

    def settle(self, claimed: Claimed, result: Receipt | SendError, platform: str = "chat") -> None:
        self.write(
            lambda c: dispatch.settle(self.context, c, platform, ACCOUNT, [(claimed, result)], self.now)
        )

    def deliver(self, pace: Pace = AT_ONCE) -> None:
        """Claim, send and settle on every platform until nothing may go now."""
        for platform in ("chat", "side"):
            while claimed := self.claim(platform, pace):
                for one in claimed:
                    self.settle(one, self.send(one, platform), platform)

    def plan(self) -> int:
        """One tick of the planner."""
        return planning.tick(self.context, self.store, self.now)

    def fire(self) -> None:
        """Everything that is due."""
        while self.write(lambda c: moments.fire(self.context, c, self.now)) >= moments.MOST:
            pass

    def tick(self) -> None:
        """All ticks once, and what follows from them."""
        self.plan()
        self.fire()
        self.settle_down()

    def passes(self, *, step: timedelta = timedelta(hours=1), **length: float) -> None:
        """Time passes (keywords of timedelta), with all ticks at every step and at the end."""
        end = self.now + timedelta(**length)
        while self.now < end:
            self.now = min(end, self.now + step)
            self.tick()

    def open_wave(self, survey: str = "pulse") -> int:
        """Open a wave by hand. Returns its id."""
        return self.write(lambda c: rounds.by_hand(self.context, c, survey, self.now)).id

    def plan_wave(self, survey: str = "pulse") -> int:
        """Open a wave and plan it, and nothing else."""
        wave = self.open_wave(survey)
        self.plan()
        return wave

    def wave(self, survey: str = "pulse") -> int:
        """Open a wave and let it be planned, fired and sent."""
        wave = self.open_wave(survey)
        self.tick()
        return wave

    # --- what came of it ---

    def invites(self, member: Member | None = None) -> list[Sent]:
        """Invites and reminders that were put on the wire, whatever came of them."""
        return [
            one
            for one in self.sent
            if one.outgoing.delivery is Delivery.INVITE
            and (member is None or one.outgoing.chat == member.chat)
        ]

    def answers(self, member: Member) -> dict[str, Any]:
        """The present answers of a person: question -> value, or the status where there is none."""
        found: dict[str, Any] = {}
        for session in self.rows(t.sessions, person_id=self.id_of(member)):
            for row in self.rows(t.answers, session_id=session["id"]):
                value = msgspec.json.decode(row["value"])
                found[row["question"]] = value if row["status"] == "answered" else row["status"]
        return found

    def id_of(self, member: Member) -> int:
        """The person behind an address; also of somebody who was a stranger."""
        if not member.person:
            member.person = self.row(t.addresses, address=member.address)["person_id"]
        return member.person

    def state(self, member: Member) -> Mapping[str, Any]:
        """The person's row."""
        return self.row(t.persons, id=self.id_of(member))

    def statuses(self, member: Member) -> list[str]:
        """How each session of a person stands, oldest first."""
        return self.values(t.sessions, "status", person_id=self.id_of(member))

    def places(self, member: Member) -> list[tuple[str, int | None]]:
        """The person's part in each wave: state and reason."""
        return self.values(t.wave_people, "state", "reason", person_id=self.id_of(member))

    def alerts(self) -> list[str]:
        """Kinds of the open alerts."""
        return self.values(t.alerts, "kind", closed_at=None)
