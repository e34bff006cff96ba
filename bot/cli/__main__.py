"""``python -m bot.cli`` is ``kuulolla``."""

from bot.cli import main

main()
