"""``kuulolla rehearse`` as somebody types it."""

import json
from pathlib import Path

import pytest

from bot.rehearsal.promises import Promises
from tests.cli.test_report import CONFIG, run

TRIGGER = 'trigger = { cron = "0 12 * * *" }\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A survey that opens a wave every day."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + TRIGGER, encoding="utf-8")
    return path


def test_what_members_would_live_through_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Spread and single members, and that every promise was kept; the database of one's own is not made."""
    code, out, _ = run(
        capsys, "rehearse", "-c", str(config), "--days", "3", "--members", "12", "--from", "2026-09-01"
    )
    assert code == 0
    assert "3 days, 12 members, seed 1," in out
    assert "What a member lived through" in out
    assert "… and 2 more: --each" in out
    assert "✓ Every promise was kept." in out
    assert [one.name for one in config.parent.iterdir()] == ["config.toml"]


def test_it_may_be_json_and_be_kept(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every member with what reached them; the kept database is a real one."""
    folder = tmp_path / "kept"
    arguments = ("--days", "2", "--members", "5", "--from", "2026-09-01", "--json", "--keep", str(folder))
    code, out, _ = run(capsys, "rehearse", "-c", str(config), *arguments)
    found = json.loads(out)
    assert (code, found["broken"], len(found["members"])) == (0, {}, 5)
    assert (folder / "kuulolla.db").stat().st_size > 0
    code, _, err = run(capsys, "rehearse", "-c", str(config), *arguments)
    assert (code, f"{folder} cannot be made: File exists." in err) == (2, True)


def test_a_broken_promise_is_told_and_ends_with_one(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its examples."""
    monkeypatch.setattr("bot.rehearsal.promises.Promises.judge", _breaking)
    code, out, _ = run(capsys, "rehearse", "-c", str(config), "--days", "1", "--members", "2")
    assert (code, "✗ Broken: the caps" in out, "    somebody" in out) == (1, True, True)


def _breaking(self: Promises, *_: object) -> None:
    self.breach("the caps", "somebody")


def test_without_surveys_there_is_nothing_to_rehearse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told in one line."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.partition("[[survey]]")[0], encoding="utf-8")
    code, _, err = run(capsys, "rehearse", "-c", str(path))
    assert (code, "There is nothing to rehearse" in err) == (2, True)
