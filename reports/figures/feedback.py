"""Feedback unasked: how much of it was good and bad, month by month, and what became of it.

Nobody was drawn, so there are no intervals. Months with few voices are told together with others, and shares
near 0 and 100 % are recoded like any other.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reports.figures.publish import share
from reports.suppression import Percent, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """So many voices, and the shares that were good, mixed and bad. Whole percent."""

    n: int
    good: Percent
    mixed: Percent
    bad: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The last twelve months."""

    voices: int
    waiting: int
    """Nobody has taken it up yet."""
    taken: int
    done: int
    mood: Mood | None
    """None below k people who said how it felt."""
    months: tuple[tuple[date, Mood], ...]
    """By the first day of the month, the oldest first."""
    rest: int
    """Voices of the months that are not shown."""


def feedback(voices: Iterable[tuple[date, str, str, int]], k: int) -> Feedback | None:
    """From (day, feeling, state, person) of each voice; None where nobody spoke."""
    found = list(voices)
    if not found:
        return None
    states = Counter(state for _, _, state, _ in found)
    felt = [(day.replace(day=1), feeling, person) for day, feeling, _, person in found if feeling]
    people: dict[str, set[int]] = {}
    for month, _, person in felt:
        people.setdefault(month.isoformat(), set()).add(person)
    everybody = {person for _, _, person in felt}
    names = shown({month: len(them) for month, them in people.items()}, k) or ()
    enough = len(everybody) >= k
    moods = {name: _mood([one for month, one, _ in felt if month.isoformat() == name]) for name in names}
    months = tuple((date.fromisoformat(name), moods[name]) for name in names) if enough else ()
    return Feedback(
        voices=len(found),
        waiting=states["open"],
        taken=states["taken"],
        done=states["done"],
        mood=_mood([one for _, one, _ in felt]) if enough else None,
        months=months,
        rest=len(felt) - sum(mood.n for _, mood in months),
    )


def _mood(feelings: list[str]) -> Mood:
    counts, n = Counter(feelings), len(feelings)
    good, mixed, bad = (share(counts[one], n, None).percent for one in ("good", "mixed", "bad"))
    return Mood(n=n, good=good, mixed=mixed, bad=bad)
