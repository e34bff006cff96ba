"""A platform whose members are simulated: what is sent to them is read, answered, ignored, declined or
blocked.

It is an ordinary adapter. The program cannot tell it from a real one: updates come in as bytes, are stored
and confirmed, and messages go out one by one. What arrived and what was done is written down, as evidence.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

import msgspec

from adapters.base import Absent, Finding, Limits, Receive
from bot.engine.messages import Failure, Inbound, Outgoing, Profile, RawUpdate, Receipt, SendError
from bot.rehearsal.behaviour import Persona
from bot.rehearsal.faults import Weather

PLATFORM: Final = "crowd"
ACCOUNT: Final = "hauskala"
LIMITS: Final = Limits(text=4096, buttons=100, buttons_per_row=8, label=64, token_bytes=64)
BLOCKED: Final = SendError(failure=Failure.PERMANENT, code="blocked", unreachable=True)
IN_DOUBT: Final = SendError(failure=Failure.AMBIGUOUS, code="read_timeout")
AGAIN: Final = SendError(failure=Failure.RETRY, code="rate_limited", retry_after=20.0)
AWAY: Final = SendError(failure=Failure.RETRY, code="connect", retry_after=120.0)


@dataclass(slots=True, order=True)
class Act:
    """Something that a member will do at a moment."""

    at: datetime
    number: int
    inbound: Inbound


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a member saw."""

    at: datetime
    chat: str
    outgoing: Outgoing


class Crowd:
    """An ``adapters.base.Adapter`` for simulated people. ``clock`` gives the virtual time."""

    limits: Final = LIMITS
    entry: Final = ""

    def __init__(
        self,
        personas: Iterable[Persona],
        clock: Callable[[], datetime],
        *,
        platform: str = PLATFORM,
        weather: Weather | None = None,
    ) -> None:
        self.platform = platform
        self.account = ACCOUNT
        self.personas = {persona.key: persona for persona in personas}
        self.weather = weather
        self._clock = clock
        self._acts: list[Act] = []
        self._numbers = count(1)
        self._blocked: set[str] = set()
        self.arrivals: list[Arrival] = []
        """What reached members since somebody last took note."""
        self.done: list[Act] = []
        """What members did, likewise."""
        self.stopped: list[tuple[str, datetime]] = []
        """Who wanted no questions any more, likewise."""
        self.received: Counter[str] = Counter()
        """Messages that reached each member."""

    def join(self) -> None:
        """Everybody presses start."""
        for persona in self.personas.values():
            self.act(persona, self._clock(), "command", text="start")

    def come_back(self, persona: Persona) -> None:
        """Whoever had blocked the bot lets it in again, and says start."""
        if persona.key in self._blocked:
            self._blocked.discard(persona.key)
            self.act(persona, self._clock(), "unblocked")
        self.act(persona, self._clock(), "command", text="start")

    def reachable(self, persona: Persona) -> bool:
        """Whether the person has not blocked the bot."""
        return persona.key not in self._blocked

    def next_act(self) -> datetime | None:
        """When somebody does something next."""
        return self._acts[0].at if self._acts else None

    async def hand_over(self, receive: Receive) -> int:
        """Pass on everything that has been done up to now."""
        done: list[RawUpdate] = []
        while self._acts and self._acts[0].at <= self._clock():
            act = heapq.heappop(self._acts)
            inbound = act.inbound
            self.done.append(act)
            body = msgspec.json.encode(inbound)
            update = RawUpdate(external_id=inbound.external_id, chat=inbound.chat, body=body)
            done += [update, update] if self.weather is not None and self.weather.repeats() else [update]
        if done:
            await receive(done)
        return len(done)

    def to_inbound(self, body: bytes) -> Inbound | None:
        """What a simulated member did."""
        return msgspec.json.decode(body, type=Inbound)

    async def connect(self) -> None:
        """There is nothing to reach."""

    async def run(self, receive: Receive) -> None:
        """The stage hands over itself, as its clock moves."""
        await self.hand_over(receive)

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """A member reads the message, and will react in their own time."""
        fate = "" if self.weather is None else self.weather.fate(self._clock())
        if fate in ("outage", "refused"):
            return AWAY if fate == "outage" else AGAIN
        if fate not in ("lost_before", "hang_before"):
            if outgoing.chat in self._blocked:
                return BLOCKED
            self._arrive(outgoing)
        if fate.startswith("hang"):
            await asyncio.Event().wait()  # the process dies first
        return IN_DOUBT if fate else Receipt(outgoing.key)

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:  # noqa: ARG002 - the contract's
        """There is no history to look into."""
        return None

    async def check(self) -> list[Finding]:
        """There is nothing that could be wrong."""
        return []

    async def close(self) -> None:
        """There is nothing to close."""

    def act(self, persona: Persona, at: datetime, kind: str, **fields: str) -> None:
        """A member will do this at that moment."""
        number = next(self._numbers)
        inbound = Inbound(
            platform=self.platform,
            account=ACCOUNT,
            external_id=str(number),
            address=f"{self.platform}:{persona.key}",
            chat=persona.key,
            kind=kind,  # type: ignore[arg-type]  # one of the words of InboundKind
            sent_at=at,
            profile=Profile(name=persona.name, language=persona.language),
            **fields,  # type: ignore[arg-type]
        )
        heapq.heappush(self._acts, Act(at, number, inbound))

    def _arrive(self, outgoing: Outgoing) -> None:
        if outgoing.op == "acknowledge":
            return
        self.arrivals.append(Arrival(self._clock(), outgoing.chat, outgoing))
        if outgoing.op == "send":
            self.received[outgoing.chat] += 1
            self._react(self.personas[outgoing.chat], outgoing)

    def _react(self, persona: Persona, outgoing: Outgoing) -> None:
        reaction = persona.react(outgoing.message, outgoing.delivery)
        if reaction is None:
            return
        moment = self._clock() + reaction.after
        if reaction.stop:
            self.stopped.append((persona.key, moment))
        if reaction.block:
            self._blocked.add(persona.key)
            self.act(persona, moment, "blocked")
        elif reaction.token:
            self.act(persona, moment, "tap", token=reaction.token, ref=outgoing.key)
        else:
            self.act(persona, moment, "text", text=reaction.text)
