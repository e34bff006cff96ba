"""Figures and how they are told: medians of several rounds, always beside what they are compared with."""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

FLUSHES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing that was measured: ``value`` is held against the marks, ``parts`` are what is behind it."""

    name: str
    value: float
    unit: str
    must: float
    aim: float
    better: Literal["higher", "lower"] = "higher"
    parts: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> Literal["aim", "must", "missed"]:
        """Which of the two marks was reached."""
        sign = 1 if self.better == "higher" else -1
        if sign * self.value >= sign * self.aim:
            return "aim"
        return "must" if sign * self.value >= sign * self.must else "missed"

    def line(self) -> str:
        """One line for the terminal."""
        relation = "≥" if self.better == "higher" else "≤"
        mark = {"aim": "✓✓", "must": "✓ ", "missed": "✗ "}[self.verdict]
        value = f"{self.value:.3g} {self.unit}".strip()
        return (
            f"{mark} {self.name:<58} {value:>12}   must {relation} {self.must:g}, aim {relation} {self.aim:g}"
        )


def rounds(times: int, *sides: Callable[[], float]) -> list[list[float]]:
    """Measure all sides in turn, so often: what disturbs the machine disturbs them alike."""
    found: list[list[float]] = [[] for _ in sides]
    for _ in range(times):
        for one, side in zip(found, sides, strict=True):
            one.append(side())
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def flush_ms() -> float:
    """What this disk takes to make a small write durable, median in milliseconds."""
    times = []
    with tempfile.NamedTemporaryFile(dir=Path.cwd()) as file:
        for _ in range(FLUSHES):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def machine() -> dict[str, object]:
    """What the figures were measured on. Only the ratios travel."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": [round(part, 2) for part in os.getloadavg()],
        "flush_ms": round(flush_ms(), 3),
    }
