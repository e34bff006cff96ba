"""Very many answers: what a report and a long export need, beside the bare cursor and the bare writer.

Every side runs in a process of its own on the same encrypted file, so that its memory can be told.
``python -m benchmarks.reporting SIDE FOLDER`` is one of them.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.answers import config, fill
from benchmarks.measure import Figure, ratio, rounds
from storage.engine import create_key
from storage.store import Store, open_sqlite

ANSWERS: Final = 10_000_000
QUICK: Final = 200_000
NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)
EVERYTHING: Final = """
    SELECT s.survey, w.name, s.public_id, s.person_id, s.self_started, s.flow_digest, a.question, 'scale',
           a.status, a.value, 'so many words', 4, a.other, a.seconds, a.at, a.revision
    FROM answers a CROSS JOIN sessions s ON s.id = a.session_id LEFT JOIN waves w ON w.id = s.wave_id
"""
BATCH: Final = 5_000


def _opened(folder: Path) -> Store:
    return open_sqlite(folder / "data.db", folder / "key")


# --- the sides --------------------------------------------------------------------------------------------


def report(folder: Path) -> None:
    """Every figure of the survey's report."""
    from reports import collect

    with _opened(folder) as store:
        with store.read() as connection:
            raws = collect.read(connection, config(), "big")
        found = collect.build(raws, config(), collect.Wish(about="big"), NOW)
    assert all(figure.n for figure in found.surveys[0].figures)


def export(folder: Path) -> None:
    """The long table and its codebook as CSV."""
    from reports.exports import commas
    from reports.exports.material import Material, Out
    from reports.rows import books
    from reports.words import Words

    with _opened(folder) as store, store.read() as connection:
        material = Material(
            connection=connection,
            books=books(connection, ["big"]),
            words=Words("en"),
            organisation={"en": "B"},
        )
        commas.long(material, Out(folder / "out"))


def cursor(folder: Path) -> None:
    """The bare cursor and the bare writer, as many columns: no label, no code, no check of any text."""
    with (
        _opened(folder) as store,
        store.read() as connection,
        (folder / "bare.csv").open("w", encoding="utf-8", newline="") as file,
    ):
        rows = connection.exec_driver_sql(EVERYTHING).cursor
        assert rows is not None
        writer = csv.writer(file)
        while batch := rows.fetchmany(BATCH):
            writer.writerows(batch)


SIDES: Final[Mapping[str, Callable[[Path], None]]] = {
    "report": report,
    "export": export,
    "cursor": cursor,
}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1_000_000


# --- held against each other ------------------------------------------------------------------------------


def measure(*, quick: bool) -> list[Figure]:
    """Filling the database takes longer than all the rest."""
    answers = QUICK if quick else ANSWERS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_key(folder / "key")
        with _opened(folder) as store:
            fill(store, answers)
        peaks: dict[str, float] = {}
        seconds, out, bare = rounds(
            3 if quick else 1, *(partial(_side, side, folder, peaks) for side in SIDES)
        )
    return [
        Figure(
            name=f"most memory that a report of {answers:,} answers needs", value=peaks["report"], unit="MB",
            must=400, aim=250, better="lower",
            parts={"seconds": seconds},
        ),
        Figure(
            name=f"{answers:,} answers into CSV against cursor and writer", value=ratio(out, bare), unit="",
            must=1.5, aim=1.2, better="lower", parts={"seconds": out, "theirs": bare},
        ),
        Figure(
            name="most memory that the export needs", value=peaks["export"], unit="MB", must=400, aim=200,
            better="lower",
        ),
    ]  # fmt: skip


def _side(side: str, folder: Path, peaks: dict[str, float]) -> float:
    """Seconds of one side, without starting Python and opening the file."""
    line = [sys.executable, "-m", "benchmarks.reporting", side, str(folder)]
    told = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    peaks[side] = max(peaks.get(side, 0.0), told["peak_mb"])
    return float(told["seconds"])


def main() -> None:
    """One side, as a process of its own."""
    side, folder = SIDES[sys.argv[1]], Path(sys.argv[2])
    import pandas as pd  # its import is nobody's merit

    assert pd.__version__
    begun = time.perf_counter()
    side(folder)
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak_mb": _peak_mb()}))


if __name__ == "__main__":
    main()
