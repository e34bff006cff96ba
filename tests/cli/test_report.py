"""``kuulolla report`` and ``kuulolla export`` as somebody types them."""

import json
import re
from pathlib import Path

import pytest

from bot.cli import main
from storage.store import open_sqlite
from tests.reports.seed import pulse, seeding, sqlite, yes_no

CONFIG = """
[organisation]
name = "Hauskala"
languages = ["en"]
contact = "office"

[organisation.privacy]
en = "We keep it."

[[flow]]
id = "pulse"
title = "How are things?"

[[flow.question]]
id = "again"
type = "yes_no"
text = "Would you come again?"

[[survey]]
id = "pulse"
flow = "pulse"
owner = "Office"
purpose = "To learn"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a database of ten answers, seven of them yes."""
    flow = pulse(yes_no("again"))
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    with sqlite(tmp_path) as store, seeding(store) as seed:
        wave = seed.wave(flow)
        for number in range(10):
            seed.asked(flow, wave, {"again": number < 7})
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    try:
        main(list(arguments))
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def plain(text: str) -> str:
    """Words with single plain spaces."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())


def test_the_overview(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name: one line a survey. In a pipe there are no colours."""
    code, out, _ = run(capsys, "report", "-c", str(config))
    assert code == 0
    assert "How are things? 10 10 100% 70% Yes" in plain(out)
    assert "\x1b[" not in out


def test_one_survey_in_detail(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a name: response and every question."""
    code, out, _ = run(capsys, "report", "pulse", "-c", str(config), "--wave", "w1", "--language", "en")
    assert code == 0
    assert "Asked 10 · Reached 10" in plain(out)
    assert "Would you come again?" in out
    assert "Yes 70%" in plain(out)


def test_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The documented shape, and nothing else on standard output even when pages are written."""
    folder = config.parent / "pages"
    code, out, err = run(capsys, "report", "--json", "--html", str(folder), "-c", str(config))
    assert code == 0
    assert json.loads(out)["surveys"][0]["questions"][0]["answers"] == 10
    assert err.strip() == str(folder / "index.html")


def test_pages(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The path of the page is all that is said."""
    folder = config.parent / "pages"
    code, out, _ = run(capsys, "report", "--html", str(folder), "--language", "fi", "-c", str(config))
    assert (code, out.strip()) == (0, str(folder / "index.html"))
    assert '<html lang="fi">' in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "pulze"), 'There is no survey or flow "pulze". Did you mean "pulse"?'),
        (("report", "--wave", "w2"), 'There is no wave "w2".'),
        (("export", "out", "--survey", "pulze"), 'No answers of a survey "pulze". Did you mean "pulse"?'),
    ],
)
def test_what_is_not_there(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """One sentence and exit code 2."""
    code, out, err = run(capsys, *arguments, "-c", str(config))
    assert (code, out) == (2, "")
    assert err.startswith(said)


@pytest.mark.parametrize("command", [("report",), ("export", "out")])
def test_a_damaged_database_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """A sentence that says so, exit code 2, never a traceback or a figure."""
    database = config.parent / "data" / "kuulolla.db"
    for path in database.parent.iterdir():
        path.write_bytes(b"not a database " * 1000)
    code, out, err = run(capsys, *command, "-c", str(config))
    assert (code, out) == (2, "")
    assert "damaged" in err
    assert "Traceback" not in err


def test_export(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names of the files, one a line."""
    folder = config.parent / "tables"
    code, out, _ = run(capsys, "export", str(folder), "-c", str(config), "--language", "sv", "--bom")
    assert code == 0
    assert [Path(line).name for line in out.splitlines()] == [
        "answers-long.csv", "pulse-wide.csv", "codebook.csv", "codebook.md", "codebook.html", "codebook.json",
    ]  # fmt: skip
    assert "Ja" in (folder / "answers-long.csv").read_text(encoding="utf-8-sig")


def test_the_audit_of_what_was_published(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing yet; then one figure, that gives nobody away; one more answer changes no figure."""
    assert run(capsys, "report", "--audit", "-c", str(config))[:2] == (0, "Nothing was published yet.\n")
    before = json.loads(run(capsys, "report", "pulse", "--json", "-c", str(config))[1])
    told = "pulse: 1 figures published so far, nobody can be worked out.\n"
    assert run(capsys, "report", "--audit", "-c", str(config))[:2] == (0, told)
    flow = pulse(yes_no("again"))
    folder = config.parent
    with (
        open_sqlite(folder / "data" / "kuulolla.db", folder / "kuulolla.key") as store,
        seeding(store) as seed,
    ):
        seed.number = 100
        seed.session(flow, seed.person(), {"again": False}, wave_id=1)
    after = json.loads(run(capsys, "report", "pulse", "--json", "-c", str(config))[1])
    questions = [told["surveys"][0]["questions"] for told in (before, after)]
    assert questions[0] == questions[1]
    assert questions[0][0]["answers"] == 10


@pytest.mark.parametrize("content", [b"this is no database" * 1000, b"\0" * 5000])
def test_a_broken_database_is_told_in_a_sentence(
    config: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """A file that is none, or only zeros: what is wrong, exit code 2, no page and no traceback."""
    for file in (config.parent / "data").iterdir():
        file.write_bytes(content)
    folder = config.parent / "pages"
    code, out, err = run(capsys, "report", "--html", str(folder), "-c", str(config))
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert "kuulolla.db" in err
    assert not folder.exists()
