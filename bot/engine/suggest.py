"""Did you mean …? Finds the known word that a misspelt one was probably meant to be.

Pure. It only words suggestions; it never corrects anything by itself.
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

CLOSE_ENOUGH: Final = 0.6
"""Ratio of difflib above which two words look alike: its own default."""
LISTED_AT_MOST: Final = 12
"""Longer lists of possible words help nobody."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, forgiving case, hyphens and spaces; None where nothing is near."""
    by_shape = {_shape(one): one for one in known}
    shape = _shape(word)
    if shape in by_shape:
        return by_shape[shape]
    found = difflib.get_close_matches(shape, by_shape, n=1, cutoff=CLOSE_ENOUGH)
    return by_shape[found[0]] if found else None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``Did you mean "mood"?``, else ``Known: a, b, c.``, else an empty text."""
    near = closest(word, known)
    if near is not None:
        return f'Did you mean "{near}"?'
    if not known:
        return ""
    more = ", …" if len(known) > LISTED_AT_MOST else ""
    return f"Possible: {', '.join(known[:LISTED_AT_MOST])}{more}."


def _shape(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
