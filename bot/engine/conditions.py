"""Conditions of exits, ``ask_if`` and audiences: checked against the types of what they read, then run.

``check`` is for the admin and explains; ``holds`` is for the conversation and is fast: a condition is
compiled once into closures. Logic is three-valued: what reads an unanswered question is unknown, and a
condition that is unknown as a whole does not hold. Nothing here reads a clock or a store.
"""

import operator as operators
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Any, Final, Literal, assert_never

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
from bot.engine.flow import Question
from bot.engine.suggest import closest, did_you_mean

Kind = Literal["number", "choice", "choices", "yes_no", "text", "date", "attribute"]

Values = Mapping[str, object]
"""Name -> answer as ``session.Value`` holds it, or attribute as text. Missing or None: unanswered."""

Known = bool | None
"""True, False, or None where it is unknown."""

_Compiled = Callable[[Values], Known]

CACHED_CONDITIONS: Final = 4096
"""Compiled conditions kept: those of hundreds of flows, at a few hundred bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableType:
    """What a name in a condition stands for.

    ``number`` covers integer, decimal and scale; ``whole`` numbers have no fraction. ``attribute`` is text
    from the member list, which may be compared with a number or a date as well.
    """

    kind: Kind
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False


ATTRIBUTE: Final = VariableType(kind="attribute")


def variables(questions: Iterable[Question], attributes: Iterable[str] = ()) -> dict[str, VariableType]:
    """What conditions of a flow may read: every question by its id, and the person's attributes.

    Where both have the same name the question is meant.
    """
    found = dict.fromkeys(attributes, ATTRIBUTE)
    for question in questions:
        if question.type != "note":
            found[question.id] = variable_type(question)
    return found


def variable_type(question: Question) -> VariableType:
    """The type of a question's answer. A note has none and counts as text."""
    match question.type:
        case "integer" | "decimal" | "scale":
            return VariableType(
                kind="number",
                minimum=question.minimum,
                maximum=question.maximum,
                whole=question.type != "decimal",
            )
        case "select_one":
            return VariableType(kind="choice", choices=tuple(choice.id for choice in question.choices))
        case "select_multiple":
            return VariableType(
                kind="choices",
                choices=tuple(choice.id for choice in question.choices),
                minimum=question.minimum if question.minimum is not None else int(question.required),
                maximum=question.maximum,
            )
        case "yes_no":
            return VariableType(kind="yes_no")
        case "date":
            return VariableType(kind="date")
        case "text" | "note":
            return VariableType(kind="text")
    assert_never(question.type)


# --- running ----------------------------------------------------------------------------------------------


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

    A number against text reads the text as a number (attributes come as text); ordered text must be dates.
    """
    if left is None or right is None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        return _compare_texts(left, operator, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return _RUN[operator](left, right) if isinstance(left, bool) and isinstance(right, bool) else None
    numbers = _number(left), _number(right)
    return None if None in numbers else _RUN[operator](*numbers)


def _compare_texts(left: str, operator: Operator, right: str) -> Known:
    if operator in ("==", "!="):
        return _RUN[operator](left, right)
    days = _date(left), _date(right)
    return None if None in days else _RUN[operator](*days)


def _number(value: object) -> float | None:
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _truth(value: object) -> Known:
    return value if isinstance(value, bool) else None


def _contains(value: object, item: Constant) -> Known:
    return item in value if isinstance(value, list | tuple) else None


# --- checking ---------------------------------------------------------------------------------------------


def check(source: str, variables: Mapping[str, VariableType]) -> list[str]:
    """What is wrong with a condition, in plain words; empty when nothing is."""
    try:
        node = parse(source)
    except ConditionError as error:
        return [str(error)]
    return list(dict.fromkeys(_problems(node, variables)))


def _problems(node: Node, variables: Mapping[str, VariableType]) -> Iterable[str]:
    match node:
        case Both(parts) | Either(parts):
            for part in parts:
                yield from _problems(part, variables)
        case Not(part):
            yield from _problems(part, variables)
        case Fixed():
            return
        case _:
            yield from _leaf_problems(node, variables)


def _leaf_problems(leaf: Leaf, variables: Mapping[str, VariableType]) -> Iterable[str]:
    match leaf:
        case Compare(left, operator, Name(right)):
            yield from _two_names(left, operator, right, variables)
        case Compare(name, operator, Value(value)):
            yield from _name_and_value(name, operator, value, variables)
        case OneOf(name, options):
            for option in options:
                yield from _name_and_value(name, "==", option, variables)
        case Contains(item, name):
            yield from _membership(item, name, variables)
        case Truth(name):
            yield from _alone(name, variables)
        case IsAnswered(name):
            yield from _unknown(name, variables)


def _unknown(name: str, variables: Mapping[str, VariableType]) -> Iterable[str]:
    if name not in variables:
        hint = did_you_mean(name, list(variables))
        yield f"`{name}` is no question or attribute that can be read here. {hint}".rstrip()


def _alone(name: str, variables: Mapping[str, VariableType]) -> Iterable[str]:
    yield from _unknown(name, variables)
    if name in variables and variables[name].kind != "yes_no":
        yield f"`{name}` by itself is neither true nor false. Compare it: {_example(name, variables[name])}."


def _two_names(
    left: str, operator: Operator, right: str, variables: Mapping[str, VariableType]
) -> Iterable[str]:
    for name, other in ((left, right), (right, left)):
        if name not in variables and other in variables and name in variables[other].choices:
            yield f'Put the choice in quotation marks: {other} {operator} "{name}".'
            return
    yield from _unknown(left, variables)
    yield from _unknown(right, variables)
    if left not in variables or right not in variables:
        return
    kinds = {variables[left].kind, variables[right].kind} - {"attribute"}
    if len(kinds) > 1 or "choices" in kinds:
        yield f"`{left}` and `{right}` are of different kinds and cannot be compared."
    elif operator not in ("==", "!=") and kinds - {"number", "date"}:
        yield _no_order(left, variables[left])


def _name_and_value(
    name: str, operator: Operator, value: Constant, variables: Mapping[str, VariableType]
) -> Iterable[str]:
    yield from _unknown(name, variables)
    if name not in variables:
        return
    variable = variables[name]
    wrong = _CHECKS[variable.kind](name, variable, value)
    if wrong:
        yield wrong
    elif operator not in ("==", "!=") and not _ordered(variable, value):
        yield _no_order(name, variable)


def _ordered(variable: VariableType, value: Constant) -> bool:
    if variable.kind == "attribute":
        return not isinstance(value, str) or _date(value) is not None
    return variable.kind in ("number", "date")


def _no_order(name: str, variable: VariableType) -> str:
    return f"`{name}` has no order: only == and != work. Write {_example(name, variable)}."


def _check_number(name: str, variable: VariableType, value: Constant) -> str:
    if isinstance(value, str):
        bare = f": `{value}`" if _number(value) is not None else ""
        return f"`{name}` is a number; compare it with one, without quotation marks{bare}."
    if isinstance(value, bool):
        return f"`{name}` is a number; compare it with a number, not with yes or no."
    return _outside(name, variable, value)


def _outside(name: str, variable: VariableType, value: float) -> str:
    if variable.whole and value != int(value):
        return ""  # 6.5 between two whole numbers is a fair bound
    low, high = variable.minimum, variable.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return f"`{name}` {_range(low, high)}; {value:g} lies outside."
    return ""


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"goes up to {high:g}"
    return f"starts at {low:g}" if high is None else f"goes from {low:g} to {high:g}"


def _check_choice(name: str, variable: VariableType, value: Constant) -> str:
    if not isinstance(value, str):
        return f"`{name}` is a choice; compare it with one in quotation marks: {_example(name, variable)}."
    if value not in variable.choices:
        return f'`{name}` has no choice "{value}". {did_you_mean(value, variable.choices)}'
    return ""


def _check_choices(name: str, variable: VariableType, value: Constant) -> str:
    near = closest(str(value), variable.choices) or next(iter(variable.choices), "")
    return f'`{name}` holds several choices. Write "{near}" in {name}.'


def _check_yes_no(name: str, variable: VariableType, value: Constant) -> str:
    if isinstance(value, bool):
        return ""
    return f"`{name}` is a yes/no question. Write {_example(name, variable)}, without quotation marks."


def _check_text(name: str, _: VariableType, value: Constant) -> str:
    return (
        "" if isinstance(value, str) else f'`{name}` is text; compare it with words in quotation marks: "…".'
    )


def _check_date(name: str, variable: VariableType, value: Constant) -> str:
    if isinstance(value, str) and _date(value) is not None:
        return ""
    return f"`{name}` is a date; compare it with one written year-month-day: {_example(name, variable)}."


def _check_attribute(name: str, _: VariableType, value: Constant) -> str:
    if isinstance(value, bool):
        return f'`{name}` is text from the member list. Put the word in quotation marks: {name} == "yes".'
    return ""


_CHECKS: Final[Mapping[Kind, Callable[[str, VariableType, Constant], str]]] = {
    "number": _check_number,
    "choice": _check_choice,
    "choices": _check_choices,
    "yes_no": _check_yes_no,
    "text": _check_text,
    "date": _check_date,
    "attribute": _check_attribute,
}


def _membership(item: Constant, name: str, variables: Mapping[str, VariableType]) -> Iterable[str]:
    yield from _unknown(name, variables)
    if name not in variables:
        return
    variable = variables[name]
    if variable.kind != "choices":
        yield f"`{name}` holds one value, so nothing can be `in` it. Write {_example(name, variable)}."
    elif item not in variable.choices:
        yield f'`{name}` has no choice "{item}". {did_you_mean(str(item), variable.choices)}'


def _example(name: str, variable: VariableType) -> str:
    """A condition on this name that would be right."""
    first = next(iter(variable.choices), "…")
    match variable.kind:
        case "number":
            return f"{name} <= {variable.maximum if variable.maximum is not None else 6:g}"
        case "choice":
            return f'{name} == "{first}"'
        case "choices":
            return f'"{first}" in {name}'
        case "yes_no":
            return f"{name} == yes"
        case "date":
            return f'{name} >= "2026-05-04"'
        case "text" | "attribute":
            return f'{name} == "…"'
    assert_never(variable.kind)
