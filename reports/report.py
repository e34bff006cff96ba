"""A report as a value: surveys, their response, the figures of their questions, wave by wave.

It holds only what may be shown. Page, terminal and JSON are three ways to write it down, and none of them can
reach anything that is not here. No database, no pandas, no language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from bot.engine.flow import Question, Text
from reports.figures.encounters import EncounterMap
from reports.figures.feedback import Feedback
from reports.figures.gap import Gap
from reports.figures.groups import Representation
from reports.figures.loop import Loop
from reports.figures.priorities import Priorities
from reports.figures.shapes import Change, Figure
from reports.figures.speed import Promptness
from reports.figures.year import Year
from reports.memory import Published
from reports.response import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveReport:
    """One round of a survey. Times are aware UTC."""

    id: int
    name: str
    opens_at: datetime
    closes_at: datetime
    closed: bool
    response: Response
    key: Figure | None
    """The survey's key question in this wave; None where it has none, or where it is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """What people said of their own accord: sessions begun by keyword, link or command."""

    started: int
    completed: int
    figures: tuple[Figure, ...]

    @property
    def shown(self) -> tuple[Figure, ...]:
        """The figures that say anything."""
        return tuple(figure for figure in self.figures if figure.n is not None)

    @property
    def hidden(self) -> bool:
        """Whether some question has too few answers."""
        return len(self.shown) < len(self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """The key question before and after the reminder. A sign of those who keep silent, no more."""

    question: Question
    before: int
    after: int
    """Answers on each side."""
    change: Change
    """From those who answered before the reminder to those who answered after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Staff against members, in the newest closed round that staff predicted before it closed."""

    closed_at: datetime
    items: tuple[Gap, ...]
    """The greatest surprise first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyReport:
    """One survey, over all of its waves or over one."""

    id: str
    flow: str
    title: Text
    purpose: Text
    """Empty where the configuration no longer has the survey."""
    k: int
    first: datetime | None
    last: datetime | None
    """When the first and the last session began."""
    waves: tuple[WaveReport, ...]
    """The oldest first."""
    response: Response
    """Of all these waves together, the open ones too."""
    figures: tuple[Figure, ...]
    """Of the waves that are closed, unless open ones were asked for."""
    held_back: tuple[str, ...]
    """Names of open waves, whose answers are not in the figures."""
    next_close: datetime | None
    """When the first of those closes."""
    unasked: Unasked
    promptness: Promptness | None = None
    early: Early | None = None
    groups: Representation | None = None
    """The groups of the roll among those who answered."""
    strata: Representation | None = None
    gaps: Gaps | None = None
    priorities: Priorities | None = None

    @property
    def used(self) -> bool:
        """Whether anything was asked or said at all."""
        return bool(self.waves) or self.unasked.started > 0

    @property
    def key(self) -> Figure | None:
        """The headline: the key question's figure, or what people said of it unasked if nobody was asked."""
        return key_figure(self.figures) or key_figure(self.unasked.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was asked for. The sections about all surveys stand in a report of all surveys only."""

    organisation: Text
    made_at: datetime
    zone: str
    """The organisation's IANA zone, in which times are told."""
    surveys: tuple[SurveyReport, ...]
    encounters: EncounterMap | None = None
    year: Year | None = None
    feedback: Feedback | None = None
    loop: Loop | None = None
    published: tuple[Published, ...] = ()
    """The figures in it that were never published before."""

    @property
    def whole(self) -> bool:
        """Whether there is anything to say beside the surveys."""
        return any((self.encounters, self.year, self.feedback, self.loop))


def key_figure(figures: Sequence[Figure]) -> Figure | None:
    """The figure of the key question; None where there is none to be had."""
    present = {figure.question.id: figure for figure in reversed(figures) if not figure.retired}
    wanted = key_question([present[name].question for name in reversed(present)])
    return present[wanted] if wanted is not None else None


def key_question(questions: Sequence[Question]) -> str | None:
    """The first question marked as key; else the first scale; else the first that is not free text."""
    marked = (question.id for question in questions if question.key)
    scales = (question.id for question in questions if question.type == "scale")
    others = (question.id for question in questions if question.type != "text")
    return next(chain(marked, scales, others), None)
