"""What a member does right after the last question: a second press, one more message, a change of mind.

For a time that the survey sets, answers of a completed session may be changed. This module says whether it is
not too late; what a change leads to is the engine's.
"""

from datetime import timedelta
from typing import Final

from bot.engine import machine
from bot.engine.messages import Inbound
from bot.engine.session import Control, Edit, Event, Reply, Status, Tap
from bot.service.case import Case
from scheduler.surveys import Timing
from storage import waves
from storage.work import OpenSession

ECHO: Final = timedelta(minutes=1)
"""A press on the session that has just ended is the same press again, and needs no word."""

SAID: Final = frozenset({Status.COMPLETED, Status.DECLINED, Status.NOT_NOW})
"""Ends that the person has made. A press after the time was over deserves a word."""


def pressed(case: Case, inbound: Inbound) -> bool:
    """A press without an open session. True where it needs no word: an answer opened again, or an echo."""
    last = case.work.last_session(case.who.person_id)
    if last is None or not inbound.token.startswith(f"{last.session.id}."):
        return False
    if _may_change(case, last):
        handles = machine.handles_after(case.flow(last), last.session, case.context.texts)
        if inbound.token in handles:
            case.advance(last, Tap(inbound.token))
            return True
    ended = last.session.ended_at
    return last.session.status in SAID and ended is not None and case.now - ended < ECHO


def back(case: Case) -> bool:
    """Back, said after the end: the last question again. False where it is too late."""
    return _changes(case, Control("back"))


def added(case: Case, inbound: Inbound) -> bool:
    """Words right behind the last answer belong to it. False where they stand alone."""
    return _changes(case, Reply(inbound.text, inbound.ref))


def edited(case: Case, inbound: Inbound) -> bool:
    """A message that answered a session which is over was edited. False where nothing can be changed."""
    if case.work.open_session(case.who.person_id) is not None:
        return False
    last = case.work.last_session(case.who.person_id)
    if last is None or inbound.ref not in last.session.heard or not _may_change(case, last):
        return False
    case.advance(last, Edit(inbound.text, inbound.ref))
    return True


def _changes(case: Case, event: Event) -> bool:
    last = case.work.last_session(case.who.person_id)
    if last is None or not _may_change(case, last):
        return False
    return case.advance(last, event) is not last


def _may_change(case: Case, last: OpenSession) -> bool:
    """Whether the session was completed so lately that its answers may still be changed."""
    ended = last.session.ended_at
    if last.session.status is not Status.COMPLETED or ended is None or case.who.stopped_at is not None:
        return False
    if last.sealed or not last.session.answers:  # anonymous, and nobody's any more
        return False
    survey = case.survey(last)
    minutes = (survey.timing if survey else Timing()).change_minutes
    if case.now - ended > timedelta(minutes=minutes):
        return False
    closes = waves.closes_at(case.work.connection, last.wave_id) if last.wave_id is not None else None
    return closes is None or case.now < closes
