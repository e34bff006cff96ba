"""Links for passers-by: made by an admin, followed by whoever scans the poster, without being on any list.

Whoever follows a link is asked at once, and first of all whether they want to. A token is random and opaque;
only its digest is kept, so the database cannot be read for links that still work.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from bot.engine.dates import show
from bot.errors import Problem, UserError
from bot.service import starting
from bot.service.case import Case
from bot.service.context import Context
from scheduler import triggers
from scheduler.surveys import Survey
from scheduler.windows import zone_of
from storage import Connection, audit, meta, presence, sessions
from storage import links as rows
from storage.links import Link

TOKEN_BYTES: Final = 16
"""128 random bits: 22 letters, well under the 64 that Telegram takes (Bot API, deep linking)."""
MOST_MISSES: Final = 10
"""Tokens that lead nowhere, of one sender within an hour; after that none of theirs is looked up."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


# --- the admin's side -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """A new link: its number, its token (told this once), and the way in on each platform."""

    number: int
    token: str
    entries: dict[str, str]
    """Platform -> address to open. Where an address cannot carry the token, the token is written there."""
    about: str
    expires_at: datetime | None


def make(
    context: Context,
    connection: Connection,
    *,
    survey: str,
    encounter: str,
    lasts: timedelta | None,
    most: int | None,
    by: str,
    now: datetime,
) -> Made:
    """A link to a survey, about an encounter where one is named. Raises UserError."""
    if survey not in context.config.surveys:
        known = ", ".join(sorted(context.config.surveys)) or "none"
        raise UserError(f"There is no survey '{survey}'. The surveys are: {known}.")
    if context.config.surveys[survey].priority == 0:
        message = f"'{survey}' is a draft (priority 0)."
        raise UserError(Problem(message=message, advice="Give it a priority from 1 to 5."))
    found = _encounter(connection, encounter) if encounter else None
    return _made(
        context, connection, survey, found, by, now, purpose="ask", survey=survey, most=most,
        expires_at=now + lasts if lasts is not None else None,
    )  # fmt: skip


def make_check_in(
    context: Context, connection: Connection, *, encounter: str, most: int | None, by: str, now: datetime
) -> Made:
    """A link by which people check in at an encounter, until it is over. Raises UserError."""
    found = _encounter(connection, encounter)
    if found.ends_at <= now:
        raise UserError(f"'{found.name}' is over; nobody can check in any more.")
    return _made(
        context, connection, "check-in", found, by, now, purpose="check_in", most=most,
        expires_at=found.ends_at + CHECK_IN_AFTER,
    )  # fmt: skip


CHECK_IN_AFTER: Final = timedelta(hours=2)
"""People still scan the poster on their way out."""


def _made(
    context: Context,
    connection: Connection,
    about: str,
    encounter: Any,
    by: str,
    now: datetime,
    **columns: Any,
) -> Made:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    encounter_id = encounter.id if encounter is not None else None
    number = rows.add(connection, digest=digest(token), encounter_id=encounter_id, created_at=now, **columns)
    audit.add(connection, by, "link_made", f"link {number}: {about}", "", now)
    name = f"{about}, {encounter.name}" if encounter is not None else about
    return Made(number, token, entries(context, connection, token), name, columns["expires_at"])


def _encounter(connection: Connection, word: str) -> Any:
    found = presence.named(connection, word)
    if not found:
        raise UserError(
            Problem(
                message=f"There is no encounter '{word}'.", advice="Import it first, or look at its number."
            )
        )
    if len(found) > 1:
        several = ", ".join(f"#{one.id} ({one.starts_at:%Y-%m-%d})" for one in found)
        raise UserError(f"Several encounters are called '{word}': {several}. Name one by its number.")
    if found[0].cancelled:
        raise UserError(f"'{found[0].name}' is cancelled.")
    return found[0]


def entries(context: Context, connection: Connection, token: str) -> dict[str, str]:
    """The way in on each configured platform; platforms that were never connected are left out."""
    found: dict[str, str] = {}
    telegram = context.config.telegram
    if telegram is not None and telegram.username:
        found["telegram"] = f"https://t.me/{telegram.username}?start={token}"
    for platform, configured in (("telegram", telegram), ("slack", context.config.slack)):
        entry = meta.get(connection, f"entry.{platform}")
        if configured is not None and entry and platform not in found:
            found[platform] = entry.replace("{token}", token)
    return found


def listed(connection: Connection) -> Sequence[Link]:
    """All links, newest first."""
    return rows.everything(connection)


def withdraw(connection: Connection, number: int, by: str, now: datetime) -> None:
    """From now on the link says kindly that it is over. Raises UserError."""
    if not rows.withdraw(connection, number, now):
        raise UserError(
            f"There is no link {number} that could be withdrawn. They are listed by: kuulolla link --list"
        )
    audit.add(connection, by, "link_withdrawn", f"link {number}", "", now)


# --- the passer-by's side ---------------------------------------------------------------------------------


def digest(token: str) -> str:
    """Under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(word: str) -> bool:
    """Whether a word has the one shape that our tokens have. Base64 has several spellings of the same bytes;
    only the one that we would write counts.
    """
    if _TOKEN.fullmatch(word) is None:
        return False
    try:
        raw = base64.urlsafe_b64decode(word + "==")
    except binascii.Error:
        return False
    return compare_digest(base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), word)


def follow(case: Case, token: str) -> None:
    """Somebody came by a link: check them in, or ask whether they want to be asked."""
    connection, person = case.work.connection, case.who.person_id
    if rows.misses(connection, person, case.now)[1] >= MOST_MISSES:
        case.say(case.words("link.enough"))
        return
    link = rows.by_digest(connection, digest(token))
    if link is None or not compare_digest(link.digest, digest(token)):
        rows.missed(connection, person, case.now)
        case.say(case.words("link.unknown"))
    elif _is_over(case, link):
        case.say(case.words("link.over"))
    elif link.purpose == "check_in":
        _check_in(case, link)
    else:
        _ask(case, link)


def _is_over(case: Case, link: Link) -> bool:
    survey = case.context.config.surveys.get(link.survey)
    if link.purpose == "ask" and (
        survey is None or survey.priority == 0 or not triggers.runs_at(survey, case.now)
    ):
        return True
    if link.withdrawn_at is not None or (link.expires_at is not None and link.expires_at <= case.now):
        return True
    full = link.most is not None and link.used >= link.most
    return full and not rows.followed(case.work.connection, link.id, case.who.person_id)


def _check_in(case: Case, link: Link) -> None:
    assert link.encounter_id is not None
    rows.follow(case.work.connection, link.id, case.who.person_id, case.now)
    presence.attend(case.work.connection, link.encounter_id, case.who.person_id, f"link {link.id}", case.now)
    day = show(
        case.now.astimezone(zone_of(None, case.context.config.organisation.timezone)).date(), case.language
    )
    case.say(case.words("link.checked_in", encounter=link.encounter, date=day))
    starting.again(case)


def _ask(case: Case, link: Link) -> None:
    person, connection = case.who.person_id, case.work.connection
    survey = case.context.config.surveys[link.survey]
    if link.encounter_id is not None and sessions.told_about(
        connection, person, survey.id, link.encounter_id
    ):
        case.say(case.words("link.answered"))
        return
    rows.follow(connection, link.id, person, case.now)
    starting.start(case, survey, origin(link))


def origin(link: Link) -> starting.Origin:
    """Where a session began that this link leads to."""
    return starting.Origin(link=link.id, encounter_id=link.encounter_id, encounter=link.encounter)


def resume(case: Case, survey: Survey, number: int) -> None:
    """The survey of a link that had to wait for another conversation to end."""
    link = rows.get(case.work.connection, number)
    if link is not None and not _is_over(case, link):
        starting.start_now(case, survey, origin(link))
