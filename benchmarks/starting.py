"""Figure 5: how long one waits for a command to begin: help, the check of a large file, the first poll."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure
from tests.servers.process import ROOT, telegram_process
from tests.system.rig import Installation

QUESTIONS: Final = 200
FLOW: Final = 8
"""Questions in one flow; many more are refused."""


def _seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _help(times: int) -> Figure:
    bare = [sys.executable, "-c", "pass"]
    kuulolla = [str(Path(sys.executable).with_name("kuulolla")), "--help"]
    pairs = [(_seconds(bare), _seconds(kuulolla)) for _ in range(times)]
    return Figure(
        name="kuulolla --help, against a bare interpreter",
        value=statistics.median(ours / theirs for theirs, ours in pairs),
        unit="×",
        must=8,
        aim=5,
        better="lower",
        parts={
            "help_ms": round(1000 * statistics.median(ours for _, ours in pairs)),
            "interpreter_ms": round(1000 * statistics.median(theirs for theirs, _ in pairs)),
        },
    )


def _in_all(text: str) -> str:
    """One text in every language, as an inline table."""
    return "{ " + ", ".join(f'{language} = "{text}"' for language in ("fi", "sv", "en")) + " }"


def _flow(name: str, questions: int) -> str:
    """A flow in three languages, with choices and conditions, and its survey."""
    lines = [f'[[flow]]\nid = "{name}"\ntitle = {_in_all(name)}\n']
    for number in range(questions):
        text = _in_all(f"Question {number}?")
        choices = ", ".join(f'{{ id = "c{n}", label = {_in_all(f"Choice {n}")} }}' for n in range(4))
        condition = f"ask_if = 'q{number - 1} == \"c1\"'\n" if number % 5 == 4 else ""
        lines.append(
            f'[[flow.question]]\nid = "q{number}"\ntype = "select_one"\ntext = {text}\n'
            f"choices = [{choices}]\n{condition}"
        )
    lines.append(
        f'[[survey]]\nid = "{name}"\nflow = "{name}"\nowner = "Office"\npurpose = {_in_all("To measure")}\n'
    )
    return "\n".join(lines)


def _large() -> str:
    return "\n".join(_flow(f"flow{number}", FLOW) for number in range(QUESTIONS // FLOW))


def _check(times: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        place = Installation(
            Path(folder), base_url="http://127.0.0.1:9", token="7000000001:A" + "A" * 34, surveys=_large()
        )
        command = [sys.executable, "-m", "bot.cli", "check", "-c", str(place.file)]
        return Figure(
            name=f"kuulolla check, {QUESTIONS} questions",
            value=statistics.median(_seconds(command) for _ in range(times)),
            unit="s",
            must=1.5,
            aim=1.0,
            better="lower",
        )


def _first_poll(times: int) -> Figure:
    found = []
    with tempfile.TemporaryDirectory() as folder, telegram_process() as tg:
        place = Installation(Path(folder), base_url=tg.info["url"], token=tg.info["token"])
        for _ in range(times):
            tg.control("reset")
            begun = time.perf_counter()
            bot = place.start()
            tg.control("asked", method="getUpdates", count=1)
            found.append(time.perf_counter() - begun)
            bot.stop()
    return Figure(
        name="kuulolla run, until the first poll",
        value=statistics.median(found),
        unit="s",
        must=5.0,
        aim=2.0,
        better="lower",
    )


def measure(*, quick: bool) -> list[Figure]:
    """All three."""
    times = 5 if quick else 15
    return [_help(times), _check(min(times, 7)), _first_poll(3 if quick else 5)]
