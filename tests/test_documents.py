"""What the documents show works: every TOML block loads, every command runs, every link leads somewhere."""

import io
import re
import shlex
from pathlib import Path

import pytest

from bot.cli import COMMANDS, main
from bot.config.load import load

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.relative_to(ROOT).as_posix()
)
HEAD = '[organisation]\nname = "Test"\nlanguages = ["fi", "en"]\n'
FLOW = (
    '\n[[flow]]\nid = "{id}"\ntitle = "Hello"\n[[flow.question]]\nid = "well"\ntype = "yes_no"\n'
    'text = {{ fi = "Hyvin?", en = "Well?" }}\n'
)
SHIFTS = """Tunnus;Tapahtuma;Alkaa;Päättyy;Jäsennumero;Paikalla;Rooli
1;Kahvio;4.5.2026 12:00;4.5.2026 16:00;H-1234;kyllä;tiskaaja
"""
MEMBERS = (
    "Jäsennumero,Etunimi,Kieli,Telegram,Slack,Liittynyt,Ryhmät,Kunta,Jäsenyys,Aktiivisuus\n"
    'H-1234,Aino Esimerkki,fi,111222333,,04.05.2024,"members,weekly-group",Turku,long,often\n'
    "H-1235,Eero Kuvitelma,sv,,,01.02.2025,members,Turku,new,seldom\n"
)


def blocks(language: str) -> list[tuple[str, str]]:
    """(document, text) of every fenced block of a language."""
    return [
        (document.name, "\n".join(line.removeprefix(indent) for line in text.splitlines()))
        for document in DOCUMENTS
        for indent, text in re.findall(
            rf"^( *)```{language}\n(.*?)^ *```",
            document.read_text(encoding="utf-8"),
            re.MULTILINE | re.DOTALL,
        )
    ]


@pytest.mark.parametrize(("document", "text"), blocks("toml"))
def test_every_toml_block_loads(tmp_path: Path, document: str, text: str) -> None:
    """A block that is copied into a configuration has no problem in it."""
    file = tmp_path / "config.toml"
    whole = text if "[organisation]" in text else HEAD + text
    if "[[flow]]" not in text:
        named = sorted(set(re.findall(r'^flow = "([^"]+)"', text, re.MULTILINE))) or ["hello"]
        whole += "".join(FLOW.format(id=flow) for flow in named)
    file.write_text(whole, encoding="utf-8")
    for name in re.findall(r'file = "([^"]+)"', text):
        (tmp_path / name).write_text("1:a")
        (tmp_path / name).chmod(0o600)
    config, problems = load(file)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    assert config is not None


def commands(document: str) -> list[str]:
    """The ``kuulolla`` command lines of a document, in order."""
    return [
        line
        for name, text in blocks("console")
        if name == document
        for line in text.splitlines()
        if re.match(r"(\.venv/bin/)?kuulolla ", line)
    ]


def test_the_commands_of_the_readme_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newcomer who types the README line by line meets no error; it leaves out no command they need."""
    folder = tmp_path / "my-association"
    seen = set()
    for line in commands("README.md"):
        words = shlex.split(line)[1:]
        seen.add(words[0])
        if words[0] == "people":
            the_example(folder)
        monkeypatch.chdir(tmp_path if words[0] == "init" else folder)
        monkeypatch.setattr("sys.stdin", io.StringIO())
        code = 0
        try:
            main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        assert (line, code, capsys.readouterr().err) == (line, 0, "")
    assert (folder / "tables").is_dir()
    # what needs a platform stands in tests/system; the rest is named in the text
    assert set(COMMANDS) - seen == {"demo", "schema", "backup", "restore", "doctor", "run"}


def the_example(folder: Path) -> None:
    """The example's surveys in the place of the starter's, and a member list in its columns."""
    (folder / "config.toml").write_text(
        (ROOT / "config.example.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (folder / "members.csv").write_text(MEMBERS, encoding="utf-8")
    (folder / "shifts.csv").write_text(SHIFTS, encoding="utf-8")


def test_the_make_commands_exist() -> None:
    """Every ``make`` word of a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        word
        for document in DOCUMENTS
        for word in re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named - targets == set()


def test_every_link_leads_somewhere() -> None:
    """A relative link in a document names a file that is there."""
    broken = [
        (document.name, target)
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []
