"""Many small rehearsals, each with another seed, every second one with faults: no promise may be broken.

``make rehearsals`` runs a thousand; ``make rehearsals SEEDS=50`` fewer. It ends with 1 where something was
broken, and tells the command that shows it again.
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.cli.common import load
from bot.cli.rehearse import MORNING
from bot.config.calendar import with_holidays
from bot.config.model import Config, StorageConfig
from bot.rehearsal.run import Order, rehearse
from storage.engine import create_key
from storage.store import open_sqlite

EXAMPLE: Final = Path(__file__).parents[1] / "config.example.toml"
DAYS: Final = 30
MEMBERS: Final = 16
FIRST: Final = date(2026, 1, 5)
"""Seeds begin in turn on each Monday of two years: summer time, holidays and leap days are among them."""
MONDAYS: Final = 104


def _first_day(seed: int) -> date:
    return FIRST + timedelta(weeks=seed % MONDAYS)


@lru_cache
def _config(year: int) -> Config:
    return with_holidays(load(EXAMPLE), (year, year + 1))


def one(seed: int) -> dict[str, list[str]]:
    """What a rehearsal with this seed broke."""
    day = _first_day(seed)
    config = _config(day.year)
    zone = ZoneInfo(config.organisation.timezone)
    begins = datetime.combine(day, MORNING, zone).astimezone(UTC)
    order = Order(begins=begins, days=DAYS, members=MEMBERS, seed=seed, faults=seed % 2 == 1)
    with tempfile.TemporaryDirectory(dir=os.environ.get("REHEARSALS")) as folder:
        path, key_file = Path(folder) / "kuulolla.db", Path(folder) / "kuulolla.key"
        create_key(key_file)
        storage = StorageConfig(path=path, key_file=key_file, ballast_mb=0)
        apart = replace(config, storage=storage, telegram=None, slack=None)
        return rehearse(apart, order, lambda: open_sqlite(path, key_file)).broken


def main() -> None:
    """Exit code 1 when a promise was broken."""
    seeds, begun, broken = int(os.environ.get("SEEDS") or 1000), time.monotonic(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for seed, found in enumerate(pool.map(one, range(seeds))):
            for promise, examples in found.items():
                broken += 1
                print(f"seed {seed}: {promise}: {examples[0]}", flush=True)
                faults = " --faults" if seed % 2 else ""
                print(
                    f"  kuulolla rehearse -c config.example.toml --from {_first_day(seed)} --days {DAYS} "
                    f"--members {MEMBERS} --seed {seed}{faults}"
                )
            if (seed + 1) % 100 == 0:
                print(f"{seed + 1} rehearsals, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{seeds} rehearsals of {DAYS} days: {broken} promises broken.")
    sys.exit(broken > 0)


if __name__ == "__main__":
    main()
