"""What staff are asked when they predict a survey: each item itself, then how many of ten members choose it.

Made from the members' own flow, so that both answer the same words. Asking both lets a report tell apart
three things: whether staff are right about members, whether they feel as members do, and whether they take
their own view for the members' (McLeod and Chaffee call these accuracy, agreement and congruency).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.engine.flow import Choice, Flow, Question, Text, in_language
from bot.engine.presets import scale_choices, spoken

OF_TEN: Final = "_of_ten"
"""What the id of a prediction ends with; before it stands the id of the item."""

TOP_TWO_FROM: Final = 5
"""Points from which the best two count as the top; of a shorter scale only the best one does."""

ONE_LETTER: Final = re.compile(r"\w\b")

MOST_ITEMS: Final = 5
"""Two questions an item: with more, a flow would be too long to be answered gladly."""

_TITLE: Final[Text] = {"fi": "Arvaa: {title}", "sv": "Gissa: {title}", "en": "Your guess: {title}"}
_ASKED: Final[Text] = {
    "fi": "Entä jäsenet? Kuinka moni kymmenestä vastaa: {answers}?",
    "sv": "Och medlemmarna? Hur många av tio svarar: {answers}?",
    "en": "And members? How many out of ten will answer: {answers}?",
}
_OR: Final[Text] = {"fi": "tai", "sv": "eller", "en": "or"}
_CLOSING: Final[Text] = {
    "fi": "Kiitos. Arviosi lukittuu, kun jäsenten kysely sulkeutuu. Sitten näemme, missä yllätyimme.",
    "sv": "Tack. Din gissning låses när medlemmarnas enkät stängs. Då ser vi vad som överraskade oss.",
    "en": "Thank you. Your guess is locked when the members' survey closes. Then we see what surprised us.",
}


def top_choices(question: Question) -> tuple[Choice, ...]:
    """The answers that count as good: yes; the best two steps of five or more; of fewer the best."""
    if question.type == "yes_no":
        return tuple(choice for choice in question.choices if choice.id == "yes")
    return question.choices[-2:] if len(question.choices) >= TOP_TWO_FROM else question.choices[-1:]


def small_first(label: str) -> str:
    """A label as it stands inside a sentence; abbreviations and the English I keep their capital."""
    return label if label[1:2].isupper() or ONE_LETTER.match(label) else label[:1].lower() + label[1:]


def predictable(flow: Flow) -> tuple[Question, ...]:
    """The items of a flow that can be predicted: scales and yes or no, the key question first."""
    found = [question for question in flow.questions if question.type in ("scale", "yes_no")]
    return tuple(sorted(found, key=lambda question: not question.key)[:MOST_ITEMS])


def prediction(flow_id: str, of: Flow) -> Flow:
    """The flow in which staff predict another one. Without any predictable item it has no questions."""
    questions: list[Question] = []
    for item in predictable(of):
        questions += [_own(item), _of_ten(item, of.languages)]
    title = {
        language: said.format(title=in_language(of.title, language))
        for language, said in spoken(_TITLE, of.languages).items()
    }
    return Flow(
        id=flow_id,
        languages=of.languages,
        title=title,
        questions=tuple(questions),
        closing=spoken(_CLOSING, of.languages),
    )


def _own(item: Question) -> Question:
    """The item itself, put to everybody and leading nowhere else."""
    return replace(item, exits=(), ask_if="", timeout_minutes=0, timeout_to="", required=False)


def _of_ten(item: Question, languages: Sequence[str]) -> Question:
    asked, or_ = spoken(_ASKED, languages), spoken(_OR, languages)
    text = {}
    for language in languages:
        labels = [small_first(in_language(one.label, language) or one.id) for one in top_choices(item)]
        answers = f" {or_[language]} ".join(labels).replace("{", "{{").replace("}", "}}")
        text[language] = asked[language].replace("{answers}", answers)
    return Question(
        id=item.id + OF_TEN,
        type="scale",
        text=text,
        minimum=0,
        maximum=10,
        choices=scale_choices(0, 10, languages),
    )
