"""The grammar of conditions: text in, a small tree out. Python's parser reads it, a whitelist lets it pass.

Allowed are comparisons, ``and``, ``or``, ``not``, ``in`` with a list, ``is answered`` and ``is unanswered``,
names, numbers, words in quotes, ``yes``/``no`` and ``true``/``false``. There is nothing to call and nothing
to reach: whatever else the parser understands is refused in plain words. What a name means is ``conditions``.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

MAX_LENGTH: Final = 400
"""Characters. Nobody reads a longer condition; a chain of exits says it better."""
MAX_DEPTH: Final = 20
"""Levels of nesting in the tree."""

MAX_NUMBER: Final = 10**15
"""Beyond it a float no longer tells whole numbers apart, and nobody counts so far in a chat."""

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Constant = str | int | float | bool

BOOLEANS: Final = {"true": True, "yes": True, "false": False, "no": False}
STATES: Final = {"answered": True, "unanswered": False}
RESERVED: Final = frozenset({*BOOLEANS, *STATES, "and", "or", "not", "in", "is", "None", "end"})
"""Words of the language itself: no question and no attribute may be called so."""


class ConditionError(ValueError):
    """The text is no condition. The message says in plain words what to write instead."""


@dataclass(frozen=True, slots=True)
class Name:
    """A question's answer, or an attribute of the person."""

    id: str


@dataclass(frozen=True, slots=True)
class Value:
    """A number, a word in quotes, or yes/no, as written."""

    value: Constant


Operand = Name | Value


@dataclass(frozen=True, slots=True)
class Compare:
    """``score <= 6`` or ``before < after``. A fixed value on the left was turned to the right."""

    name: str
    operator: Operator
    other: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """``mood in ["good", "fine"]``."""

    name: str
    options: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """``"coffee" in likes``."""

    item: Constant
    name: str


@dataclass(frozen=True, slots=True)
class IsAnswered:
    """``why is answered``, ``why is unanswered``: the one test that is never itself unknown."""

    name: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """``come_again``: a yes/no question by itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """``true`` or ``false`` by itself."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a part."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    """All parts, joined by ``and``."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part, joined by ``or``."""

    parts: tuple["Node", ...]


Leaf = Compare | OneOf | Contains | IsAnswered | Truth | Fixed
Node = Leaf | Not | Both | Either

_OPERATORS: Final[dict[type[ast.cmpop], Operator]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

_TURNED: Final[dict[Operator, Operator]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_OUTSIDE_QUOTES: Final = re.compile(r'"[^"]*"|\'[^\']*\'')
_HINTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile("[“”„‟«»‘’‚]"), 'Use straight quotation marks: "good".'),
    (re.compile(r"\\"), "A backslash has no meaning in a condition."),
    (re.compile(r"&&|&"), "Write `and` instead of &."),
    (re.compile(r"\|\||\|"), "Write `or` instead of |."),
    (re.compile(r"=>"), 'Write >= for "at least".'),
    (re.compile(r"=<"), 'Write <= for "at most".'),
    (re.compile(r"<>|≠"), 'Write != for "is not".'),
    (re.compile(r"[≤≥]"), "Write <= or >=."),
    (re.compile(r"===|!=="), "Write == or !=."),
    (re.compile(r"(?<![<>=!:])=(?!=)"), "Write == (two equals signs) to compare."),
    (re.compile(r"!(?!=)"), "Write `not` instead of !."),
    (re.compile(r"\b(AND|OR|NOT|IN|IS)\b"), "Write `and`, `or`, `not`, `in`, `is` in small letters."),
)
_GENERAL_HINT: Final = 'A condition looks like `score <= 6 and mood == "good"`.'


def parse(source: str) -> Node:
    """The tree of a condition. Raises ConditionError. A blank source is ``true``."""
    if not source.strip():
        return Fixed(value=True)
    if len(source) > MAX_LENGTH:
        raise ConditionError(f"The condition is longer than {MAX_LENGTH} characters. Split it up.")
    return node(syntax(source), 1)


def names(node: Node) -> list[str]:
    """The names a condition reads, each once, in order of appearance."""
    return list(dict.fromkeys(_all_names(node)))


def _all_names(node: Node) -> Iterator[str]:
    match node:
        case Compare(name, _, Name(other)):
            yield from (name, other)
        case Compare() | OneOf() | Contains() | IsAnswered() | Truth():
            yield node.name
        case Not(part):
            yield from _all_names(part)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from _all_names(part)
        case _:
            return


def syntax(source: str) -> ast.expr:
    """What Python's parser makes of the text. Raises ConditionError with advice."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on Python style is nothing to the admin
            # the brackets let a condition run over several lines
            return ast.parse(f"({source}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConditionError(f"The condition cannot be read. {_hint(source)}") from None


def _hint(source: str) -> str:
    bare = _OUTSIDE_QUOTES.sub('""', source)
    for pattern, advice in _HINTS:
        if pattern.search(bare):
            return advice
    if bare.count("(") != bare.count(")"):
        return "A bracket is missing or too many."
    if bare.count('"') % 2 or bare.count("'") % 2:
        return "A quotation mark is missing."
    return _GENERAL_HINT


def node(tree: ast.expr, depth: int) -> Node:
    """The condition of a parsed text, ``depth`` levels down. Raises ConditionError for what is none."""
    if depth > MAX_DEPTH:
        raise ConditionError(f"The condition is nested more than {MAX_DEPTH} levels deep. Split it.")
    match tree:
        case ast.BoolOp(op=ast.And(), values=values):
            return Both(tuple(node(value, depth + 1) for value in values))
        case ast.BoolOp(values=values):
            return Either(tuple(node(value, depth + 1) for value in values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(node(operand, depth + 1))
        case ast.Compare():
            return _comparison(tree)
        case ast.Name(id=word) if word in BOOLEANS:
            return Fixed(BOOLEANS[word])
        case ast.Name(id=word):
            return Truth(variable(word))
        case ast.Constant(value=bool(value)):
            return Fixed(value)
    raise ConditionError(_refusal(tree))


def _comparison(tree: ast.Compare) -> Node:
    sides = [tree.left, *tree.comparators]
    steps = zip(sides, tree.ops, sides[1:], strict=False)
    parts = tuple(_pair(left, operator, right) for left, operator, right in steps)
    return parts[0] if len(parts) == 1 else Both(parts)


def _pair(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Node:
    match operator:
        case ast.Is() | ast.IsNot():
            return _state(left, right, negated=isinstance(operator, ast.IsNot))
        case ast.In():
            return _membership(left, right)
        case ast.NotIn():
            return Not(_membership(left, right))
    return _compare(_operand(left), _OPERATORS[type(operator)], _operand(right))


def _compare(left: Operand, operator: Operator, right: Operand) -> Compare:
    match left, right:
        case Name(name), _:
            return Compare(name, operator, right)
        case _, Name(name):
            return Compare(name, _TURNED.get(operator, operator), left)
    raise ConditionError("Two fixed values are compared. One side must be a question or an attribute.")


def _state(left: ast.expr, right: ast.expr, *, negated: bool) -> Node:
    match left, right:
        case ast.Name(id=name), ast.Name(id=word) if word in STATES:
            return IsAnswered(variable(name), STATES[word] is not negated)
    raise ConditionError(
        "`is` goes only with `answered` and `unanswered`: `why is answered`. To compare, write ==."
    )


def _membership(left: ast.expr, right: ast.expr) -> Node:
    match left, right:
        case ast.Name(id=name), ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            if not items:
                raise ConditionError("The list after `in` is empty.")
            return OneOf(variable(name), tuple(_constant(item) for item in items))
        case _, ast.Name(id=name):
            return Contains(_constant(left), variable(name))
    raise ConditionError(
        'Write `mood in ["good", "fine"]` for one of several answers, '
        'or `"coffee" in likes` for a chosen one of several.'
    )


def _operand(tree: ast.expr) -> Operand:
    match tree:
        case ast.Name(id=word) if word not in BOOLEANS:
            return Name(variable(word))
    return Value(_constant(tree))


def variable(word: str) -> str:
    """The word as a name. Raises ConditionError for words of the language itself."""
    if word in RESERVED:
        raise ConditionError(f"`{word}` is a word of the language and cannot stand here.")
    return word


def _constant(tree: ast.expr) -> Constant:
    match tree:
        case ast.Name(id=word) if word in BOOLEANS:
            return BOOLEANS[word]
        case ast.Name(id=word):
            raise ConditionError(f'Put the word in quotation marks: "{word}".')
        case ast.Constant(value=bool() | str() as value):
            return value
        case ast.Constant(value=int() | float() as value) if abs(value) <= MAX_NUMBER:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
            found = _constant(number)
            if not isinstance(found, bool | str):
                return -found
    raise ConditionError(_refusal(tree))


def _refused_attribute(tree: ast.Attribute) -> str:
    return f"Write the name alone, without a point: `{tree.attr}`."


def _refused_call(tree: ast.Call) -> str:
    shown = tree.func.id if isinstance(tree.func, ast.Name) else "…"
    return f"`{shown}(…)` cannot be used: a condition calls nothing. Write `why is answered`, `score <= 6`."


def _refused_constant(tree: ast.Constant) -> str:
    if isinstance(tree.value, int | float) and abs(tree.value) > MAX_NUMBER:
        return "The number is too large."
    if tree.value is None:
        return "Write `is unanswered` for a question without an answer."
    return f"{ast.unparse(tree)} by itself is no condition. {_GENERAL_HINT}"


_REFUSALS: Final[dict[type[ast.expr], Callable[..., str]]] = {
    ast.Attribute: _refused_attribute,
    ast.Call: _refused_call,
    ast.Constant: _refused_constant,
    ast.Tuple: lambda _: "A comma cannot stand here. Write decimals with a point: 2.5.",
    ast.BinOp: lambda _: "A condition compares; it does not calculate.",
    ast.IfExp: lambda _: "`if` is not part of a condition; the exit's `to` says what follows.",
    ast.NamedExpr: lambda _: "Write == (two equals signs) to compare.",
    ast.Subscript: lambda _: "Square brackets stand only after `in`.",
}


def _refusal(tree: ast.expr) -> str:
    say = _REFUSALS.get(type(tree))
    return say(tree) if say else f"This part cannot be used in a condition. {_GENERAL_HINT}"
