"""Ledgers, contacts and moments that the scheduler's tests begin from."""

from datetime import UTC, datetime, timedelta

from scheduler.ledger import Ask, Ledger
from scheduler.surveys import Policy

NOW = datetime(2026, 5, 6, 9, tzinfo=UTC)
"""A Wednesday, noon in Helsinki."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ANYBODY = Ledger(person=1)
INVITE = Ask(survey="pulse", wave=1)
USUAL = Policy()


def at(text: str) -> datetime:
    """An ISO moment in UTC, whatever offset it was written with."""
    return datetime.fromisoformat(text).astimezone(UTC)
