"""Every golden chat of the whole service says what the service says, in several languages."""

from pathlib import Path

import pytest

from tests.conversations import whole
from tests.conversations.situations import SITUATIONS
from tests.service.conftest import MakeRig

HERE = Path(__file__).parent / "whole"
CHATS = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("path", CHATS, ids=lambda path: path.stem)
def test_chat(path: Path, make_rig: MakeRig, request: pytest.FixtureRequest) -> None:
    """The members' lines lead to exactly the lines that stand in the file."""
    written = path.read_text(encoding="utf-8")
    said = whole.run(written, make_rig())
    if request.config.getoption("--update", default=False):
        path.write_text(said, encoding="utf-8")
        return
    assert said == written


def test_every_situation_has_its_chats() -> None:
    """Each situation is told in Finnish and in English at least."""
    told = {(head["situation"], head["language"]) for head in map(_head, CHATS)}
    assert {(name, language) for name in SITUATIONS for language in ("fi", "en")} - told == set()


def _head(path: Path) -> dict[str, str]:
    return whole.header(path.read_text(encoding="utf-8"))
