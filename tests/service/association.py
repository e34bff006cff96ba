"""The association that the service's tests are about: its flows, and surveys to put beside them.

``configured`` writes a real configuration file and reads it back through the loader, so that no test speaks
of a survey that an admin could not have written.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from bot.config import load_or_raise
from bot.config.model import Config

ORGANISATION: Final = """
[organisation]
name = { fi = "Hauskala ry", sv = "Hauskala rf", en = "Hauskala" }
languages = ["fi", "sv", "en"]
timezone = "Europe/Helsinki"
contact = "office@hauskala.example"
readers = { fi = "Vain toimisto näkee.", sv = "Bara kansliet ser.", en = "Only the office sees." }
"""

FLOWS: Final = """
[[flow]]
id = "pulse"
title = { fi = "Tunnelma", sv = "Stämning", en = "Mood" }
closing = { fi = "Kiitos.", sv = "Tack.", en = "Thanks." }

[[flow.question]]
id = "mood"
type = "select_one"
text = { fi = "Mitä kuuluu?", sv = "Hur mår du?", en = "How are you?" }
choices = [
  { id = "good", label = { fi = "Hyvää", sv = "Bra", en = "Good" } },
  { id = "bad", label = { fi = "Huonoa", sv = "Dåligt", en = "Bad" } },
]

[[flow.question]]
id = "tell"
type = "text"
required = false
text = { fi = "Mitä kertoisit?", sv = "Vad vill du berätta?", en = "What would you tell?" }

[[flow]]
id = "short"
title = { fi = "Vuoro", sv = "Pass", en = "Shift" }
closing = { fi = "Kiitos vuorosta.", sv = "Tack för passet.", en = "Thanks for the shift." }

[[flow.question]]
id = "again"
type = "yes_no"
text = { fi = "Tulisitko uudelleen?", sv = "Kommer du igen?", en = "Would you come again?" }

[[flow]]
id = "timed"
title = { fi = "Nopea", sv = "Snabb", en = "Quick" }
closing = { fi = "Selvä.", sv = "Klart.", en = "Done then." }

[[flow.question]]
id = "now"
type = "yes_no"
timeout_minutes = 30
timeout_to = "end"
text = { fi = "Ehditkö heti?", sv = "Hinner du nu?", en = "Have you a minute now?" }
"""

PULSE: Final = """
[[survey]]
id = "pulse"
flow = "pulse"
owner = "Office"
audience = { groups = ["members"] }
purpose = { fi = "Jotta tietäisimme", sv = "För att veta", en = "To know how it goes" }
trigger = { by_hand = true }
"""
"""A census among the members, opened by hand: reminded once after 48 h, closed after a week."""

SHIFT: Final = """
[[survey]]
id = "shift"
flow = "short"
owner = "Coordinator"
audience = { groups = ["volunteers"] }
purpose = { fi = "Jotta vuorot paranevat", sv = "För bättre pass", en = "For better shifts" }
trigger = { by_hand = true }
priority = 4
"""

COURSE: Final = """
[[survey]]
id = "course"
flow = "short"
owner = "Course office"
purpose = { fi = "Jotta kurssit paranevat", sv = "För bättre kurser", en = "For better courses" }

[[survey.trigger]]
link = "course"

[[survey.trigger]]
keywords = ["kurssi", "kurs", "course"]
"""

QUICK: Final = """
[[survey]]
id = "quick"
flow = "timed"
owner = "Office"
purpose = { fi = "Kokeeksi", sv = "På prov", en = "To try" }
trigger = { keywords = ["quick"] }
"""

WHOLE: Final = PULSE + SHIFT + COURSE + QUICK

DESK: Final = """
[[admins]]
name = "Maija"
address = "chat:maija"
rights = ["alerts", "feedback", "results", "plan"]
until = 2026-12-31
language = "{language}"

[care]
duty = ["Maija"]
contact = {{ fi = "Hätänumero on 112. Kriisipuhelin 09 2525 0111 vastaa aina.", \
sv = "Nödnumret är 112. Kristelefonen 09 2525 0112 svarar.", \
en = "In an emergency call 112. The crisis helpline 09 2525 0113 answers." }}
words = {{ fi = ["itsemurha*", "satuttaa itse*"], sv = ["självmord*"], en = ["kill myself", "suicid*"] }}
"""
"""Somebody who reads and answers, and words that worry."""


def alerting(survey: str, when: str) -> str:
    """A survey of whose low answers Maija hears."""
    return f'{survey}alert = {{ when = "{when}", to = "Maija" }}\n'


@cache
def configured(surveys: str = WHOLE, more: str = "", flows: str = FLOWS) -> Config:
    """The association's configuration with these surveys; ``more`` are further tables, such as [policy]."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text(f"{ORGANISATION}\n{more}\n{flows}\n{surveys}", encoding="utf-8")
        return load_or_raise(file)
