"""When a sample has answers enough before its time is over: looks that are rare and late on purpose.

Pure; whoever calls counts the answers. Open sessions may finish and reminders that are due go out, so that
those who answer late are heard as well.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.engine.flow import Flow, Question
from reports.statistics.shares import share_interval
from scheduler.surveys import Stop

SHARES: Final = frozenset({"yes_no", "select_one", "select_multiple", "scale"})
"""Types of questions whose figures are shares."""
TOP: Final = 2
"""Of a scale the share of the last so many points is the figure, as in the report."""
NOISE: Final = 1e-12


def key_questions(flow: Flow) -> Iterator[Question]:
    """The headline questions whose figures are shares."""
    return (question for question in flow.questions if question.key and question.type in SHARES)


def shares(question: Question, counts: Mapping[str, int]) -> list[int]:
    """The numbers of answers behind the figures of a question, from JSON value -> number.

    Of a scale one, its top two points; of a choice one for each choice that was taken.
    """
    if question.type == "scale" and question.maximum is not None:
        top = question.maximum - TOP + 1
        return [sum(number for value, number in counts.items() if float(value) >= top)]
    return list(counts.values())


def is_due(stop: Stop, answers: int, looked: int) -> bool:
    """Whether to look: a further batch is in since the last look, at ``looked`` answers, and not too few."""
    return answers >= stop.n_min and answers // stop.look_every > looked // stop.look_every


def is_enough(
    stop: Stop,
    figures: Iterable[tuple[int, int]],
    *,
    population: int,
    confidence: float,
    open_hours: float,
    planned: Mapping[str, int],
    answered: Mapping[str, int],
) -> bool:
    """Whether every key figure, pairs of (answers that count, all answers), is known well enough.

    ``planned`` and ``answered`` are answers by stratum. The interval is Wilson's with finite population
    correction (see ``reports.statistics.shares``).
    """
    if open_hours < stop.open_hours_min:
        return False
    least = stop.min_per_stratum
    if any(answered.get(stratum, 0) < least for stratum, wanted in planned.items() if wanted >= least):
        return False
    known = list(figures)
    widths = (_half_width(count, n, max(population, n), confidence) for count, n in known)
    return bool(known) and all(width <= stop.half_width + NOISE for width in widths)


def _half_width(count: int, n: int, population: int, confidence: float) -> float:
    found = share_interval(count, n, population=population, confidence=confidence)
    assert found.low is not None
    assert found.high is not None
    return (found.high - found.low) / 2
