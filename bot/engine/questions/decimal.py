"""A number with or without decimals, typed."""

from typing import Final

from bot.engine import numbers
from bot.engine.flow import Question
from bot.engine.questions import bounds
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.session import Answer

_HINT: Final = Repair("hint.decimal")


class Decimal:
    """See the module."""

    seconds: Final = 12

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """A number within the bounds, kept as a float."""
        found = bounds.read(words, prompt, _HINT)
        return found if isinstance(found, Repair) else Understood(Answer(float(found.value)))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The number with the decimal mark of the language."""
        assert isinstance(answer.value, int | float)
        return numbers.show(answer.value, language)
