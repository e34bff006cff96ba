"""Formulas of calculate: the language of conditions, with numbers that can be reckoned with.

``(calm + glad) / 2``, ``score >= 9 and again``, ``"fan" if score >= 9 else "other"``. As in conditions, there
is nothing to call and nothing to reach, and what reads an unanswered question is itself unknown.
"""

import ast
import operator as operators
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, Final, Literal

from bot.engine import conditions, typecheck
from bot.engine.expressions import (
    BOOLEANS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_NUMBER,
    ConditionError,
    Name,
    Node,
    node,
    syntax,
    variable,
)
from bot.engine.suggest import did_you_mean
from bot.engine.variables import VariableType, as_number

Result = Literal["number", "text", "yes_no"]
Known = str | int | float | bool | None

DECIMALS: Final = 6
"""Decimals that are kept: more than anybody asked for, fewer than the noise of binary fractions."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number or words as written."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class Sum:
    """Two parts joined by ``+ - * /``; one part with ``-`` before it is nought minus it."""

    left: "Formula"
    operator: Literal["+", "-", "*", "/"]
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Choose:
    """``one if condition else other``."""

    condition: Node
    then: "Formula"
    other: "Formula"


@dataclass(frozen=True, slots=True)
class Test:
    """A condition, whose value is yes or no."""

    condition: Node


Formula = Fixed | Name | Sum | Choose | Test

_OPERATORS: Final[Mapping[type[ast.operator], Literal["+", "-", "*", "/"]]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_RUN: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": operators.truediv,
}


# --- reading ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def parse(source: str) -> Formula:
    """The tree of a formula. Raises ConditionError, whose message says what to write instead."""
    if not source.strip():
        raise ConditionError("The formula is empty. Write for example `(calm + glad) / 2`.")
    if len(source) > MAX_LENGTH:
        raise ConditionError(f"The formula is longer than {MAX_LENGTH} characters. Split it up.")
    return _formula(syntax(source), 1)


def _formula(tree: ast.expr, depth: int) -> Formula:
    if depth > MAX_DEPTH:
        raise ConditionError(f"The formula is nested more than {MAX_DEPTH} levels deep. Split it.")
    match tree:
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            sides = _formula(tree.left, depth + 1), _formula(tree.right, depth + 1)
            return Sum(sides[0], _OPERATORS[type(operator)], sides[1])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Sum(Fixed(0), "-", _formula(operand, depth + 1))
        case ast.IfExp():
            condition = node(tree.test, depth + 1)
            return Choose(condition, _formula(tree.body, depth + 1), _formula(tree.orelse, depth + 1))
        case ast.Name(id=word) if word not in BOOLEANS:
            return Name(variable(word))
        case ast.Constant(value=str(words)):
            return Fixed(words)
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if abs(number) > MAX_NUMBER:
                raise ConditionError("The number is too large.")
            return Fixed(number)
        case ast.BinOp():
            raise ConditionError("A formula knows + - * / and no other sign between numbers.")
    return Test(node(tree, depth + 1))


# --- checking ---------------------------------------------------------------------------------------------


def check(source: str, variables: Mapping[str, VariableType]) -> tuple[Result | None, list[str]]:
    """What kind of value the formula gives (None where it is wrong), and what is wrong, in plain words."""
    try:
        formula = parse(source)
    except ConditionError as error:
        return None, [str(error)]
    problems: list[str] = []
    result = _result(formula, variables, problems)
    return (None if problems else result), list(dict.fromkeys(problems))


def _result(formula: Formula, variables: Mapping[str, VariableType], problems: list[str]) -> Result:
    match formula:
        case Fixed(value):
            return "text" if isinstance(value, str) else "number"
        case Name(name):
            return _of_name(name, variables, problems)
        case Sum(left, operator, right):
            for side in (left, right):
                _must_be_number(side, operator, variables, problems)
            return "number"
        case Choose(condition, then, other):
            problems += typecheck.problems(condition, variables)
            kinds = [_result(one, variables, problems) for one in (then, other)]
            if kinds[0] != kinds[1]:
                problems.append("Both sides of `else` must be of the same kind: two numbers, or two texts.")
            return kinds[0]
        case Test(condition):
            problems += typecheck.problems(condition, variables)
            return "yes_no"


def _of_name(name: str, variables: Mapping[str, VariableType], problems: list[str]) -> Result:
    if name not in variables:
        advice = did_you_mean(name, list(variables))
        problems.append(f"`{name}` is no question and no attribute. {advice}".strip())
        return "number"
    kind = variables[name].kind
    if kind in ("choices", "thing"):
        problems.append(f"`{name}` holds no single value, so no formula can take it as one.")
    return "number" if kind == "number" else "yes_no" if kind == "yes_no" else "text"


def _must_be_number(
    side: Formula, operator: str, variables: Mapping[str, VariableType], problems: list[str]
) -> None:
    if isinstance(side, Name) and side.id in variables and variables[side.id].kind == "attribute":
        return  # attributes come as text and are read as numbers where they are such
    found = len(problems)
    if _result(side, variables, problems) != "number" and len(problems) == found:
        shown = f"`{side.id}`" if isinstance(side, Name) else "What stands there"
        problems.append(f"{shown} is no number, so {operator} cannot be reckoned with it.")


# --- reckoning --------------------------------------------------------------------------------------------


def value(source: str, values: Mapping[str, object]) -> Known:
    """What the formula gives; None where it reads what is unanswered, or divides by nought."""
    return _value(parse(source), values)


def _value(formula: Formula, values: Mapping[str, object]) -> Known:
    match formula:
        case Fixed(value):
            return value
        case Name(name):
            found = values.get(name)
            return found if isinstance(found, str | int | float) else None
        case Sum(left, operator, right):
            return _sum(_value(left, values), operator, _value(right, values))
        case Choose(condition, then, other):
            held = conditions.compiled(condition)(values)
            return None if held is None else _value(then if held else other, values)
        case Test(condition):
            return conditions.compiled(condition)(values)


def _sum(left: Known, operator: str, right: Known) -> Known:
    sides = [None if isinstance(side, bool) else as_number(side) for side in (left, right)]
    if None in sides or (operator == "/" and not sides[1]):
        return None
    found = _RUN[operator](*sides)
    if not isfinite(found) or abs(found) > MAX_NUMBER:
        return None
    rounded = round(float(found), DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded
