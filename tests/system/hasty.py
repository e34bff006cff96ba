"""``kuulolla run`` for rehearsals: the same program at a quicker pace and with less patience.

A question in doubt is repeated after a second instead of half a minute, and waves are planned at once.
What is committed, confirmed and sent, and in which order, is not touched.
"""

import sys
from datetime import timedelta
from pathlib import Path

from bot.app import App
from bot.cli.run import serve
from bot.config import load_or_raise
from bot.service.dispatch import Pace

PACE = Pace(per_second=90, per_chat_per_second=5)


def prepare(app: App) -> None:
    """Take most of the waiting out."""
    app.context.doubt = timedelta(seconds=1)
    app.ticks = {**app.ticks, "plan": 0.2, "moments": 0.1}
    app.adapters = [(adapter, PACE) for adapter, _ in app.adapters]


if __name__ == "__main__":
    serve(load_or_raise(Path(sys.argv[-1])), prepare)
