"""What a member means: a command to the bot as a whole, or something for the open session.

A word that answers the open question is its answer, except "stop", which always wins. While free words are
awaited only the words that nobody gives as an answer are commands; with a slash every command is one.
Keywords of surveys are not known here: without a session, words come back as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, cast

from bot.engine import gestures, invites, machine, snoozing, wishes
from bot.engine.flow import Flow
from bot.engine.folding import clean
from bot.engine.messages import Inbound
from bot.engine.session import Control, Edit, Event, Form, Media, Reply, Session, Tap
from bot.engine.vocabulary import (
    COMMANDS,
    CONTROLS,
    LANGUAGE_NAMES,
    NO,
    YES,
    Vocabulary,
    vocabulary,
    words,
)
from bot.texts import Texts

CommandName = Literal[
    "start", "stop", "later", "less", "normal", "more", "language", "why", "privacy", "help", "me",
    "hours", "days", "where", "topics", "answers", "mydata", "forget", "feedback",
    "link",
    "back", "skip", "unknown",
]  # fmt: skip
ControlName = Literal["back", "skip", "refuse", "again", "not_now", "decline", "restart", "resume"]

LONGEST_COMMAND: Final = 60
"""Characters; a longer message is no command, so it need not be compared."""

EVEN_IN_FREE_WORDS: Final = frozenset(
    {
        "stop", "help", "privacy", "mydata", "forget", "language", "why", "later",
        "back", "skip", "refuse", "again", "restart",
    }
)  # fmt: skip
"""What is a command even where words are awaited. "More", "no thanks" or "start" may be an answer there."""


REACTION: Final = "reaction:"
"""Before the id of a message of ours that an emoji was put on, to keep it apart from the person's own."""
FREE_WORDS: Final = frozenset({"text", "location"})
"""Types that take any words for an answer."""

_COMMANDS: Final = vocabulary(COMMANDS)
_CONTROLS: Final = vocabulary(CONTROLS)
_LANGUAGES: Final = vocabulary(LANGUAGE_NAMES)
_YES: Final = Vocabulary((word, True) for word in words(YES))
_NO: Final = Vocabulary((word, True) for word in words(NO))


def is_yes(text: str) -> bool:
    """Whether a whole message says yes, in any of our languages."""
    return _YES.find(text) is True


def is_no(text: str) -> bool:
    """Whether a whole message says no."""
    return _NO.find(text) is True


SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Words that name a moment name one on any day."""
WISHES: Final[Mapping[str, Callable[[str], object]]] = {
    "hours": wishes.hours,
    "days": wishes.days,
    "link": wishes.code,
    "forget": lambda said: is_yes(said) or None,
    "later": lambda said: snoozing.moment(said, "", SOME_DAY, "UTC"),
}
"""Commands that take words behind them without a slash too, with what reads these words."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to the bot as a whole. ``argument`` is what followed it, a deep link or a language."""

    name: CommandName
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Something for the open session; without one, whatever its ``event`` says."""

    event: Event


@dataclass(frozen=True, slots=True)
class Notice:
    """Nothing said to us: a message was edited, something was reacted to, an address was blocked."""

    kind: Literal["edit", "reaction", "home", "blocked", "unblocked"]


Intent = Command | Answer | Notice
_Open = tuple[Flow, Session] | None


def read(inbound: Inbound, flow: Flow | None, session: Session | None, texts: Texts) -> Intent:
    """What is meant. ``flow`` and ``session`` are those of the open session, or None."""
    open_now = (flow, session) if flow is not None and session is not None and session.waiting else None
    match inbound.kind:
        case "text":
            return _read_words(inbound.text, inbound.ref, open_now, texts)
        case "edit":
            return _read_edit(inbound, session)
        case "reaction":
            return _read_reaction(inbound, open_now, texts)
        case "tap":
            return _read_tap(inbound.token, open_now)
        case "command":
            return _read_command(inbound.text, inbound.argument, open_now)
        case "form":
            values = tuple(value for field in inbound.fields.values() for value in field)
            return Answer(Form(inbound.token, values))
        case "media":
            return _read_sticker(inbound, open_now, texts) or Answer(
                Media(inbound.text, clean(inbound.caption), inbound.attachment)
            )
        case _:
            return Notice(inbound.kind)


def _read_edit(inbound: Inbound, session: Session | None) -> Intent:
    """Only a message that is an answer, or was to be one, can be edited with effect."""
    if session is None or not inbound.ref or inbound.ref not in (*session.heard, session.misread):
        return Notice("edit")
    return Answer(Edit(inbound.text, inbound.ref))


def _read_reaction(inbound: Inbound, open_now: _Open, texts: Texts) -> Intent:
    """An emoji put on a message of ours. Whether it is the open prompt is for the caller to know."""
    ref = f"{REACTION}{inbound.ref}"
    if open_now is not None and ref in open_now[1].heard:
        flow, session = open_now
        said = gestures.said_by(inbound.text, flow.question(session.heard[ref].question))
        return Answer(Edit(said[-1], ref))
    words = gestures.spoken(inbound.text, open_now, texts)
    return Answer(Reply(words, ref)) if words else Notice("reaction")


def _read_sticker(inbound: Inbound, open_now: _Open, texts: Texts) -> Intent | None:
    """A sticker says what its emoji says, where that is an answer."""
    words = gestures.spoken(inbound.emoji, open_now, texts)
    return Answer(Reply(words, inbound.ref)) if words else None


def _read_tap(token: str, open_now: _Open) -> Intent:
    if open_now is not None and machine.state(open_now[1]) == "invited":
        _, session = open_now
        if invites.codes(session).get(token) == "stop":
            return Command("stop")
    return Answer(Tap(token))


def _read_command(name: str, argument: str, open_now: _Open) -> Intent:
    """A platform command: its name may be the word of any language."""
    control = _CONTROLS.find(name)
    steered = _steer(control, open_now) if control else None
    if steered is not None:
        return steered
    command = _COMMANDS.find(name)
    return Command(_name(command), argument) if command else Command("unknown", name)


def _read_words(text: str, ref: str, open_now: _Open, texts: Texts) -> Intent:
    said = clean(text[: LONGEST_COMMAND * 4])
    if len(said) > LONGEST_COMMAND:
        return Answer(Reply(text, ref))
    if said.startswith("/") and said[1:2].isalpha():
        name, _, argument = said[1:].partition(" ")
        return _read_command(name, argument.strip(), open_now)
    command, control = _COMMANDS.find(said), _CONTROLS.find(said)
    if command == "stop":
        return Command("stop")
    if open_now is not None and machine.state(open_now[1]) == "invited":
        code = invites.meaning(said, texts)
        if code is not None:
            return Command("stop") if code == "stop" else Answer(Reply(text, ref))
    language = _LANGUAGES.find(said)
    meant = command or control or language
    if meant is None and (wish := _wish(said)) is not None and not _answers(said, wish.name, open_now, texts):
        return wish
    if meant is None or _answers(said, meant, open_now, texts):
        return Answer(Reply(text, ref))
    if command is not None:
        return Command(_name(command))
    if control is not None:
        return _steer(control, open_now) or Answer(Reply(text, ref))
    return Command("language", language or "")


def _wish(said: str) -> Command | None:
    """A wish with what is wished behind it, "hours 10-18", where both can be read."""
    name, _, rest = said.partition(" ")
    command = _COMMANDS.find(name)
    if command is not None and command in WISHES and WISHES[command](rest) is not None:
        return Command(_name(command), rest)
    return None


def _answers(said: str, meant: str, open_now: _Open, texts: Texts) -> bool:
    """Whether a word of ours is an answer to the open question all the same."""
    if open_now is None or machine.state(open_now[1]) != "asked":
        return False
    flow, session = open_now
    if session.awaiting or flow.question(session.question or "").type in FREE_WORDS:
        return meant not in EVEN_IN_FREE_WORDS
    return machine.understands(flow, session, said, texts)


def _steer(control: str, open_now: _Open) -> Intent | None:
    """A steering word goes to the open session; without one some are commands and the others nothing."""
    if open_now is None:
        alone = {"back": "back", "skip": "skip", "not_now": "later"}
        return Command(_name(alone[control])) if control in alone else None
    flow, session = open_now
    what = cast(ControlName, "resume" if control == "again" else control)
    if machine.state(session) == "asked":
        question = flow.question(session.question or "")
        unoffered = what == "decline" or (what == "refuse" and not question.refusable)
        if unoffered and not question.required:
            return Answer(Control("skip"))  # "no thanks" to something optional leaves out only that
    return Answer(Control(what))


def _name(command: str) -> CommandName:
    return cast(CommandName, command)
