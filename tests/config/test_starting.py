"""``kuulolla init``: what it writes, and that it never overwrites."""

from pathlib import Path

import pytest

from bot.config.load import load
from bot.config.starting import KEY_FILE, SCHEMA_FILE, contents, write
from bot.errors import UserError

NAMES = ["config.toml", "flows/first.toml", ".gitignore", SCHEMA_FILE]


def test_what_is_written_can_be_used(tmp_path: Path) -> None:
    """A new folder holds a configuration without a single problem."""
    folder = tmp_path / "new" / "bot"
    assert write(folder) == [folder / name for name in NAMES]
    config, problems = load(folder / "config.toml")
    assert problems == []
    assert config is not None
    assert (list(config.flows), list(config.surveys)) == (["first"], ["first"])


def test_the_key_lies_where_the_configuration_says(tmp_path: Path) -> None:
    """Beside the configuration, outside the folder of the data."""
    write(tmp_path)
    config, _ = load(tmp_path / "config.toml")
    assert config is not None
    assert config.storage.key_file == tmp_path / KEY_FILE
    assert config.storage.path.parent == tmp_path / "data"


@pytest.mark.parametrize("name", [*NAMES, KEY_FILE])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    """One file that is there already stops all of it."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UserError) as raised:
        write(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path / name}: It exists already. Nothing was written. Name another folder, or move it away."
    )
    assert [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()] == ["mine"]


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    """What a link points to is somebody else's."""
    (tmp_path / "config.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="exists already"):
        write(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Told in one line."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="It cannot be written: Not a directory"):
        write(tmp_path / "file" / "bot")


def test_secrets_stay_out_of_version_control() -> None:
    """The key, tokens and data are ignored."""
    assert {"/data/", "*.key", "*.token", "*.secret"} <= set(contents()[".gitignore"].splitlines())
