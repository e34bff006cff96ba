"""What a name in a condition can stand for, as a handful of values that behave differently.

A scale of 0 to 10 that is only ever compared with 6 has two kinds of answers: up to 6 and above. The ways
through a flow are counted over such kinds (``paths``). Pure; a kind knows how many answers it stands for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from math import ceil, floor
from typing import Final

from bot.engine.conditions import Values, compiled
from bot.engine.expressions import (
    Both,
    Compare,
    Constant,
    Contains,
    Either,
    Leaf,
    Name,
    Node,
    Not,
    OneOf,
    Value,
    names,
)
from bot.engine.variables import TIME, VariableType

LISTED_NUMBERS: Final = 101
"""Whole numbers that are looked at one by one: a scale, a percentage. Longer ranges by their landmarks."""
MOST_ITEMS: Final = 6
"""Choices of a multiple selection that are combined with each other: 64 combinations."""
ANYTHING_ELSE: Final = ("\u0000", "\u0001")
"""Stand for every text that no condition names: two, as the texts of two names may differ."""
SOME_NUMBERS: Final = (-1, 0, 1)
SOME_DAYS: Final = ("1999-12-31", "2000-01-01", "2000-01-02")
SOME_TIMES: Final = ("00:00", "12:00", "23:59")
"""The same for numbers, days and times."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One kind of answers: a value that stands for them, and how many they are."""

    value: object
    weight: float


def leaves(node: Node) -> Iterator[Leaf]:
    """The single comparisons of a condition."""
    match node:
        case Both(parts) | Either(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def domain(name: str, variable: VariableType, tests: Sequence[Leaf]) -> tuple[Answers, ...]:
    """The kinds of answers that these comparisons tell apart. ``unanswered`` is not among them."""
    own = [test for test in tests if name in names(test)]
    possible = list(_possible(variable, list(_constants(own))))
    if any(isinstance(test, Compare) and isinstance(test.other, Name) for test in own):
        return tuple(Answers(value, 1) for value in possible)
    kinds: dict[tuple[object, ...], Answers] = {}
    asked = [compiled(test) for test in own]
    for value in possible:
        values: Values = {name: value}
        signature = tuple(ask(values) for ask in asked)
        known = kinds.get(signature)
        kinds[signature] = Answers(known.value, known.weight + 1) if known else Answers(value, 1)
    return tuple(kinds.values())


def _constants(tests: Iterable[Leaf]) -> Iterator[Constant]:
    for test in tests:
        match test:
            case Compare(_, _, Value(value)):
                yield value
            case OneOf(_, options):
                yield from options
            case Contains(item):
                yield item
            case _:
                continue  # nothing is compared with a constant


def _possible(variable: VariableType, constants: Sequence[Constant]) -> Iterable[object]:
    match variable.kind:
        case "number":
            return _numbers(variable, constants)
        case "choice":
            return variable.choices
        case "choices":
            return _drawn(variable) if variable.drawn else _selections(variable, constants)
        case "yes_no":
            return (True, False)
        case "date":
            return dict.fromkeys((*_dates(constants), *SOME_DAYS))
        case "time":
            return dict.fromkeys((*_times(constants), *SOME_TIMES))
        case "thing":
            return (True,)
        case "text":
            return (*_texts(constants), *ANYTHING_ELSE)
        case _:
            near = (f"{number:g}" for number in _landmarks(constants))
            return dict.fromkeys((*_texts(constants), *near, *_dates(constants), *ANYTHING_ELSE))


def _texts(constants: Sequence[Constant]) -> Iterator[str]:
    return (value for value in constants if isinstance(value, str))


def _landmarks(constants: Sequence[Constant]) -> Iterator[float]:
    """Each number that is compared with, and one on either side of it."""
    for value in constants:
        if not isinstance(value, str | bool):
            yield from (floor(value) - 1, floor(value), value, ceil(value), ceil(value) + 1)


def _numbers(variable: VariableType, constants: Sequence[Constant]) -> Iterable[float]:
    low, high = variable.minimum, variable.maximum
    if variable.whole and low is not None and high is not None and high - low < LISTED_NUMBERS:
        return range(ceil(low), floor(high) + 1)
    landmarks = {
        *_landmarks(constants),
        *(bound for bound in (low, high) if bound is not None),
        *SOME_NUMBERS,
    }
    if not variable.whole:
        ordered = sorted(landmarks)
        landmarks |= {(one + other) / 2 for one, other in pairwise(ordered)}
    return sorted(
        value
        for value in landmarks
        if (low is None or value >= low) and (high is None or value <= high)
        if not variable.whole or value == int(value)
    )


def _selections(variable: VariableType, constants: Sequence[Constant]) -> Iterator[tuple[str, ...]]:
    """Sets of the choices that are asked for, as far as the least and most choices allow them."""
    named = [choice for choice in variable.choices if choice in constants]
    others = len(variable.choices) - len(named)
    sizes = range(len(named) + 1) if len(named) <= MOST_ITEMS else (0, 1, len(named))
    for size in sizes:
        if size <= (variable.maximum or len(named)) and size + others >= (variable.minimum or 0):
            yield from combinations(named, size)


def _drawn(variable: VariableType) -> Iterator[tuple[str, ...]]:
    """Neighbours on the ring of a pool: each question is drawn in some and left out in others."""
    ring = variable.choices
    for first in range(len(ring)):
        yield tuple(ring[(first + step) % len(ring)] for step in range(int(variable.minimum or 0)))


def _times(constants: Sequence[Constant]) -> Iterator[str]:
    """Each time that is compared with, and a minute before and after it."""
    for value in _texts(constants):
        if TIME.fullmatch(value):
            minutes = int(value[:2]) * 60 + int(value[3:])
            for minute in (minutes - 1, minutes, minutes + 1):
                yield f"{minute // 60 % 24:02}:{minute % 60:02}"


def _dates(constants: Sequence[Constant]) -> Iterator[str]:
    """Each day that is compared with, and its neighbours."""
    for value in _texts(constants):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            continue
        for shift in (-1, 0, 1):
            try:
                yield (day + timedelta(days=shift)).isoformat()
            except OverflowError:
                continue


def combined(domains: Mapping[str, Sequence[Answers]]) -> int:
    """How many combinations of kinds there are."""
    count = 1
    for kinds in domains.values():
        count *= max(1, len(kinds))
    return count
