"""Consent: yes or no to a text, and which text it was. After a no the flow ends, unless exits say otherwise.

The answer keeps the hash of the words that were shown and their language, so that it can be proved what
somebody has agreed to, also after the text has changed.
"""

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256

from bot.engine.flow import Question, in_language
from bot.engine.messages import Layout
from bot.engine.questions.base import Offer, Prompt, Reading, Repair, Understood
from bot.engine.questions.yes_no import YesNo
from bot.engine.session import Answer, Detail


class Consent(YesNo):
    """See the module."""

    seconds = 15
    layout: Layout = "rows"
    hint = Repair("hint.consent")

    def offer(self, prompt: Prompt) -> Offer:
        """Yes and no, each with the version of the text."""
        language = prompt.language
        offer = super().offer(prompt)
        options = tuple(
            replace(option, meaning=_versioned(option.meaning, prompt.question, language))
            for option in offer.options
        )
        return replace(offer, options=options)

    def read(self, words: str, prompt: Prompt) -> Reading:
        """Yes or no in words."""
        return _versioned(super().read(words, prompt), prompt.question, prompt.language)


def version(question: Question, language: str) -> Detail:
    """Which text was shown: the first 16 digits of its SHA-256, and the language it was in."""
    text = in_language(question.text, language)
    written = next((code for code, words in question.text.items() if words == text), language)
    return {"text": _digest(text), "language": written}


@lru_cache(maxsize=1024)
def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _versioned(reading: Reading, question: Question, language: str) -> Reading:
    if not isinstance(reading, Understood):
        return reading
    return Understood(Answer(reading.answer.value, detail=version(question, language)))
