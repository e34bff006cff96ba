"""A time of day, typed; kept as ``HH:MM`` of 24 hours."""

from typing import Final

from bot.engine import times
from bot.engine.flow import Question
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.session import Answer
from bot.engine.times import Doubtful, NoSuchTime, show

_HINT: Final = Repair("hint.time")
_NO_SUCH: Final = Repair("time.no_such", precise=True)


class Time:
    """See the module."""

    seconds: Final = 12

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The time that was typed, within the bounds."""
        question, language = prompt.question, prompt.language
        try:
            found = times.read(words, prompt.clock, question.earliest, question.latest)
        except NoSuchTime:
            return _NO_SUCH
        match found:
            case None:
                return _HINT
            case Doubtful(first, second):
                either = {"first": show(first, language), "second": show(second, language)}
                return Repair("time.ambiguous", either, precise=True)
        return _outside(found, question, language) or Understood(Answer(found))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The time as the language writes it."""
        return show(str(answer.value), language)


def _outside(time: str, question: Question, language: str) -> Repair | None:
    if question.earliest and time < question.earliest:
        return Repair("time.too_early", {"time": show(question.earliest, language)}, precise=True)
    if question.latest and time > question.latest:
        return Repair("time.too_late", {"time": show(question.latest, language)}, precise=True)
    return None
