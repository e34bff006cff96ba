"""Several choices: toggled one by one and done, or typed as a list ("1, 3", "tea and coffee")."""

import re
from collections.abc import Sequence
from typing import Final

from bot.engine.flow import Choice, Question
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
    place_of,
)  # fmt: skip
from bot.engine.questions.select_one import with_words
from bot.engine.session import Answer
from bot.engine.vocabulary import DONE, JOINERS, LONGEST, Vocabulary
from bot.engine.vocabulary import words as all_words

_HINT: Final = Repair("hint.choices")
_DONE: Final = Vocabulary((word, True) for word in all_words(DONE))
_JOINER: Final = "|".join(map(re.escape, JOINERS))
_BETWEEN: Final = re.compile(rf"(\s*[,;\n/]\s*(?:(?:{_JOINER})\s)?|\s(?:{_JOINER})\s)", re.IGNORECASE)
"""Between the parts of a list; in a group, so that a label with a comma can be put together again."""
_SPACE: Final = re.compile("( +)")
STRETCH: Final = 15
"""Parts and what is between them: a label of up to eight parts ("bread, butter and jam") is found whole."""


class SelectMultiple:
    """See the module."""

    seconds: Final = 15

    def offer(self, prompt: Prompt) -> Offer:
        """Every choice with its mark, and "done"."""
        question, picked = prompt.question, prompt.picked
        options = tuple(
            Option(str(place), label(choice, prompt.language), _toggled(choice, prompt), choice.id in picked)
            for place, choice in ((place, question.choices[place]) for place in order(prompt))
        )
        return Offer(options=options, form="multiple", done=_done(question, picked))

    def read(self, words: str, prompt: Prompt) -> Reading:
        """A list adds to what is picked and ends the question, as does "done"."""
        if _DONE.find(words):
            return _done(prompt.question, prompt.picked)
        found = places(words, prompt)
        if not found:
            return _HINT
        picked: Sequence[str] = prompt.picked
        for place in found:
            picked = _with(prompt.question, picked, prompt.question.choices[place])
        return _done(prompt.question, picked)

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The labels, with the words of "other" after its own; "–" for none."""
        chosen = answer.value if isinstance(answer.value, list) else []
        return (
            ", ".join(
                with_words(label(choice, language), answer.other if choice.other else "")
                for choice in question.choices
                if choice.id in chosen
            )
            or "–"
        )


def _toggled(choice: Choice, prompt: Prompt) -> Toggled | Repair:
    question, picked = prompt.question, prompt.picked
    if choice.id in picked:
        return Toggled(tuple(one for one in picked if one != choice.id))
    after = _with(question, picked, choice)
    return _too_many(question, after) or Toggled(after)


def _with(question: Question, picked: Sequence[str], new: Choice) -> tuple[str, ...]:
    """The picks with one more, in the order of the flow; "none of these" stands alone."""
    if new.exclusive:
        return (new.id,)
    return tuple(
        choice.id
        for choice in question.choices
        if choice.id == new.id or (choice.id in picked and not choice.exclusive)
    )


def _done(question: Question, picked: Sequence[str]) -> Understood | Repair:
    """What ends the question. A window lets "none of these" be ticked beside others; then those count."""
    alone = {choice.id for choice in question.choices if choice.exclusive}
    picked = [one for one in picked if one not in alone] or picked
    least = question.minimum if question.minimum is not None else int(question.required)
    if not picked and not question.required and question.minimum is None:
        return Understood(Answer(None, "skipped"))
    if len(picked) < least:
        return Repair("choices.too_few", n=int(least), precise=True)
    other = any(choice.other and choice.id in picked for choice in question.choices)
    return _too_many(question, picked) or Understood(Answer(list(picked)), wants_words=other)


def _too_many(question: Question, picked: Sequence[str]) -> Repair | None:
    if question.maximum is None or len(picked) <= question.maximum:
        return None
    return Repair("choices.too_many", n=int(question.maximum), precise=True)


def places(words: str, prompt: Prompt, among: Sequence[int] | None = None) -> list[int]:
    """The choices of a typed list; empty if any part is none. The longest stretch that is a label wins.

    ``among`` are the places on offer in the order shown, where those are not all.
    """
    parts = _parts(words)
    found: list[int] = []
    start = 0
    while start < len(parts):
        for end in range(min(len(parts), start + STRETCH), start, -2):
            place = place_of("".join(parts[start:end]), prompt, among)
            if place is not None:
                found.append(place)
                start = end + 1
                break
        else:
            return []
    return found


def _parts(words: str) -> list[str]:
    """The parts of a list, and at every second place what stood between them."""
    if len(words) > LONGEST:
        return []
    if words.replace(" ", "").isdecimal():
        return _SPACE.split(words)
    return _BETWEEN.split(words)
