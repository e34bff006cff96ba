"""The respondent's year: what was asked of people in twelve months, how it was taken, and whether it tires.

Everything is about how often, never about what was said, and never about one person: neighbouring values are
put together until each range holds enough people. Burden protects people; here it only tells whether those
of whom more was asked answer less.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.engine.flow import Question
from reports.figures.publish import share
from reports.figures.ranges import numbers
from reports.figures.shapes import Bar, Steps, Tally
from reports.statistics import quantile, share_difference
from reports.suppression import Percent

Kind = Literal["contacts", "questions", "minutes"]
KINDS: Final[tuple[Kind, ...]] = ("contacts", "questions", "minutes")

MOST_TENTHS: Final = 10
FEWEST_IN_TENTH: Final = 20
"""Invites in a step of burden; of fewer invites there are fewer steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How one kind of cost is spread over people."""

    kind: Kind
    median: float
    most: float
    """Nine out of ten had no more."""
    top: Percent | None
    """The share that the tenth of the people with the most carried; None where there was nothing to carry."""
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Invites that met a similar burden."""

    burden: float
    """The highest burden in it, in points of about a minute."""
    invites: int
    answered: Percent
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Twelve months of all people on the roll. Shares in whole percent."""

    people: int
    never: Percent
    """Never contacted."""
    loads: tuple[Load, ...]
    invites: int
    ignored: Percent | None
    declined: Percent | None
    """Of the invites whose end is known, "not now" too; None below k."""
    less: Percent
    more: Percent
    stop: Percent
    """What people asked for."""
    steps: tuple[Step, ...]
    tired: tuple[float, float, float] | None
    """How many less answer in the upper half of burden than in the lower half: estimate and interval as
    fractions, positive where the upper half answers less. None where there is too little to tell."""


def year(
    costs: Sequence[tuple[int, int, int, int]],
    outcomes: Mapping[str, int],
    wishes: Mapping[str, int],
    met: Iterable[tuple[float, bool]],
    *,
    k: int,
) -> Year | None:
    """From (contacts, questions, minutes, people), sessions by status, people by wish, and (burden, answered)
    of each invite. None below k people, and while nobody was contacted.
    """
    people = sum(row[3] for row in costs)
    if people < k or not any(row[0] for row in costs):
        return None
    steps, tired = _fatigue(met)
    known = sum(n for status, n in outcomes.items() if status not in ("invited", "active"))
    refused = outcomes.get("declined", 0) + outcomes.get("not_now", 0)
    return Year(
        people=people,
        never=share(sum(row[3] for row in costs if not row[0]), people, None).percent,
        loads=tuple(_load(kind, place, costs, k) for place, kind in enumerate(KINDS)),
        invites=known,
        ignored=share(outcomes.get("ignored", 0), known, None).percent if known >= k else None,
        declined=share(refused, known, None).percent if known >= k else None,
        less=share(wishes.get("less", 0), people, None).percent,
        more=share(wishes.get("more", 0), people, None).percent,
        stop=share(wishes.get("stop", 0), people, None).percent,
        steps=steps,
        tired=tired,
    )


def _load(kind: Kind, place: int, costs: Sequence[tuple[int, int, int, int]], k: int) -> Load:
    counts: Counter[float] = Counter()
    for row in costs:
        counts[row[place]] += row[3]
    half, most = quantile(counts, 0.5), quantile(counts, 0.9)
    assert half is not None
    assert most is not None
    total = counts.total()
    tally = Tally(
        question=Question(id=kind, type="integer", text={}),
        values={str(int(value)): n for value, n in counts.items()},
        steps=Steps(asked=total, answered=total),
        k=k,
    )
    return Load(kind=kind, median=half, most=most, top=_top(counts), bars=numbers(tally).bars)


def _top(counts: Mapping[float, int]) -> Percent | None:
    """What the tenth of the people with the most carried, of all that was carried."""
    room = max(1, sum(counts.values()) // 10)
    carried = 0.0
    for value in sorted(counts, reverse=True):
        taken = min(room, counts[value])
        carried += value * taken
        room -= taken
    whole = round(sum(value * n for value, n in counts.items()))
    return share(round(carried), whole, None).percent if whole else None


def _fatigue(met: Iterable[tuple[float, bool]]) -> tuple[tuple[Step, ...], tuple[float, float, float] | None]:
    invites = sorted(met)
    wanted = min(MOST_TENTHS, len(invites) // FEWEST_IN_TENTH)
    if wanted <= 1:
        return (), None
    halves = _cut(invites, 2)
    if len(halves) == 1:
        return (), None
    found = share_difference(_answered(halves[0]), _answered(halves[1]))
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    steps = tuple(_step(group) for group in _cut(invites, wanted))
    return steps, (found.estimate, found.low, found.high)


def _cut(invites: Sequence[tuple[float, bool]], wanted: int) -> list[list[tuple[float, bool]]]:
    """About equal groups in the order of burden; equal burdens stay together."""
    groups: list[list[tuple[float, bool]]] = [[]]
    least = len(invites) / wanted
    for place, invite in enumerate(invites):
        if place >= least * len(groups) and invite[0] > groups[-1][-1][0]:
            groups.append([])
        groups[-1].append(invite)
    return groups


def _answered(group: Sequence[tuple[float, bool]]) -> tuple[int, int]:
    return sum(answered for _, answered in group), len(group)


def _step(group: Sequence[tuple[float, bool]]) -> Step:
    found = share(*_answered(group), None)
    return Step(
        burden=group[-1][0], invites=len(group), answered=found.percent, low=found.low, high=found.high
    )
