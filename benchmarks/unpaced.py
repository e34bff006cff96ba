"""``kuulolla run`` without the platform's pace, for figures that ask how fast the program itself is."""

import sys
from pathlib import Path

from bot.app import App
from bot.cli.run import serve
from bot.config import load_or_raise
from bot.service.dispatch import Pace


def prepare(app: App) -> None:
    """Send as fast as it goes."""
    app.adapters = [(adapter, Pace(per_second=0, per_chat_per_second=0)) for adapter, _ in app.adapters]


if __name__ == "__main__":
    serve(load_or_raise(Path(sys.argv[-1])), prepare)
