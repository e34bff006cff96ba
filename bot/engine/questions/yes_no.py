"""Yes or no: two buttons, thumbs, and the words for both in every language we speak."""

from bot.engine.flow import Choice
from bot.engine.messages import Layout
from bot.engine.questions.base import Repair
from bot.engine.questions.select_one import SelectOne


class YesNo(SelectOne):
    """See the module."""

    layout: Layout = "inline"
    hint = Repair("hint.yes_no")

    def value(self, choice: Choice) -> bool:
        """True for yes."""
        return choice.id == "yes"
