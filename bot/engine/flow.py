"""A flow as the engine runs it: questions in order, with choices and exits.

Values only. Reading and checking the admin's file is ``flowfile``; what a question type does is
``questions``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

Text = Mapping[str, str]
"""A text by language code. Never empty; ``in_language`` falls back to the first one."""

END: Final = "end"
"""The exit target that closes the flow."""


def in_language(text: Text, language: str) -> str:
    """The text in this language, else in the first language it was written in."""
    found = text.get(language)
    return found if found is not None else next(iter(text.values()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer on offer. ``accept`` are extra words that mean it, in any language."""

    id: str
    label: Text
    accept: tuple[str, ...] = ()
    value: float | None = None
    """The number behind the choice, for ordered scales and reports."""
    other: bool = False
    """Choosing it asks for words: "other, please specify"."""
    exclusive: bool = False
    """In a multiple selection: "none of these" clears the others."""
    last: bool = False
    """Stays behind the others where the order is random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Where to go when ``when`` holds. An empty ``when`` always holds. ``to`` is a question id or END."""

    when: str
    to: str


QuestionType = Literal[
    "note", "text", "integer", "decimal", "yes_no", "select_one", "select_multiple", "scale", "date",
    "time", "rank", "email", "phone", "consent", "photo", "voice", "file", "location",
    "hidden", "calculate", "pool",
]  # fmt: skip

SILENT: Final = frozenset({"note", "hidden", "calculate", "pool"})
"""Types that put nothing to the person: the flow goes on at once."""

FLAGS: Final = frozenset({"yes_no", "consent"})
"""Types whose answer is yes or no."""

SEVERAL: Final = frozenset({"select_multiple", "pool"})
"""Types whose answer is a set of choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One step of a flow. Fields that a type does not use stay at their defaults."""

    id: str
    type: QuestionType
    text: Text
    hint: Text = field(default_factory=dict)
    """What is said when an answer cannot be understood."""
    required: bool = True
    """False: "skip" is offered."""
    refusable: bool = False
    """True: "prefer not to say" is offered, a code of its own apart from a skip."""
    choices: tuple[Choice, ...] = ()
    """For yes_no and scale presets these are filled in at load."""
    exits: tuple[Exit, ...] = ()
    ask_if: str = ""
    """A condition; where it does not hold the question is passed over."""
    preset: Literal["", "nps", "faces", "agree", "satisfaction", "stars"] = ""
    minimum: float | None = None
    maximum: float | None = None
    """Bounds of integer, decimal and scale; least and most choices of select_multiple."""
    earliest: str = ""
    latest: str = ""
    """Bounds of date: ISO date, or ``today``, ``today-30d``, ``today+1y``; of time: ``08:30``."""
    min_label: Text = field(default_factory=dict)
    max_label: Text = field(default_factory=dict)
    """The ends of a scale in words."""
    pattern: str = ""
    """What a text must match (RE2 syntax, the whole answer)."""
    max_length: int = 4096
    """Characters; whatever fits one Telegram message fits an answer."""
    long: bool = False
    """A text that invites several sentences (Slack opens a modal)."""
    tries: int = 3
    """Answers that cannot be understood before the question is passed over, or the session waits."""
    timeout_minutes: int = 0
    timeout_to: str = ""
    seconds: int = 0
    """Expected time to answer; 0 means the default of the type."""
    key: bool = False
    """A headline figure of the survey."""
    random: bool = False
    """The choices stand in another order for each session; "other" and "none of these" stay last."""
    known: str = ""
    """An attribute of the person, or ``name``: where it can be read as an answer, nothing is asked."""
    value: str = ""
    """What a hidden question holds, with placeholders; the formula of calculate."""
    result: Literal["", "number", "text", "yes_no"] = ""
    """What kind of value the formula gives."""
    of: tuple[str, ...] = ()
    """The questions of a pool."""
    pick: int = 0
    """How many of them one person is asked."""

    @property
    def waits(self) -> bool:
        """Whether the flow stops here until the person has answered."""
        return self.type not in SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A checked flow. ``languages[0]`` is the language that other languages fall back to."""

    id: str
    languages: tuple[str, ...]
    title: Text
    questions: tuple[Question, ...]
    closing: Text = field(default_factory=dict)
    """The last message: what happens next. Empty: the bot's own thanks."""
    back: bool = True
    """Whether earlier answers of an open session may be changed with "back"."""

    def question(self, question_id: str) -> Question:
        """Raises KeyError for an unknown id."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)


_decoder: Final = msgspec.json.Decoder(Flow)


def to_json(flow: Flow) -> str:
    """The same flow gives the same text, so that its digest can stand for it, also after it was stored.

    Languages keep their order, for the first one of a text is what others fall back to.
    """
    stored = _decoder.decode(msgspec.json.encode(flow))  # a bound 1 becomes the 1.0 that it is when read back
    return msgspec.json.encode(stored).decode()


def from_json(raw: str | bytes) -> Flow:
    """Raises ``msgspec.ValidationError`` when the text is not a flow."""
    return _decoder.decode(raw)


def digest(flow: Flow) -> str:
    """The content hash under which a flow is stored when it is first used (SHA-256, 16 hex digits)."""
    return hashlib.sha256(to_json(flow).encode()).hexdigest()[:16]
