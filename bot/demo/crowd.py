"""A platform whose members are simulated: what is sent to them is read, answered, ignored, declined or
blocked.

It is an ordinary adapter. The program cannot tell it from a real one: updates come in as bytes, are stored
and confirmed, and messages go out one by one.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

import msgspec

from adapters.base import Absent, Finding, Limits, Receive
from bot.demo.behaviour import Persona
from bot.engine.messages import Failure, Inbound, Outgoing, Profile, RawUpdate, Receipt, SendError

PLATFORM: Final = "crowd"
ACCOUNT: Final = "hauskala"
LIMITS: Final = Limits(text=4096, buttons=100, buttons_per_row=8, label=64, token_bytes=64)
BLOCKED: Final = SendError(failure=Failure.PERMANENT, code="blocked", unreachable=True)


@dataclass(slots=True, order=True)
class _Act:
    """Something that a member will do at a moment."""

    at: datetime
    number: int
    inbound: Inbound


class Crowd:
    """An ``adapters.base.Adapter`` for simulated people. ``clock`` gives the virtual time."""

    platform: Final = PLATFORM
    limits: Final = LIMITS
    entry: Final = ""

    def __init__(self, personas: Iterable[Persona], clock: Callable[[], datetime]) -> None:
        self.account = ACCOUNT
        self.personas = {persona.key: persona for persona in personas}
        self._clock = clock
        self._acts: list[_Act] = []
        self._numbers = count(1)
        self._blocked: set[str] = set()
        self.sent: defaultdict[str, int] = defaultdict(int)
        """Messages that reached each member."""

    def join(self) -> None:
        """Everybody presses start."""
        for persona in self.personas.values():
            self._act(persona, self._clock(), "command", text="start")

    def next_act(self) -> datetime | None:
        """When somebody does something next."""
        return self._acts[0].at if self._acts else None

    async def hand_over(self, receive: Receive) -> int:
        """Pass on everything that has been done up to now."""
        done: list[RawUpdate] = []
        while self._acts and self._acts[0].at <= self._clock():
            inbound = heapq.heappop(self._acts).inbound
            body = msgspec.json.encode(inbound)
            done.append(RawUpdate(external_id=inbound.external_id, chat=inbound.chat, body=body))
        if done:
            await receive(done)
        return len(done)

    def to_inbound(self, body: bytes) -> Inbound | None:
        """What a simulated member did."""
        return msgspec.json.decode(body, type=Inbound)

    async def connect(self) -> None:
        """There is nothing to reach."""

    async def run(self, receive: Receive) -> None:
        """The demonstration hands over itself, as its clock moves."""
        await self.hand_over(receive)

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """A member reads the message, and will react in their own time."""
        persona = self.personas[outgoing.chat]
        if outgoing.chat in self._blocked:
            return BLOCKED
        if outgoing.op == "send":
            self.sent[outgoing.chat] += 1
            self._react(persona, outgoing)
        return Receipt(outgoing.key)

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:  # noqa: ARG002 - the contract's
        """There is no history to look into."""
        return None

    async def check(self) -> list[Finding]:
        """There is nothing that could be wrong."""
        return []

    async def close(self) -> None:
        """There is nothing to close."""

    def _react(self, persona: Persona, outgoing: Outgoing) -> None:
        reaction = persona.react(outgoing.message, outgoing.delivery)
        if reaction is None:
            return
        moment = self._clock() + reaction.after
        if reaction.block:
            self._blocked.add(persona.key)
            self._act(persona, moment, "blocked")
        elif reaction.token:
            self._act(persona, moment, "tap", token=reaction.token, ref=outgoing.key)
        else:
            self._act(persona, moment, "text", text=reaction.text)

    def _act(self, persona: Persona, at: datetime, kind: str, **fields: str) -> None:
        number = next(self._numbers)
        inbound = Inbound(
            platform=PLATFORM,
            account=ACCOUNT,
            external_id=str(number),
            address=f"{PLATFORM}:{persona.key}",
            chat=persona.key,
            kind=kind,  # type: ignore[arg-type]  # one of the words of InboundKind
            sent_at=at,
            profile=Profile(name=persona.name, language=persona.language),
            **fields,  # type: ignore[arg-type]
        )
        heapq.heappush(self._acts, _Act(at, number, inbound))
