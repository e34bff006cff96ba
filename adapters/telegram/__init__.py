"""Telegram: two pure translations (``translate``), one table of errors, and the client that talks.

Importing this package starts nothing and loads nothing heavy; ``client.Telegram`` is the adapter.
"""

import os

# python-telegram-bot warns at every 429 unless it may give its time spans as timedelta, as its next major
# version will. Its documentation names this variable for opting in; one that the operator has set stays.
os.environ.setdefault("PTB_TIMEDELTA", "true")
