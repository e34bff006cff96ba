"""Later: what is offered, what a chosen moment leads to, and the moment itself.

An open invite or question comes again at that moment, once; without one nothing is asked before it.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.engine import snoozing
from bot.engine.dates import show
from bot.engine.messages import Button
from bot.engine.session import Control, Snooze, Status, Wake
from bot.service.case import Case
from bot.service.context import Context
from storage import waves
from storage.fires import Fire
from storage.work import OpenSession, Work

DAYS: Final = 7
"""Peace for whoever says "later" and no more, with nothing open."""
LONGER: Final = (30, 90)
"""Days that may be chosen instead."""
OFFER: Final = "later:offer"
"""In the keys of messages that ask for a day: a typed day answers only the last thing that was said."""


def later(case: Case, words: str) -> None:
    """The word "later", alone or with a moment behind it."""
    session = case.work.open_session(case.who.person_id)
    until = snoozing.moment(words, case.language, case.now, case.zone) if words else None
    if words and until is None and session is not None:
        _offer(case, case.words("later.hint"))
    elif session is not None:
        _of_session(case, session, until)
    else:
        _pause(case, until)


def typed(case: Case, words: str) -> bool:
    """A day that was typed where we had just asked for one. False where it is something else."""
    until = snoozing.moment(words, case.language, case.now, case.zone)
    if until is None or not case.work.last_said(case.who.person_id).endswith(OFFER):
        return False
    later(case, words)
    return True


def _of_session(case: Case, session: OpenSession, until: datetime | None) -> None:
    invited = session.session.status is Status.INVITED
    if until is None:
        _offer(case, case.words("later.when" if invited else "later.open_question"))
        return
    closes = waves.closes_at(case.work.connection, session.wave_id) if session.wave_id is not None else None
    if closes is not None and until >= closes and invited:
        case.advance(session, Control("not_now"))
        case.work.change_person(session.person_id, paused_until=max(until, case.who.paused_until or until))
        return
    if closes is not None and until >= closes:
        case.say(case.words("later.closes", date=_day(case, closes)))
        return
    case.advance(session, Snooze(until))
    case.work.add_fire(
        kind="snooze",
        scope=f"{session.row}:{int(until.timestamp())}",
        person_id=session.person_id,
        session_id=session.row,
        survey=session.survey,
        due_at=until,
    )
    case.say(case.words("later.again", date=_day(case, until), time=_clock(case, until)))


def _pause(case: Case, until: datetime | None) -> None:
    chosen = until is not None
    until = until or case.now + timedelta(days=DAYS)
    if case.who.paused_until is not None and not chosen:
        until = max(until, case.who.paused_until)
    case.work.change_person(case.who.person_id, paused_until=until)
    texts, language = case.context.texts, case.language
    longer = tuple(Button(f"later:{days}", texts.plural("later.days", language, days)) for days in LONGER)
    _offer(case, case.words("later.done", date=_day(case, until)), longer)


def _offer(case: Case, text: str, longer: tuple[Button, ...] = ()) -> None:
    codes = snoozing.offered(case.now, case.zone)
    buttons = tuple(Button(f"later:{code}", case.words(f"later.{code}")) for code in codes)
    case.say(text, (*buttons, *longer), mark=OFFER)


def _day(case: Case, moment: datetime) -> str:
    return show(moment.astimezone(ZoneInfo(case.zone)).date(), case.language)


def _clock(case: Case, moment: datetime) -> str:
    clock = moment.astimezone(ZoneInfo(case.zone)).strftime("%H:%M")
    return clock.replace(":", ".") if case.language == "fi" else clock


def over(context: Context, work: Work, due: Fire) -> None:
    """The moment has come: the open question once more, unless it was taken up or put off since."""
    session = work.session(due.session_id or 0)
    if session is None or not session.session.waiting:
        return
    until = session.session.snoozed_until
    if until is not None and until <= work.now:
        Case(context, work, work.at_address(session.address_id), f"f{due.id}").advance(session, Wake())
