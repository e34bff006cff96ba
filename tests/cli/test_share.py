"""``kuulolla share`` as somebody types it."""

from pathlib import Path

import pytest

from bot.cli import main
from tests.cli.association import settle


def run(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main(["share", *map(str, arguments), "-c", str(config)])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_without_rounds_nothing_is_owed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And it says so, also as JSON."""
    config = settle(tmp_path)
    assert run(capsys, config, "--open") == (0, "Every round was told.\n", "")
    assert run(capsys, config, "--open", "--json") == (0, "[]\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name a SURVEY, or ask for --open."),
        (("weekly", "--open"), "Name a SURVEY, or ask for --open."),
        (("weekly",), "Say what is told: --text en=…"),
        (("weekly", "--text", "Uutinen"), "Write --text with its language: --text en=…"),
        (("weekly", "--text", "fi=Uutinen"), "0 answered; with fewer than 5 anybody could be made out."),
        (("weekly", "--text", "en=News"), "The language 'en' is not used; these are: fi."),
        (("nothing", "--text", "fi=Uutinen"), "There is no survey 'nothing'."),
        (("weekly", "--file", "fi=nowhere.txt"), "nowhere.txt cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_told_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """In one sentence."""
    code, _, err = run(capsys, settle(tmp_path), *arguments)
    assert code == 2
    assert said in err


def test_a_file_of_another_alphabet_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about it."""
    news = tmp_path / "news.txt"
    news.write_bytes("Syksyllä".encode("latin-1"))
    code, _, err = run(capsys, settle(tmp_path), "weekly", "--file", f"fi={news}")
    assert code == 2
    assert "is not written in UTF-8. Save it as UTF-8." in err
