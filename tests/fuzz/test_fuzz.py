"""Random updates raise nothing and leave nothing waiting. ``make fuzz`` is the long form."""

from pathlib import Path

import pytest

from tests.fuzz.platforms import PLATFORMS
from tests.fuzz.run import fuzz

UPDATES = 1500


@pytest.mark.parametrize("platform", PLATFORMS)
def test_random_updates_raise_nothing_and_leave_nothing_waiting(platform: str, tmp_path: Path) -> None:
    """Whole and broken, in and out of sessions, over days: all taken in, all answered, all ended."""
    wrong, seen = fuzz(platform, UPDATES, 20, tmp_path)
    assert wrong == []
    assert {"completed", "declined", "ignored"} <= seen.keys()
    assert seen["answers"] > UPDATES / 50
