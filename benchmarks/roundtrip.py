"""Figure 2: one answer from end to end over HTTP, both bots against the same Bot API server process.

A member taps; the answer counts as handled when its callback query is answered and the next question has been
sent. Ours has the answer on disk by then; theirs keeps it in memory.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Figure, ratio, rounds
from benchmarks.survey import CLOSING, START, SURVEYS, TYPED
from tests.servers.process import ROOT, ServerProcess, telegram_process
from tests.system.rig import Installation

CROWD: Final = 60
WARM_UP: Final = 200
LONGEST: Final = 120.0


def _crowd(tg: ServerProcess, answers: int) -> dict[str, Any]:
    """A closed loop of members; the figures of so many answers after a warm-up."""
    tg.control("crowd", do="start", size=CROWD, start=START, done=CLOSING, typed=TYPED, pick=None)
    tg.control("crowd", do="wait", handled=min(WARM_UP, answers), within=LONGEST)
    tg.control("crowd", do="mark")
    found: dict[str, Any] = tg.control("crowd", do="wait", handled=answers, within=LONGEST)
    tg.control("crowd", do="stop")
    return found


@contextmanager
def _ours(folder: Path, tg: ServerProcess) -> Iterator[None]:
    place = Installation(folder, base_url=tg.info["url"], token=tg.info["token"], surveys=SURVEYS)
    with place.running(tg, "benchmarks.unpaced"):
        yield


@contextmanager
def _theirs(tg: ServerProcess) -> Iterator[None]:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.rival",
        tg.info["base_url"],
        tg.info["token"],
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        tg.control("polled")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _server(delay: float) -> ServerProcess:
    return telegram_process("--no-recording", "--delay", str(delay), "--open-chats")


def _our_round(answers: int, delay: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _server(delay) as tg, _ours(Path(folder), tg):
        return _crowd(tg, answers)


def _their_round(answers: int, delay: float) -> dict[str, Any]:
    with _server(delay) as tg, _theirs(tg):
        return _crowd(tg, answers)


def _compare(name: str, times: int, delay: float, ours: int, theirs: int, must: float, aim: float) -> Figure:
    latencies: list[float] = []

    def our_side() -> float:
        found = _our_round(ours, delay)
        latencies.append(found["p99_ms"])
        return float(found["per_second"])

    found = rounds(times, our_side, lambda: float(_their_round(theirs, delay)["per_second"]))
    return Figure(
        name=name,
        value=ratio(*found),
        unit="×",
        must=must,
        aim=aim,
        parts={
            "ours_per_second": round(statistics.median(found[0])),
            "ours_p99_ms": round(statistics.median(latencies)),
            "conversation_handler_per_second": round(statistics.median(found[1]), 1),
        },
    )


def measure(*, quick: bool) -> list[Figure]:
    """Without and with 50 ms of network delay."""
    near, far = (3, 1) if quick else (5, 3)
    return [
        _compare("one answer end to end over HTTP", near, 0.0, 2000 if quick else 4000, 500, 3.0, 5.0),
        _compare(
            "the same with 50 ms of delay",
            far,
            0.05,
            1000 if quick else 2000,
            40 if quick else 60,
            20.0,
            40.0,
        ),
    ]
