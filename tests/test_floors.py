"""The floors hold: imports go down or stay, third parties stay behind their fence, every module has a floor.

The floors themselves are the import-linter contracts in pyproject.toml.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# One offence against each contract, in the smallest tree that has the shape of ours.
OFFENCES = {
    "Floors: imports go down or stay": ("storage/queues.py", "import bot.service"),
    "Floor 3: no sibling of another folder, no platform knows another": (
        "adapters/telegram.py",
        "import adapters.slack",
    ),
    "telegram only in the Telegram adapter": ("bot/delivery.py", "import telegram"),
    "slack_bolt and slack_sdk only in the Slack adapter": ("bot/app.py", "from slack_sdk import web"),
    "sqlalchemy, alembic, sqlcipher3 and psycopg only in storage": ("bot/service.py", "import sqlalchemy"),
    "pandas, altair and vl_convert only in reports": ("bot/cli.py", "def show(): import pandas"),
    "numpy only in reports, and where many people are planned for at once": (
        "scheduler/rules.py",
        "import numpy",
    ),
    "icalendar and recurring_ical_events only in bot.encounters": (
        "bot/roster.py",
        "from dateutil import rrule",
    ),
    "apscheduler only in scheduler.triggers and scheduler.jobs": (
        "scheduler/policy.py",
        "from apscheduler.triggers import cron",
    ),
    "Floors 0 to 2 are synchronous and touch no network and no process": (
        "bot/engine/machine.py",
        "import asyncio",
    ),
}


def _contracts() -> list[dict[str, Any]]:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts: list[dict[str, Any]] = tools["importlinter"]["contracts"]
    return contracts


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def _modules() -> Iterator[str]:
    """Name every module of the packages, the packages' own openings left out."""
    for package in ("bot", "adapters", "storage", "scheduler", "reports"):
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if name != package:
                yield name


def test_the_floors_hold() -> None:
    """No module of Kuulolla breaks a contract."""
    report = _lint(ROOT)
    assert report.returncode == 0, report.stdout


def test_every_module_has_one_floor() -> None:
    """Each module stands on exactly one floor, so that none escapes the contracts."""
    (floors,) = [contract["layers"] for contract in _contracts() if contract["id"] == "floors"]
    named = [name.strip(" ()\n") for floor in floors for name in floor.split(":")]
    homeless = {
        module: standing
        for module in _modules()
        if len(standing := [name for name in named if f"{module}.".startswith(f"{name}.")]) != 1
    }
    assert homeless == {}


def test_every_contract_bites(tmp_path: Path) -> None:
    """Each contract is broken by its own offence."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("bot/engine", "adapters", "storage", "scheduler", "reports"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").touch()
    for module in ("bot/__init__.py", "bot/service.py", "adapters/slack.py"):
        (tmp_path / module).touch()
    for module, offence in OFFENCES.values():
        (tmp_path / module).write_text(offence + "\n")
    report = _lint(tmp_path)
    broken = {line.split(" BROKEN")[0] for line in report.stdout.splitlines() if " BROKEN" in line}
    assert broken == set(OFFENCES) == {contract["name"] for contract in _contracts()}
