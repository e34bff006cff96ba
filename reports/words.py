"""The words of the reports in one language: catalogue texts, and numbers, shares and dates as in CLDR.

Figures come in as they may be shown; nothing is rounded here in a way that would say more than they do.
"""

import datetime as dt
import re
from collections.abc import Iterable
from datetime import date, datetime
from string import Formatter
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from bot.engine.flow import Text, in_language
from bot.texts import LANGUAGES, Texts
from reports.figures.shapes import Change, Estimate
from reports.suppression import Percent

LOCALES: Final = {"en": "en_GB"}
"""Plain English would write its dates as in the United States; our readers are in Europe."""

NAME: Final = "\0"
"""Holds the place of the person's name while a question is read."""
BLANKS: Final[dict[str | None, str]] = {None: "", "name": NAME}
CALLED_FIRST: Final = re.compile(rf"^{NAME} ?[,!:–—-]*\s+(?=\S)")
"""``{name}, how …``"""
CALLED_AFTER: Final = re.compile(rf"[ ,]*{NAME}(?=[\s,.!?:;–—]|$)")
"""``Hello {name}! You …``, ``How are you, {name}?``"""

MINUTE: Final = 60
HOURS_TOLD: Final = 48
"""Hours from which a time is told in days."""
FROM_TWO_MINUTES: Final = 120
"""Seconds from which a duration is told in minutes."""


class Words:
    """Everything a page or table says, in one language and one time zone."""

    def __init__(self, language: str, zone: str = "UTC") -> None:
        """``language`` is one of ``LANGUAGES``; labels of questions fall back to their own first language."""
        self.language = language
        self.locale = Locale.parse(LOCALES.get(language, language))
        self._zone = ZoneInfo(zone)
        self._texts = Texts.load("reports", "reports")

    def __call__(self, key: str, /, **values: object) -> str:
        """A text of the catalogue."""
        return self._texts(key, self.language, **values)

    def plural(self, key: str, n: int, /, **values: object) -> str:
        """The form that ``n`` takes."""
        return self._texts.plural(key, self.language, n, **values)

    def of(self, text: Text) -> str:
        """A text of the admin's."""
        return in_language(text, self.language)

    def question(self, text: Text) -> str:
        """A question as it stands in a report: without the person's name, other blanks left open."""
        parts = Formatter().parse(self.of(text))
        blank = "".join(plain + BLANKS.get(field, "…") for plain, field, _, _ in parts)
        said = CALLED_AFTER.sub("", CALLED_FIRST.sub("", blank)).replace(NAME, "…")
        return said[:1].upper() + said[1:] if blank.startswith(NAME) else said

    def number(self, value: float, digits: int = 0) -> str:
        """A number with at most so many decimals."""
        rounded = round(value, digits) + 0.0  # no minus before a zero
        said = format_decimal(rounded, f"#,##0.{'#' * digits}", locale=self.locale).rstrip(",.")
        return said.replace("-", "−")

    def share(self, share: Percent) -> str:
        """A share: 41 %, ≤ 5 %."""
        printed = format_percent(share.value / 100, locale=self.locale)
        return f"{share.sign}\u00a0{printed}" if share.sign else printed

    def rate(self, value: object) -> str:
        """An exact fraction in whole percent; a dash where there is none."""
        return "–" if value is None else format_percent(float(value), locale=self.locale)  # type: ignore[arg-type]

    def shares(self, low: int, high: int) -> str:
        """An interval between two whole percents: 35–48 %; 40 % where it is a point."""
        if low == high:
            return format_percent(low / 100, locale=self.locale)
        return f"{self.number(low)}–{format_percent(high / 100, locale=self.locale)}"

    def value(self, estimate: Estimate) -> str:
        """An estimate alone: 78 %, ≥ 80 %, +45, 3.6."""
        sign = f"{estimate.sign}\u00a0" if estimate.sign else ""
        match estimate.unit:
            case "share":
                return self.share(Percent(estimate.sign, round(estimate.value * 100)))
            case "score":
                return sign + self._signed(estimate.value)
        return sign + self.number(estimate.value, 1)

    def interval(self, estimate: Estimate) -> str:
        """The interval of an estimate; empty where it has none, or where everybody answered."""
        if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
            return ""
        match estimate.unit:
            case "share":
                return self.shares(round(estimate.low * 100), round(estimate.high * 100))
            case "score":
                return f"{self._signed(estimate.low)} – {self._signed(estimate.high)}"
        return f"{self.number(estimate.low, 1)}–{self.number(estimate.high, 1)}"

    def _signed(self, value: float, digits: int = 0) -> str:
        said = self.number(value, digits).replace("-", "−")
        if said.strip("−0,.") == "":
            return "0"
        return f"+{said}" if value > 0 else said

    def change(self, change: Change) -> dict[str, str]:
        """A change and the ends of its interval, signed: shares in whole points, means with one decimal."""
        scale, digits = (100, 0) if change.unit == "share" else (1, 1 if change.unit == "number" else 0)
        ends = {"value": change.value, "low": change.low, "high": change.high}
        return {name: self._signed(end * scale, digits) for name, end in ends.items()}

    def either(self, items: Iterable[str]) -> str:
        """``rather good or good``."""
        return format_list(list(items), style="or", locale=self.locale)

    def all_of(self, items: Iterable[str]) -> str:
        """``spring, summer and autumn``."""
        return format_list(list(items), style="standard", locale=self.locale)

    def range(self, first: float | None, last: float | None) -> str:
        """A range of numbers with both ends in it, open where an end is None; never open at both."""
        if first is None:
            return self("range.upto", last=self.number(last or 0.0, 6))
        if last is None:
            return self("range.from", first=self.number(first, 6))
        ends = [self.number(end, 6) for end in (first, last)]
        return ends[0] if first == last else "–".join(ends)

    def points(self, share: float) -> str:
        """A difference of shares in signed whole percentage points."""
        return self._signed(share * 100)

    def day(self, ordinal: float) -> str:
        """A calendar day, given as a day of the common era."""
        return format_date(date.fromordinal(int(ordinal)), "medium", locale=self.locale)

    def date(self, moment: datetime) -> str:
        """The day of a moment in the organisation's zone."""
        return format_date(moment.astimezone(self._zone), "long", locale=self.locale)

    def short_date(self, moment: datetime) -> str:
        """The same, shorter."""
        return format_date(moment.astimezone(self._zone), "medium", locale=self.locale)

    def month(self, day: dt.date) -> str:
        """A calendar month."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def tiny_date(self, moment: datetime) -> str:
        """Day and month alone, for the foot of a chart."""
        return format_skeleton("Md", moment.astimezone(self._zone), locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Day and time in the organisation's zone."""
        local = moment.astimezone(self._zone)
        return f"{self.date(moment)}, {format_time(local, 'short', locale=self.locale)}"

    def hours(self, hours: float) -> str:
        """A time within which something happened: whole hours up to two days, then whole days."""
        if hours < HOURS_TOLD:
            return self.plural("time.hours", max(1, round(hours)))
        return self.plural("time.days", round(hours / 24))

    def duration(self, seconds: float) -> str:
        """Seconds below two minutes, then whole minutes."""
        if seconds < FROM_TWO_MINUTES:
            return self.plural("time.seconds", max(1, round(seconds)))
        return self.plural("time.minutes", round(seconds / MINUTE))


def chosen_language(wish: str, spoken: Iterable[str]) -> str:
    """The language of a report: the one asked for, else the organisation's first that we have words in."""
    return next((one for one in (wish, *spoken) if one in LANGUAGES), LANGUAGES[0])
