"""Care: words that worry. A duty person hears of them at once, the member is told where help is.

Every message is listened to, whatever it answers. A word is compared without regard to case and accents.
"""

import re
from functools import lru_cache
from typing import Final

from bot.engine.flow import in_language
from bot.engine.folding import clean, fold, loosen
from bot.engine.messages import Outbound
from bot.service import voices
from bot.service.case import Case
from bot.service.context import Context
from storage import anonymity
from storage.work import OpenSession

LISTENED: Final = 20_000
"""Characters of a message that are looked at; platforms send less."""
KEPT: Final = 4000
"""Characters of a message that are kept with the alert."""


def worries(context: Context, text: str) -> bool:
    """Whether one of the words stands in the text."""
    care = context.config.care
    return care is not None and bool(text) and _pattern(care.words).search(_plain(text)) is not None


def _plain(text: str) -> str:
    return loosen(fold(clean(text[:LISTENED])))


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """One alternation of fixed words: no admin's text is read as a pattern, so none can be slow."""
    parts = [
        re.escape(_plain(word.removesuffix("*"))) + ("" if word.endswith("*") else r"(?!\w)")
        for word in words
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})")


def listen(case: Case, text: str, session: OpenSession | None) -> None:
    """Look at what somebody wrote, in a session or outside any: help for them, and an alert."""
    care = case.context.config.care
    if care is None or not worries(case.context, text):
        return
    help_ = Outbound(text=in_language(care.contact, case.language))
    case.work.send(case.who, case.key(), help_, language=case.language)
    if session is not None and session.sealed:  # that somebody needs help is told, and not who
        voices.hear(
            case.context, case.work, "words", care.duty, case.now,
            person_id=anonymity.nobody(case.work.connection), words="", survey=session.survey,
        )  # fmt: skip
        return
    voices.hear(
        case.context, case.work, "words", care.duty, case.now,
        person_id=case.who.person_id, words=clean(text[:KEPT]),
        session_id=session.row if session is not None else None,
        survey=session.survey if session is not None else "",
        question=(session.session.question or "") if session is not None else "",
    )  # fmt: skip
