"""Files are written whole or not at all, for their owner, inside their folder."""

import stat
from pathlib import Path

import pytest

from bot.errors import UserError
from reports.files import slug, written


def test_file_names_are_harmless() -> None:
    """Whatever a survey is called, its file stays in the folder."""
    assert slug("weekly-pulse") == "weekly-pulse"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("…") == "unnamed"
    assert len(slug("x" * 500)) == 80


def test_a_file_is_its_owners_and_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    """Mode 0600 in a folder of mode 0700, line ends as they come."""
    for text in ("old", "new\r\n"):
        with written(tmp_path / "out", "a.csv") as file:
            file.write(text)
    path = tmp_path / "out" / "a.csv"
    assert path.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path) -> None:
    """Nothing half-written stays, under whatever name."""
    (tmp_path / "a.csv").write_text("old")

    def interrupted() -> None:
        with written(tmp_path, "a.csv") as file:
            file.write("half")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        interrupted()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.csv", "old")]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Somebody else's file behind a link is not touched."""
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "a.csv").symlink_to(tmp_path / "theirs")
    with written(tmp_path, "a.csv") as file:
        file.write("ours")
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert (tmp_path / "a.csv").read_text() == "ours"
    assert not (tmp_path / "a.csv").is_symlink()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """One sentence, and nothing is changed."""
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UserError, match=r"a\.csv cannot be written"), written(tmp_path / "out", "a.csv"):
        pytest.fail("there is nothing to write into")
    assert (tmp_path / "out").read_text() == "a file"
