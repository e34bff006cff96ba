"""Secrets: read from the file or variable that the configuration names, and never shown by accident.

A file must be readable by its owner alone. A variable is taken out of the environment once it was read, so
that child processes and error reports do not carry it.
"""

import hmac
import os
from collections.abc import MutableMapping
from pathlib import Path
from stat import S_IMODE, S_ISREG
from typing import Final, NoReturn

from bot.config.model import SecretSource
from bot.errors import Problem, UserError

OTHERS: Final = 0o077
"""Permission bits of everybody but the owner."""
MAX_BYTES: Final = 16 * 1024
"""A token has dozens of bytes, a private key some thousands."""
SHOWN: Final = "***"


class Secret:
    """A text that prints as ``***``. ``reveal()`` is the one way to it, and easy to search for."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself: for the platform's client and the redaction of logs, nobody else."""
        return self._text

    def __str__(self) -> str:
        return SHOWN

    def __repr__(self) -> str:
        return f"Secret({SHOWN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(SHOWN)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


_taken: Final[dict[str, Secret]] = {}
"""Variables that were read already and are no longer in the environment."""


def read(source: SecretSource, environment: MutableMapping[str, str] | None = None) -> Secret:
    """The secret. Raises UserError that says what to do, without a word of its content."""
    if source.file is not None:
        return _from_file(source.file)
    if source.env:
        return _from_variable(source.env, os.environ if environment is None else environment)
    raise UserError("A secret has neither a file nor an environment variable. Name one in the configuration.")


def _from_variable(name: str, environment: MutableMapping[str, str]) -> Secret:
    if environment.get(name, "").strip():
        _taken[name] = Secret(environment.pop(name).strip())
    if name not in _taken:
        problem = f"The environment variable {name} is not set."
        raise UserError(f"{problem} Set it, or name a file in the configuration.")
    return _taken[name]


def _from_file(path: Path) -> Secret:
    try:
        status = path.stat()
        raw = _beginning(path) if S_ISREG(status.st_mode) else b""
    except FileNotFoundError:
        raise _refusal(
            path, "There is no such file.", "Put the secret there, and run chmod 600 on it."
        ) from None
    except OSError as error:
        raise _refusal(
            path, f"The secret cannot be read: {error.strerror}.", "Run chmod 600 on it."
        ) from None
    if not S_ISREG(status.st_mode):
        raise _refusal(path, "This is no ordinary file.", "Put the secret into a file.")
    if S_IMODE(status.st_mode) & OTHERS:
        message = f"Others may read this secret (mode {S_IMODE(status.st_mode):04o})."
        raise _refusal(path, message, f"Run: chmod 600 {path}")
    return Secret(_text(raw, path))


def _text(raw: bytes, path: Path) -> str:
    if len(raw) > MAX_BYTES:
        raise _refusal(
            path, "The file is too large for a secret.", "It must hold the secret and nothing else."
        )
    try:
        text = raw.decode().strip()
    except UnicodeDecodeError:
        raise _refusal(path, "The file is not text.", "It must hold the secret and nothing else.") from None
    if not text:
        raise _refusal(path, "The file is empty.", "Put the secret into it.")
    if len(text.splitlines()) > 1:
        raise _refusal(path, "The file has several lines.", "It must hold the secret and nothing else.")
    return text


def _refusal(path: Path, message: str, advice: str) -> UserError:
    return UserError(Problem(file=str(path), message=message, advice=advice))


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
