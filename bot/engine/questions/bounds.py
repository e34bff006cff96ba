"""What integer, decimal and scale have in common: a typed number and its bounds."""

from bot.engine import numbers
from bot.engine.flow import Question
from bot.engine.numbers import Doubtful, Number
from bot.engine.questions.base import Prompt, Repair


def read(words: str, prompt: Prompt, hint: Repair) -> Number | Repair:
    """The number within the question's bounds; ``hint`` is for what is no number at all."""
    language = prompt.language
    found = numbers.read(words, language)
    if found is None:
        return hint
    if isinstance(found, Doubtful):
        either = {
            "first": numbers.show(found.first, language),
            "second": numbers.show(found.second, language),
        }
        return Repair("number.ambiguous", either, precise=True)
    return _outside(found.value, prompt.question, language) or found


def _outside(value: float, question: Question, language: str) -> Repair | None:
    if question.minimum is not None and value < question.minimum:
        least = numbers.show(question.minimum, language)
        return Repair("number.too_small", {"minimum": least}, precise=True)
    if question.maximum is not None and value > question.maximum:
        most = numbers.show(question.maximum, language)
        return Repair("number.too_large", {"maximum": most}, precise=True)
    return None
