"""A chat as a text: what a member does, and what they see, what is kept and what is timed.

A chat opens with ``key: value`` lines and a blank line. Then come the member's lines and, after each, ours:

    > words                 the member writes           < text and [buttons]      a message; | before controls
    ! tap Label             presses a button            ^ text and [buttons]      the prompt, as it is now
    ! old Label             one of an earlier message   = question: value         an answer is kept
    ! form Label, Label     submits a window            @ 30m                     a timer is set
    ! media photo           sends no words              * help                    a command for the whole bot
    ! send photo source=A words=Hello there             what was sent, with what the platform tells of it
    ! paste 9000            writes so many characters   . completed               the end
    ! edit words -> words   changes a message           . active                  it is opened again
    ! change question       presses an answer's handle
    ! react 👍              to the open prompt
    ! sticker 👍
    ! remind, ! expire …    a moment has come
    ~ 2h                    time passes (30 s by itself before each line of the member)

Running a chat writes our lines anew from the member's, on a clock of its own. The session is saved and
reloaded at every turn. Golden chats and ``kuulolla try`` are made of this.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from bot.engine import intent, machine
from bot.engine.flow import Flow
from bot.engine.messages import Attachment, Button, Inbound, InboundKind, Outbound
from bot.engine.scene import handle
from bot.engine.session import (
    Answer,
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
    Stop,
    TimedOut,
    Wait,
    from_json,
    to_json,
)
from bot.texts import Texts

BEGINNING: Final = datetime(2026, 5, 4, 9, tzinfo=UTC)
"""A Monday, noon in Helsinki."""
MOMENT: Final = timedelta(seconds=30)
MEMBER: Final = ("> ", "! ", "~ ")
OURS: Final = ("<", "^", "= ", "@ ", "* ", ". ")
_ESCAPED: Final = re.compile(r"\\n|\\u([0-9a-f]{4})")
"""How a member's line spells what cannot be seen."""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(slots=True)
class Chat:
    """One run of one chat. ``header`` says who the member is, what is spoken and whether they are invited."""

    flow: Flow
    header: Mapping[str, str]
    now: datetime = BEGINNING
    session: Session | None = None
    seen: list[tuple[int, Button]] = field(default_factory=list)
    """Every button shown so far, with the turn it belonged to."""
    timer: Wait | None = None
    form_token: str = ""
    written: list[str] = field(default_factory=list)
    """Every message of the member's as it is now; its place is its id."""
    waited: bool = False
    """Whether time was just said to pass."""

    def begin(self) -> Iterator[str]:
        """The invite, or the first question where the header has no ``invite``."""
        invited = "invite" in self.header
        self.session = machine.begin(
            self.flow,
            session_id="chat",
            language=self.header["language"],
            person={key: value for key, value in self.header.items() if key not in NOT_PERSON},
            now=self.now,
            invited=invited,
            zone=self.header.get("zone", "Europe/Helsinki"),
            number=int(self.header.get("number", 0)),
        )
        if not invited:
            yield from self.happen(Open())
            return
        reason, asker, readers = (part.strip() for part in f"{self.header['invite']}||".split("|")[:3])
        yield from self.happen(Invite(reason=reason, asker=asker, readers=readers))

    def after(self, line: str) -> Iterator[str]:
        """What follows from a line of the member, a moment after what was before it."""
        if not self.waited and not line.startswith("~"):
            self.now += MOMENT
        self.waited = line.startswith("~")
        yield from self._member(line)

    def _member(self, line: str) -> Iterator[str]:
        mark, rest = line[0], line[2:]
        if mark == "~":
            yield from self._pass(rest)
        elif mark == ">":
            words = _ESCAPED.sub(_unescaped, rest)
            self.written.append(words)
            yield from self._mean("text", text=words, ref=str(len(self.written)))
        else:
            yield from self._do(*rest.partition(" ")[::2])

    def _pass(self, length: str) -> Iterator[str]:
        self.now += timedelta(seconds=int(length[:-1]) * _UNITS[length[-1]])
        if self.timer is not None and self.timer.until <= self.now:
            turn, self.timer = self.timer.turn, None
            yield from self.happen(TimedOut(turn))

    def _mean(
        self,
        kind: InboundKind,
        text: str = "",
        token: str = "",
        values: tuple[str, ...] = (),
        ref: str = "",
        emoji: str = "",
    ) -> Iterator[str]:
        fields = {"answer": values}
        yield from self._happens(_inbound(kind, text=text, token=token, fields=fields, ref=ref, emoji=emoji))

    def _happens(self, inbound: Inbound) -> Iterator[str]:
        meant = intent.read(inbound, self.flow, self.session, Texts.load())
        if isinstance(meant, intent.Answer):
            yield from self.happen(meant.event)
        elif isinstance(meant, intent.Command):
            yield f"* {meant.name} {meant.argument}".rstrip()
            if meant.name == "stop":
                yield from self.happen(Stop())
            elif meant.name == "back":  # after the end
                yield from self.happen(Control("back"))

    def _do(self, what: str, rest: str) -> Iterator[str]:
        assert self.session is not None
        moments: dict[str, Event] = {
            "remind": Remind(),
            "expire": Expire(),
            "again": Control("again"),
            "language": Relabel(rest),
        }
        if what in moments:
            yield from self.happen(moments[what])
        elif what == "form":
            yield from self._form(rest)
        elif what == "send":
            yield from self._send(*rest.partition(" ")[::2])
        elif what == "edit":
            yield from self._edit(*rest.split(" -> "))
        else:
            kind, values = self._act(what, rest)
            yield from self._mean(kind, **values)

    def _act(self, what: str, rest: str) -> tuple[InboundKind, dict[str, Any]]:
        """What the platform would tell of this."""
        assert self.session is not None
        turn = self.session.turn
        match what:
            case "tap":
                return "tap", {"token": self._token(rest, turn)}
            case "old":
                return "tap", {"token": self._token(rest)}
            case "forged":
                return "tap", {"token": rest}
            case "change":
                places = {question.id: place for place, question in enumerate(self.flow.questions)}
                return "tap", {"token": handle(self.session, places[rest])}
            case "react":
                return "reaction", {"text": rest, "ref": f"prompt {turn}"}
            case "sticker":
                return "media", {"text": "sticker", "emoji": rest}
            case "media":
                return "media", {"text": rest}
            case "paste":
                return "text", {"text": "blå " * (int(rest) // 4)}
            case "command":
                return "command", {"text": rest}
        raise ValueError(f"a chat has no '! {what}'")

    def _edit(self, old: str, new: str) -> Iterator[str]:
        place = len(self.written) - 1 - self.written[::-1].index(old)
        self.written[place] = new
        yield from self._mean("edit", text=new, ref=str(place + 1))

    def _send(self, what: str, told: str) -> Iterator[str]:
        """``source=… size=… words=…``: the words last, to the end of the line."""
        told, _, words = told.partition("words=")
        pairs = dict(pair.split("=", 1) for pair in told.split())
        sent = msgspec.convert(pairs, Attachment, strict=False) if pairs else None
        yield from self._happens(_inbound("media", text=what, attachment=sent, caption=words))

    def _form(self, rest: str) -> Iterator[str]:
        assert self.session is not None
        labels = [label.strip() for label in rest.split(",")]
        known = {button.label: button.token for turn, button in self.seen if turn == self.session.turn}
        values = tuple(known[label] for label in labels) if set(labels) <= set(known) else (rest,)
        yield from self._mean("form", token=self.form_token, values=values)

    def _token(self, label: str, turn: int | None = None) -> str:
        assert self.session is not None
        for of_turn, button in reversed(self.seen):
            if button.label == label and (of_turn == turn if turn else of_turn != self.session.turn):
                return button.token
        raise ValueError(f"no button says {label!r}")

    def happen(self, event: Event) -> Iterator[str]:
        """One step of the engine, told line by line."""
        assert self.session is not None
        before = self.session
        sprint = machine.step(self.flow, before, event, self.now, Texts.load())
        self.session = from_json(to_json(sprint.session))
        assert self.session == sprint.session
        for effect in sprint.effects:
            match effect:
                case Say(message=message):
                    yield from self._shown("<", message)
                case Settle(message=message):
                    yield from self._shown("^", message)
                case Record():
                    yield f"= {effect.question}: {_told(effect.answer)}"
                case Wait():
                    self.timer = effect
                    yield f"@ {int((effect.until - self.now).total_seconds() // 60)}m"
        if before.waiting != self.session.waiting:
            yield f". {self.session.status}"

    def _shown(self, mark: str, message: Outbound) -> Iterator[str]:
        assert self.session is not None
        self.form_token = message.form_token or self.form_token
        for line in message.text.split("\n"):
            yield f"{mark} {line}".rstrip()
        if message.buttons or message.controls:
            buttons, controls = _row(message.buttons), _row(message.controls)
            yield f"{mark}   " + " | ".join(filter(None, (buttons, controls)))
            self.seen += [(self.session.turn, button) for button in (*message.buttons, *message.controls)]


def _inbound(kind: InboundKind, **said: Any) -> Inbound:
    return Inbound(
        platform="test", account="", external_id="1", address="test:1", chat="1", kind=kind, **said
    )


NOT_PERSON: Final = frozenset({"flow", "language", "invite", "zone", "number"})
"""Keys of the header that say something about the chat and not about the member."""


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] is None else chr(int(found[1], 16))


def _row(buttons: tuple[Button, ...]) -> str:
    return " ".join(f"[{'✓ ' if button.chosen else ''}{button.label}]" for button in buttons)


def _told(answer: Answer) -> str:
    value = "–" if answer.value is None else str(answer.value).replace("\n", "\\n")
    if answer.status != "answered":
        value = f"({answer.status})" if answer.value is None else f"{value} ({answer.status})"
    value = f"{value}, {answer.other}" if answer.other else value
    return "; ".join((value, *(f"{key} {_listed(one)}" for key, one in answer.detail.items())))


def _listed(one: str | float | list[str]) -> str:
    return " ".join(one) if isinstance(one, list) else str(one)


def run(text: str, flows: Mapping[str, Flow]) -> str:
    """The chat as the engine has it now: the member's lines as they are, ours written anew.

    Raises KeyError for a flow that is not among these.
    """
    head, _, body = text.partition("\n\n")
    settings = [line for line in head.splitlines() if not line.startswith("#")]
    header = dict(re.split(r":\s*", line, maxsplit=1) for line in settings)
    chat = Chat(flows[header["flow"]], header)
    lines = [*head.splitlines(), "", *chat.begin()]
    kept = [line for line in body.splitlines() if not line.startswith(OURS)]
    lines += [""] if kept and kept[0] else []
    for line in kept:
        lines.append(line)
        if line.startswith(MEMBER):
            lines += chat.after(line)
    return "\n".join(lines).rstrip() + "\n"
