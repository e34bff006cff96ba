"""A crowd of members in a closed loop: each answers as soon as the bot has asked, and starts over when done.

It lives inside the server, so that a benchmark's members cost the bot no CPU time and no extra requests.
An answer counts as handled when the bot's `answerCallbackQuery` and its next message have been answered.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.telegram.chats import Message
from tests.servers.watch import Watch

if TYPE_CHECKING:
    from tests.servers.telegram.member import Member
    from tests.servers.telegram.server import FakeTelegram
    from tests.servers.wire import Call


@dataclass(frozen=True, slots=True)
class CrowdPlan:
    """How a crowd behaves.

    `done`: a message with this text ends a round and `start` is sent again. `typed`: a message that contains
    the key is answered by typing the value. `needs_ack`: an answer is only handled once its callback query
    was answered too. `answers`: stop after so many in all. `pick`: index of the button, or None for chance.
    `once`: the buttons' data name a question for good, so that a copy of any answered one is not answered
    again; else that holds for the last one only. `patience`: seconds of silence after which a member sends
    `start` again, as people do; None: they wait for ever.
    """

    size: int = 60
    first_id: int = 1_000_000
    start: str = "/start"
    done: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    needs_ack: bool = True
    answers: int | None = None
    pick: int | None = 0
    seed: int = 1
    once: bool = False
    patience: float | None = None


@dataclass(slots=True)
class _State:
    member: Member
    tapped_at: float = 0.0
    stirred_at: float = 0.0
    """When the member last did or saw something."""
    query: str = ""
    awaits: bool = False
    next: Message | None = None
    answered: set[tuple[str, ...]] = field(default_factory=set)
    """Questions answered (`_offered`): a second look at one, or a second copy, is not answered again."""


class Crowd:
    """A running crowd; figures since the last `mark`."""

    def __init__(self, world: FakeTelegram, plan: CrowdPlan) -> None:
        self.world = world
        self.plan = plan
        self.given = 0
        self.latencies: list[float] = []
        self.log: list[tuple[int, int | None, str]] = []
        self.watch = Watch()
        self._chance = random.Random(plan.seed)
        self._marked_at = time.monotonic()
        self._last_at = self._marked_at
        ids = range(plan.first_id, plan.first_id + plan.size)
        self._states = {number: _State(world.member(number, started=True)) for number in ids}
        self._queries: dict[str, _State] = {}

    async def start(self) -> None:
        """Let every member send the first message."""
        for state in self._states.values():
            state.awaits = True
            state.stirred_at = time.monotonic()
            await state.member.send(self.plan.start)
        if self.plan.patience is not None:
            self.world.spawn(self._prod(self.plan.patience))

    async def _prod(self, patience: float) -> None:
        while self.world.crowd is self and not self._satisfied():
            await asyncio.sleep(patience / 4)
            for state in self._states.values():
                if time.monotonic() - state.stirred_at > patience:
                    state.stirred_at = time.monotonic()
                    await state.member.send(self.plan.start)

    def _satisfied(self) -> bool:
        return self.plan.answers is not None and self.given >= self.plan.answers

    def mark(self) -> None:
        """Measure from now on."""
        self.latencies = []
        self._marked_at = self._last_at = time.monotonic()

    def figures(self) -> dict[str, Any]:
        """Return count, seconds, answers per second and latencies in milliseconds since the mark."""
        times = sorted(self.latencies)
        seconds = max(self._last_at - self._marked_at, 1e-9)
        figures: dict[str, Any] = {
            "handled": len(times),
            "given": self.given,
            "seconds": seconds,
            "per_second": len(times) / seconds,
        }
        if times:
            figures |= {
                f"p{share}_ms": 1000 * times[min(len(times) - 1, len(times) * share // 100)]
                for share in (50, 90, 99)
            }
            figures["max_ms"] = 1000 * times[-1]
        return figures

    async def wait(self, handled: int, within: float | None = 60.0) -> dict[str, Any]:
        """Wait until so many answers have been handled since the mark; return the figures."""
        await self.watch.until(
            lambda: True if len(self.latencies) >= handled else None, within, lambda: str(self.figures())
        )
        return self.figures()

    def on_answer(self, call: Call) -> None:
        """Take note of one answered call of the bot, and act if a member has what it waits for."""
        name = call.method.lower()
        if name == "answercallbackquery":
            state = self._queries.pop(str(call.params.get("callback_query_id")), None)
            if state is not None:
                state.query = ""
                self._advance(state)
        elif name in ("sendmessage", "editmessagetext"):
            number = int(call.params.get("chat_id") or 0)
            state = self._states.get(number)
            if state is not None:
                state.stirred_at = time.monotonic()
            if state is not None and state.awaits and state.next is None:
                self._look(state, self.world.shown_to[number][-1])

    def _look(self, state: _State, message: Message) -> None:
        if message.edits and len(message.buttons) == 1:
            return  # answered; what is left to press would only change the answer
        ends = bool(self.plan.done) and self.plan.done in message.text
        if _offered(message) in state.answered:
            return
        words = not message.edits and any(key in message.text for key in self.plan.typed)
        if message.rows or ends or words:
            state.next = message
            self._advance(state)

    def _advance(self, state: _State) -> None:
        message = state.next
        if message is None or (state.query and self.plan.needs_ack):
            return
        if state.tapped_at:
            self._last_at = time.monotonic()
            self.latencies.append(self._last_at - state.tapped_at)
            state.tapped_at = 0.0
            self.watch.changed()
        if not self._satisfied():
            state.next = None
            self._remember(state, message)
            if not (self.plan.done and self.plan.done in message.text):
                self.given += 1  # at once: others must not take the last answers for theirs too
            self.world.spawn(self._answer(state, message))

    def _remember(self, state: _State, message: Message) -> None:
        """At once, not when the member's task runs: the same message may be looked at again before that."""
        if not self.plan.once:
            state.answered.clear()
        state.answered.add(_offered(message))

    async def _answer(self, state: _State, message: Message) -> None:
        member, plan = state.member, self.plan
        if plan.done and plan.done in message.text:
            await member.send(plan.start)
            return
        state.tapped_at = state.stirred_at = time.monotonic()
        typed = next((value for key, value in plan.typed.items() if key in message.text), None)
        if typed is not None:
            self._note(state, await member.send(typed), typed)
            return
        buttons = message.buttons
        index = self._chance.randrange(len(buttons)) if plan.pick is None else plan.pick % len(buttons)
        state.query = await member.tap(index, message)
        self._queries[state.query] = state
        self._note(state, self.world.updates.next_id - 1, buttons[index].get("callback_data", ""))

    def _note(self, state: _State, update: int | None, what: str) -> None:
        if self.world.recorder.enabled:
            self.log.append((state.member.id, update, what))


def _offered(message: Message) -> tuple[str, ...]:
    """What tells a question from the next: its buttons' data; where it is answered in words, its number."""
    if not message.rows:
        return (f"message {message.id}",)
    return tuple(str(button.get("callback_data", "")) for button in message.buttons)
