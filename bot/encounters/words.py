"""What a cell about presence means, in the words of the programs that people use, and in the admin's own."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.encounters.values import Presence
from bot.engine.folding import fold

PRESENCE: Final[Mapping[Presence, tuple[str, ...]]] = {
    "attended": (
        "attended", "present", "yes", "y", "x", "1", "true", "came", "checked in", "check in", "checked-in",
        "paikalla", "osallistui", "kyllä", "tuli", "oli paikalla", "läsnä",
        "närvarande", "deltog", "ja", "kom", "incheckad",
    ),
    "absent": (
        "absent", "no", "n", "0", "false", "no show", "no-show", "noshow", "did not attend", "not attending",
        "declined", "cancelled", "canceled", "deleted", "refunded", "refunded/canceled", "transferred",
        "poissa", "ei", "ei tullut", "perui", "peruutettu", "peruttu",
        "frånvarande", "nej", "kom inte", "avbokad", "uteblev",
    ),
    "expected": (
        "expected", "attending", "going", "registered", "signed up", "confirmed", "accepted", "tentative",
        "ilmoittautunut", "tulossa", "vahvistettu", "anmäld", "kommer", "bekräftad",
    ),
}  # fmt: skip
"""Eventbrite's attendee statuses and Meetup's answers are among them."""


class Words:
    """Presence by word; the admin's words go before ours."""

    def __init__(self, own: Mapping[Presence, Sequence[str]]) -> None:
        self._meaning: dict[str, Presence] = {}
        for table in (PRESENCE, own):
            for presence, words in table.items():
                self._meaning.update(dict.fromkeys(map(fold, words), presence))

    def presence(self, cell: str) -> Presence | None:
        """None for a word that nobody has explained."""
        return self._meaning.get(fold(cell))
