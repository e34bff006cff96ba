"""Conditions held against the types of what they read: unknown names, choices that do not exist, wrong kinds.

Each finding is a sentence for the admin with what to write instead. Nothing is run here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, assert_never

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
    Operator,
    Truth,
    Value,
    names,
)
from bot.engine.suggest import closest, did_you_mean
from bot.engine.variables import TIME, Kind, VariableType, as_date, as_number


def problems(node: Node, variables: Mapping[str, VariableType]) -> Iterable[str]:
    """What is wrong with a condition that could be read, in plain words."""
    match node:
        case Both(parts) | Either(parts):
            for part in parts:
                yield from problems(part, variables)
        case Not(part):
            yield from problems(part, variables)
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
        case _:
            for name in names(leaf):
                yield from _unknown(name, variables)


def _unknown(name: str, variables: Mapping[str, VariableType]) -> Iterable[str]:
    if name not in variables:
        hint = did_you_mean(name, list(variables))
        yield f"`{name}` is no question or attribute that can be read here. {hint}"


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
    if len(kinds) > 1 or kinds & {"choices", "thing"}:
        yield f"`{left}` and `{right}` are of different kinds and cannot be compared."
    elif operator not in ("==", "!=") and kinds - {"number", "date", "time"}:
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
        return not isinstance(value, str) or as_date(value) is not None or bool(TIME.fullmatch(value))
    return variable.kind in ("number", "date", "time")


def _no_order(name: str, variable: VariableType) -> str:
    return f"`{name}` has no order: only == and != work. Write {_example(name, variable)}."


def _check_number(name: str, variable: VariableType, value: Constant) -> str:
    if isinstance(value, str):
        bare = f": `{value}`" if as_number(value) is not None else ""
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
    if isinstance(value, str) and as_date(value) is not None:
        return ""
    return f"`{name}` is a date; compare it with one written year-month-day: {_example(name, variable)}."


def _check_time(name: str, variable: VariableType, value: Constant) -> str:
    if isinstance(value, str) and TIME.fullmatch(value):
        return ""
    return f"`{name}` is a time; compare it with one written hour:minute: {_example(name, variable)}."


def _check_thing(name: str, variable: VariableType, _: Constant) -> str:
    return f"`{name}` cannot be compared, it is only there or not. Write {_example(name, variable)}."


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
    "time": _check_time,
    "thing": _check_thing,
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
        case "time":
            return f'{name} < "12:00"'
        case "thing":
            return f"{name} is answered"
        case "text" | "attribute":
            return f'{name} == "…"'
    assert_never(variable.kind)
