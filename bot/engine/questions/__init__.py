"""The question types: one file each, and this list of them. They are named as XLSForm names them."""

from collections.abc import Mapping
from typing import Final

from bot.engine.flow import Question
from bot.engine.questions.base import Asked
from bot.engine.questions.date import Date
from bot.engine.questions.decimal import Decimal
from bot.engine.questions.integer import Integer
from bot.engine.questions.note import Note
from bot.engine.questions.scale import Scale
from bot.engine.questions.select_multiple import SelectMultiple
from bot.engine.questions.select_one import SelectOne
from bot.engine.questions.text import Text
from bot.engine.questions.yes_no import YesNo

ASKED: Final[Mapping[str, Asked]] = {
    "text": Text(),
    "integer": Integer(),
    "decimal": Decimal(),
    "yes_no": YesNo(),
    "select_one": SelectOne(),
    "select_multiple": SelectMultiple(),
    "scale": Scale(),
    "date": Date(),
}
"""Types that wait for an answer."""

TYPES: Final[Mapping[str, Asked | Note]] = {"note": Note(), **ASKED}
"""Every type by its name in a flow."""

LONG_TEXT_SECONDS: Final = 45
"""Expected time for a text that invites several sentences."""


def seconds(question: Question) -> int:
    """Expected time for a question: its own, else that of its type."""
    if question.seconds:
        return question.seconds
    return LONG_TEXT_SECONDS if question.long else TYPES[question.type].seconds
