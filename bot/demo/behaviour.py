"""How simulated members behave: a small seeded model, the same for the same seed.

To an invite a person starts, puts off, declines, ignores it, says stop or blocks the bot, each with a fixed
chance that depends on how close they are to the association. Answers scatter around the person's own mood.
All numbers are invented for the demonstration; they are no finding about anybody.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.engine.messages import Button, Delivery, Outbound

ENGAGEMENT: Final = {"staff": 0.80, "volunteer": 0.72, "member": 0.52}
"""Chance that an invite is started, by the person's closest group."""
DECLINES: Final = 0.08
PUTS_OFF: Final = 0.05
STOPS: Final = 0.015
BLOCKS: Final = 0.015
GIVES_UP: Final = 0.04
"""Chance, at each question, of wandering off."""
SKIPS: Final = 0.4
"""Chance that words are not given where they may be left out."""
TYPES: Final = 0.25
"""Chance that a button's answer is typed and not tapped."""
START, NOT_NOW, NO_THANKS, STOP = range(4)
"""The order of an invite's buttons."""
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


@dataclass(slots=True)
class Persona:
    """One simulated member. ``mood`` lies between 0 (bad) and 1 (good)."""

    key: str
    name: str
    language: str
    closeness: str
    mood: float
    chance: random.Random = field(repr=False)

    def react(self, message: Outbound, delivery: Delivery) -> Reaction | None:
        """None: the person lets it be."""
        if not message.buttons and not message.controls and not message.form and "?" not in message.text:
            return None
        if delivery is Delivery.INVITE:
            return self._to_invite((*message.buttons, *message.controls))
        if self.chance.random() < GIVES_UP:
            return None
        return self._answer(message)

    def _to_invite(self, buttons: tuple[Button, ...]) -> Reaction | None:
        if len(buttons) <= STOP:
            return Reaction(after=self._soon(), token=buttons[0].token) if buttons else None
        draw, after = self.chance.random(), self._some_time()
        edges = (BLOCKS, BLOCKS + STOPS, BLOCKS + STOPS + DECLINES, BLOCKS + STOPS + DECLINES + PUTS_OFF)
        if draw < edges[0]:
            return Reaction(after=after, block=True)
        if draw < edges[1]:
            return Reaction(after=after, token=buttons[STOP].token)
        if draw < edges[2]:
            return Reaction(after=after, token=buttons[NO_THANKS].token)
        if draw < edges[3]:
            return Reaction(after=after, token=buttons[NOT_NOW].token)
        if draw < edges[3] + ENGAGEMENT[self.closeness]:
            return Reaction(after=after, token=buttons[START].token)
        return None

    def _answer(self, message: Outbound) -> Reaction:
        after = self._soon()
        if not message.buttons:
            if message.controls and self.chance.random() < SKIPS:
                return Reaction(after=after, token=message.controls[0].token)
            return Reaction(after=after, text=self.chance.choice(WORDS[self.language]))
        # a scale begins at its worse end, yes and no at the better one
        buttons = message.buttons[::-1] if message.layout == "inline" else message.buttons
        button = buttons[self._pick(len(buttons))]
        if self.chance.random() < TYPES:
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
