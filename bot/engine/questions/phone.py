"""A phone number, typed or shared as one's own contact. Kept as digits, with + where the country was told."""

import re
import unicodedata
from typing import Final

from bot.engine.flow import Question
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.session import Answer, Media

LONGEST_TYPED: Final = 40
FEWEST: Final = 5
"""Digits of a number within a country; short ones are services."""
FEWEST_ABROAD: Final = 8
MOST: Final = 15
"""Digits with the country's (ITU-T E.164)."""

_TRUNK: Final = re.compile(r"(?<=\d)\s*\(0\)\s*")
"""``+358 (0)40``: the zero is dialled only within the country."""
_BETWEEN: Final = re.compile(r"[\s().\-/‐-―\u00a0]")
_NUMBER: Final = re.compile(r"(\+?)(\d+)")
_HINT: Final = Repair("hint.phone")


class Phone:
    """See the module."""

    seconds: Final = 15

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The number without what stands between its digits."""
        number = _read(words)
        return _HINT if number is None else Understood(Answer(number))

    def receive(self, media: Media, prompt: Prompt) -> Reading | None:
        """A contact card, if it is the sender's own; another person's number is not theirs to give."""
        if media.what != "contact":
            return None
        number = _read(media.sent.phone) if media.sent is not None else None
        return Repair("phone.not_own", precise=True) if number is None else Understood(Answer(number))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The digits."""
        return str(answer.value)


def _read(words: str) -> str | None:
    if len(words) > LONGEST_TYPED:
        return None
    bare = _BETWEEN.sub("", _TRUNK.sub(" ", words))
    bare = "".join(str(unicodedata.decimal(one, one)) for one in bare).replace("＋", "+")
    found = _NUMBER.fullmatch(f"+{bare[2:]}" if bare.startswith("00") else bare)
    if found is None:
        return None
    fewest = FEWEST_ABROAD if found[1] else FEWEST
    return found[0] if fewest <= len(found[2]) <= MOST else None
