"""Figures that others have published or computed, as JSON files that each name their sources."""

import json
from pathlib import Path
from typing import Any


def figures(file: str, section: str) -> Any:
    """One section of an oracle file, without the path and the ending."""
    return json.loads(Path(__file__).with_name(f"{file}.json").read_text(encoding="utf-8"))[section]
