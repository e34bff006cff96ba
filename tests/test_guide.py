"""The guide for admins cannot drift: its chats are golden ones, and its questions those of their flows."""

import re
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.engine.questions import TYPES

ROOT = Path(__file__).parents[1]
CHATS = ROOT / "tests" / "conversations"
FLOWS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((CHATS / "flows").glob("*.toml")))
LANGUAGES = ("en", "fi")
UNROLLED = {"matrix"}
"""Types that become others when a flow is read."""


def _guide(language: str) -> str:
    return (ROOT / "docs" / f"guide.{language}.md").read_text(encoding="utf-8")


def _blocks(language: str, kind: str) -> list[tuple[str, str]]:
    """(what stands behind the kind, text) of every fenced block of a kind."""
    return re.findall(rf"^```{kind} (\S+)\n(.*?)^```", _guide(language), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chat_of_the_guide_is_a_golden_one(language: str) -> None:
    """Word for word, and in the guide's own language."""
    for name, text in _blocks(language, "chat"):
        golden = (CHATS / f"{name}.txt").read_text(encoding="utf-8")
        assert (name, text.strip() in golden) == (name, True)
        assert name.endswith(f".{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_of_the_guide_is_that_of_its_chat(language: str) -> None:
    """Each of them is played by the golden chats."""
    questions = [text for _, text in _blocks(language, "toml")]
    assert [text for text in questions if text.strip() not in FLOWS] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_of_question_has_its_place(language: str) -> None:
    """A new type is not finished before both guides show it."""
    shown = set(re.findall(r"^### (\w+)$", _guide(language), re.MULTILINE))
    assert shown == set(TYPES) | UNROLLED


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_of_the_guide_exists(language: str) -> None:
    """In blocks and in the text."""
    named = set(re.findall(r"(?:^ *|`)kuulolla ([a-z]+)", _guide(language), re.MULTILINE))
    assert named - set(COMMANDS) - {"share"} == set()
