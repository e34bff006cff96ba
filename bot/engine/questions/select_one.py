"""One of several choices, by button, by number or by words."""

from bot.engine.flow import Choice, Question
from bot.engine.messages import Layout
from bot.engine.questions.base import (
    Offer,
    Option,
    Prompt,
    Reading,
    Repair,
    Understood,
    label,
    order,
    place_of,
)
from bot.engine.session import Answer, Value


class SelectOne:
    """See the module. yes_no and scale are the same with another value behind the choice."""

    seconds: int = 10
    layout: Layout = "rows"
    hint: Repair = Repair("hint.choice")

    def value(self, choice: Choice) -> Value:
        """What is stored for a choice."""
        return choice.id

    def offer(self, prompt: Prompt) -> Offer:
        """One button for each choice; worked out once for each language, unless the order is random."""
        if prompt.question.random:
            offer = self._offer(prompt.question, prompt.language)
            return Offer(options=tuple(offer.options[place] for place in order(prompt)), layout=offer.layout)
        offers = prompt.prepared.offers
        if prompt.language not in offers:
            offers[prompt.language] = self._offer(prompt.question, prompt.language)
        return offers[prompt.language]

    def _offer(self, question: Question, language: str) -> Offer:
        options = tuple(
            Option(str(place), label(choice, language), self._meaning(choice))
            for place, choice in enumerate(question.choices)
        )
        return Offer(options=options, layout=self.layout)

    def _meaning(self, choice: Choice) -> Understood:
        return Understood(Answer(self.value(choice)), wants_words=choice.other)

    def read(self, words: str, prompt: Prompt) -> Reading:
        """The choice that was typed."""
        place = place_of(words, prompt)
        return self.hint if place is None else self._meaning(prompt.question.choices[place])

    def shown(self, answer: Answer, question: Question, language: str) -> str:
        """The label, and the words of "other" after it."""
        chosen = next(choice for choice in question.choices if self.value(choice) == answer.value)
        return with_words(label(chosen, language), answer.other)


def with_words(shown: str, other: str) -> str:
    """``Something else: by train``."""
    return f"{shown}: {other}" if other else shown
