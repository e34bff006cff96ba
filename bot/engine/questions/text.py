"""Free words. Anything visible is an answer, within the question's length and pattern."""

from functools import lru_cache
from typing import Any, Final

import re2

from bot.engine.flow import Question
from bot.engine.folding import one_line
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.session import Answer

SHOWN: Final = 100
"""Characters of a long answer under the settled question: the message itself stands right below."""
_LONG: Final = Offer(form="long_text")


class Text:
    """See the module."""

    seconds: Final = 25

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press; a platform may open a window for a long text."""
        return _LONG if prompt.question.long else NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The words as they are."""
        question = prompt.question
        if len(words) > question.max_length:
            return too_long(words, question)
        if question.pattern and _compiled(question.pattern).fullmatch(words) is None:
            return Repair("hint.text")
        return Understood(Answer(words))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The words, cut where they are long."""
        return one_line(str(answer.value), SHOWN)


def too_long(words: str, question: Question) -> Repair:
    """What is said to words that do not fit."""
    return Repair("repair.too_long", {"n": len(words), "maximum": question.max_length}, precise=True)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False  # else RE2 prints the admin's pattern to stderr
    return re2.compile(pattern, options)
