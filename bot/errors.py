"""The three families of errors.

* **The admin's mistake**: ``UserError``. It carries problems in plain words; the command line prints them and
leaves with exit code 2 (75 where trying again later is right). Never a traceback.
* **The platform's refusal**: no exception at all but a ``SendError`` value (``bot.engine.messages``), acted
on in one place, the service's dispatch.
* **Our bug**: any other exception. It ends up in the log with its case, and never in a member's chat.

A member's mistake is none of these: it is a question asked again, kindly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EXIT_USER_ERROR: Final = 2
EXIT_TRY_LATER: Final = 75
"""EX_TEMPFAIL of sysexits.h: another process holds the lock, the platform refuses for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it."""

    message: str
    file: str = ""
    line: int = 0
    """1-based; 0 where no line can be told."""
    path: str = ""
    """Where in the document: ``flow pulse, question mood``."""
    advice: str = ""
    severity: str = "error"
    """``error`` stops; ``warning`` is told and does not stop."""

    def __str__(self) -> str:
        place = ":".join(part for part in (self.file, str(self.line) if self.line else "") if part)
        head = ": ".join(part for part in (place, self.path, self.message) if part)
        return f"{head} {self.advice}".rstrip()


class UserError(Exception):
    """The admin can mend this. ``problems`` is never empty."""

    def __init__(self, *problems: Problem | str, exit_code: int = EXIT_USER_ERROR) -> None:
        self.problems: Sequence[Problem] = tuple(
            problem if isinstance(problem, Problem) else Problem(message=problem) for problem in problems
        )
        self.exit_code = exit_code
        super().__init__("\n".join(str(problem) for problem in self.problems))
