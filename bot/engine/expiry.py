"""When a session expires and when it is reminded of: start-by, idle limit and grace.

Deadlines combine by minimum and are computed anew from the session each time; none is ever built on another.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.engine.session import Session
from scheduler.surveys import Timing

REOPENED: Final = timedelta(hours=1)
"""How long a completed session stays open for a change: its person is not to be held up for long."""
SNOOZED: Final = timedelta(hours=24)
"""What is put off until a moment stays open for so long after it, whatever the other limits say."""


def deadline(timing: Timing, session: Session, wave_close: datetime | None) -> datetime | None:
    """The instant (aware UTC) at which the session ends by itself; None: it has no such end.

    Not started: the earlier of ``invite + start_by`` and the close. Started: the earliest of
    ``invite + start_by + grace``, ``last answer + idle`` and ``close + grace``. 0 switches a limit off. The
    anchor is the invite, so that nobody is punished for starting early. A completed session that was opened
    again to change an answer closes soon by itself. What was put off stays open for a day beyond its moment.
    """
    if session.reopened_at is not None:
        return max(session.reopened_at, session.last_answer_at or session.reopened_at) + REOPENED
    started = session.started_at is not None
    grace = _hours(timing.grace_hours) if started else timedelta()
    ends: list[datetime] = []
    begun = session.invited_at
    if begun is not None and timing.start_by_hours and (timing.grace_hours or not started):
        ends.append(begun + _hours(timing.start_by_hours) + grace)
    last = session.last_answer_at if started else None
    if begun is None:  # self-started: nobody invited, so only silence ends it
        last = last or session.asked_at
    if last is not None and timing.idle_hours:
        ends.append(last + _hours(timing.idle_hours))
    if session.snoozed_until is not None and ends:
        ends = [max(min(ends), session.snoozed_until + SNOOZED)]
    if wave_close is not None:
        ends.append(wave_close + grace)
    return min(ends, default=None)


def reminder_at(
    timing: Timing, session: Session, number: int, deadline_at: datetime | None
) -> datetime | None:
    """When the n-th reminder (from 1) of an invited session is due; None where none is, or it is too late.

    Times are aware UTC. The anchor is the invite; the send window may still move the moment.
    """
    most = min(timing.reminders, len(timing.reminder_after_hours))
    if session.invited_at is None or not 1 <= number <= most:
        return None
    moment = session.invited_at + _hours(timing.reminder_after_hours[number - 1])
    room = _hours(timing.reminder_min_hours_before_deadline)
    return None if deadline_at is not None and moment > deadline_at - room else moment


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)
