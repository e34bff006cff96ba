"""What a question type is: what it offers, how it reads words, how an answer is shown.

A type is pure and keeps nothing: all it may look at is the ``Prompt``. What follows from a reading (records,
messages, the next question) is ``machine``; how buttons get their tokens is ``offers``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Literal, Protocol

from bot.engine import dates
from bot.engine.flow import Choice, Question, in_language
from bot.engine.folding import fold
from bot.engine.messages import Layout
from bot.engine.session import Answer, Media
from bot.engine.vocabulary import Vocabulary
from bot.texts import Texts


@dataclass(frozen=True, slots=True)
class Understood:
    """The question is answered. ``wants_words``: "other" was chosen, and its words are still to come."""

    answer: Answer
    wants_words: bool = False


@dataclass(frozen=True, slots=True)
class Toggled:
    """A multiple selection goes on with these choices picked."""

    picked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """The answer cannot be taken as it is: what to say, as a key of the texts.

    ``n`` chooses a plural form. ``precise`` texts say what exactly is wrong and stand before the question's
    own hint; the others give way to it.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    n: int | None = None
    precise: bool = False


Reading = Understood | Toggled | Repair


@dataclass(frozen=True, slots=True)
class Option:
    """Something on offer and what pressing it means. ``code`` is short and unique within the question."""

    code: str
    label: str
    meaning: Reading
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What stands under a question. ``ends`` are such as the ends of a scale in words."""

    options: tuple[Option, ...] = ()
    layout: Layout = "rows"
    form: Literal["", "long_text", "multiple"] = ""
    done: Reading | None = None
    """What "done" means now; None where there is nothing to be done with."""
    ends: str = ""
    """One line or several below the question's text."""
    undo: Toggled | None = None
    """What "back" means before it leaves the question; None where it leaves it at once."""


NOTHING = Offer()


class Prepared:
    """A question with what can be worked out once for all members: labels and words by language."""

    __slots__ = ("_words", "offers", "positions", "question")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.positions = not any(
            fold(label).isdecimal() for choice in question.choices for label in choice.label.values()
        )
        """Whether a typed number may mean a place in the list: not where labels are numbers themselves."""
        self.offers: dict[str, Offer] = {}
        """By language, for types whose offer never changes."""
        self._words: dict[str, Vocabulary[int]] = {}

    def words(self, language: str) -> Vocabulary[int]:
        """What may be typed for the choices; the meaning is the place in ``question.choices``."""
        found = self._words.get(language)
        if found is None:
            found = self._words[language] = _vocabulary(self.question, language)
        return found


def _vocabulary(question: Question, language: str) -> Vocabulary[int]:
    own = [(label(choice, language), place) for place, choice in enumerate(question.choices)]
    extra = [(word, place) for place, choice in enumerate(question.choices) for word in choice.accept]
    ends = [(word, 0) for word in question.min_label.values()]
    ends += [(word, len(question.choices) - 1) for word in question.max_label.values()]
    others = [
        (word, place) for place, choice in enumerate(question.choices) for word in choice.label.values()
    ]
    return Vocabulary(own, extra + ends, others)


def label(choice: Choice, language: str) -> str:
    """What is written on the choice's button."""
    return in_language(choice.label, language)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The present question as it is put to one person. ``now`` is aware UTC, ``zone`` an IANA name."""

    prepared: Prepared
    language: str
    texts: Texts
    now: datetime
    zone: str = "UTC"
    picked: tuple[str, ...] = ()
    seed: str = ""
    """What a random order follows from: the same for one session, another for the next."""

    @property
    def question(self) -> Question:
        """The question itself."""
        return self.prepared.question

    @property
    def today(self) -> date:
        """The day on the person's own calendar."""
        return dates.today(self.now, self.zone)

    @property
    def clock(self) -> str:
        """The time on the person's own clock, ``HH:MM``."""
        return dates.clock(self.now, self.zone)


class Asked(Protocol):
    """A type of question that waits for an answer."""

    @property
    def seconds(self) -> int:
        """Expected time to answer, where the question does not say."""

    def offer(self, prompt: Prompt) -> Offer:
        """What may be pressed."""

    def read(self, words: str, prompt: Prompt) -> Reading:
        """What a cleaned, visible text means."""

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """An answered value in words, for the settled prompt and for piping."""


class Receiving(Protocol):
    """A type that can be answered with something that is not words."""

    def receive(self, media: Media, prompt: Prompt) -> Reading | None:
        """What was sent; None where it is of a kind that is no answer here."""


def order(prompt: Prompt) -> Sequence[int]:
    """The places of the choices as they stand for this person: those of the flow, or shuffled.

    By the hash of seed and choice, so that the same session always sees the same order. Choices marked
    ``last``, "other" and "none of these" stay behind in the order of the flow.
    """
    question = prompt.question
    everywhere = range(len(question.choices))
    if not question.random:
        return everywhere
    fixed = [place for place in everywhere if _fixed(question.choices[place])]
    free = [place for place in everywhere if place not in fixed]
    return (*sorted(free, key=lambda place: _lot(prompt, question.choices[place])), *fixed)


def _fixed(choice: Choice) -> bool:
    return choice.last or choice.other or choice.exclusive


def _lot(prompt: Prompt, choice: Choice) -> bytes:
    return blake2b(f"{prompt.seed}/{prompt.question.id}/{choice.id}".encode(), digest_size=8).digest()


def place_of(words: str, prompt: Prompt, among: Sequence[int] | None = None) -> int | None:
    """The choice that was typed, by its words or by its number in the list from 1; None if none.

    ``among`` are the places on offer in the order shown, where those are not all.
    """
    found = prompt.prepared.words(prompt.language).find(words)
    if found is not None or not prompt.prepared.positions:
        return found
    folded = fold(words[:10])
    if not folded.isdecimal() or len(words) > len("1000000000"):
        return None
    number, offered = int(folded), order(prompt) if among is None else among
    return offered[number - 1] if 1 <= number <= len(offered) else None
