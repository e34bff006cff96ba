"""Measure every figure, print it beside its marks, and write ``benchmarks/results.json``.

``make bench`` takes about ten minutes, ``make bench QUICK=1`` two. ``ONLY=wave,kills`` measures a part and
leaves the file alone.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks import (
    handling,
    kills,
    memory,
    planning,
    reporting,
    roundtrip,
    secrecy,
    sending,
    starting,
    wave,
)
from benchmarks.measure import Figure, machine

RESULTS: Final = Path(__file__).with_name("results.json")

FIGURES: Final[Mapping[str, Callable[..., list[Figure]]]] = {
    "handling": handling.measure,
    "roundtrip": roundtrip.measure,
    "sending": sending.measure,
    "starting": starting.measure,
    "memory": memory.measure,
    "wave": wave.measure,
    "reporting": reporting.measure,
    "secrecy": secrecy.measure,
    "planning": planning.measure,
    "kills": kills.measure,
}


def main() -> None:
    """Exit code 1 when a figure misses what it must reach."""
    quick = bool(os.environ.get("QUICK"))
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    if unknown := set(only) - FIGURES.keys():
        sys.exit(f"There is no figure {', '.join(sorted(unknown))}. There are: {', '.join(FIGURES)}.")
    before, begun = machine(), time.monotonic()
    print(
        f"Python {before['python']}, {before['cores']} cores, one flush to disk {before['flush_ms']} ms",
        flush=True,
    )
    found: list[Figure] = []
    for name in only or FIGURES:
        for figure in FIGURES[name](quick=quick):
            print(figure.line(), flush=True)
            found.append(figure)
    print(f"{time.monotonic() - begun:.0f} s. ✓✓ aim reached, ✓ bar reached, ✗ missed.")
    if not only:
        _write(before, found, quick=quick)
    sys.exit(any(figure.verdict == "missed" for figure in found))


def _write(before: Mapping[str, object], found: list[Figure], *, quick: bool) -> None:
    figures = [asdict(figure) | {"verdict": figure.verdict} for figure in found]
    result = {"machine": before, "quick": quick, "figures": figures}
    RESULTS.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(f"Written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()
