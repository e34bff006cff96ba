"""``kuulolla run`` without a platform: whoever sits at the terminal is met there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from storage.engine import create_key

ROOT = Path(__file__).parents[2]


def test_a_terminal_is_a_platform_too(tmp_path: Path) -> None:
    """A whole survey by keyword, answered line by line, and an end with the input."""
    shutil.copy(ROOT / "examples" / "terminal-only.toml", tmp_path / "config.toml")
    create_key(tmp_path / "kuulolla.key")
    result = subprocess.run(
        [sys.executable, "-m", "bot.cli", "run"],
        input="start\nhelp\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "you are met here" in result.stdout
    assert "Write “help” to see what you can do here" in result.stdout
    assert "skip: leave a question out" in result.stdout
    assert result.stdout.rstrip().endswith("stop: no more questions")
