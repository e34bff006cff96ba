"""The admin's configuration: read, checked, and handed on as frozen values."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config.model import Config


def load_or_raise(path: Path) -> "Config":
    """The configuration of a file. Raises UserError with every problem; warnings alone do not stop it."""
    # Reading needs pydantic and tree-sitter; whoever only wants the values should not pay for them.
    from bot.config.load import load
    from bot.errors import UserError

    config, problems = load(path)
    if config is None:
        raise UserError(*problems)
    return config
