"""Which ids become column names that SPSS, R or Parquet cannot take, and what to call them instead. Pure.

Every question is a column; every choice of a multiple selection is one too, ``likes_tea``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.engine.flow import SEVERAL, Flow

SPSS_WORDS: Final = frozenset(
    {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}
)
"""Reserved keywords of variable names (IBM SPSS Statistics, Variable names)."""
SPSS_BYTES: Final = 64
R_WORDS: Final = frozenset({"if", "else", "repeat", "while", "function", "for", "next", "break", "in"})
"""Reserved words in small letters (R, ?Reserved)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A name that some program does not take."""

    name: str
    problem: str
    suggestion: str


def unfit(flow: Flow) -> Iterator[Column]:
    """The columns of a flow that would have to be renamed in an export."""
    taken: dict[str, str] = {question.id: question.id for question in flow.questions}
    for question in flow.questions:
        yield from _single(question.id)
        if question.type not in SEVERAL:
            continue
        for choice in question.choices:
            name = f"{question.id}_{choice.id}"
            yield from _single(name)
            if name in taken:
                problem = f'is the column of "{taken[name]}" as well'
                yield Column(name=name, problem=problem, suggestion=f"{name}_2")
            taken.setdefault(name, question.id)


def _single(name: str) -> Iterator[Column]:
    if name in SPSS_WORDS:
        yield Column(name=name, problem="is a reserved word of SPSS", suggestion=f"{name}_1")
    elif name in R_WORDS:
        yield Column(name=name, problem="is a reserved word of R", suggestion=f"{name}_1")
    elif "-" in name:
        suggestion = name.replace("-", "_")
        yield Column(name=name, problem="has a hyphen, which SPSS and R refuse", suggestion=suggestion)
    elif name.endswith("_"):
        yield Column(name=name, problem="ends with _, which SPSS keeps for itself", suggestion=f"{name}1")
    elif len(name) > SPSS_BYTES:
        suggestion = name[:SPSS_BYTES].rstrip("_")
        yield Column(name=name, problem=f"is longer than SPSS's {SPSS_BYTES}", suggestion=suggestion)
