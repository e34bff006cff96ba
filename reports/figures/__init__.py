"""The figures of a question: one function for each question type, in one visible registry.

A figure holds only what may be shown: what is hidden for the sake of a small group never gets into it, so
that page, table and JSON cannot show it by mistake. Nothing here reads a database, formats or translates.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bot.engine.flow import QuestionType
from reports.figures.choices import firsts, multiple, one_of, scale, yes_no
from reports.figures.publish import passage
from reports.figures.ranges import dates, numbers, times
from reports.figures.shapes import Bar, Change, Estimate, Figure, Passage, Picture, Steps, Tally
from reports.figures.words import words
from reports.statistics import median
from reports.suppression import K_COMMENTS

__all__ = ["FIGURES", "Bar", "Change", "Estimate", "Figure", "Passage", "Picture", "Steps", "Tally", "figure"]

UNCOUNTED: Final[tuple[QuestionType, ...]] = ("email", "phone", "photo", "voice", "file", "location")
"""Types whose answers are each one person's own: only how many there are may be told."""


def reckoned(tally: Tally) -> Picture:
    """What a formula gave: numbers as numbers, words and yes or no as choices."""
    return numbers(tally) if tally.question.result == "number" else one_of(tally)


FIGURES: Final[Mapping[QuestionType, Callable[[Tally], Picture]]] = {
    "text": words,
    "integer": numbers,
    "decimal": numbers,
    "yes_no": yes_no,
    "select_one": one_of,
    "select_multiple": multiple,
    "scale": scale,
    "date": dates,
    "time": times,
    "rank": firsts,
    "consent": yes_no,
    "hidden": one_of,
    "calculate": reckoned,
    "pool": multiple,
    **dict.fromkeys(UNCOUNTED, words),
}
"""Every question type but the note, which is not answered."""


def figure(tally: Tally) -> Figure:
    """Everything that may be shown about one question."""
    n, k = tally.answered, tally.k
    enough = n >= k
    comments = tally.words if len(tally.words) >= max(K_COMMENTS, k) else ()
    return Figure(
        question=tally.question,
        k=k,
        n=n if enough else None,
        picture=FIGURES[tally.question.type](tally) if enough else Picture(),
        passage=passage(tally.steps) if tally.steps.asked >= k else None,
        comments=comments,
        comments_hidden=bool(tally.words) and not comments,
        median_seconds=_median_seconds(tally) if enough else None,
        versions=tally.versions,
        retired=tally.retired,
    )


def _median_seconds(tally: Tally) -> float | None:
    middle = median(tally.tenths)
    return None if middle is None else middle / 10
