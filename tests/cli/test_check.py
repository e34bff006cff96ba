"""``kuulolla check``, ``schema`` and ``init`` as somebody types them."""

import json
import stat
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli.check import LISTED

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.toml"

BROKEN = """
[organisation]
name = "Hauskala"
languages = ["en"]

[[flow]]
id = "pulse"
title = "Pulse"

[[flow.question]]
id = "mood"
type = "select_on"
text = "How?"
"""

REMARKABLE = """
[organisation]
name = "Hauskala"
languages = ["en", "fi"]
contact = "office"
privacy = { en = "We keep it.", fi = "Se pysyy." }

[[flow]]
id = "pulse"
title = { en = "Pulse", fi = "Pulssi" }

[[flow.question]]
id = "next"
type = "select_one"
text = "Which?"
choices = [{ id = "a", label = { en = "A very long label that no button of Slack shows", fi = "A" } }, "2"]
exits = [{ when = 'next == "a"', to = "end" }, { when = "late is answered", to = "late" }, { to = "end" }]

[[flow.question]]
id = "late"
type = "text"
text = { en = "Late?", fi = "Myöhään?" }

[[survey]]
id = "weekly"
flow = "pulse"
owner = "Office"
purpose = { en = "To learn", fi = "Oppia" }
"""


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and standard output of a command."""
    try:
        main(list(arguments))
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    return code, capsys.readouterr().out


def _lines(output: str) -> list[str]:
    return [line.rstrip() for line in output.splitlines()]


def test_a_good_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """It can be used, and each flow tells what it asks of people."""
    code, output = _run(capsys, "check", "-c", str(EXAMPLE))
    assert code == 0
    assert _lines(output)[:4] == [
        f"{EXAMPLE} can be used: 6 flows, 6 surveys.",
        "",
        "Flow      Questions  Longest way              Typical way",
        "pulse     3          3 questions, 1 min 05 s  2.8, 56 s",
    ]


def test_a_broken_configuration(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Errors first, then what there is to know; exit code 2."""
    path = tmp_path / "config.toml"
    path.write_text(BROKEN, encoding="utf-8")
    code, output = _run(capsys, "check", "-c", str(path))
    assert code == 2
    assert _lines(output.replace(str(path), "config.toml")) == [
        "1 problem must be mended:",
        (
            'config.toml:12: flow "pulse", question "mood": type "select_on" is unknown. '
            'Did you mean "select_one"?'
        ),
        "",
        "3 things to know:",
        "config.toml: There is no survey, so nobody is asked. Add [[survey]].",
        (
            "config.toml:2: [organisation]: There is no privacy notice. "
            "Say who is responsible, and for how long."
        ),
        "config.toml:2: [organisation]: There is no contact. Say where people reach a human.",
        "",
    ]


def test_remarks_on_a_flow(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What is never reached, not translated, shown in another way, or refused elsewhere."""
    path = tmp_path / "config.toml"
    path.write_text(REMARKABLE, encoding="utf-8")
    code, output = _run(capsys, "check", "-c", str(path))
    assert code == 0
    assert _lines(output)[-8:] == [
        "",
        "pulse",
        "  late is never reached.",
        "  Never holds: next, exit 2: late is answered",
        "  Not in fi: next text",
        "  Telegram, next: a label is longer than 40: the choices become numbered lines with number buttons.",
        "  Slack, next: a label is longer than 30: the choices become numbered lines with number buttons.",
        "  Column next is a reserved word of R; better: next_1.",
    ]


def test_too_many_ways(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where not every way could be followed it is said so."""
    names = [f"a{number}" for number in range(12)]
    attributes = "\n".join(f'{name} = "{name}"' for name in names)
    where = " and ".join(f"{name} == 'x'" for name in names)
    text = REMARKABLE.replace("[[flow]]", f"[people.attributes]\n{attributes}\n\n[[flow]]", 1)
    path = tmp_path / "config.toml"
    path.write_text(text.replace("late is answered", where), encoding="utf-8")
    code, output = _run(capsys, "check", "-c", str(path))
    assert code == 0
    assert "  There are too many ways to follow each; conditions were taken to go either way." in _lines(
        output
    )


def test_a_flood_of_problems_is_cut(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The terminal shows a hundred, JSON all."""
    path = tmp_path / "config.toml"
    path.write_text("\n".join(f"wrong{number} = 1" for number in range(LISTED + 20)), encoding="utf-8")
    _, output = _run(capsys, "check", "-c", str(path))
    assert "… and 22 more; all of them: --json" in _lines(output)
    code, output = _run(capsys, "check", "--json", "-c", str(path))
    assert (code, len(json.loads(output)["problems"])) == (2, LISTED + 22)


def test_check_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same for programs: whether it can be used, every problem in its parts, every flow's figures."""
    code, output = _run(capsys, "check", "--json", "-c", str(EXAMPLE))
    found = json.loads(output)
    assert (code, found["ok"], found["problems"]) == (0, True, [])
    assert [flow["id"] for flow in found["flows"]] == [
        *("pulse", "shift", "course", "article", "newcomer", "yearly"),
    ]
    path = tmp_path / "config.toml"
    path.write_text(BROKEN, encoding="utf-8")
    code, output = _run(capsys, "check", "--json", "-c", str(path))
    found = json.loads(output)
    assert (code, found["ok"], found["flows"], found["surveys"]) == (2, False, [], [])
    assert [problem for problem in found["problems"] if problem["severity"] == "error"] == [
        {
            "message": 'type "select_on" is unknown.',
            "file": str(path),
            "line": 12,
            "path": 'flow "pulse", question "mood"',
            "advice": 'Did you mean "select_one"?',
            "severity": "error",
        }
    ]


def test_a_missing_configuration(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One line, exit code 2, never a traceback."""
    advice = "Name it with -c, or begin a new one with: kuulolla init"
    code, output = _run(capsys, "check", "-c", str(tmp_path / "no.toml"))
    assert (code, _lines(output)[1]) == (2, f"{tmp_path}/no.toml: There is no such file. {advice}")


def test_a_country_without_a_calendar(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Public holidays cannot be told, so the configuration cannot be used."""
    path = tmp_path / "config.toml"
    path.write_text(REMARKABLE.replace("contact", 'country = "XX"\ncontact', 1), encoding="utf-8")
    code, output = _run(capsys, "check", "-c", str(path))
    assert code == 2
    assert _lines(output)[:2] == [
        "1 problem must be mended:",
        (
            f"{path}: [organisation]: there is no calendar of holidays for XX. "
            "Correct country or region, or leave country out and list dates in [policy.send_window]."
        ),
    ]


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain JSON on standard output."""
    code, output = _run(capsys, "schema")
    assert (code, json.loads(output)["title"]) == (0, "Kuulolla")


def test_init(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A folder that can be checked at once, with a private key; a second time is refused."""
    folder = tmp_path / "bot"
    code, output = _run(capsys, "init", str(folder))
    assert code == 0
    assert _lines(output)[-1] == f"  kuulolla check -c {folder}/config.toml"
    key = folder / "kuulolla.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    code, output = _run(capsys, "check", "-c", str(folder / "config.toml"))
    assert (code, _lines(output)[0]) == (0, f"{folder}/config.toml can be used: 1 flow, 1 survey.")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, _ = _run(capsys, "init", str(folder))
    assert code == 2
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
