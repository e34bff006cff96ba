"""The bot's own words in Finnish, Swedish and English, read from gettext catalogues with Babel.

Keys are symbolic (``invite.start``); the catalogues under ``locale/`` are the only place with words. This
module picks and fills texts and may not decide when something is said.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from bot.engine import dates

LANGUAGES: Final = ("fi", "sv", "en")
FALLBACK: Final = "en"
"""For people whose language has no catalogue."""
CLDR_FORMS: Final = ("zero", "one", "two", "few", "many", "other")
"""The order in which gettext counts the plural forms that CLDR names."""


class _Catalogue(NamedTuple):
    singles: Mapping[str, str]
    plurals: Mapping[str, Sequence[str]]
    form: Callable[[float], int]
    """Which plural form a number takes."""


class Texts:
    """Every text of every language; made once by ``load`` and shared."""

    __slots__ = ("_catalogues",)

    def __init__(self, catalogues: Mapping[str, _Catalogue]) -> None:
        self._catalogues = catalogues

    @staticmethod
    def load(package: str = "bot.texts", domain: str = "kuulolla") -> "Texts":
        """The catalogues of a package, ``locale/<language>/LC_MESSAGES/<domain>.po``, read once a process."""
        return _load(package, domain)

    def __call__(self, key: str, language: str, /, **values: object) -> str:
        """The text in this language, filled in. Raises KeyError for an unknown key or a missing value."""
        text = self._in(language).singles[key]
        return text.format_map(values) if "{" in text else text

    def plural(self, key: str, language: str, n: int, /, **values: object) -> str:
        """The form of the text that ``n`` takes; ``{n}`` is the number. Raises as a call does."""
        catalogue = self._in(language)
        return catalogue.plurals[key][catalogue.form(n)].format(n=n, **values)

    def date(self, moment: datetime, language: str, zone: str, /) -> str:
        """The day of an aware moment in an IANA zone, in words: ``4. toukokuuta 2026``."""
        return dates.show(dates.today(moment, zone), language)

    def _in(self, language: str) -> _Catalogue:
        found = self._catalogues.get(language) or self._catalogues.get(language.partition("-")[0])
        return found or self._catalogues[FALLBACK]


@cache
def _load(package: str, domain: str) -> Texts:
    return Texts({language: _read(package, domain, language) for language in LANGUAGES})


def _read(package: str, domain: str, language: str) -> _Catalogue:
    # 40 ms that a command without texts need not pay
    from babel import Locale
    from babel.messages.pofile import read_po

    singles: dict[str, str] = {}
    plurals: dict[str, Sequence[str]] = {}
    place = files(package) / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
    with place.open("rb") as file:
        for message in read_po(file, locale=language, abort_invalid=True):
            if isinstance(message.id, str):
                singles[message.id] = str(message.string)
            else:
                plurals[message.id[0]] = tuple(map(str, message.string or ()))
    rule = Locale.parse(language).plural_form
    forms: list[str] = [name for name in CLDR_FORMS if name in rule.tags or name == "other"]
    return _Catalogue(singles, plurals, lambda n: forms.index(rule(n)))
