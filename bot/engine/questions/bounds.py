"""What integer, decimal and scale have in common: a typed number and its bounds."""

from bot.engine import numbers
from bot.engine.flow import Question
from bot.engine.numbers import Doubtful, Number
from bot.engine.questions.base import Prompt, Repair


def read(words: str, prompt: Prompt, hint: Repair) -> Number | Repair:
    """The number within the question's bounds; ``hint`` is for what is no number at all."""
    language = prompt.language
    match numbers.read(words, language):
        case None:
            return hint
        case Doubtful(first, second):
            either = {"first": numbers.show(first, language), "second": numbers.show(second, language)}
            return Repair("number.ambiguous", either, precise=True)
        case Number() as number:
            return _outside(number.value, prompt.question, language) or number


def _outside(value: float, question: Question, language: str) -> Repair | None:
    if question.minimum is not None and value < question.minimum:
        least = numbers.show(question.minimum, language)
        return Repair("number.too_small", {"minimum": least}, precise=True)
    if question.maximum is not None and value > question.maximum:
        most = numbers.show(question.maximum, language)
        return Repair("number.too_large", {"maximum": most}, precise=True)
    return None
