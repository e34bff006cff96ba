"""The bot's own words in Finnish, Swedish and English, read from gettext catalogues with Babel.

Keys are symbolic (``invite.start``); the catalogues under ``locale/`` are the only place with words. This
module picks and fills texts and may not decide when something is said.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final, NamedTuple

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

    def replaced(self, own: Mapping[str, Mapping[str, str | Mapping[str, str]]]) -> "Texts":
        """These texts with an organisation's own in their place.

        ``own``: language to key to text, or to its plural forms by their CLDR names. A language without a
        catalogue has the words that are given, and English for the rest.
        """
        if not own:
            return self
        return Texts({**self._catalogues, **{one: self._with(one, said) for one, said in own.items()}})

    def _with(self, language: str, own: Mapping[str, str | Mapping[str, str]]) -> _Catalogue:
        base, forms = self._in(language), self.forms(language)
        singles, plurals = dict(base.singles), dict(base.plurals)
        if self._spoken(language) is None:  # English has two forms, and another language has its own number
            plurals = {key: tuple(said[form != "one"] for form in forms) for key, said in plurals.items()}
        for key, said in own.items():
            if key in singles and isinstance(said, str):
                singles[key] = said
            elif key in plurals:
                given = dict.fromkeys(forms, said) if isinstance(said, str) else said
                plurals[key] = tuple(
                    given.get(form, text) for form, text in zip(forms, plurals[key], strict=True)
                )
        return _Catalogue(singles, plurals, _counting(language))

    @property
    def keys(self) -> tuple[str, ...]:
        """Every text there is, in the order of the catalogues."""
        known = self._catalogues[FALLBACK]
        return tuple(key for key in (*known.singles, *known.plurals) if key)

    def counts(self, key: str) -> bool:
        """Whether a text has plural forms."""
        return key in self._catalogues[FALLBACK].plurals

    @staticmethod
    def forms(language: str) -> tuple[str, ...]:
        """The plural forms of a language by their CLDR names, in the order of its catalogue."""
        return tuple(_forms(language))

    def placeholders(self, key: str) -> frozenset[str]:
        """The names that a text fills in."""
        known = self._catalogues[FALLBACK]
        said = known.plurals.get(key) or (known.singles[key],)
        names = {name for text in said for _, name, _, _ in Formatter().parse(text) if name is not None}
        return frozenset(names | ({"n"} if key in known.plurals else set()))

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
        return self._spoken(language) or self._catalogues[FALLBACK]

    def _spoken(self, language: str) -> _Catalogue | None:
        return self._catalogues.get(language) or self._catalogues.get(language.partition("-")[0])


@cache
def _load(package: str, domain: str) -> Texts:
    return Texts({language: _read(package, domain, language) for language in LANGUAGES})


def _read(package: str, domain: str, language: str) -> _Catalogue:
    # 40 ms that a command without texts need not pay
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
    return _Catalogue(singles, plurals, _counting(language))


def _counting(language: str) -> Callable[[float], int]:
    """Which plural form a number takes in a language; English where nobody has written its rule down."""
    rule, forms = _rule(language), _forms(language)
    return lambda n: forms.index(rule(n))


def _forms(language: str) -> list[str]:
    rule = _rule(language)
    return [name for name in CLDR_FORMS if name in rule.tags or name == "other"]


@cache
def _rule(language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-").plural_form
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK).plural_form
