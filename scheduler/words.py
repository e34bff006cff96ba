"""What a person wrote to start a survey, compared without regard to case, accents, spaces and full stops.

Only whole messages count: a keyword inside a sentence starts nothing.
"""

from collections.abc import Iterable
from typing import Final
from unicodedata import category, combining, normalize

from scheduler.surveys import Keyword, Link, Survey

LONGEST: Final = 200
"""Characters of a message that may be a keyword; longer ones are not even looked at."""
EDGES: Final = " .,!?…/\"'”’"


def folded(text: str) -> str:
    """``"  Kevät-Retki! "`` and ``"kevat-retki"`` are the same word, and so is ``"/kevat-retki"``."""
    letters = normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not combining(letter) and category(letter) != "Cf")
    return " ".join(plain.split()).strip(EDGES)


def survey_for_words(surveys: Iterable[Survey], text: str) -> Survey | None:
    """The survey that this whole message starts; of several the one of highest priority, then by id."""
    if len(text) > LONGEST:
        return None
    said = folded(text)
    return _first(
        survey
        for survey in surveys
        for trigger in survey.triggers
        if isinstance(trigger, Keyword) and said and said in map(folded, trigger.words)
    )


def survey_for_link(surveys: Iterable[Survey], name: str) -> Survey | None:
    """The survey whose deep link has this name; of several the one of highest priority, then by id."""
    asked = folded(name)
    return _first(
        survey
        for survey in surveys
        for trigger in survey.triggers
        if isinstance(trigger, Link) and asked and asked == folded(trigger.name)
    )


def _first(found: Iterable[Survey]) -> Survey | None:
    """Drafts start nothing."""
    started = [survey for survey in found if survey.priority > 0]
    return min(started, key=lambda survey: (-survey.priority, survey.id), default=None)
