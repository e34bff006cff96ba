"""Rehearsals of the example: nothing is broken, with faults and without, and the same seed lives the same."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from bot.config import load_or_raise
from bot.config.calendar import with_holidays
from bot.config.model import Config, StorageConfig
from bot.rehearsal.promises import Promises
from bot.rehearsal.run import Order, Outcome, rehearse
from storage.engine import create_key
from storage.store import open_sqlite

ROOT = Path(__file__).parents[2]
BEGINS = datetime(2026, 9, 1, 4, tzinfo=UTC)


@cache
def _example() -> Config:
    return with_holidays(load_or_raise(ROOT / "config.example.toml"), [2026])


def rehearsed(folder: Path, order: Order, config: Config | None = None) -> Outcome:
    """A rehearsal in an empty folder."""
    folder.mkdir()
    create_key(folder / "key")
    storage = StorageConfig(path=folder / "db", key_file=folder / "key", ballast_mb=0)
    apart = replace(config or _example(), storage=storage, telegram=None, slack=None)
    return rehearse(apart, order, lambda: open_sqlite(folder / "db", folder / "key"))


def _brief(outcome: Outcome) -> list[tuple[dict[str, int], dict[str, int]]]:
    return [(dict(one.contacts), dict(one.statuses)) for one in outcome.lived]


@pytest.mark.parametrize("faults", [False, True])
def test_the_example_keeps_every_promise(tmp_path: Path, faults: bool) -> None:
    """People join, leave and move, the program is restarted, and with faults it is killed at its work."""
    order = Order(begins=BEGINS, days=12, members=20, seed=4, faults=faults)
    outcome = rehearsed(tmp_path / "a", order)
    assert outcome.broken == {}
    assert outcome.kills == 1
    assert outcome.planned_twice == 1
    assert sum(one.contacts["invite"] for one in outcome.lived) > 10
    assert sum(one.statuses["completed"] for one in outcome.lived) > 3


def test_the_same_seed_lives_the_same(tmp_path: Path) -> None:
    """And another one does not."""
    order = Order(begins=BEGINS, days=4, members=8, seed=1)
    first = rehearsed(tmp_path / "a", order)
    assert _brief(rehearsed(tmp_path / "b", order)) == _brief(first)
    assert _brief(rehearsed(tmp_path / "c", replace(order, seed=2))) != _brief(first)


def test_a_program_that_forgets_its_policy_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge goes by the rules that were configured, whatever the program made of them."""
    strict = _example()
    no_rest = dict.fromkeys(strict.policy.rest_days, 0.0)
    loose = replace(strict.policy, invites_per_30d=9, min_gap_days=0, rest_days=no_rest, invites_per_1d=5)
    monkeypatch.setattr("bot.rehearsal.run.Promises", lambda _, faulty: Promises(strict, faulty))
    order = Order(begins=BEGINS, days=14, members=20, seed=4)
    outcome = rehearsed(tmp_path / "a", order, replace(strict, policy=loose))
    assert set(outcome.broken) & {"the least gap", "the rest after an outcome"}
