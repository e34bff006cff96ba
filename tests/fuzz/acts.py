"""What a random member does: words, presses old and new, edits, reactions, media, blocks."""

import random
from dataclasses import dataclass, field
from typing import Any, Final

from bot.engine.vocabulary import COMMANDS, CONTROLS, GREETINGS, LANGUAGE_NAMES, NO, YES, words
from bot.service.commands import COMMANDS as REGISTRY
from tests.conversations.chat import flows

ALL_WORDS: Final = [
    word
    for table in (*COMMANDS.values(), *CONTROLS.values(), *LANGUAGE_NAMES.values(), YES, NO, GREETINGS)
    for word in words(table)
]
SAID: Final = [
    "good", "goood", "bad", "1", "2", "3", "1, 2", "5.5", "tomorrow", "Friday", "12.6.", "31.2.", "later 3",
    "hours 9-12", "days monday", "course", "quick", "kurssi", "All went well", "so so", "", " ", "\u200b",
    "\u202eabc",
    "👍", "❤️", "=1+1", "{name}", "/", "/frob", "%s", "\x00", "\ud800", "x" * 5000, "blå " * 900,
    "'; DROP TABLE answers; --",
    "<b>hi</b>", "؟", "שלום", "a\nb\r\nc", "0", "-1", "9" * 400, "1e309", "NaN",
]  # fmt: skip
PLAIN: Final = ("1", "2", "3", "1, 2", "yes", "no", "good", "5.5.2026", "Rain")
"""What people mostly say."""
LEAVING: Final = frozenset(word for name in ("stop", "forget") for word in words(COMMANDS[name]))
"""Said seldom, or nobody would be left to ask."""
FORGED: Final = (
    "", "forged", "later:tomorrow", "command:stop", "language:xx", "page:x", "a.1.0", "é" * 30, "forget:yes",
)  # fmt: skip
EMOJI: Final = ["👍", "👎", "❤️", "😢", "🤩", "😐", "🐢", "", "👍🏽", "x" * 100]
MEDIA: Final = ["photo", "sticker", "voice", "document", "location", "contact", "video", "poll", "dice"]
GARBAGE: Final[list[Any]] = [
    None, True, False, 0, -1, 2**63, 2**200, 1.5, 1e308, "", "x", "\x00", "\ud800", [], [[]], {}, {"a": None},
    "9" * 4000, [None] * 50, {"type": "private"}, "D0AINO", "telegram:1",
]  # fmt: skip


@dataclass(slots=True)
class Person:
    """One member on the platform: what they see, and what they wrote."""

    number: int
    shown: list[tuple[str, list[str]]] = field(default_factory=list)
    """Messages of the bot's by their id, with the tokens of their buttons."""
    written: list[str] = field(default_factory=list)
    """Ids of their own messages."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done. What is not given is empty."""

    kind: str
    text: str = ""
    token: str = ""
    ref: str = ""
    argument: str = ""


def drawn(chance: random.Random, person: Person) -> Act:
    """Whatever this person does next."""
    kind = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    newest = person.shown[-1:] if chance.random() < 0.7 else person.shown
    shown = chance.choice(newest) if newest else ("1", [])
    match kind:
        case "text":
            said = chance.choice(chance.choice((SAID, ALL_WORDS, PLAIN)))
            return Act(kind, text="1" if said in LEAVING and chance.random() < 0.9 else said)
        case "begin":
            return Act("text", text=chance.choice(list(flows())))
        case "command":
            known = [*REGISTRY, "frob", "x" * 40, "forget yes", "later tomorrow"]
            name, _, argument = chance.choice(known).partition(" ")
            name = "start" if name in ("stop", "forget") and chance.random() < 0.9 else name
            return Act(
                kind, text=name, argument=argument or chance.choice(["", "", "30", "course", "\u200b"])
            )
        case "tap":
            ref, tokens = shown
            stays = [token for token in tokens if not token.endswith("stop")] or tokens
            known = stays if chance.random() < 0.95 else [*tokens, *FORGED]
            return Act(kind, token=chance.choice(known or FORGED), ref=ref)
        case "edit":
            ref = chance.choice(person.written[-8:]) if person.written else "1"
            return Act(kind, text=chance.choice(SAID), ref=ref)
        case "reaction":
            return Act(kind, text=chance.choice(EMOJI), ref=shown[0])
        case "media":
            return Act(kind, text=chance.choice(MEDIA), argument=chance.choice(["", "album"]))
    return Act(kind)


WEIGHTS: Final = {
    "tap": 40, "text": 30, "begin": 8, "command": 8, "edit": 6, "reaction": 6, "media": 4, "blocked": 1,
    "unblocked": 2,
}  # fmt: skip


def broken(chance: random.Random, node: Any) -> Any:
    """A copy of a JSON value with one part of it missing or of another kind."""
    if not isinstance(node, dict | list) or not node or chance.random() < 0.25:
        return chance.choice(GARBAGE)
    if isinstance(node, list):
        place = chance.randrange(len(node))
        return [*node[:place], broken(chance, node[place]), *node[place + 1 :]]
    key = chance.choice(list(node))
    if chance.random() < 0.3:
        return {name: value for name, value in node.items() if name != key}
    return {**node, key: broken(chance, node[key])}
