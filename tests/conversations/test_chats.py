"""Every golden chat says what the engine says."""

from pathlib import Path

import pytest

from bot.engine.questions import TYPES
from bot.texts import LANGUAGES
from tests.conversations.chat import HERE, flows, run

CHATS = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("path", CHATS, ids=lambda path: path.stem)
def test_chat(path: Path, request: pytest.FixtureRequest) -> None:
    """The member's lines lead to exactly the lines that stand in the file."""
    written = path.read_text(encoding="utf-8")
    said = run(written)
    if request.config.getoption("--update", default=False):
        path.write_text(said, encoding="utf-8")
        return
    assert said == written


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_its_chat(name: str, language: str) -> None:
    """Each question type has a chat of its own in each language, in which it is asked."""
    path = HERE / f"{name}.{language}.txt"
    header = path.read_text(encoding="utf-8").partition("\n\n")[0]
    flow = next(line.removeprefix("flow: ") for line in header.splitlines() if line.startswith("flow: "))
    assert name in {question.type for question in flows()[flow].questions}


def test_every_situation_is_told_in_every_language() -> None:
    """A chat in one language has its sisters in the others."""
    stems = {path.stem.rpartition(".")[0] for path in CHATS}
    wanted = {HERE / f"{stem}.{language}.txt" for stem in stems for language in LANGUAGES}
    assert wanted - set(CHATS) == set()


def _outline(path: Path) -> list[str]:
    """What is kept, timed and ended in a chat, without words that belong to a language."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition(":")[0] for line in lines if line.startswith(("= ", "@ ", ". "))]


@pytest.mark.parametrize(
    "path", [path for path in CHATS if path.stem.endswith(".fi")], ids=lambda path: path.stem
)
def test_sisters_agree(path: Path) -> None:
    """The same situation leaves the same behind, whatever is spoken."""
    stem = path.stem.rpartition(".")[0]
    assert _outline(HERE / f"{stem}.sv.txt") == _outline(path) == _outline(HERE / f"{stem}.en.txt")
