"""What a typed answer was probably meant to be: "verry good" is near "Very good".

Only a guess, never an answer: the person is asked first. Types that are not in ``NEAR`` are not guessed at.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bot.engine.folding import fold, loosen
from bot.engine.questions.base import Prompt, label

CLOSE: Final = 0.8
"""Share of letters in common (difflib's ratio): one slip in four letters, two in nine."""
SHORTEST: Final = 4
"""Letters; in shorter words one slip makes another word."""
LONGEST: Final = 60
"""Letters; longer texts are sentences, and no slip of a choice."""
MOST_PARTS: Final = 8
"""Parts of a typed list that are guessed at: each is held against every choice."""
CLEAR: Final = 0.05
"""By so much the nearest choice must be nearer than the next, or it is no guess but a lot."""


def one_choice(words: str, prompt: Prompt) -> str:
    """The label of the one choice that is near; empty where none is, or more than one."""
    place = _nearest(words, prompt)
    return "" if place is None else label(prompt.question.choices[place], prompt.language)


def several_choices(words: str, prompt: Prompt) -> str:
    """The labels of a list in which every part is a choice or near one; empty where one is not."""
    parts = [part.strip() for part in words.replace("\n", ",").replace(";", ",").split(",")]
    if len(parts) > MOST_PARTS:
        return ""
    choices = prompt.question.choices
    places: list[int | None] = []
    for part in parts:
        places.append(_nearest(part, prompt))
        if places[-1] is None:
            return ""
    found = dict.fromkeys(place for place in places if place is not None)
    return ", ".join(label(choices[place], prompt.language) for place in found)


def _nearest(words: str, prompt: Prompt) -> int | None:
    typed = loosen(fold(words))
    if not SHORTEST <= len(typed) <= LONGEST:
        return None
    ratios: dict[int, float] = {}
    for place, word in _known(prompt):
        ratio = difflib.SequenceMatcher(None, typed, word).ratio()
        ratios[place] = max(ratio, ratios.get(place, 0))
    ranked = sorted(ratios, key=lambda place: -ratios[place])
    if not ranked or ratios[ranked[0]] < CLOSE:
        return None
    clear = len(ranked) == 1 or ratios[ranked[0]] - ratios[ranked[1]] >= CLEAR
    return ranked[0] if clear else None


def _known(prompt: Prompt) -> Iterable[tuple[int, str]]:
    """The choices by every word for them, in all languages of the flow."""
    for place, choice in enumerate(prompt.question.choices):
        for word in (*choice.label.values(), *choice.accept):
            if len(word) <= 2 * LONGEST:  # a longer one is not near anything that short
                yield place, loosen(fold(word))


NEAR: Final[Mapping[str, Callable[[str, Prompt], str]]] = {
    "select_one": one_choice,
    "select_multiple": several_choices,
    "scale": one_choice,
}
"""Types with words to slip in. In a yes/no question "did you mean no?" could not be answered with a word."""
