"""An order of all choices: "which comes next?" until one is left, which is then last by itself.

The order so far is what is picked. A tap adds to it in the same message; a list may be typed at once.
"""

from collections.abc import Sequence
from typing import Final

from bot.engine.flow import Question
from bot.engine.questions.base import (
    Offer,
    Option,
    Prompt,
    Reading,
    Repair,
    Toggled,
    Understood,
    label,
    order,
)  # fmt: skip
from bot.engine.questions.select_multiple import places
from bot.engine.session import Answer

_HINT: Final = Repair("hint.rank")
_TWICE: Final = Repair("rank.twice", precise=True)


class Rank:
    """See the module."""

    seconds: Final = 25

    def offer(self, prompt: Prompt) -> Offer:
        """What is not yet in the order; "back" takes the last one out again."""
        question, picked, language = prompt.question, prompt.picked, prompt.language
        options = tuple(
            Option(str(place), label(question.choices[place], language), _after(prompt, (place,)))
            for place in order(prompt)
            if question.choices[place].id not in picked
        )
        lines = [f"{number}. {words}" for number, words in enumerate(_labels(picked, question, language), 1)]
        key = "rank.next" if picked else "rank.first"
        return Offer(
            options=options,
            ends="\n".join((*lines, prompt.texts(key, language))),
            undo=Toggled(picked[:-1]) if picked else None,
        )

    def read(self, words: str, prompt: Prompt) -> Reading:
        """One choice or several in their order. A number is the one beside a button that is on offer now."""
        left = [place for place in order(prompt) if prompt.question.choices[place].id not in prompt.picked]
        found = places(words, prompt, left)
        return _after(prompt, found) if found else _HINT

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """``1. Coffee, 2. Tea``."""
        ranked = answer.value if isinstance(answer.value, list) else []
        return ", ".join(
            f"{number}. {words}" for number, words in enumerate(_labels(ranked, question, language), 1)
        )


def _labels(ranked: Sequence[str], question: Question, language: str) -> list[str]:
    labels = {choice.id: label(choice, language) for choice in question.choices}
    return [labels.get(one, one) for one in ranked]


def _after(prompt: Prompt, chosen: Sequence[int]) -> Reading:
    """The order with these at its end; the very last one needs no asking."""
    choices = prompt.question.choices
    ranked = (*prompt.picked, *(choices[place].id for place in chosen))
    if len(set(ranked)) < len(ranked):
        return _TWICE
    left = [choice.id for choice in choices if choice.id not in ranked]
    if len(left) > 1:
        return Toggled(ranked)
    return Understood(Answer([*ranked, *left]))
