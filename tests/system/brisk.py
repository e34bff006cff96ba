"""``kuulolla run`` for rehearsals in which something fails: what takes seconds there, takes a fraction here.

Looks for doubtful sends, leases and their terms are quicker by the same factor. What is committed, confirmed
and sent, and in which order, is not touched.
"""

import sys
from datetime import timedelta
from pathlib import Path

from bot.app import App
from bot.cli.run import serve
from bot.config import load_or_raise
from bot.service.dispatch import Pace
from tests.system import hasty

PACE = Pace(per_second=100, per_chat_per_second=20)


def prepare(app: App) -> None:
    """Take the waiting out of repairs as well."""
    hasty.prepare(app)
    app.adapters = [(adapter, PACE) for adapter, _ in app.adapters]
    app.ticks = {**app.ticks, "plan": 0.5, "reap": 0.5, "lease": 0.3, "erase": 0.3}
    app.roles.term = timedelta(seconds=1.5)


if __name__ == "__main__":
    serve(load_or_raise(Path(sys.argv[-1])), prepare)
