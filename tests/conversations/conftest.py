"""``--update`` writes the golden chats anew; the review reads the difference."""

import pytest

from tests.service.conftest import empty_file, make_rig, sqlite_store

__all__ = ["empty_file", "make_rig", "sqlite_store"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update``; it is known only where this folder is named on the command line."""
    parser.addoption("--update", action="store_true", help="rewrite the golden chats")
