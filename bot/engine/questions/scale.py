"""A step of an ordered scale. A typed number is the value itself, never a place in the list."""

from bot.engine.flow import Choice, Question, in_language
from bot.engine.numbers import show
from bot.engine.questions import bounds
from bot.engine.questions.base import Offer, Prompt, Reading, Repair, Understood
from bot.engine.questions.select_one import SelectOne
from bot.engine.session import Answer

WORDY = ("agree", "satisfaction")
"""Presets whose labels are too long to stand side by side."""


class Scale(SelectOne):
    """See the module."""

    def value(self, choice: Choice) -> int:
        """The number of the step."""
        return int(choice.value or 0)

    def _offer(self, question: Question, language: str) -> Offer:
        buttons = super()._offer(question, language)
        return Offer(
            options=buttons.options,
            layout="rows" if question.preset in WORDY else "scale",
            ends=_ends(question, language),
        )

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The number, or the words of a step or of an end."""
        place = prompt.prepared.words(prompt.language).find(words)
        if place is not None:
            return self._meaning(prompt.question.choices[place])
        hint = _hint(prompt.question, prompt.language)
        found = bounds.read(words, prompt, hint)
        if isinstance(found, Repair):
            return found if found.key == "number.ambiguous" else hint
        return Understood(Answer(int(found.value))) if found.whole else hint


def _hint(question: Question, language: str) -> Repair:
    if question.preset in WORDY:
        return SelectOne.hint
    least, most = question.minimum or 0, question.maximum or 0
    return Repair("hint.scale", {"minimum": show(least, language), "maximum": show(most, language)})


def _ends(question: Question, language: str) -> str:
    """``0 = not at all likely, 10 = extremely likely``; empty where the ends have no words."""
    ends = ((question.minimum, question.min_label), (question.maximum, question.max_label))
    return ", ".join(
        f"{show(number, language)} = {in_language(words, language)}"
        for number, words in ends
        if number is not None and words
    )
