"""Whatever members and moments do to a session, in any order, it stays sound.

A random walk over every flow of the golden chats: words, taps new and old, windows, media, steering, and the
clock. After each step the invariants of the engine are looked at.
"""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.engine import intent, machine
from bot.engine.flow import Flow
from bot.engine.messages import Inbound, InboundKind
from bot.engine.session import (
    MOVES,
    VALUED,
    Control,
    Event,
    Expire,
    Invite,
    Open,
    Record,
    Relabel,
    Remind,
    Say,
    Session,
    Settle,
    Snooze,
    Stop,
    TimedOut,
    Wait,
    Wake,
    from_json,
    to_json,
)
from bot.engine.vocabulary import COMMANDS, CONTROLS, NO, YES, words
from bot.texts import LANGUAGES
from tests.conversations.chat import flows
from tests.engine.builders import NOW, TEXTS

LONGEST_MESSAGE = 4000
"""Characters of any message of these flows; real ones may be longer where an admin's text is."""
TOKEN_BYTES = 64

WORDS = st.one_of(
    st.sampled_from(
        [word for table in (*COMMANDS.values(), *CONTROLS.values(), YES, NO) for word in words(table)]
    ),
    st.sampled_from(
        ["1", "2", "3", "5", "1, 3", "AB123", "12,5", "eilen", "4.5.2026", "valmis", "keep", "", "\u200b"]
    ),
    st.text(max_size=30),
    st.just("pitkä " * 2000),
)


class Walk(RuleBasedStateMachine):
    """One member's session on one flow."""

    flow: Flow
    session: Session

    @initialize(
        name=st.sampled_from(sorted(flows())), language=st.sampled_from(LANGUAGES), invited=st.booleans()
    )
    def begin(self, name: str, language: str, invited: bool) -> None:
        """Somebody is invited, or begins."""
        self.flow = flows()[name]
        self.now = NOW
        self.tokens: list[str] = ["", "forged", "abc.1.0"]
        self.recorded: dict[str, Any] = {}
        self.timers: list[int] = [0]
        self.written = 0
        self.revisions: set[tuple[str, int]] = set()
        self.session = machine.begin(
            self.flow,
            session_id="x" * 32,
            language=language,
            person={"name": "Maija"},
            now=NOW,
            invited=invited,
        )
        self.happen(Invite(reason="You came.", asker="Hauskala") if invited else Open())

    @rule(text=WORDS)
    def write(self, text: str) -> None:
        """The member writes."""
        self.written += 1
        self.mean("text", text=text, ref=str(self.written))

    @precondition(lambda self: bool(machine.on_offer(self.flow, self.session, TEXTS)))
    @rule(data=st.data())
    def tap(self, data: st.DataObject) -> None:
        """The member presses something that is on offer."""
        offered = sorted(machine.on_offer(self.flow, self.session, TEXTS))
        self.mean("tap", token=data.draw(st.sampled_from(offered)))

    @rule(data=st.data())
    def tap_old(self, data: st.DataObject) -> None:
        """The member presses any button that was ever shown, or none of ours."""
        self.mean("tap", token=data.draw(st.sampled_from(self.tokens)))

    @rule(data=st.data(), text=WORDS)
    def submit(self, data: st.DataObject, text: str) -> None:
        """The member submits a window with ticks and words."""
        token, one, other = (data.draw(st.sampled_from(self.tokens)) for _ in range(3))
        self.mean("form", token=token, values=(one, other, text))

    @rule(emoji=st.sampled_from(["", "👍", "❤", "😡"]))
    def send(self, emoji: str) -> None:
        """The member sends something that is not words."""
        self.mean("media", text="sticker", emoji=emoji)

    @rule(data=st.data(), text=WORDS)
    def edit(self, data: st.DataObject, text: str) -> None:
        """The member changes any message they ever wrote, or one of somebody else's."""
        self.mean("edit", text=text, ref=str(data.draw(st.integers(0, self.written))))

    @rule(emoji=st.sampled_from(["👍", "👎", "😐", "🐢"]), turn=st.integers(0, 9))
    def react(self, emoji: str, turn: int) -> None:
        """The member puts an emoji on a message of ours."""
        self.mean("reaction", text=emoji, ref=str(turn))

    @rule(until=st.sampled_from([1, 1_000_000]))
    def snooze(self, until: int) -> None:
        """The member wants to be asked another time."""
        self.happen(Snooze(self.now + timedelta(seconds=until)))

    @rule(
        what=st.sampled_from(["back", "skip", "refuse", "again", "not_now", "decline", "restart", "resume"])
    )
    def steer(self, what: Any) -> None:
        """A steering word comes as a command."""
        self.happen(Control(what))

    @rule(language=st.sampled_from(LANGUAGES))
    def relabel(self, language: str) -> None:
        """The member chooses another language."""
        self.happen(Relabel(language))

    @rule(data=st.data())
    def time_out(self, data: st.DataObject) -> None:
        """A timer fires, perhaps a late one."""
        self.happen(TimedOut(data.draw(st.sampled_from(self.timers))))

    @rule()
    def wake(self) -> None:
        """The moment the member named has come."""
        self.happen(Wake())

    @rule()
    def remind(self) -> None:
        """The reminder is due."""
        self.happen(Remind())

    @precondition(lambda self: self.session.turn > 6)
    @rule(event=st.sampled_from([Expire(), Stop(), Open()]))
    def end(self, event: Event) -> None:
        """The time is over, or the member has had enough."""
        self.happen(event)

    @rule(seconds=st.sampled_from([0, 1, 30, 86_400]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    def mean(
        self, kind: InboundKind, text: str = "", token: str = "", values: tuple[str, ...] = (),
        ref: str = "", emoji: str = "",
    ) -> None:  # fmt: skip
        """A message goes the way of all messages."""
        inbound = Inbound(
            platform="t", account="", external_id="1", address="t:1", chat="1", kind=kind, text=text,
            token=token, fields={"a": values}, ref=ref, emoji=emoji,
        )  # fmt: skip
        meant = intent.read(inbound, self.flow, self.session, TEXTS)
        if isinstance(meant, intent.Answer):
            self.happen(meant.event)

    def happen(self, event: Event) -> None:
        """One step, and what must be true of it."""
        before = self.session
        sprint = machine.step(self.flow, before, event, self.now, TEXTS)
        self.session = from_json(to_json(sprint.session))
        assert self.session == sprint.session
        assert self.session.status == before.status or self.session.status in MOVES[before.status]
        assert self.session.turn in range(before.turn, before.turn + 2)
        settled = [effect for effect in sprint.effects if isinstance(effect, Settle)]
        assert all(sum(one.of == of for one in settled) <= 1 for of in ("open", "pressed", "past"))
        questions = [
            effect for effect in sprint.effects if isinstance(effect, Say) and effect.role == "question"
        ]
        assert len(questions) <= 1
        for effect in sprint.effects:
            self.look_at(effect)

    def look_at(self, effect: Any) -> None:
        """What must be true of one effect."""
        match effect:
            case Say(message=message) | Settle(message=message):
                assert 0 < len(message.text) <= LONGEST_MESSAGE
                buttons = (*message.buttons, *message.controls)
                assert all(
                    0 < len(button.token.encode()) <= TOKEN_BYTES and button.label for button in buttons
                )
                assert len({button.token for button in buttons}) == len(buttons)
                offered = machine.on_offer(self.flow, self.session, TEXTS)
                assert {button.token for button in buttons} <= set(offered)
                assert message.form_token in ("", *offered)
                self.tokens += [button.token for button in buttons]
                self.tokens += [message.form_token] if message.form_token else []
            case Record(question=question, answer=answer, seconds=seconds):
                assert seconds >= 0
                assert answer.status in VALUED or answer.value is None
                assert (question, self.session.revision) not in self.revisions
                self.revisions.add((question, self.session.revision))
                self.recorded[question] = answer
            case Wait(until=until, turn=turn):
                assert until > self.now
                assert turn == self.session.turn
                self.timers.append(turn)

    @invariant()
    def sound(self) -> None:
        """A waiting session waits for one thing, and an ended one for nothing."""
        session = self.session
        if not session.waiting:
            assert (session.question, session.picked, session.awaiting, session.invite) == (
                None,
                (),
                "",
                None,
            )
            assert session.ended_at is not None
            offered = machine.on_offer(self.flow, session, TEXTS).values()
            assert all(code.startswith("change ") for code in offered)
        elif session.question is not None:
            assert session.path[-1] == session.question
        assert (session.started_at is None) <= (not any(map(_real, session.answers.values())))

    @invariant()
    def remembered(self) -> None:
        """What the session remembers is what was last recorded of it."""
        for question, answer in self.session.answers.items():
            assert self.recorded[question] == answer


def _real(answer: Any) -> bool:
    return answer.status in ("answered", "refused")


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=40)
