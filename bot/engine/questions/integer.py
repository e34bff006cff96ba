"""A whole number, typed."""

from typing import Final

from bot.engine import numbers
from bot.engine.flow import Question
from bot.engine.questions import bounds
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.session import Answer

_HINT: Final = Repair("hint.integer")
_WHOLE: Final = Repair("number.whole", precise=True)


class Integer:
    """See the module."""

    seconds: Final = 12

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """A whole number within the bounds."""
        found = bounds.read(words, prompt, _HINT)
        if isinstance(found, Repair):
            return found
        return Understood(Answer(int(found.value))) if found.whole else _WHOLE

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The number in digits."""
        assert isinstance(answer.value, int | float)
        return numbers.show(answer.value, language)
