"""The golden chats: text files of ``bot.engine.transcript``, and the flows that they play."""

from functools import cache
from pathlib import Path
from typing import Final

from bot.config import load_or_raise
from bot.engine import transcript
from bot.engine.flow import Flow

HERE: Final = Path(__file__).parent


@cache
def flows() -> dict[str, Flow]:
    """Every flow of ``flows/*.toml`` by its id."""
    found: dict[str, Flow] = {}
    for path in sorted((HERE / "flows").glob("*.toml")):
        found |= load_or_raise(path).flows
    return found


def run(text: str) -> str:
    """The chat as the engine has it now."""
    return transcript.run(text, flows())
