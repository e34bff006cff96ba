"""The values that figures are made of: what is counted goes in as a tally, what may be shown comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from bot.engine.flow import Question, Text
from reports.suppression import Percent

What = Literal[
    "choice", "yes", "top", "bottom", "nps", "promoters", "passives", "detractors", "mean", "median"
]  # fmt: skip
"""What an estimate is about: the share of the most frequent choice, of yes, of the best points of a scale, of
its worst point; the net promoter score and its three groups; mean and median."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What became of everybody to whom a question was put. Withdrawn answers do not count as put."""

    asked: int = 0
    answered: int = 0
    skipped: int = 0
    refused: int = 0
    """Preferred not to say."""
    timed_out: int = 0
    left: int = 0
    """Got no further, or have not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One question as it was answered, counted, before anything is hidden."""

    question: Question
    """In its newest wording, with the choices of all versions."""
    values: Mapping[str, int] = field(default_factory=dict)
    """Answers as JSON, and how often each was given. Not for text questions."""
    steps: Steps = Steps()
    tenths: Mapping[float, int] = field(default_factory=dict)
    """Tenths of a second from question to answer, and how often."""
    words: Sequence[str] = ()
    """What people wrote, in an order that says nothing about when or who."""
    population: int | None = None
    """How many could have been asked; None where that is not known."""
    k: int = 5
    versions: int = 1
    """In how many wordings it was asked."""
    retired: bool = False
    """It is not in the newest version of the flow, or asks for another kind of answer there."""

    @property
    def answered(self) -> int:
        """Number of answers given."""
        return self.steps.answered

    @property
    def frame(self) -> int | None:
        """The population, unless the answers are more than it knows of."""
        return None if self.population is None or self.population < self.answered else self.population

    def decoded(self) -> Sequence[tuple[Any, int]]:
        """Values and how often each was given."""
        return [(msgspec.json.decode(raw), count) for raw, count in self.values.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One number about the answers, with its 95 % interval, as it may be shown.

    ``unit`` share: a fraction in whole hundredths; score: -100 to 100; number: in the question's own unit.
    With a ``sign`` the exact value is withheld, and the interval covers every value that it may be.
    """

    what: What
    unit: Literal["share", "score", "number"]
    value: float
    low: float | None = None
    high: float | None = None
    sign: Literal["", "≤", "≥"] = ""
    method: str = ""
    of: tuple[str, ...] = ()
    """Ids of the choices that it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The later group less the earlier one, with its 95 % interval.

    ``unit`` share: in fractions of one, to be told in points; score: points of the net promoter score;
    number: in the question's own unit.
    """

    before: Estimate
    after: Estimate
    unit: Literal["share", "score", "number"]
    value: float
    low: float
    high: float
    method: str

    @property
    def sure(self) -> bool:
        """Whether the interval leaves no change out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The share of one choice, or of one range of numbers or dates. Whole percent."""

    id: str
    label: Text = field(default_factory=dict)
    """Empty for a range, whose words follow from ``first`` and ``last``."""
    first: float | None = None
    last: float | None = None
    """Bounds of a range, both included; None at an open end. Dates as days of the common era, times as
    minutes of the day."""
    share: Percent
    low: int
    high: int
    strong: bool = False
    """Part of what the headline counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The steps as they may be shown: shares of those to whom the question was put."""

    asked: int
    answered: Percent
    skipped: Percent
    refused: Percent
    timed_out: Percent
    left: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A question type's own part of a figure."""

    headline: Estimate | None = None
    others: tuple[Estimate, ...] = ()
    bars: tuple[Bar, ...] = ()
    form: Literal["", "choices", "scale", "nps", "numbers", "dates", "times"] = ""
    """How the bars are drawn: choices by size, a scale in its order, ranges of numbers, dates or times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Everything that may be shown about one question."""

    question: Question
    k: int
    n: int | None
    """Number of answers; None: fewer than k, and nothing more is said."""
    picture: Picture
    passage: Passage | None
    """None: put to fewer than k people."""
    comments: Sequence[str]
    comments_hidden: bool
    """There are comments, but too few to show any."""
    median_seconds: float | None
    versions: int
    retired: bool
    change: Change | None = None
    """From the round before the newest one that is shown, to that one."""
