"""``[texts.fi]``: the bot's own words as an admin wants them, or everything that is wrong with them.

A key stands as it does in the catalogues, in quotation marks. What a text fills in is checked; how it reads
is the admin's affair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final

from bot.config.document import Place
from bot.config.model import OwnTexts
from bot.config.settings import Desk
from bot.config.wording import Wording
from bot.engine.suggest import did_you_mean
from bot.texts import CLDR_FORMS, FALLBACK, LANGUAGES, Texts

WINDOW: Final = "slack."
WINDOW_LENGTH: Final = 24
"""Characters of a title or a button of Slack's windows (docs.slack.dev, views)."""
NUMBER: Final = "n"
"""The number of a text with plural forms; it need not be said."""


def own_texts(data: object, place: Place, languages: Sequence[str], desk: Desk) -> OwnTexts:
    """Language to key to text, or to its plural forms by their CLDR names; only what is right."""
    if not isinstance(data, dict):
        desk.say(place, "", "texts is no table.", 'Write [texts.fi], and below it "help" = "…".')
        return {}
    reader = _Reader(place, tuple(languages), desk, Texts.load())
    found = {language: reader.language(language, table) for language, table in data.items()}
    return {language: texts for language, texts in found.items() if texts}


@dataclass(slots=True)
class _Reader:
    place: Place
    languages: tuple[str, ...]
    desk: Desk
    texts: Texts
    found: dict[str, str | dict[str, str]] = field(default_factory=dict)

    def language(self, language: str, table: object) -> Mapping[str, str | Mapping[str, str]]:
        """The texts of one language."""
        if language not in self.languages:
            hint = did_you_mean(language, self.languages)
            self._say((language,), f'the language "{language[:20]}" is not used.', hint)
            return {}
        if not isinstance(table, dict):
            self._say((language,), f"{language} is no table.", f'Write [texts.{language}], and "help" = "…".')
            return {}
        self.found = {}
        for path, value in _leaves(table, ()):
            self._text(language, path, value)
        self._note_missing(language)
        return self.found

    def _text(self, language: str, path: tuple[str, ...], value: object) -> None:
        key, form = ".".join(path), ""
        counted, _, last = key.rpartition(".")
        if last in CLDR_FORMS and counted in self.texts.keys:
            key, form = counted, last
        spot = (language, *path)
        if key not in self.texts.keys:
            self._say(spot, f'the bot has no text "{key[:60]}".', did_you_mean(key, self.texts.keys))
        elif not isinstance(value, str):
            self._say(spot, f'"{key}" is no text.', 'Write it in quotation marks: "…".')
        elif form and not self.texts.counts(key):
            self._say(spot, f'"{key}" has no plural forms.', f'Write "{key}" = "…".')
        elif form and form not in self.texts.forms(language):
            self._say(
                spot, f'{language} has no form "{form}".', did_you_mean(form, self.texts.forms(language))
            )
        elif self._sound(spot, key, value):
            words = Wording(self.place, self.languages, self.desk.problems).text({language: value}, *spot)
            if language in words:
                self._keep(key, form, words[language])

    def _keep(self, key: str, form: str, text: str) -> None:
        if not form:
            self.found[key] = text
            return
        forms = self.found.setdefault(key, {})
        if isinstance(forms, dict):
            forms[form] = text

    def _sound(self, spot: tuple[str, ...], key: str, value: str) -> bool:
        known = self.texts.placeholders(key)
        try:
            used = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
        except ValueError:
            self._say(
                spot, f'"{key}": a brace is missing or alone.', "A brace that is meant is written {{ or }}."
            )
            return False
        for name in sorted(used - known):
            hint = did_you_mean(name, sorted(known)) or "Nothing is filled in here."
            self._say(spot, f'"{key}" cannot fill in {{{name[:40]}}}.', hint)
        if (
            key.startswith(WINDOW)
            and len(value) > WINDOW_LENGTH
            and len(self.texts(key, FALLBACK)) <= WINDOW_LENGTH
        ):
            self._say(
                spot, f'"{key}" has at most {WINDOW_LENGTH} characters, or Slack refuses it.', "Shorten it."
            )
            return False
        missing = sorted(known - used - {NUMBER})
        if missing and not used - known:
            names = ", ".join(f"{{{name}}}" for name in missing)
            self.desk.warn(self.place, spot[0], f'"{key}" no longer says {names}.', "Is that meant?")
        return used <= known

    def _note_missing(self, language: str) -> None:
        """A language that the bot does not speak by itself is spoken as far as it is written here."""
        if language.partition("-")[0] in LANGUAGES:
            return
        missing = [key for key in self.texts.keys if key not in self.found]
        if missing:
            message = f"{language}: {len(missing)} of the bot's {len(self.texts.keys)} texts are not written"
            self.desk.warn(
                self.place, language, f'{message}; the first is "{missing[0]}".', "They will be in English."
            )

    def _say(self, path: tuple[str, ...], message: str, advice: str) -> None:
        self.desk.problems.append(self.place.at(*path).problem(message, advice))


def _leaves(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every text with the keys that lead to it: a key without quotation marks is a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value
