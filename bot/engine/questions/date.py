"""A day of the calendar, typed; for days close to now, today and its neighbour are buttons too."""

from datetime import date, timedelta
from typing import Final

from bot.engine import dates
from bot.engine.dates import Doubtful, NoSuchDay, bound, show
from bot.engine.flow import Question
from bot.engine.folding import fold
from bot.engine.questions.base import NOTHING, Offer, Option, Prompt, Reading, Repair, Understood
from bot.engine.session import Answer

_HINT: Final = Repair("hint.date")
_NO_SUCH: Final = Repair("date.no_such", precise=True)
_DAY: Final = timedelta(days=1)


class Date:
    """See the module."""

    seconds: Final = 12

    def offer(self, prompt: Prompt) -> Offer:
        """Today and yesterday where nothing later is asked for; today and tomorrow where nothing earlier."""
        today = prompt.today
        earliest, latest = _bounds(prompt.question, today)
        if latest == today:
            near = {"date.today": today, "date.yesterday": today - _DAY}
        elif earliest == today:
            near = {"date.today": today, "date.tomorrow": today + _DAY}
        else:
            return NOTHING
        options = tuple(
            Option(str(place), prompt.texts(key, prompt.language), Understood(Answer(day.isoformat())))
            for place, (key, day) in enumerate(near.items())
            if (earliest is None or earliest <= day) and (latest is None or day <= latest)
        )
        return Offer(options=options, layout="inline")

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The day that was typed, within the bounds."""
        for number, option in enumerate(self.offer(prompt).options, start=1):
            if fold(words) == str(number):
                return option.meaning
        today = prompt.today
        earliest, latest = _bounds(prompt.question, today)
        try:
            found = dates.read(words, prompt.language, today, earliest, latest)
        except NoSuchDay:
            return _NO_SUCH
        match found:
            case None:
                return _HINT
            case Doubtful(first, second):
                either = {"first": show(first, prompt.language), "second": show(second, prompt.language)}
                return Repair("date.ambiguous", either, precise=True)
        return _outside(found, earliest, latest, prompt.language) or Understood(Answer(found.isoformat()))

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The day in words."""
        return show(date.fromisoformat(str(answer.value)), language)


def _bounds(question: Question, today: date) -> tuple[date | None, date | None]:
    return bound(question.earliest, today), bound(question.latest, today)


def _outside(day: date, earliest: date | None, latest: date | None, language: str) -> Repair | None:
    if earliest is not None and day < earliest:
        return Repair("date.too_early", {"date": show(earliest, language)}, precise=True)
    if latest is not None and day > latest:
        return Repair("date.too_late", {"date": show(latest, language)}, precise=True)
    return None
