"""The survey that both sides of every comparison ask: five questions, four of them answered by a tap.

Plain data, so that the other side can use it without our program.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Question:
    """Words, and the labels of the buttons; without buttons it is answered in words."""

    id: str
    text: str
    labels: tuple[str, ...] = ()


QUESTIONS: Final = (
    Question("mood", "How are you today?", ("bad", "poor", "so-so", "good", "very good")),
    Question("again", "Would you come again?", ("Yes", "No")),
    Question("place", "Where did we meet?", ("In the hall", "In the yard", "On the way", "At home")),
    Question("tell", "Tell us more in your own words"),
    Question("score", "How likely are you to recommend us?", tuple(str(n) for n in range(11))),
)


def _choices(question: Question) -> str:
    pairs = enumerate(question.labels)
    return ", ".join(f'{{ id = "{question.id}{number}", label = "{label}" }}' for number, label in pairs)


CLOSING: Final = "Thank you for your answers."
LINK: Final = "bench"
START: Final = f"/start {LINK}"
WORDS: Final = "It was nice, and the coffee was hot."
TYPED: Final = {QUESTIONS[3].text: WORDS}

SURVEYS: Final = f"""
[[flow]]
id = "bench"
title = "Bench"
closing = "{CLOSING}"
back = false

[[flow.question]]
id = "mood"
type = "select_one"
text = "{QUESTIONS[0].text}"
choices = [{_choices(QUESTIONS[0])}]

[[flow.question]]
id = "again"
type = "yes_no"
text = "{QUESTIONS[1].text}"

[[flow.question]]
id = "place"
type = "select_one"
text = "{QUESTIONS[2].text}"
choices = [{_choices(QUESTIONS[2])}]

[[flow.question]]
id = "tell"
type = "text"
text = "{QUESTIONS[3].text}"

[[flow.question]]
id = "score"
type = "scale"
preset = "nps"
text = "{QUESTIONS[4].text}"

[[survey]]
id = "bench"
flow = "bench"
owner = "Office"
trigger = {{ link = "{LINK}" }}
purpose = "To measure"

[[survey]]
id = "wave"
flow = "bench"
owner = "Office"
trigger = {{ by_hand = true }}
reminders = {{ max = 0 }}
purpose = "To measure a wave"
"""
