"""Conditions of exits, ``ask_if`` and audiences: checked by ``check``, run by ``holds``.

``check`` is for the admin and explains; ``holds`` is for the conversation and is fast: a condition is
compiled once into closures. Logic is three-valued: what reads an unanswered question is unknown, and a
condition that is unknown as a whole does not hold. Nothing here reads a clock or a store.
"""

import operator as operators
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, assert_never

from bot.engine import typecheck
from bot.engine.expressions import (
    Both,
    Compare,
    ConditionError,
    Constant,
    Contains,
    Either,
    Fixed,
    IsAnswered,
    Leaf,
    Name,
    Node,
    Not,
    OneOf,
    Operand,
    Operator,
    Truth,
    Value,
    parse,
)
from bot.engine.variables import TIME, VariableType, as_date, as_number

Values = Mapping[str, object]
"""Name -> answer as ``session.Value`` holds it, or attribute as text. Missing or None: unanswered."""

Known = bool | None
"""True, False, or None where it is unknown."""

_Compiled = Callable[[Values], Known]

CACHED_CONDITIONS: Final = 4096
"""Compiled conditions kept: those of hundreds of flows, at a few hundred bytes each."""


def check(source: str, variables: Mapping[str, VariableType]) -> list[str]:
    """What is wrong with a condition, in plain words; empty when nothing is."""
    try:
        node = parse(source)
    except ConditionError as error:
        return [str(error)]
    return list(dict.fromkeys(problem.rstrip() for problem in typecheck.problems(node, variables)))


def holds(source: str, values: Values) -> bool:
    """Whether the condition is certainly true. A blank one holds. Raises ConditionError for nonsense."""
    return _compiled(source)(values) is True


def compiled(node: Node) -> Callable[[Values], Known]:
    """The three-valued truth of a parsed condition, as a function of the answers."""
    return _compile(node)


@lru_cache(maxsize=CACHED_CONDITIONS)
def _compiled(source: str) -> _Compiled:
    return _compile(parse(source))


def _compile(node: Node) -> _Compiled:
    match node:
        case Both(parts):
            return _both([_compile(part) for part in parts])
        case Either(parts):
            return _either([_compile(part) for part in parts])
        case Not(part):
            return _not(_compile(part))
    return _compile_leaf(node)


def _compile_leaf(leaf: Leaf) -> _Compiled:
    match leaf:
        case Compare(name, operator, other):
            return _comparison(name, operator, other)
        case OneOf(name, options):
            return _either([_comparison(name, "==", Value(option)) for option in options])
        case Contains(item, name):
            return lambda values: _contains(values.get(name), item)
        case IsAnswered(name, answered):
            return lambda values: (values.get(name) is not None) is answered
        case Truth(name):
            return lambda values: _truth(values.get(name))
        case Fixed(fixed):
            return lambda _: fixed
    assert_never(leaf)


def _comparison(name: str, operator: Operator, other: Operand) -> _Compiled:
    if isinstance(other, Name):
        second = other.id
        return lambda values: compare(values.get(name), operator, values.get(second))
    constant = other.value
    return lambda values: compare(values.get(name), operator, constant)


def _both(parts: list[_Compiled]) -> _Compiled:
    def run(values: Values) -> Known:
        known: Known = True
        for part in parts:
            found = part(values)
            if found is False:
                return False
            if found is None:
                known = None
        return known

    return run


def _either(parts: list[_Compiled]) -> _Compiled:
    def run(values: Values) -> Known:
        known: Known = False
        for part in parts:
            found = part(values)
            if found is True:
                return True
            if found is None:
                known = None
        return known

    return run


def _not(part: _Compiled) -> _Compiled:
    def run(values: Values) -> Known:
        found = part(values)
        return None if found is None else not found

    return run


_RUN: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "==": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def compare(left: object, operator: Operator, right: object) -> Known:
    """Two values by one operator; None where one is missing or they cannot be compared.

    A number against text reads the text as a number (attributes come as text); ordered text must be dates or
    times.
    """
    if left is None or right is None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        return _compare_texts(left, operator, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return _RUN[operator](left, right) if isinstance(left, bool) and isinstance(right, bool) else None
    numbers = as_number(left), as_number(right)
    return None if None in numbers else _RUN[operator](*numbers)


def _compare_texts(left: str, operator: Operator, right: str) -> Known:
    if operator in ("==", "!="):
        return _RUN[operator](left, right)
    if TIME.fullmatch(left) and TIME.fullmatch(right):
        return _RUN[operator](left, right)
    days = as_date(left), as_date(right)
    return None if None in days else _RUN[operator](*days)


def _truth(value: object) -> Known:
    return value if isinstance(value, bool) else None


def _contains(value: object, item: Constant) -> Known:
    return item in value if isinstance(value, list | tuple) else None
