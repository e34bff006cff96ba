"""Questions that nobody is asked: a hidden value, a formula, a draw from a pool. The flow goes on at once.

What they hold is worked out in ``quiet`` while the way through the flow is walked.
"""

from dataclasses import dataclass
from typing import Final

from bot.engine.flow import Question
from bot.engine.folding import one_line
from bot.engine.numbers import show
from bot.engine.presets import spoken, yes_no_label
from bot.engine.questions.text import SHOWN
from bot.engine.session import Answer


@dataclass(frozen=True, slots=True)
class Quiet:
    """What all of them share: they cost no time, and a text may quote what they hold."""

    seconds: int = 0

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The value in words: numbers and yes or no as the language has them."""
        match answer.value:
            case bool():
                return spoken(yes_no_label(answer.value), (language,))[language]
            case int() | float():
                return show(answer.value, language)
            case list():
                return ", ".join(answer.value)
        return one_line(str(answer.value), SHOWN)


QUIET: Final = Quiet()
