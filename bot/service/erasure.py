"""Being forgotten: asked for, confirmed once, carried out within a minute, and never undone by a backup.

The confirmation ends everything at once; erasing follows in steps of its own, so that a crash between any
two of them only means that the next start goes on. The last message says what stays and why.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.engine.messages import Button, Outbound
from bot.service import ending, outcomes
from bot.service.case import Case
from bot.service.context import Context
from storage import Connection, alerts, audit, erasing, people
from storage.erased import Ledger
from storage.erasing import Asked
from storage.work import Correspondent, Work

CONFIRM: Final = timedelta(hours=1)
"""How long the confirmation may take."""
LAST_WORD: Final = timedelta(minutes=10)
"""How long the last message waits for a platform that cannot be reached."""


def ask(case: Case) -> None:
    """Say what will happen, and wait for one confirmation."""
    case.work.change_person(case.who.person_id, forget_asked_at=case.now)
    buttons = (
        Button("forget:yes", case.words("forget.yes")),
        Button("forget:no", case.words("forget.no")),
    )
    case.say(case.words("forget.confirm"), buttons)


def keep(case: Case) -> None:
    """Changed their mind."""
    case.work.change_person(case.who.person_id, forget_asked_at=None)
    case.say(case.words("forget.kept"))


def confirm(case: Case) -> None:
    """Erase, if it was asked for within the hour; else ask first."""
    row, _, _ = people.card(case.work.connection, case.who.person_id)
    asked = row.forget_asked_at
    if asked is None or case.now - asked > CONFIRM:
        ask(case)
        return
    ending.withdraw_all(case)
    session = case.work.open_session(case.who.person_id)
    if session is not None:
        outcomes.end_silently(case.context, case.work, session)
    if case.who.stopped_at is None:
        case.work.change_person(case.who.person_id, stopped_at=case.now)
    erasing.ask(case.work.connection, secrets.token_hex(16), case.who.person_id, case.now)


def by_admin(connection: Connection, person_id: int, actor: str, now: datetime) -> str:
    """An admin carries out what a person asked for in another way. Returns the entry of the ledger."""
    entry = secrets.token_hex(16)
    erasing.ask(connection, entry, person_id, now)
    audit.add(connection, actor, "forget", f"erased {entry[:8]}", "", now)
    return entry


def waiting(connection: Connection) -> list[Asked]:
    """Erasures that are not finished."""
    return erasing.open_ones(connection)


def carry_out(context: Context, ledger: Ledger, asked: Asked, now: datetime) -> Callable[[Connection], None]:
    """One erasure as a transaction: the ledger's line, every row, and the last message."""

    def job(connection: Connection) -> None:
        files = erasing.removed_files(connection, asked.person_id) if asked.person_id is not None else []
        who = Work(connection, now).reach(asked.person_id) if asked.person_id is not None else None
        erasing.erase(connection, ledger, asked)
        if who is not None:
            _last_word(context, connection, asked, who, now)
        if files:
            listed = "\n".join(files)
            message = (
                "Files with answers were deleted, because somebody in them asked to be forgotten. "
                f"Make them again where you need them:\n{listed}"
            )
            alerts.raise_(connection, "files_deleted", asked.entry[:8], message, now)

    return job


def _last_word(
    context: Context, connection: Connection, asked: Asked, who: Correspondent, now: datetime
) -> None:
    """It belongs to nobody any more, and its row goes as soon as it is out."""
    language = context.language(who.language)
    work = Work(connection, now)
    work.send(
        replace(who, person_id=None),  # type: ignore[arg-type]  # nobody: the person is gone
        erasing.GOODBYE + asked.entry,
        Outbound(text=context.texts("forget.done", language)),
        language=language,
        expires_at=now + LAST_WORD,
    )
    work.flush()
