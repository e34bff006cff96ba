"""Secrets: where they may be kept, and that they do not leak."""

import os
import pickle
from pathlib import Path

import pytest

from bot.config.model import SecretSource
from bot.config.secrets import MAX_BYTES, Secret, read
from bot.errors import UserError

TOKEN = "a-token-that-nobody-may-see"


def _file(folder: Path, content: bytes = f"{TOKEN}\n".encode(), mode: int = 0o600) -> SecretSource:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return SecretSource(file=path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_may_read(tmp_path: Path, mode: int) -> None:
    """The secret comes without the line end that editors add."""
    assert read(_file(tmp_path, mode=mode)).reveal() == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The mode is told, and the command that mends it."""
    with pytest.raises(UserError) as raised:
        read(_file(tmp_path, mode=mode))
    assert str(raised.value) == (
        f"{tmp_path}/token: Others may read this secret (mode {mode:04o}). Run: chmod 600 {tmp_path}/token"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (b"one\ntwo\n", "The file has several lines."),
        (b"\xff\xfe", "The file is not text."),
        (b"x" * (MAX_BYTES + 1), "The file is too large for a secret."),
    ],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Nothing of its content is repeated."""
    with pytest.raises(UserError) as raised:
        read(_file(tmp_path, content))
    assert raised.value.problems[0].message == said


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, a pipe that nobody writes to, a name too long: told, and never waited for."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, said in (
        ("missing", "There is no such file."),
        (".", "This is no ordinary file."),
        ("pipe", "This is no ordinary file."),
        ("x" * 300, "The secret cannot be read: File name too long."),
    ):
        with pytest.raises(UserError) as raised:
            read(SecretSource(file=tmp_path / name))
        assert raised.value.problems[0].message == said


def test_a_variable_is_taken_out_of_the_environment() -> None:
    """Child processes do not inherit it; the program may still ask again."""
    environment = {"KUULOLLA_TEST_A": f" {TOKEN}\n", "PATH": "/bin"}
    assert read(SecretSource(env="KUULOLLA_TEST_A"), environment).reveal() == TOKEN
    assert environment == {"PATH": "/bin"}
    assert read(SecretSource(env="KUULOLLA_TEST_A"), environment).reveal() == TOKEN
    environment["KUULOLLA_TEST_A"] = "newer"
    assert read(SecretSource(env="KUULOLLA_TEST_A"), environment).reveal() == "newer"


def test_the_real_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without another one the process's own is read."""
    monkeypatch.setenv("KUULOLLA_TEST_B", TOKEN)
    assert read(SecretSource(env="KUULOLLA_TEST_B")).reveal() == TOKEN
    assert "KUULOLLA_TEST_B" not in os.environ


def test_a_variable_that_is_not_set_is_told() -> None:
    """Empty counts as not set."""
    for environment in ({}, {"KUULOLLA_TEST_C": "  "}):
        with pytest.raises(UserError, match="variable KUULOLLA_TEST_C is not set"):
            read(SecretSource(env="KUULOLLA_TEST_C"), environment)


def test_a_source_that_names_nothing_is_told() -> None:
    """Neither file nor variable."""
    with pytest.raises(UserError, match="neither a file nor an environment variable"):
        read(SecretSource())


def test_a_secret_does_not_show_itself() -> None:
    """Printed, formatted, in a list, in an exception, pickled: the text is nowhere."""
    secret = Secret(TOKEN)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r}", str([secret]), str(ValueError(secret))]
    assert [text for text in shown if TOKEN in text or "***" not in text] == []
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


def test_secrets_are_compared_by_what_they_hold() -> None:
    """Equal texts are equal; the hash tells nothing."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("b"))
