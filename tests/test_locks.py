"""The locks hold what pyproject.toml asks for, so that a fresh checkout installs what developers have."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent

PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)[^\\]*\\\n(?P<hashes>(?:    --hash=.*\n)+)", re.MULTILINE
)


def _pins(lock: str) -> dict[str, list[Version]]:
    """Return the versions that a lock holds by name: several where interpreters differ."""
    pins: dict[str, list[Version]] = {}
    for found in PIN.finditer((ROOT / lock).read_text(encoding="utf-8")):
        pins.setdefault(canonicalize_name(found["name"]), []).append(Version(found["version"]))
    return pins


def _asked(*groups: str) -> list[Requirement]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    lines += [line for group in groups for line in settings["dependency-groups"][group]]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("lock", "groups"), [("requirements.lock", ["build"]), ("requirements-dev.lock", ["build", "dev"])]
)
def test_a_lock_holds_what_is_asked_for(lock: str, groups: list[str]) -> None:
    """Every dependency is locked at a version that pyproject.toml allows; if not, `make lock` mends it."""
    pins = _pins(lock)
    unmet = [
        str(asked)
        for asked in _asked(*groups)
        if not (versions := pins.get(canonicalize_name(asked.name)))
        or not all(version in asked.specifier for version in versions)
    ]
    assert unmet == []


def test_every_pin_has_hashes() -> None:
    """Each line of a lock is a pin with its hashes, or one of these hashes, and nothing else."""
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-browser.lock"):
        assert PIN.sub("", (ROOT / lock).read_text(encoding="utf-8")).strip() == ""


def test_developers_run_what_users_run() -> None:
    """What both locks hold, they hold at the same version."""
    run, develop = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert {name: develop.get(name) for name in run} == run
