"""An email address, typed. Its form is looked at; whether anybody reads it cannot be known here."""

import re
from typing import Final

from bot.engine.flow import Question
from bot.engine.folding import one_line
from bot.engine.questions.base import NOTHING, Offer, Prompt, Reading, Repair, Understood
from bot.engine.questions.text import SHOWN
from bot.engine.session import Answer

LONGEST: Final = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3, less the angle brackets)."""
LONGEST_LOCAL: Final = 64
"""Characters before the @ (RFC 5321, 4.5.3.1.1)."""

_LOCAL: Final = re.compile(r"[^\s@.\"(),:;<>\[\]\\]+(?:\.[^\s@.\"(),:;<>\[\]\\]+)*")
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_AROUND: Final = " \t\n<>()[]\"'.,;:"
_HINT: Final = Repair("hint.email")


class Email:
    """See the module."""

    seconds: Final = 20

    def offer(self, prompt: Prompt) -> Offer:
        """Nothing to press."""
        return NOTHING

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The address, its domain in small letters."""
        address = words.strip(_AROUND).removeprefix("mailto:")
        local, _, domain = address.rpartition("@")
        domain = domain.lower()
        sound = len(address) <= LONGEST and len(local) <= LONGEST_LOCAL
        if not sound or _LOCAL.fullmatch(local) is None or _DOMAIN.fullmatch(domain) is None:
            return _HINT
        return Understood(Answer(f"{local}@{domain}"))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The address."""
        return one_line(str(answer.value), SHOWN)
