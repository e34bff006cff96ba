"""Where to put limited resources: what matters most against how it is, topic by topic.

How much a topic matters is derived from the answers (how closely it goes with the key question), and beside
it stands what people said when they were asked. A topic is called a priority only where neither of its
intervals crosses the line between the halves. What goes together need not be cause and effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from bot.engine.flow import Question
from reports.figures.choices import chosen, top_choices
from reports.figures.publish import share_estimate
from reports.figures.shapes import Estimate, Tally
from reports.statistics.correlation import correlation

FEWEST_TOPICS: Final = 3
FEWEST_PAIRS: Final = 30
"""Below that a correlation says next to nothing."""

Quadrant = Literal["first", "keep", "enough", "later", ""]
"""Matters and is poor; matters and is good; matters less and is good; matters less and is poor; not told."""

AGAIN: Final = "again"
"""The id of the question whether people would meet us again."""

ASKED: Final = "_matters"
"""The id of a question that asks how much a topic matters is the topic's id and this."""


def is_outcome(question: Question) -> bool:
    """Whether a question asks what came of it all, as the key question does, and not of one part of it."""
    return question.preset == "nps" or question.id == AGAIN


class Topic(NamedTuple):
    """One topic as it was counted."""

    tally: Tally
    pairs: Mapping[tuple[float, float], int]
    """(topic, key question) → people who gave both answers."""
    asked: Tally | None
    """The question how much it matters, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """One topic. Fractions of one."""

    question: Question
    experience: Estimate
    """Share of good answers."""
    importance: float
    low: float
    high: float
    """Correlation with the key question, with its 95 % interval."""
    asked: Estimate | None
    """Share of those who say that it matters."""
    quadrant: Quadrant


@dataclass(frozen=True, slots=True, kw_only=True)
class Priorities:
    """All topics that may be shown, the most important first, and the lines between the halves."""

    topics: tuple[Priority, ...]
    experience_line: float
    importance_line: float


def priorities(topics: Sequence[Topic]) -> Priorities | None:
    """None with fewer than three topics of which enough is known and nothing withheld."""
    found = [known for topic in topics if (known := _known(topic)) is not None]
    if len(found) < FEWEST_TOPICS:
        return None
    experience = sum(topic.experience.value for topic in found) / len(found)
    importance = sum(topic.importance for topic in found) / len(found)
    placed = [
        Priority(
            question=topic.question,
            experience=topic.experience,
            importance=topic.importance,
            low=topic.low,
            high=topic.high,
            asked=topic.asked,
            quadrant=_quadrant(topic, experience, importance),
        )
        for topic in found
    ]
    placed.sort(key=lambda topic: -topic.importance)
    return Priorities(topics=tuple(placed), experience_line=experience, importance_line=importance)


def _known(topic: Topic) -> Priority | None:
    tally = topic.tally
    if tally.answered < tally.k or sum(topic.pairs.values()) < FEWEST_PAIRS:
        return None
    experience = _good(tally)
    found = correlation(topic.pairs)
    if experience.sign or found.estimate is None or found.low is None or found.high is None:
        return None
    asked = _good(topic.asked) if topic.asked is not None and topic.asked.answered >= tally.k else None
    return Priority(
        question=tally.question,
        experience=experience,
        importance=found.estimate,
        low=found.low,
        high=found.high,
        asked=asked,
        quadrant="",
    )


def _good(tally: Tally) -> Estimate:
    good = top_choices(tally.question)
    counts = chosen(tally)
    return share_estimate("top", good, sum(counts[one] for one in good), tally.answered, tally.frame)


def _quadrant(topic: Priority, experience: float, importance: float) -> Quadrant:
    good = _side(topic.experience.low, topic.experience.high, experience)
    matters = _side(topic.low, topic.high, importance)
    if not good or not matters:
        return ""
    if matters > 0:
        return "keep" if good > 0 else "first"
    return "enough" if good > 0 else "later"


def _side(low: float | None, high: float | None, line: float) -> int:
    """1 above the line, -1 below it, 0 where the interval crosses it."""
    above, below = low is not None and low > line, high is not None and high < line
    return above - below
