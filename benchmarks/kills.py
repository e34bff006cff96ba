"""Durability: fifty kills and more while two thousand answers arrive and a wave is under way.

The storm and the checker that judges it are those of the tests.
"""

import tempfile
from pathlib import Path

from benchmarks.measure import Figure
from tests.durability.storm import Plan, storm


def measure(*, quick: bool) -> list[Figure]:
    """Nothing may be lost, doubled, or sent twice."""
    plan = (
        Plan(kills=12, answers=400, invited=100)
        if quick
        else Plan(kills=50, answers=2000, invited=400, life=2.0, throughout=True)
    )
    with tempfile.TemporaryDirectory() as folder:
        verdict = storm(Path(folder), plan)
    wrong = {
        "answers_lost": verdict.lost,
        "answers_doubled": verdict.doubled,
        "answers_changed": verdict.wrong,
        "invited_twice": verdict.invited_twice,
        "invites_unaccounted_for": verdict.invites_unaccounted,
        "rows_left_over": verdict.left_over,
    }
    parts = {
        **wrong,
        "kills": verdict.kills,
        "answers": verdict.answers,
        "invites": verdict.invites,
        "invites_in_doubt": verdict.in_doubt,
        "questions_seen_twice": verdict.copies,
    }
    return [
        Figure(
            name=f"{verdict.kills} kills: answers lost or doubled, invites doubled",
            value=sum(wrong.values()),
            unit="",
            must=0,
            aim=0,
            better="lower",
            parts=parts,
        )
    ]
