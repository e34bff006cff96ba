"""What is wrong in a member list, collected over all rows, so that it can be told at once.

A fault names its row and the heading of its column, never what stands in the cell.
"""

from dataclasses import dataclass, field
from typing import Final

from bot.errors import Problem, UserError

TOLD: Final = 20
"""Faults told one by one. A list with more has one cause that the first ones show."""


@dataclass(slots=True)
class Faults:
    """Collects; ``file`` is the list's name."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.problems)

    def add(
        self, row: int, message: str, advice: str = "", *, column: str = "", line: int = 0, file: str = ""
    ) -> None:
        """Note a fault in a row; row 1 holds the headings, 0 stands for the whole list.

        A calendar has lines in the place of rows; ``file`` is given where there are several.
        """
        if len(self.problems) >= TOLD:
            self.more += 1
            return
        path = ", ".join(part for part in (f"row {row}" if row else "", column) if part)
        self.problems.append(
            Problem(file=file or self.file, line=line, path=path, message=message, advice=advice)
        )

    def refusal(self) -> UserError:
        """Everything that was noted, as the error to raise."""
        rest = [f"… and {self.more} more of that kind."] if self.more else []
        return UserError(*self.problems, *rest)


class Unreadable(Exception):
    """Reading cannot go on from here. What is wrong has been noted in the faults."""
