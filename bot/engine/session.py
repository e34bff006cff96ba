"""A session is a value: one person's run of one flow, plain JSON between two messages.

The table ``MOVES`` is the life of a session; a move that is not in it does not exist. Nothing here
reads a clock, draws a number or touches a store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import msgspec

from bot.engine.messages import Attachment, Delivery, Outbound


class Status(StrEnum):
    """Where a session stands. The first two wait for the person; the others are outcomes."""

    INVITED = "invited"
    ACTIVE = "active"
    COMPLETED = "completed"
    PARTIAL = "partial"
    ABANDONED = "abandoned"
    NOT_NOW = "not_now"
    DECLINED = "declined"
    IGNORED = "ignored"


WAITING: Final = frozenset({Status.INVITED, Status.ACTIVE})

MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.INVITED: frozenset({Status.ACTIVE, Status.NOT_NOW, Status.DECLINED, Status.IGNORED}),
    Status.ACTIVE: frozenset(
        # not_now, declined and ignored: the flow was opened, but no real answer was given yet
        {Status.COMPLETED, Status.PARTIAL, Status.ABANDONED, Status.NOT_NOW, Status.DECLINED, Status.IGNORED}
    ),
    Status.COMPLETED: frozenset({Status.ACTIVE}),  # an answer is changed soon after the end
}

AnswerStatus = Literal[
    "answered", "skipped", "refused", "timed_out", "withdrawn", "known", "computed", "left_out"
]
"""``withdrawn``: given, and then the person went back and took a way on which the question is not asked.

``known`` was read from what the association knows of the person, ``computed`` by the flow itself (a formula,
a hidden value, a draw): nobody was asked. ``left_out`` stands where a split form does without the question.
"""
VALUED: Final = frozenset({"answered", "known", "computed"})
"""Statuses of answers that have a value."""
UNASKED: Final = frozenset({"known", "computed", "left_out"})
"""Statuses of answers that nobody was asked for."""
Value = str | int | float | bool | list[str] | None
"""What an answer holds: text, whole number, decimal, yes/no, choice id, list of choice ids, ISO date, time of
day as 14:30, the platform's id of a file, latitude and longitude."""
Detail = Mapping[str, str | int | float | list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it now stands. ``other`` holds the words of "other, please specify"."""

    value: Value
    status: AnswerStatus = "answered"
    other: str = ""
    detail: Detail = field(default_factory=dict)
    """What belongs to it beside the value: the order of the choices, the version of a consent text, what file
    it is, how a draw was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Ask whether the person would like to answer. ``reason`` says in their language why they are asked."""

    reason: str
    asker: str
    """Who asks: the organisation's name in the person's language."""
    readers: str = ""
    """Who will see the answers, one sentence."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the person's that is an answer, or a part of one: editing it changes the answer."""

    question: str
    words: str
    turn: int
    """The prompt it answered, so that what stays readable there can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The whole state of one run of one flow.

    Times are aware UTC. ``turn`` counts prompts and is part of every button token, so that an old button
    is never taken for a new one. ``path`` lists the questions put so far, in order, for "back" and progress.
    """

    id: str
    """Short random letters, given by the caller; part of every button token."""
    flow: str
    language: str
    status: Status
    person: Mapping[str, str] = field(default_factory=dict)
    """What texts may pipe and conditions may read about the person: ``name`` and imported attributes."""
    zone: str = "UTC"
    """The person's IANA zone: on whose calendar "yesterday" is read."""
    invite: Invite | None = None
    """What the open invite said, to say it again; gone once the flow has begun."""
    question: str | None = None
    """The question that waits for an answer; None while invited and after the end."""
    turn: int = 0
    tries: int = 0
    """Answers to the present question that could not be understood."""
    path: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    picked: tuple[str, ...] = ()
    """Choices toggled so far in an open multiple selection."""
    awaiting: Literal["", "other"] = ""
    """``other``: the choice is made, its words are still to come."""
    invited_at: datetime | None = None
    asked_at: datetime | None = None
    """When the present question was put."""
    started_at: datetime | None = None
    """When the first real answer was stored; opening the flow is not an answer."""
    last_answer_at: datetime | None = None
    hinted_at: datetime | None = None
    """The last time something could not be understood: an album of five is one mistake."""
    ended_at: datetime | None = None
    revision: int = 0
    """The last revision given to an answer; it keeps up with ``turn`` and overtakes it by changes."""
    heard: Mapping[str, Heard] = field(default_factory=dict)
    """The person's own messages that stand as answers, by the platform's id, in the order of writing."""
    misread: str = ""
    """The platform's id of the last message that could not be taken as an answer: it may be mended."""
    words_at: datetime | None = None
    """When free words were last taken as the answer ``words_to``: more of them may follow at once."""
    words_to: str = ""
    guess: str = ""
    """What a typed answer was probably meant to be, until the person has said yes or no."""
    copies: int = 0
    """How often the open prompt has been sent again since it was put."""
    reopened_at: datetime | None = None
    """When a completed session was opened again to change an answer; it stays completed in the end."""
    snoozed_until: datetime | None = None
    """The person asked to be asked again at this moment."""
    number: int = 0
    """How many persons came before this one: balances what is drawn from pools."""
    known: Mapping[str, Answer] = field(default_factory=dict)
    """Answers to questions that are not asked, fixed at the beginning: read from the person's attributes, or
    left out by the person's split form."""

    @property
    def waiting(self) -> bool:
        """Whether something may still happen to it."""
        return self.status in WAITING


def to_json(session: Session) -> str:
    """Plain JSON; ``from_json`` gives the same session back."""
    return msgspec.json.encode(session).decode()


_decoder: Final = msgspec.json.Decoder(Session)


def from_json(raw: str | bytes) -> Session:
    """Raises ``msgspec.ValidationError`` when the text is not a session."""
    return _decoder.decode(raw)


# --- what may happen to a session (and Invite, above) -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open:
    """Begin with the first question at once: the person asked for it (keyword, deep link, command)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The person wrote words. ``ref`` is the platform's id of their message, where it has one."""

    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """The person changed a message of theirs; ``text`` is what it says now."""

    text: str
    ref: str


@dataclass(frozen=True, slots=True)
class Tap:
    """The person pressed a button. The token is looked up among those on offer."""

    token: str


@dataclass(frozen=True, slots=True)
class Form:
    """The person submitted a modal: long text, or several choices at once."""

    token: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """The person sent something that is not words; ``what`` names it. ``words`` stood beside it."""

    what: str
    words: str = ""
    sent: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """A word or command that steers the session itself."""

    what: Literal["back", "skip", "refuse", "again", "not_now", "decline", "restart", "resume"]
    """``again`` repeats the present question (after an outage, a side conversation); ``resume`` too, when
    the person comes back to it, with a recap after hours."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """The person wants to be asked again at this moment (aware UTC)."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Wake:
    """The moment has come at which the person wanted to be asked again."""


@dataclass(frozen=True, slots=True)
class Remind:
    """The reminder is due: name the open question, or the invite, once more."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The present question's own time is over. Does nothing unless ``turn`` is still the present turn."""

    turn: int


@dataclass(frozen=True, slots=True)
class Expire:
    """The deadline of methods (start-by, idle, close) has passed."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The person wants no more: end now, as partial, abandoned or declined according to the answers."""


@dataclass(frozen=True, slots=True)
class Relabel:
    """The person chose another language: put the present question again in it."""

    language: str


Event = (
    Invite
    | Open
    | Reply
    | Edit
    | Tap
    | Form
    | Media
    | Control
    | Snooze
    | Wake
    | Remind
    | TimedOut
    | Expire
    | Stop
    | Relabel
)

# --- what follows from it ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send a message to the person."""

    message: Outbound
    role: Literal["question", "note", "hint", "closing", "invite", "reminder"]

    @property
    def delivery(self) -> Delivery:
        """How often this message may reach the person."""
        return Delivery.INVITE if self.role in ("invite", "reminder") else Delivery.QUESTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """A prompt is answered, its toggles changed, or its answer: show this instead of it."""

    message: Outbound
    of: Literal["open", "pressed", "past"] = "open"
    """Which one: the prompt that stood open, the older message whose button was pressed, or the prompt of
    the earlier ``turn``."""
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Store an answer. A later Record of the same question is its next revision."""

    question: str
    answer: Answer
    seconds: float
    """From the question to the answer, wall time."""
    told: float = 0.0
    """The part of it that an earlier record of the same answer has told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Send ``TimedOut(turn)`` at this moment, unless the session has moved on."""

    until: datetime
    turn: int


Effect = Say | Settle | Record | Wait


@dataclass(frozen=True, slots=True)
class Sprint:
    """What one event did: the session as it now stands, and the effects in order."""

    session: Session
    effects: tuple[Effect, ...] = ()
