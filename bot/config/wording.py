"""Texts by language as the admin wrote them, made into the engine's ``Text``.

Empty texts and unknown languages are errors, missing translations one warning for each table. Marks that turn
the direction of writing are taken out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.config.document import Place
from bot.engine.flow import Text
from bot.engine.flowshape import MAX_TEXT
from bot.engine.folding import shows_nothing
from bot.engine.presets import SPOKEN
from bot.engine.suggest import did_you_mean
from bot.errors import Problem

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates: they can make a text read as another one."""


@dataclass(slots=True)
class Wording:
    """Reads the texts of one table and remembers which of them lack a language."""

    place: Place
    languages: Sequence[str]
    problems: list[Problem]
    lacking: dict[str, list[str]] = field(default_factory=dict)
    """Language -> keys not written in it."""

    def text(self, written: Mapping[str, str] | None, *keys: str | int) -> Text:
        """The text in the order of the languages; empty where nothing was written or nothing is right."""
        if written is None:
            return {}
        spot, name = self.place.at(*keys), _named(keys)
        found = {language or self.languages[0]: text for language, text in written.items()}
        right = {
            language: self._clean(text, spot, name)
            for language, text in found.items()
            if self._known(language, spot, name) and self._sound(text, spot, name)
        }
        if len(right) == len(found):
            self._note_missing(right, name)
        return {language: right[language] for language in self.languages if language in right}

    def finish(self) -> None:
        """Report what is not translated, in one line."""
        if not self.lacking:
            return
        names = list(dict.fromkeys(name for missing in self.lacking.values() for name in missing))
        languages = ", ".join(self.lacking)
        shown = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")  # noqa: PLR2004
        message = f"Not written in {languages}: {shown}."
        self.problems.append(self.place.warning(message, f"Those people see it in {self.languages[0]}."))

    def _known(self, language: str, spot: Place, name: str) -> bool:
        if language in self.languages:
            return True
        advice = did_you_mean(language, self.languages)
        self.problems.append(
            spot.at(language).problem(f'{name}: the language "{language}" is not used.', advice)
        )
        return False

    def _sound(self, text: str, spot: Place, name: str) -> bool:
        if shows_nothing(text):
            self.problems.append(spot.problem(f"{name} is empty.", "Write what people should read."))
        elif len(text) > MAX_TEXT:
            self.problems.append(spot.problem(f"{name} is longer than {MAX_TEXT} characters.", "Shorten it."))
        else:
            return True
        return False

    def _clean(self, text: str, spot: Place, name: str) -> str:
        if not _DIRECTION.search(text):
            return text
        self.problems.append(
            spot.warning(f"{name} holds marks that turn the direction of writing.", "They are left out.")
        )
        return _DIRECTION.sub("", text)

    def _note_missing(self, right: Text, name: str) -> None:
        if not any(character.isalpha() for text in right.values() for character in text):
            return  # "1-2" and "⭐" need no translation
        for language in self.languages:
            if language not in right:
                self.lacking.setdefault(language, []).append(name)


def _named(keys: Sequence[str | int]) -> str:
    """``text``, ``choice 2 label``."""
    return " ".join(f"{key + 1}" if isinstance(key, int) else key for key in keys).replace(
        "choices", "choice"
    )


def languages(written: Sequence[str], place: Place, problems: list[Problem]) -> tuple[str, ...]:
    """The language codes, checked; what is no code is left out."""
    right = []
    for number, language in enumerate(written):
        if not _LANGUAGE.fullmatch(language):
            message = f'languages: "{language[:40]}" is no language code.'
            problems.append(place.at("languages", number).problem(message, 'Write "fi", "sv", "en".'))
        elif language in right:
            problems.append(place.at("languages", number).problem(f'languages: "{language}" stands twice.'))
        else:
            right.append(language)
            if language.partition("-")[0] not in SPOKEN:
                message = f'languages: the bot has no words of its own in "{language}".'
                advice = f"They will be in English, but for those that you write in [texts.{language}]."
                problems.append(place.at("languages", number).warning(message, advice))
    return tuple(right)
