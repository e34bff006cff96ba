"""The ready-made answers: yes and no, and the scales that every survey knows, in fi, sv and en.

A choice of a scale has its number as id and as value: ``faces`` runs from 1 (saddest) to 5. ``yes_no`` has
the ids ``yes`` and ``no``. In a language that is not spoken here the English words stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.engine import vocabulary
from bot.engine.flow import Choice, Text

SPOKEN: Final = ("fi", "sv", "en")
"""Languages in which the bot has words of its own."""

Preset = Literal["nps", "faces", "agree", "satisfaction", "stars"]

_YES: Final[Text] = {"fi": "Kyllä", "sv": "Ja", "en": "Yes"}
_NO: Final[Text] = {"fi": "Ei", "sv": "Nej", "en": "No"}
_AGREE: Final[Text] = {"fi": "Suostun", "sv": "Jag samtycker", "en": "I agree"}
_DISAGREE: Final[Text] = {"fi": "En suostu", "sv": "Jag samtycker inte", "en": "I do not agree"}
_AGREED: Final = ("hyväksyn", "ok", "okei", "sopii", "samtycker", "okej", "agree", "agreed", "i accept")
_DISAGREED: Final = ("en hyväksy", "samtycker inte", "disagree", "i don't agree", "don't agree", "i decline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A ready-made scale: its least number, and either a label for each step or words for the two ends.

    ``marks`` are understood without the words beside them.
    """

    first: int
    last: int
    labels: tuple[Text, ...] = ()
    marks: tuple[str, ...] = ()
    min_label: Text | None = None
    max_label: Text | None = None


def _steps(
    marks: Sequence[str], finnish: Sequence[str], swedish: Sequence[str], english: Sequence[str]
) -> tuple[Text, ...]:
    """One label a step: the mark, then the words of each language."""
    rows = zip(marks, finnish, swedish, english, strict=True)
    return tuple(
        {"fi": f"{mark} {fi}".strip(), "sv": f"{mark} {sv}".strip(), "en": f"{mark} {en}".strip()}
        for mark, fi, sv, en in rows
    )


_FACES: Final = ("😞", "🙁", "😐", "🙂", "😀")
_STARS: Final = tuple("⭐" * count for count in range(1, 6))

SCALES: Final[Mapping[Preset, Scale]] = {
    "nps": Scale(
        first=0,
        last=10,
        min_label={
            "fi": "en lainkaan todennäköisesti",
            "sv": "inte alls sannolikt",
            "en": "not at all likely",
        },
        max_label={"fi": "erittäin todennäköisesti", "sv": "mycket sannolikt", "en": "extremely likely"},
    ),
    "faces": Scale(
        first=1,
        last=5,
        marks=_FACES,
        labels=_steps(
            _FACES,
            ("huono", "melko huono", "siltä väliltä", "melko hyvä", "hyvä"),
            ("dålig", "ganska dålig", "mittemellan", "ganska bra", "bra"),
            ("bad", "rather bad", "in between", "rather good", "good"),
        ),
    ),
    "agree": Scale(
        first=1,
        last=5,
        labels=_steps(
            ("",) * 5,
            (
                "Täysin eri mieltä",
                "Jokseenkin eri mieltä",
                "Ei samaa eikä eri mieltä",
                "Jokseenkin samaa mieltä",
                "Täysin samaa mieltä",
            ),
            (
                "Helt av annan åsikt",
                "Delvis av annan åsikt",
                "Varken eller",
                "Delvis av samma åsikt",
                "Helt av samma åsikt",
            ),
            (
                "Strongly disagree",
                "Somewhat disagree",
                "Neither agree nor disagree",
                "Somewhat agree",
                "Strongly agree",
            ),
        ),
    ),
    "satisfaction": Scale(
        first=1,
        last=5,
        labels=_steps(
            ("",) * 5,
            (
                "Erittäin tyytymätön",
                "Melko tyytymätön",
                "Siltä väliltä",
                "Melko tyytyväinen",
                "Erittäin tyytyväinen",
            ),
            (
                "Mycket missnöjd",
                "Ganska missnöjd",
                "Mittemellan",
                "Ganska nöjd",
                "Mycket nöjd",
            ),
            (
                "Very dissatisfied",
                "Rather dissatisfied",
                "In between",
                "Rather satisfied",
                "Very satisfied",
            ),
        ),
    ),
    "stars": Scale(
        first=1,
        last=5,
        marks=_STARS,
        labels=tuple(dict.fromkeys(SPOKEN, f"{len(stars)} {stars}") for stars in _STARS),
    ),
}


def yes_no_label(value: bool) -> Text:  # noqa: FBT001 - the value of an answer
    """The words for yes or for no."""
    return _YES if value else _NO


def spoken(text: Text, languages: Sequence[str]) -> Text:
    """The text in each of these languages, in their order; English where the bot does not speak one."""
    return {language: text.get(language.partition("-")[0], text["en"]) for language in languages}


def yes_no_choices(languages: Sequence[str]) -> tuple[Choice, ...]:
    """Yes and no, with what people write for them in any language the bot knows."""
    return (
        Choice(id="yes", label=spoken(_YES, languages), accept=_words(vocabulary.YES), value=1.0),
        Choice(id="no", label=spoken(_NO, languages), accept=_words(vocabulary.NO), value=0.0),
    )


def consent_choices(languages: Sequence[str]) -> tuple[Choice, ...]:
    """To agree and not to agree, with the words for yes and no."""
    yes, no = yes_no_choices(languages)
    agree, decline = spoken(_AGREE, languages), spoken(_DISAGREE, languages)
    return (
        replace(yes, label=agree, accept=(*yes.accept, *_AGREE.values(), *_AGREED)),
        replace(no, label=decline, accept=(*no.accept, *_DISAGREE.values(), *_DISAGREED)),
    )


def _words(by_language: vocabulary.ByLanguage) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in by_language.values() for word in words))


def scale_choices(
    first: int,
    last: int,
    languages: Sequence[str],
    labels: Sequence[Text] = (),
    marks: Sequence[str] = (),
) -> tuple[Choice, ...]:
    """One choice a number; the number itself is the label where none is given."""
    numbers = range(first, last + 1)
    return tuple(
        Choice(
            id=str(number),
            label=spoken(labels[place], languages) if labels else {languages[0]: str(number)},
            accept=tuple(marks[place : place + 1]),
            value=float(number),
        )
        for place, number in enumerate(numbers)
    )
