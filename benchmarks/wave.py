"""Figure 4: a wave of invites through a server that refuses more than 30 messages a second, or one in a chat.

The program is what an operator runs, with its default pace, and 50 ms away from the platform.
"""

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure
from benchmarks.people import settle
from benchmarks.survey import SURVEYS
from tests.servers.process import ServerProcess, telegram_process
from tests.system.rig import BotProcess, Installation

PACE: Final = 28
"""Messages a second: the program's default."""
PLATFORM: Final = 30
ROUND_TRIP: Final = 0.05
PLANNING: Final = 60.0
"""Seconds until the first invite must be out."""


def _let_it_end(tg: ServerProcess, bot: BotProcess, size: int) -> None:
    seconds = 0.0
    while tg.control("stats")["accepted"] < size:
        bot.let_run(1.0)
        seconds += 1.0
        if seconds > PLANNING + 2 * size / PACE:
            raise AssertionError(f"the wave does not end: {tg.control('stats')}\n{bot.log.read_text()}")


def measure(*, quick: bool) -> list[Figure]:
    """One wave."""
    size = 600 if quick else 3000
    limits = ("--overall", str(PLATFORM), "--per-chat", "1", "--delay", str(ROUND_TRIP))
    with (
        tempfile.TemporaryDirectory() as folder,
        telegram_process("--no-recording", "--members", f"1-{size}", *limits) as tg,
    ):
        place = Installation(Path(folder), base_url=tg.info["url"], token=tg.info["token"], surveys=SURVEYS)
        settle(place, size, tg.info["token"].partition(":")[0])
        opened = place.command("wave", "wave")
        assert opened.returncode == 0, opened.stderr
        with place.running(tg) as bot:
            _let_it_end(tg, bot, size)
            stats = tg.control("stats")
    share = (size - 1) / stats["sending_seconds"] / PACE
    parts = {
        "invites": size,
        "per_second": round(share * PACE, 2),
        "most_in_a_second": stats["peak_per_second"],
        "refused": stats["refused"],
    }
    return [
        Figure(
            name=f"a wave of {size} invites: share of the pace",
            value=share,
            unit="",
            must=0.97,
            aim=0.99,
            parts=parts,
        ),
        Figure(
            name="the same: refused with 429", value=stats["refused"], unit="", must=0, aim=0, better="lower"
        ),
    ]
