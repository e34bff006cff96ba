"""Deadlines and reminders, in hours from an arbitrary beginning."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.expiry import deadline, reminder_at
from bot.engine.session import Session, Status
from scheduler.surveys import Timing

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def hours(moment: datetime | None) -> float | None:
    """Hours since the beginning."""
    return None if moment is None else (moment - START) / timedelta(hours=1)


def at(hour: float | None) -> datetime | None:
    """So many hours after the beginning."""
    return None if hour is None else START + timedelta(hours=hour)


def session(invited: float | None, last_answer: float | None, asked: float | None = None) -> Session:
    """A session with these moments; started if and only if there is an answer."""
    return Session(
        id="s", flow="f", language="en", status=Status.ACTIVE, invited_at=at(invited), asked_at=at(asked),
        started_at=at(last_answer), last_answer_at=at(last_answer),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start_by", "grace", "idle", "invited", "last_answer", "close", "expected"),
    [
        (168, 24, 72, 0, None, None, 168),  # not started
        (168, 24, 72, 0, 10, None, 82),  # started early, went idle
        (168, 24, 72, 0, 167, None, 192),  # started at the last moment
        (168, 24, 0, 0, 10, None, 192),  # idle limit off
        (168, 0, 72, 0, 160, None, 232),  # grace off, idle limit only
        (0, 0, 0, 0, 10, None, None),  # all off
        (168, 24, 72, 0, None, 100, 100),  # not started, wave closes first
        (168, 24, 72, 0, 99, 100, 124),  # started, wave closes first
        (70, 24, 24, 2, 60, 72, 84),  # event pulse, started at 60 h
    ],
)
def test_deadline(
    start_by: float,
    grace: float,
    idle: float,
    invited: float,
    last_answer: float | None,
    close: float | None,
    expected: float | None,
) -> None:
    """The earliest of start-by, idle limit and close counts, with grace for those who have started."""
    timing = Timing(start_by_hours=start_by, grace_hours=grace, idle_hours=idle)
    assert hours(deadline(timing, session(invited, last_answer), at(close))) == expected


def test_a_self_started_session_ends_by_silence() -> None:
    """Nobody invited, so there is no start-by: silence after the question, then after the last answer."""
    assert hours(deadline(Timing(), session(None, None, asked=1), None)) == 73
    assert hours(deadline(Timing(), session(None, 5, asked=6), None)) == 77
    assert deadline(Timing(idle_hours=0), session(None, 5, asked=6), None) is None


@pytest.mark.parametrize(
    ("number", "reminders", "deadline_at", "expected"),
    [
        (1, 1, None, 48),
        (1, 1, 168, 48),
        (2, 1, None, None),
        (2, 2, None, 120),
        (3, 3, None, None),
        (0, 1, None, None),
        (1, 0, None, None),
        (1, 1, 60, 48),
        (1, 1, 59.9, None),
    ],
)
def test_reminders(number: int, reminders: int, deadline_at: float | None, expected: float | None) -> None:
    """One after 48 hours, a second after 120 if wanted, never a third, never shortly before the end."""
    found = reminder_at(Timing(reminders=reminders), session(0, None), number, at(deadline_at))
    assert hours(found) == expected


def test_nobody_reminds_of_what_was_not_asked() -> None:
    """A session that a person began is not reminded of."""
    assert reminder_at(Timing(), session(None, None), 1, None) is None
