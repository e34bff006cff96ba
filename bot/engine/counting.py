"""Numbers written as words in Finnish, Swedish and English, from 0 to 100, as people say them in a chat.

Finnish is understood as spoken too (``neljä``, ``nelkyt``). Made once from short lists; nothing is guessed.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from bot.engine.folding import tidy

_FINNISH: Final = {
    0: "nolla", 1: "yksi yks", 2: "kaksi kaks", 3: "kolme", 4: "neljä", 5: "viisi viis", 6: "kuusi kuus",
    7: "seitsemän seittemän", 8: "kahdeksan kaheksan kasi", 9: "yhdeksän yheksän ysi", 10: "kymmenen kymppi",
}  # fmt: skip
_SWEDISH: Final = {
    0: "noll", 1: "en ett", 2: "två", 3: "tre", 4: "fyra", 5: "fem", 6: "sex", 7: "sju", 8: "åtta", 9: "nio",
    10: "tio tie", 11: "elva", 12: "tolv", 13: "tretton", 14: "fjorton", 15: "femton", 16: "sexton",
    17: "sjutton", 18: "arton aderton", 19: "nitton", 20: "tjugo tjugi", 30: "trettio tretti",
    40: "fyrtio förti", 50: "femtio femti", 60: "sextio sexti", 70: "sjuttio sjutti", 80: "åttio åtti",
    90: "nittio nitti", 100: "hundra etthundra",
}  # fmt: skip
_ENGLISH: Final = {
    0: "zero nil", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight",
    9: "nine", 10: "ten", 11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen",
    16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty",
    50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety", 100: "hundred",
}  # fmt: skip
TEN: Final = 10
HUNDRED: Final = 100


def number(words: str) -> int | None:
    """The number that these words say as a whole, in any of the languages; None where they say none."""
    return _words().get(tidy(words).strip(" .,!?").replace("-", " "))


@cache
def _words() -> Mapping[str, int]:
    return {
        word: value for value, word in (*_finnish(), *_with_tens(_SWEDISH, ""), *_with_tens(_ENGLISH, " "))
    }


def _finnish() -> Iterator[tuple[int, str]]:
    for value, several in _FINNISH.items():
        for word in several.split():
            yield value, word
            if 0 < value < TEN:
                yield TEN + value, f"{word}toista"
    for tens in range(2, TEN):
        for stem in _FINNISH[tens].split():
            for ending in ("kymmentä", "kyt", "kymppiä"):
                yield tens * TEN, stem + ending
                for ones in range(1, TEN):
                    for word in _FINNISH[ones].split():
                        yield tens * TEN + ones, stem + ending + word
                        yield tens * TEN + ones, f"{stem}{ending} {word}"
    yield HUNDRED, "sata"
    yield HUNDRED, "satanen"


def _with_tens(language: Mapping[int, str], joint: str) -> Iterator[tuple[int, str]]:
    """``tjugotvå`` and ``tjugo två``; ``twenty-two`` is ``twenty two`` by the time it is looked up."""
    for value, several in language.items():
        for word in several.split():
            yield value, word
            if TEN < value < HUNDRED and not value % TEN:
                for ones in range(1, TEN):
                    for one in language[ones].split():
                        yield value + ones, word + joint + one
                        yield value + ones, f"{word} {one}"
