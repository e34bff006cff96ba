"""The digest: three sentences for an admin, on a schedule or on request: what was said, felt, and what waits.

It counts; it never quotes an answer and shows no figure of a survey, so there is nothing in it to be hidden.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.config.model import Admin
from bot.engine.flow import in_language
from bot.engine.messages import Outbound
from bot.service import admins, sharing
from bot.service.context import Context
from bot.service.voices import RIGHT
from scheduler import triggers
from storage import Connection, schedules, tally, voices
from storage.work import Work

WEEK: Final = timedelta(days=7)
KEY: Final = "digest"
"""Of its slots among the schedules."""


def send_due(context: Context, connection: Connection, now: datetime) -> int:
    """Send it where its moment has come, once for each moment; returns to how many."""
    rule = context.config.digest
    if rule is None:
        return 0
    since = schedules.checked_until(connection, KEY, repr(rule)[:128]) or now
    due = triggers.due_slots(rule, since, now)
    schedules.check(connection, KEY, repr(rule)[:128], max(since, now))
    if due.fire is None or not schedules.take_slot(connection, KEY, due.fire.name, due.fire.at):
        return 0
    work = Work(connection, now)
    readers = admins.with_right(context, "results", now)
    for reader in readers:
        said = Outbound(text=told(context, connection, reader, now))
        admins.tell(context, work, reader, "results", f"d{due.fire.name}"[:24], said)
    work.flush()
    return len(readers)


def told(context: Context, connection: Connection, admin: Admin, now: datetime) -> str:
    """The three sentences, in the admin's language."""
    language, texts = admins.language(context, admin), context.texts
    week = tally.lately(connection, now - WEEK)
    felt = week.feelings
    feedback = (
        texts.plural(
            "digest.feedback", language, sum(felt.values()), good=felt.get("good", 0),
            mixed=felt.get("mixed", 0), bad=felt.get("bad", 0),
        )
        if felt
        else texts("digest.no_feedback", language)
    )  # fmt: skip
    return "\n".join(
        (
            texts("digest.week", language, asked=week.asked, answered=week.answered, declined=week.declined),
            feedback,
            _waiting(context, connection, admin, now, language),
        )
    )


def _waiting(context: Context, connection: Connection, admin: Admin, now: datetime, language: str) -> str:
    """What needs this person: only what they may read."""
    open_ = voices.waiting(connection)
    mine = {kind: number for kind, number in open_.items() if RIGHT[kind] in admin.rights}  # type: ignore[index]
    worries = mine.get("words", 0) + mine.get("score", 0)
    owed = [
        loop
        for loop in sharing.open_loops(context.config, connection)
        if loop.due_at is not None and loop.due_at < now
    ]
    counts = {"alerts": worries, "feedback": mine.get("feedback", 0), "promises": len(owed)}
    parts = [
        context.texts.plural(f"digest.{name}_wait", language, number)
        for name, number in counts.items()
        if number
    ]
    if not parts:
        return context.texts("voice.none_open", language)
    return context.texts("digest.waiting", language, what=", ".join(parts))


def coming(context: Context, connection: Connection, admin: Admin, now: datetime) -> str:
    """What is planned for the week, by survey."""
    language = admins.language(context, admin)
    planned = tally.planned(connection, now + WEEK)
    if not planned:
        return context.texts("digest.nothing_planned", language)
    lines = [context.texts.plural("digest.planned", language, sum(planned.values()))]
    for name, number in planned.items():
        survey = context.config.surveys.get(name)
        title = in_language(context.config.flows[survey.flow].title, language) if survey else name
        lines.append(f"{title}: {number}")
    return "\n".join(lines)
