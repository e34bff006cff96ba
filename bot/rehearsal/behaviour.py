"""How simulated members behave: a small seeded model, the same for the same seed.

To an invite a person starts, puts off, declines, ignores it, says stop or blocks the bot, each with a fixed
chance; some begin and wander off. Answers scatter around the person's own mood. All default numbers are
invented; they are no finding about anybody.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.config.model import Habits
from bot.engine.messages import Button, Delivery, Outbound
from bot.service import consent

START, NOT_NOW, NO_THANKS, STOP = range(4)
"""The order of an invite's buttons."""
PICKED: Final = 2
"""Choices that a list names at most."""
WORDS: Final = {
    "fi": (
        "Mukava ilta, kiitos.", "Kahvia voisi olla enemmän.", "Ohjaaja oli hyvä.",
        "Aika loppui kesken.", "Tulen taas.",
    ),
    "sv": (
        "En trevlig kväll, tack.", "Lite mer kaffe vore bra.", "Ledaren var fin.",
        "Tiden tog slut.", "Jag kommer igen.",
    ),
    "en": (
        "A good evening, thank you.", "A little more coffee would be good.", "The guide was great.",
        "We ran out of time.", "I will come again.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a member does about a message, and after how long."""

    after: timedelta
    token: str = ""
    text: str = ""
    block: bool = False
    stop: bool = False
    """Whether it means that the person wants no questions any more."""


@dataclass(slots=True)
class Persona:
    """One simulated member. ``mood`` lies between 0 (bad) and 1 (good); ``starts`` is the chance that an
    invite is begun.
    """

    key: str
    name: str
    language: str
    mood: float
    starts: float
    chance: random.Random = field(repr=False)
    habits: Habits = Habits()

    def react(self, message: Outbound, delivery: Delivery) -> Reaction | None:
        """None: the person lets it be."""
        if not message.buttons and not message.controls and not message.form and "?" not in message.text:
            return None
        if delivery is Delivery.INVITE:
            return self._to_invite((*message.buttons, *message.controls))
        if self.chance.random() < self.habits.gives_up:
            return None
        return self._answer(message)

    def _to_invite(self, buttons: tuple[Button, ...]) -> Reaction | None:
        if len(buttons) <= STOP:
            return Reaction(after=self._soon(), token=buttons[0].token) if buttons else None
        draw, after, habits = self.chance.random(), self._some_time(), self.habits
        for share, reaction in (
            (habits.blocks, Reaction(after=after, block=True)),
            (habits.stops, Reaction(after=after, token=buttons[STOP].token, stop=True)),
            (habits.declines, Reaction(after=after, token=buttons[NO_THANKS].token)),
            (habits.not_now, Reaction(after=after, token=buttons[NOT_NOW].token)),
            (self.starts, Reaction(after=after, token=buttons[START].token)),
        ):
            if draw < share:
                return reaction
            draw -= share
        return None

    def _answer(self, message: Outbound) -> Reaction:
        after = self._soon()
        if not message.buttons:
            if message.controls and self.chance.random() < self.habits.skips:
                return Reaction(after=after, token=message.controls[0].token)
            return Reaction(after=after, text=self.chance.choice(WORDS.get(self.language, WORDS["en"])))
        if message.form == "multiple":
            picked = self.chance.sample(message.buttons, min(len(message.buttons), PICKED))
            return Reaction(after=after, text=", ".join(button.label for button in picked))
        if message.buttons[0].token == consent.YES:  # whoever has begun agrees
            return Reaction(after=after, token=consent.YES)
        # a scale begins at its worse end, yes and no at the better one
        buttons = message.buttons[::-1] if message.layout == "inline" else message.buttons
        button = buttons[self._pick(len(buttons))]
        if self.chance.random() < self.habits.types:
            return Reaction(after=after, text=button.label)
        return Reaction(after=after, token=button.token)

    def _pick(self, choices: int) -> int:
        """An ordered choice near the person's mood."""
        place = self.chance.gauss(self.mood, 0.18) * (choices - 1)
        return min(choices - 1, max(0, round(place)))

    def _soon(self) -> timedelta:
        return timedelta(seconds=self.chance.lognormvariate(2.2, 0.6))

    def _some_time(self) -> timedelta:
        return timedelta(minutes=self.chance.lognormvariate(4.0, 1.3))
