"""``kuulolla encounters`` as somebody types it."""

# ruff: noqa: E501 - lists and messages are read line by line

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from tests.cli.association import settle

SETTINGS = '\n[encounters]\nkind = "shift"\npeople = { id = "Nro" }\ncolumns = { name = "Mikä", starts = "Alkaa", presence = "Tuli" }\n'
DAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An association with two members."""
    path = settle(tmp_path, SETTINGS)
    (tmp_path / "people.csv").write_text("Nro;Nimi;Telegram\n1;Aino;5\n2;Bo;\n")
    assert run(capsys, "people", "import", tmp_path / "people.csv", "-c", path)[0] == 0
    return path


def test_a_list_comes_in_and_is_shown(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came, what it would be on a dry run, and the same once more."""
    file = tmp_path / "vuorot.csv"
    file.write_text(
        f"Nro;Mikä;Alkaa;Tuli\n1;Kahvio;{DAY} 12:00;kyllä\n2;Kahvio;{DAY} 12:00;ei\n9;Kahvio;{DAY} 12:00;\n"
    )
    head = "vuorot.csv: 1 encounter, columns separated by semicolon."
    people = ["        1 came.", "        1 did not come, and are not asked."]
    unknown = "        1 are not known here: nothing tells which member they are."
    code, out, err = run(capsys, "encounters", "import", file, "--dry-run", "-c", config)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        head, "  1 would be new, 0 would be changed, 0 would be called off, 0 as they were.", *people, unknown,
        "Nothing was changed (dry run).",
    ]  # fmt: skip
    out = run(capsys, "encounters", "import", file, "-c", config)[1]
    assert out.splitlines()[1] == "  1 new, 0 changed, 0 called off, 0 as they were."
    again = json.loads(run(capsys, "encounters", "import", file, "--json", "-c", config)[1])
    assert (again["new"], again["unchanged"], again["imported"]) == (0, 1, True)
    listed = json.loads(run(capsys, "encounters", "list", "--json", "-c", config)[1])
    assert listed[0]["presence"] == {"attended": 1, "absent": 1}
    assert "Kahvio" in run(capsys, "encounters", "list", "-c", config)[1]
    shown = run(capsys, "encounters", "show", "Kahvio", "-c", config)[1].splitlines()
    assert shown[0] == "Kahvio  #1  shift"
    assert shown[2:] == ["  Aino: attended", "  Bo: absent"]


def test_a_folder_of_calendars_and_a_list_about_a_known_event(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The calendar has the event, the list only who came."""
    folder = tmp_path / "calendars"
    folder.mkdir()
    stamp = DAY.replace("-", "")
    (folder / "shifts.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Talkoot\r\n"
        f"DTSTART:{stamp}T100000Z\r\nDTEND:{stamp}T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert run(capsys, "encounters", "import", folder, "-c", config)[0] == 0
    file = tmp_path / "who.csv"
    file.write_text("Nro\n1\n")
    bare = settle(tmp_path / "bare", '\n[encounters]\npeople = { id = "Nro" }\n')
    bare.write_text(
        bare.read_text()
        .replace('"keys/', f'"{tmp_path}/keys/')
        .replace("[storage]", f'[storage]\npath = "{tmp_path}/data/kuulolla.db"')
    )
    out = run(capsys, "encounters", "import", file, "--about", "Talkoot", "-c", bare)[1]
    assert out.splitlines()[1:] == ["  0 new, 1 changed, 0 called off, 0 as they were.", "        1 came."]
    out = run(
        capsys, "encounters", "import", file, "--name", "Retki", "--starts", f"{DAY} 12:00", "-c", bare
    )[1]
    assert out.splitlines()[1] == "  1 new, 0 changed, 0 called off, 0 as they were."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nothing"], "There is no encounter 'nothing'. See: kuulolla encounters list."),
        (["import", "nowhere.csv"], "nowhere.csv cannot be read: No such file or directory. Is the name right?"),
        (["import", "x.csv", "--name", "Retki"], "A new encounter needs both --name and --starts."),
        (["import", "x.csv", "--about", "a", "--name", "b"], "--about names a known encounter, --name and --starts a new one. Give one of the two."),
        (["import", "x.csv", "--name", "b", "--starts", "soon"], "--starts is no moment. Write for example '2026-12-31 18:00'."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """In plain words, with exit code 2."""
    assert run(capsys, "encounters", *arguments, "-c", config) == (2, "", f"{said}\n")
