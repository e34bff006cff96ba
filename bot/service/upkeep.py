"""What keeps an installation tidy and honest: accounts adopted, clocks mistrusted, old keys forgotten."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.engine.flow import Question
from bot.errors import Problem, UserError
from bot.service import feedback
from bot.service.context import Context
from scheduler import burden
from storage import (
    Connection,
    alerts,
    answer_times,
    calls,
    holds,
    inbox,
    link_codes,
    meta,
    outbox,
    people,
    retention,
    schedules,
)
from storage.work import Work

INBOX_KEYS: Final = timedelta(days=7)
"""How long a second delivery of an update is still recognised; platforms repeat for a day at most."""
WORDS: Final = timedelta(days=7)
"""How long the words of a message in doubt are kept, for an admin to look at."""
AUDIT: Final = timedelta(days=365)
OUTBOX_ROWS: Final = timedelta(days=30)
CALL_KEYS: Final = timedelta(days=1)
"""A call is taken within minutes of its timestamp; by then nobody can repeat it."""
LONGEST_WAIT: Final = timedelta(minutes=15)
"""Between two tries of a reply."""
LONGEST_HOLD: Final = timedelta(hours=1)
"""What platforms ask for at most."""


def adopt(platform: str, account: str, entry: str = "") -> Callable[[Connection], None]:
    """Remember which account this installation speaks with, and refuse another one silently put in its
    place. ``entry`` is the address by which people begin there, for links.
    """

    def job(connection: Connection) -> None:
        key = f"account.{platform}"
        known = meta.get(connection, key)
        if known is None:
            meta.put(connection, key, account)
        elif known != account:
            raise UserError(
                Problem(
                    message=f"This database belongs to {platform} account {known}, "
                    f"but the token is of account {account}.",
                    advice="Put the old token back, or begin a new database for the new account.",
                )
            )
        people.give_account(connection, platform, account)
        if entry:
            meta.put(connection, f"entry.{platform}", entry)

    return job


def disk(now: datetime, *, room: bool) -> Callable[[Connection], None]:
    """The ballast was thrown off because the disk was full; or there is room again, and it is back."""

    def job(connection: Connection) -> None:
        if room:
            alerts.close(connection, "disk", "ballast", now)
            return
        message = (
            "The disk with the database was full, and the room kept for that has been used. Make room now: "
            "when the disk is full again, no answer can be stored."
        )
        alerts.raise_(connection, "disk", "ballast", message, now)

    return job


def mistrust_clock(
    accounts: Sequence[tuple[str, str]], jump: timedelta, now: datetime, until: datetime
) -> Callable[[Connection], None]:
    """Invites wait until the clock has been steady for a moment. What a clock that was ahead has put off
    for too long is taken back to where it belongs.
    """

    def job(connection: Connection) -> None:
        if jump < timedelta():
            schedules.rewind(connection, now)
            outbox.recall(connection, now, LONGEST_WAIT)
            holds.shorten(connection, now + LONGEST_HOLD)
        for platform, account in accounts:
            holds.put(connection, f"{platform}:{account}", until, "first", "the clock jumped")
        alerts.raise_(
            connection, "clock", "clock",
            f"The computer's clock jumped by {jump.total_seconds():.0f} seconds. "
            "Is time synchronisation on?", now,
        )  # fmt: skip

    return job


def forget(context: Context, connection: Connection, now: datetime) -> dict[str, int]:
    """Erase answers that a survey keeps no longer; returns the sessions emptied, by survey."""
    emptied = {
        survey.id: retention.forget_answers(connection, survey.id, now - timedelta(days=survey.keep_days))
        for survey in context.config.surveys.values()
        if survey.keep_days is not None
    }
    return {survey: number for survey, number in emptied.items() if number}


def expire(connection: Connection, now: datetime) -> dict[str, int]:
    """Let go of words and notes whose time is over; returns how many of each, where there were any."""
    gone = {
        "messages": retention.wipe_words(connection, now - WORDS),
        "audit": retention.forget_audit(connection, now - AUDIT),
    }
    return {what: number for what, number in gone.items() if number}


def pass_on(context: Context, connection: Connection, now: datetime) -> None:
    """What somebody began to tell us unasked, and left unfinished, is heard all the same."""
    work = Work(connection, now)
    feedback.tidy(context, work)
    work.flush()


def learn(context: Context, connection: Connection, now: datetime) -> None:
    """What questions of today's flows really take, from what was measured."""
    policy = context.config.policy
    for flow in context.config.flows.values():
        asked = {question.id: question for question in flow.questions}

        def active(question: str, seconds: float, asked: Mapping[str, Question] = asked) -> float:
            known = asked.get(question)
            return burden.active_seconds(policy, known, seconds) if known is not None else seconds

        answer_times.learn(connection, flow.id, active, policy.learn_after_answers, now)


def tidy(connection: Connection, now: datetime) -> None:
    """Forget the keys of old updates and the rows of old messages."""
    inbox.purge(connection, now - INBOX_KEYS)
    outbox.purge(connection, now - OUTBOX_ROWS)
    outbox.purge_nobodys(connection, now)
    calls.purge(connection, now - CALL_KEYS)
    link_codes.purge(connection, now)
