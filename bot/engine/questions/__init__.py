"""The question types: one file each, and this list of them. They are named as XLSForm names them."""

from collections.abc import Mapping
from typing import Final

from bot.engine.flow import Question
from bot.engine.questions.base import Asked, Receiving
from bot.engine.questions.consent import Consent
from bot.engine.questions.date import Date
from bot.engine.questions.decimal import Decimal
from bot.engine.questions.email import Email
from bot.engine.questions.integer import Integer
from bot.engine.questions.note import Note
from bot.engine.questions.phone import Phone
from bot.engine.questions.quiet import QUIET, Quiet
from bot.engine.questions.rank import Rank
from bot.engine.questions.scale import Scale
from bot.engine.questions.select_multiple import SelectMultiple
from bot.engine.questions.select_one import SelectOne
from bot.engine.questions.sent import FILE, PHOTO, VOICE, Location
from bot.engine.questions.text import Text
from bot.engine.questions.time import Time
from bot.engine.questions.yes_no import YesNo
from bot.engine.session import VALUED, Answer

ASKED: Final[Mapping[str, Asked]] = {
    "text": Text(),
    "integer": Integer(),
    "decimal": Decimal(),
    "yes_no": YesNo(),
    "select_one": SelectOne(),
    "select_multiple": SelectMultiple(),
    "scale": Scale(),
    "date": Date(),
    "time": Time(),
    "rank": Rank(),
    "email": Email(),
    "phone": Phone(),
    "consent": Consent(),
    "photo": PHOTO,
    "voice": VOICE,
    "file": FILE,
    "location": Location(),
}
"""Types that wait for an answer."""

RECEIVING: Final[Mapping[str, Receiving]] = {
    "phone": Phone(),
    "photo": PHOTO,
    "voice": VOICE,
    "file": FILE,
    "location": Location(),
}
"""Types that can be answered with something that is not words."""

UNASKED: Final[Mapping[str, Quiet]] = {"hidden": QUIET, "calculate": QUIET, "pool": QUIET}
"""Types that are answered without a word."""

TYPES: Final[Mapping[str, Asked | Quiet | Note]] = {"note": Note(), **ASKED, **UNASKED}
"""Every type by its name in a flow."""


def shown(question: Question, answer: Answer, language: str) -> str:
    """An answer in words; empty where it has no value."""
    if answer.status not in VALUED:
        return ""
    return (ASKED.get(question.type) or UNASKED[question.type]).shown(answer, question, language)


LONG_TEXT_SECONDS: Final = 45
"""Expected time for a text that invites several sentences."""


def seconds(question: Question) -> int:
    """Expected time for a question: its own, else that of its type."""
    if question.seconds:
        return question.seconds
    return LONG_TEXT_SECONDS if question.long else TYPES[question.type].seconds
