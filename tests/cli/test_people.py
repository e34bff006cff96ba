"""``kuulolla people import`` as somebody types it."""

import json
import os
from pathlib import Path

import pytest

from bot.cli import main
from tests.cli.association import settle

LIST = "Nro;Nimi;Telegram\n1;Aino;5\n2;Bo;\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main([str(argument) for argument in ("people", "import", *arguments)])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list of two people."""
    path = tmp_path / "jäsenet.csv"
    path.write_text(LIST)
    return path


def test_an_import_says_what_it_did(tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many came, who can be asked, and what the others must do."""
    config = settle(
        tmp_path, '\n[telegram]\ntoken = { file = "telegram.token" }\nusername = "hauskala_bot"\n'
    )
    code, out, err = run(capsys, listed, "-c", config)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "jäsenet.csv: 2 people, columns separated by semicolon.",
        "  2 new, 0 changed, 0 as they were.",
        "Who can be asked:",
        "        1 must press Start first, as Telegram asks: send them https://t.me/hauskala_bot.",
        "        1 cannot be reached until the list has an address for them.",
    ]


def test_a_second_list_says_what_changed(
    tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changes, repeated rows, and people who are not in it; without a bot's name the link has no address."""
    config = settle(tmp_path)
    run(capsys, listed, "-c", config)
    listed.write_text("Nro,Nimi,Telegram,Suostumus\n1,Aina,5,x\n1,Aina,5,\n", encoding="utf-8-sig")
    first, *others = run(capsys, listed, "-c", config)[1].splitlines()
    assert first == "jäsenet.csv: 1 person, columns separated by comma, UTF-8 with a byte order mark."
    assert [line[:50] for line in others] == [
        "  0 new, 1 changed, 0 as they were.",
        "  Rows that only repeat others, passed over: 1.",
        "  Known here but not in the list, left as they are",
        "  The column Suostumus counts for nothing: consent",
        "Who can be asked:",
        "        1 must press Start first, as Telegram asks",
    ]


def test_a_dry_run_changes_nothing(tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what would be, and the import after it finds nobody there."""
    config = settle(tmp_path)
    code, out, _ = run(capsys, listed, "--dry-run", "-c", config)
    assert (code, out.splitlines()[1], out.splitlines()[-1]) == (
        0,
        "  2 would be new, 0 would be changed, 0 as they were.",
        "Nothing was changed (dry run).",
    )
    assert "2 new" in run(capsys, listed, "-c", config)[1]


def test_the_report_may_be_json(tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same figures for a program."""
    code, out, _ = run(capsys, listed, "--json", "-c", settle(tmp_path))
    found = json.loads(out)
    assert (code, found["imported"], found["new"], found["reach"]) == (
        0, True, 2, {"press_start": 1, "no_address": 1},
    )  # fmt: skip


def test_a_refusal_tells_everything_and_changes_nothing(
    tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line for each fault, and an empty database."""
    config = settle(tmp_path)
    listed.write_text(f"{LIST}3;Cee;-5\n1;Ao;\n")
    code, out, err = run(capsys, listed, "-c", config)
    assert (code, out) == (2, "")
    assert [line[:70] for line in err.splitlines()] == [
        "jäsenet.csv: row 4, Telegram: A negative number is the id of a group, ",
        "jäsenet.csv: row 5: Row 2 is about the same person and says something ",
    ]
    listed.write_text(LIST)
    assert "2 new" in run(capsys, listed, "-c", config)[1]


def test_a_refusal_may_be_json(tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Problems as a list, and still exit code 2."""
    listed.write_text("Nimi\nAino\n")
    code, out, err = run(capsys, listed, "--json", "-c", settle(tmp_path))
    found = json.loads(out)
    assert (code, err, found["imported"], len(found["problems"])) == (2, "", False, 2)


def test_what_is_no_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing, a folder, a pipe: one line each, at once."""
    config = settle(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for name, words in (("missing.csv", "cannot be read"), (".", "is no file"), ("pipe", "is no file"),
                        ("file/x.csv", "cannot be read")):  # fmt: skip
        code, out, err = run(capsys, tmp_path / name, "-c", config)
        assert (code, out, words in err, err.count("\n")) == (2, "", True, 1)


def test_a_broken_database_is_told(tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong key gives one line, not a traceback."""
    config = settle(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kuulolla.db").write_bytes(b"x" * 5000)
    code, out, err = run(capsys, listed, "-c", config)
    assert (code, out, "cannot be opened with this key" in err) == (2, "", True)


def test_progress_is_shown_on_a_terminal(
    tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bar beside the complaints, once the work has taken a moment; it leaves nothing in the output."""
    config = settle(tmp_path)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("bot.cli.importing.SHOW_AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    code, out, err = run(capsys, listed, "-c", config)
    assert (code, out.count("\n"), "Importing" in err or "Looking" in err) == (0, 5, True)
