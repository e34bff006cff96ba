"""A strategy as its people live through it: what it asks of whom in the days ahead, and what does not fit.

Numbers of a forecast, put together; nothing is planned here. Times are aware UTC, points of burden about a
minute of a person's time.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from scheduler.crowd import NONE, PREFERENCES, Crowd, Flags, Numbers, Points, micros
from scheduler.forecast import Foreseen
from scheduler.limits import limits_of
from scheduler.sieve import A_DAY
from scheduler.surveys import Policy
from scheduler.verdicts import Reason
from scheduler.windows import DAY

WEEK_DAYS: Final = 7
BANDS: Final = 40
"""Rows of the picture: people with equally much asked of them stand together in one."""
MUCH: Final = 0.10
"""The share of a survey's wishes that must fail for one reason before a change is advised."""
WEEKS_TOLD: Final = 3
"""Weeks over capacity that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLine:
    """One survey's days ahead. People are counted once in each wave that wants them."""

    survey: str
    waves: int
    audience: int
    """Different people."""
    wanted: int
    """Invites that it would send if nothing stood against it: of a sample those of its draw."""
    asked: int
    deferred: int
    """Not asked in these days, and still waiting at their end or when the wave closed."""
    dropped: int
    reasons: Mapping[str, int]
    """Code -> how many of those who were not asked; of a sample with whoever was not drawn."""
    points: float
    """What the asked are expected to give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days from ``begins`` on; the last one takes the days that are left over."""

    begins: datetime
    asked: int
    load: float
    """Points of those who are asked."""
    wanted: float
    """Points that its surveys would ask for if nothing stood against it."""
    capacity: float
    """Points that all people can give in a week for good."""

    @property
    def strain(self) -> float:
        """The share of what people can give that is wanted of them; above 1 it is too much."""
        if not self.wanted:
            return 0.0
        return self.wanted / self.capacity if self.capacity else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """The days from ``begins`` on."""

    begins: datetime
    days: int
    people: int
    """Everybody whom a survey wants."""
    surveys: tuple[SurveyLine, ...]
    weeks: tuple[Week, ...]
    most: int
    """Invites of whoever is asked most often."""
    median: float
    never: int
    """People who are not asked at all."""
    never_for: Mapping[str, int]
    """Code -> how many of them; the reason that stood most often against each."""
    advice: tuple[str, ...]
    """What to change, in sentences for the admin."""
    heat: tuple[tuple[float, ...], ...]
    """Bands of people, those with the most first, × weeks: mean burden at its end, 1 is all one can bear."""

    @property
    def over(self) -> tuple[Week, ...]:
        """Weeks in which more is wanted than people can give."""
        return tuple(week for week in self.weeks if week.strain > 1)


def strategy(found: Sequence[Foreseen], crowd: Crowd, policy: Policy, now: datetime, days: int) -> Strategy:
    """Put a forecast of so many days from ``now`` together."""
    invites = np.zeros(len(crowd), np.int64)
    for one in found:
        np.add.at(invites, one.enrolled.rows[one.asked], 1)
    surveys = tuple(_lines(found))
    weeks = tuple(_weeks(found, crowd, policy, now, days))
    never = np.flatnonzero(invites == 0)
    never_for = _never_for(found, never, len(crowd))
    return Strategy(
        begins=now,
        days=days,
        people=len(crowd),
        surveys=surveys,
        weeks=weeks,
        most=int(invites.max(initial=0)),
        median=float(np.median(invites)) if len(invites) else 0.0,
        never=len(never),
        never_for=never_for,
        advice=tuple(_advice(found, surveys, weeks, never_for)),
        heat=_heat(found, crowd, policy, now, len(weeks)),
    )


# --- surveys ----------------------------------------------------------------------------------------------


def _lines(found: Sequence[Foreseen]) -> Iterator[SurveyLine]:
    for survey in dict.fromkeys(one.wave.survey.id for one in found):
        own = [one for one in found if one.wave.survey.id == survey]
        reasons: Counter[str] = Counter()
        for one in own:
            reasons.update(Reason(code).name for code in one.reason[one.refused].tolist())
        asked = sum(int(one.asked.sum()) for one in own)
        yield SurveyLine(
            survey=survey,
            waves=len(own),
            audience=len(np.unique(np.concatenate([one.enrolled.rows for one in own]))),
            wanted=sum(map(_wanted, own)),
            asked=asked,
            deferred=sum(int((one.refused & ~one.dropped).sum()) for one in own),
            dropped=sum(int((one.refused & one.dropped).sum()) for one in own),
            reasons=dict(reasons.most_common()),
            points=round(sum(int(one.asked.sum()) * one.wave.cost for one in own), 1),
        )


def _wanted(one: Foreseen) -> int:
    """Invites of a wave in these days, if nothing stood against them."""
    if one.wave.survey.kind == "sample":
        begun = bool(one.seen.any())
        left = one.wave.invitations - one.wave.invited - one.wave.invited_today + int(one.asked.sum())
        return max(0, left) if begun else 0
    return int((one.seen | one.asked).sum())


# --- people -----------------------------------------------------------------------------------------------


def _never_for(found: Sequence[Foreseen], never: Numbers, size: int) -> dict[str, int]:
    counts = np.zeros((size, len(Reason)), np.int32)
    for one in found:
        np.add.at(counts, (one.enrolled.rows[one.refused], one.reason[one.refused]), 1)
    few = counts[never]
    known = few.sum(axis=1) > 0
    reasons = Counter(Reason(code).name for code in few[known].argmax(axis=1).tolist())
    return dict(reasons.most_common())


# --- weeks ------------------------------------------------------------------------------------------------


def _weeks(
    found: Sequence[Foreseen], crowd: Crowd, policy: Policy, now: datetime, days: int
) -> Iterator[Week]:
    begin = micros(now)
    number = max(1, round(days / WEEK_DAYS))
    length = WEEK_DAYS * A_DAY
    asked, load, wanted = np.zeros(number, np.int64), np.zeros(number), np.zeros(number)
    for one in found:
        week = np.minimum((one.at[one.asked] - begin) // length, number - 1)
        counts = np.bincount(week, minlength=number)
        asked += counts
        load += counts * one.wave.cost
        _spread(wanted, _wanted(one) * one.wave.cost, one, begin, length)
    capacity = float(_per_day(crowd, policy).sum())
    for place in range(number):
        room = WEEK_DAYS if place + 1 < number else max(1, days - place * WEEK_DAYS)
        yield Week(
            begins=now + place * WEEK_DAYS * DAY,
            asked=int(asked[place]),
            load=round(float(load[place]), 1),
            wanted=round(float(wanted[place]), 1),
            capacity=round(capacity * room, 1),
        )


def _spread(wanted: Points, points: float, one: Foreseen, begin: int, length: int) -> None:
    """Strew a wave's points evenly over the time in which it is open."""
    number = len(wanted)
    opens = max(0, micros(one.wave.opens) - begin)
    closes = min(number * length, max(opens + 1, micros(one.wave.closes) - begin))
    opens = min(opens, closes - 1)
    starts = np.arange(number) * length
    shares = np.clip(np.minimum(closes, starts + length) - np.maximum(opens, starts), 0, None)
    wanted += points * shares / shares.sum()


def _per_day(crowd: Crowd, policy: Policy) -> Points:
    """Points that each person can give every day for good: ``C (1 − 2^(−1/H))``; none after stop."""
    capacity = np.array([limits_of(policy, one).capacity for one in PREFERENCES])[crowd.preference]
    able: Flags = ~crowd.stopped
    found: Points = np.where(able, capacity * (1 - 2.0 ** (-1 / policy.half_life_days)), 0.0)
    return found


def _heat(
    found: Sequence[Foreseen], crowd: Crowd, policy: Policy, now: datetime, weeks: int
) -> tuple[tuple[float, ...], ...]:
    size = len(crowd)
    if not size:
        return ()
    begin, length, life = micros(now), WEEK_DAYS * A_DAY, policy.half_life_days * A_DAY
    given = np.zeros((size, weeks), np.float32)
    for one in found:
        at = one.at[one.asked] - begin
        week = np.minimum(at // length, weeks - 1)
        fading = np.exp2(-((week + 1) * length - at) / life)
        np.add.at(given, (one.enrolled.rows[one.asked], week), (one.wave.cost * fading).astype(np.float32))
    age = np.where(crowd.burden_at == NONE, 0, begin - crowd.burden_at)
    burden: Points = crowd.burden * np.exp2(-age / life)
    keeps = float(np.exp2(-length / life))
    for place in range(weeks):
        burden = burden * keeps + given[:, place]
        given[:, place] = burden
    capacity = np.array([limits_of(policy, one).capacity for one in PREFERENCES])[crowd.preference]
    shares = given / capacity[:, None]
    order = np.lexsort((crowd.person, -shares.sum(axis=1)))
    bands = np.array_split(shares[order], min(BANDS, size))
    return tuple(tuple(round(float(value), 3) for value in band.mean(axis=0)) for band in bands)


# --- what to change ---------------------------------------------------------------------------------------

_RESTS: Final = (
    "QUARANTINE",
    "MIN_GAP",
    "CAP_1D",
    "CAP_30D",
    "CAP_365D",
    "CAP_MESSAGES",
    "RESERVED_FOR_SAMPLE",
)


def _advice(
    found: Sequence[Foreseen],
    surveys: Sequence[SurveyLine],
    weeks: Sequence[Week],
    never_for: Mapping[str, int],
) -> Iterator[str]:
    yield from _of_weeks(found, weeks)
    for line in surveys:
        yield from _of_survey(line)
    unreachable = never_for.get("UNREACHABLE", 0)
    if unreachable:
        yield (
            f"{_people(unreachable)} cannot be written to. Give them the link of the bot, "
            "or import their addresses."
        )
    dormant = never_for.get("DORMANT", 0)
    if dormant:
        yield f"{_people(dormant)} have fallen silent and are left alone until they write."


def _of_weeks(found: Sequence[Foreseen], weeks: Sequence[Week]) -> Iterator[str]:
    over = sorted((week for week in weeks if week.strain > 1), key=lambda week: (-week.strain, week.begins))
    for week in over[:WEEKS_TOLD]:
        heaviest = _heaviest(found, week)
        if week.capacity:
            yield (
                f"The week of {week.begins:%Y-%m-%d} wants {week.strain:.0%} of what members can give, most "
                f"of it {heaviest}: ask fewer by a sample, shorten it, or move it to another week."
            )
        else:
            yield f"The week of {week.begins:%Y-%m-%d} wants answers for {heaviest}, and nobody can give any."
    if len(over) > WEEKS_TOLD:
        yield f"So do {len(over) - WEEKS_TOLD} more weeks."


def _heaviest(found: Sequence[Foreseen], week: Week) -> str:
    points: Counter[str] = Counter()
    for one in found:
        if one.wave.opens < week.begins + WEEK_DAYS * DAY and one.wave.closes > week.begins:
            points[one.wave.survey.id] += round(_wanted(one) * one.wave.cost * 1000)
    return points.most_common(1)[0][0]


def _of_survey(line: SurveyLine) -> Iterator[str]:
    missed = line.wanted - line.asked
    if missed <= line.wanted * MUCH:
        return
    blocked = {code: number for code, number in line.reasons.items() if number > line.wanted * MUCH}
    resting = sum(number for code, number in line.reasons.items() if code in _RESTS)
    head = f"{line.survey} reaches {line.asked} of {line.wanted}"
    if "BURDEN" in blocked:
        yield f"{head}: it asks for too much at once. Shorten its flow, or ask it less often."
    elif resting > line.wanted * MUCH:
        yield (
            f"{head}: most of the others rest after earlier questions. Ask less often, keep its waves open "
            "for longer (open_hours), or let people say more."
        )
    elif "TAKEN_BY_HIGHER_PRIORITY" in blocked:
        yield f"{head}: other surveys come first. Raise its priority, or open it in another week."


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
