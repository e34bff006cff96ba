"""Figure 3: the most memory that the running program ever needs, with a large association in its database.

A wave over everybody is opened first, so that the figure holds the planner at work and invites going out.
"""

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure
from benchmarks.people import settle
from benchmarks.survey import SURVEYS
from tests.servers.process import telegram_process
from tests.system.rig import BotProcess, Installation

PEOPLE: Final = 100_000
WATCHED: Final = 45.0
"""Seconds from the first planned invite on: the plan for everybody is in memory then, and invites go out."""
PLANNING: Final = 120.0
"""Seconds until the first invite must be planned."""


def peak_mb(bot: BotProcess) -> float:
    """The most memory that the process has had resident so far (VmHWM), in MB of 1,000,000 bytes."""
    status = Path(f"/proc/{bot.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1_000_000


def measure(*, quick: bool) -> list[Figure]:
    """One run; quick with a tenth of the people."""
    people = PEOPLE // 10 if quick else PEOPLE
    with tempfile.TemporaryDirectory() as folder, telegram_process("--no-recording", "--open-chats") as tg:
        place = Installation(Path(folder), base_url=tg.info["url"], token=tg.info["token"], surveys=SURVEYS)
        settle(place, people, tg.info["token"].partition(":")[0])
        opened = place.command("wave", "wave")
        assert opened.returncode == 0, opened.stderr
        with place.running(tg) as bot:
            resting = peak_mb(bot)
            planned = _until_planned(place, bot)
            bot.let_run(WATCHED)
            peak = peak_mb(bot)
    return [
        Figure(
            name=f"peak memory with {people:,} people and a wave over them",
            value=peak,
            unit="MB",
            must=200,
            aim=150,
            better="lower",
            parts={"before_the_wave_mb": round(resting), "seconds_until_planned": round(planned)},
        )
    ]


def _until_planned(place: Installation, bot: BotProcess) -> float:
    seconds = 0.0
    while not place.rows("SELECT count(*) AS n FROM wave_people WHERE state != 'frame'")[0]["n"]:
        bot.let_run(2.0)
        seconds += 2.0
        if seconds > PLANNING:
            raise AssertionError(f"the wave is not planned:\n{bot.log.read_text()}")
    return seconds
