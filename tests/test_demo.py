"""``make demo`` is the first thing anybody sees: it must run, whoever answers and whatever is piped in."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(folder: Path, *arguments: str, said: str = "") -> str:
    """The demonstration's whole output; fails unless it ended well."""
    result = subprocess.run(
        [sys.executable, "-m", "bot.cli", "demo", "--weeks", "1", "--dir", str(folder / "demo"), *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_a_scripted_member_answers_where_there_is_no_input(tmp_path: Path) -> None:
    """Without terminal and input the whole of it is still to be seen, table and page included."""
    output = run(tmp_path, "--language", "en", "--weeks", "4")
    assert "1/3 · How did the weekly group feel to you?" in output
    assert "✓ 🙂 rather good" in output
    assert "Thank you, Kaino." in output
    assert "Who was not asked, and why" in output
    page = tmp_path / "demo" / "report" / "index.html"
    assert str(page) in output
    assert "<!doctype html>" in page.read_text(encoding="utf-8").lower()


def test_piped_answers_are_taken_one_by_one(tmp_path: Path) -> None:
    """A typed word, a way back and a skip each meet their question; a line that says nothing is no answer."""
    said = "\naloitetaan\n\n  \n\u200b\nhyvä\ntakaisin\n2\nIhmiset\n\nohita\n\n"
    output = run(tmp_path, "--language", "fi", said=said)
    assert "✓ 😀 hyvä" in output
    assert "✓ 🙁 melko huono" in output
    assert "✓ Ihmiset" in output
    assert "Kiitos, Kaino." in output
    assert "Response rate" not in output


def test_a_terminal_of_another_alphabet_is_served_too(tmp_path: Path) -> None:
    """What cannot be shown or read becomes a question mark, not the end."""
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "bot.cli",
            "demo",
            "--weeks",
            "1",
            "--dir",
            str(tmp_path / "demo"),
            "--language",
            "fi",
        ],
        input="1\nhyvä\n€\n".encode("cp1252"),
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1:strict"},
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert "? hyvä".encode("latin-1") in result.stdout


def test_a_reader_who_has_seen_enough_ends_it_without_a_word(tmp_path: Path) -> None:
    """As in ``make demo | head``: nothing is left on the screen but what was read."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo", "--dir", str(tmp_path / "demo")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=60)) == (b"", -signal.SIGPIPE)


def test_nobody_else_s_folder_is_emptied(tmp_path: Path) -> None:
    """A folder that is not an earlier demo's is refused and left as it is."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("ten years of work")
    result = subprocess.run(
        [sys.executable, "-m", "bot.cli", "demo", "--dir", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert "not empty" in result.stderr
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "ten years of work"


def test_it_speaks_the_other_languages_too(tmp_path: Path) -> None:
    """Nothing of the frame or the report falls back to English."""
    output = run(tmp_path, "--language", "sv")
    assert "That is how" not in output
    assert "Response rate" not in output
