"""Figures of questions with choices: yes or no, one of several, several of several, and scales."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot.engine import predictions
from bot.engine.flow import Choice, Question
from reports.figures.publish import mean_estimate, nps_estimate, share, share_estimate
from reports.figures.shapes import Bar, Estimate, Picture, Tally
from reports.statistics.nps import DETRACTORS, PROMOTERS


def yes_no(tally: Tally) -> Picture:
    """The share of yes."""
    counts = _counts(tally)
    return Picture(
        headline=_share_of(tally, counts, "yes", ("yes",)),
        bars=_bars(tally, counts, strong=("yes",)),
        form="choices",
    )


def one_of(tally: Tally) -> Picture:
    """The share of each choice, the most frequent first."""
    bars = _by_size(_bars(tally, _counts(tally)))
    return Picture(headline=_leader(tally, bars), bars=bars, form="choices")


def multiple(tally: Tally) -> Picture:
    """The share of each choice among those who answered; the shares add up to more than everything."""
    counts = chosen(tally)
    bars = _by_size(_bars(tally, counts))
    return Picture(headline=_leader(tally, bars), bars=bars, form="choices")


def firsts(tally: Tally) -> Picture:
    """How often each choice stands first in an order."""
    counts = chosen(tally)
    bars = _by_size(_bars(tally, counts))
    return Picture(headline=_leader(tally, bars), bars=bars, form="choices")


def scale(tally: Tally) -> Picture:
    """The whole distribution, the share of the best points, the mean last; the score where it is the NPS."""
    counts = _counts(tally)
    points = [choice.id for choice in tally.question.choices]
    top = top_choices(tally.question)
    if tally.question.preset == "nps":
        return Picture(
            headline=_nps(tally, counts),
            others=_groups(tally, counts),
            bars=_bars(tally, counts, strong=top),
            form="nps",
        )
    others: list[Estimate | None] = []
    if tally.question.preset == "faces":
        others.append(_share_of(tally, counts, "bottom", points[:1]))
    others.append(mean_estimate(_valued(tally.question, counts), tally.frame))
    return Picture(
        headline=_share_of(tally, counts, "top", top),
        others=tuple(found for found in others if found is not None),
        bars=_bars(tally, counts, strong=top),
        form="scale",
    )


def top_choices(question: Question) -> list[str]:
    """Ids of the answers that count as good."""
    return [choice.id for choice in predictions.top_choices(question)]


def chosen(tally: Tally) -> Counter[str]:
    """How many chose each choice, by its id: of several each one counts, of an order the first."""
    counts: Counter[str] = Counter()
    for value, times in tally.decoded():
        for one in _choices_in(tally.question, value):
            counts[one] += times
    return counts


def _choices_in(question: Question, value: Any) -> set[str]:
    if question.type == "rank":
        return {str(value[0])}
    if question.type in ("select_multiple", "pool"):
        return {str(one) for one in value}
    return {choice_id(value)}


def number_of(question: Question, value: str) -> float | None:
    """The number behind one answer, given as JSON; None for an answer that the question does not know."""
    wanted = choice_id(msgspec.json.decode(value))
    return next((choice.value for choice in question.choices if choice.id == wanted), None)


def valued(tally: Tally) -> dict[float, int]:
    """Answers of a question for numbers, by their value."""
    found: Counter[float] = Counter()
    for value, times in tally.decoded():
        found[float(value)] += times
    return dict(found)


def _counts(tally: Tally) -> Counter[str]:
    """Answers by choice id."""
    counts: Counter[str] = Counter()
    for value, times in tally.decoded():
        counts[choice_id(value)] += times
    return counts


def choice_id(value: Any) -> str:
    """Choices are stored by id, those of a scale also by number, yes and no also as such."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def _valued(question: Question, counts: Mapping[str, int]) -> dict[float, int]:
    """Answers by the number behind the choice."""
    numbers = {choice.id: choice.value for choice in question.choices}
    found: Counter[float] = Counter()
    for choice, times in counts.items():
        number = numbers.get(choice)
        if number is not None:
            found[number] += times
    return dict(found)


def _share_of(tally: Tally, counts: Mapping[str, int], what: Any, of: Sequence[str]) -> Estimate:
    return share_estimate(what, of, sum(counts[one] for one in of), tally.answered, tally.frame)


def _nps(tally: Tally, counts: Mapping[str, int]) -> Estimate | None:
    valued = _valued(tally.question, counts)
    promoters = sum(times for value, times in valued.items() if value in PROMOTERS)
    detractors = sum(times for value, times in valued.items() if value in DETRACTORS)
    passives = tally.answered - promoters - detractors
    return nps_estimate(promoters, passives, detractors, tally.frame)


def _groups(tally: Tally, counts: Mapping[str, int]) -> tuple[Estimate, ...]:
    """The shares of promoters, passives and detractors."""
    sides: dict[Any, list[str]] = {"promoters": [], "passives": [], "detractors": []}
    for choice in tally.question.choices:
        side = "promoters" if choice.value in PROMOTERS else "passives"
        sides["detractors" if choice.value in DETRACTORS else side].append(choice.id)
    return tuple(_share_of(tally, counts, what, of) for what, of in sides.items())


def _bars(tally: Tally, counts: Mapping[str, int], strong: Sequence[str] = ()) -> tuple[Bar, ...]:
    """One bar a choice, those that the flow no longer knows at the end."""
    known = tally.question.choices
    strangers = sorted(counts.keys() - {choice.id for choice in known})
    choices = (*known, *(Choice(id=one, label={"": one}) for one in strangers))
    return tuple(_bar(tally, choice, counts.get(choice.id, 0), choice.id in strong) for choice in choices)


def _bar(tally: Tally, choice: Choice, count: int, strong: bool) -> Bar:  # noqa: FBT001
    found = share(count, tally.answered, tally.frame)
    return Bar(
        id=choice.id,
        label=choice.label,
        share=found.percent,
        low=found.low,
        high=found.high,
        strong=strong,
    )


def _by_size(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """The greatest first, by what is shown and not by what is hidden; equals keep the order of the flow."""
    return tuple(sorted(bars, key=lambda bar: (-bar.share.value, bar.share.sign == "≤")))


def _leader(tally: Tally, bars: Sequence[Bar]) -> Estimate | None:
    """The most frequent choice, unless several look equally frequent."""
    if not bars or bars[0].share.sign == "≤" or (len(bars) > 1 and bars[1].share == bars[0].share):
        return None
    first = bars[0]
    return Estimate(
        what="choice",
        unit="share",
        value=first.share.value / 100,
        low=first.low / 100,
        high=first.high / 100,
        sign=first.share.sign,
        method="wilson" if tally.frame is None else "wilson_fpc",
        of=(first.id,),
    )
