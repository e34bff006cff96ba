"""Beginning a survey because the person asked for it: a keyword, a deep link, a command."""

import secrets
from datetime import timedelta
from typing import Final

from bot.engine.machine import begin
from bot.engine.session import Control, Open, Status
from bot.service.case import Case
from scheduler.surveys import Survey
from storage import fires

ID_BYTES: Final = 6
QUEUE_STEP: Final = timedelta(minutes=10)
"""How often a survey that waits for another session to end looks again; its end wakes it at once."""


def new_id() -> str:
    """A session's short random name, part of every button token; 48 bits are plenty against a chance
    meeting.
    """
    return secrets.token_urlsafe(ID_BYTES)


def start(case: Case, survey: Survey) -> None:
    """Begin now, in place of an invite that waits; where questions are open, finish those first."""
    waiting = case.work.open_session(case.who.person_id)
    if waiting is None:
        start_now(case, survey)
    elif waiting.survey == survey.id:
        case.advance(waiting, Open() if waiting.session.status is Status.INVITED else Control("again"))
    elif waiting.session.status is Status.INVITED:
        case.set_aside(waiting)
        case.work.flush()  # one conversation at a time: this one is over before the next begins
        start_now(case, survey)
    else:
        case.say(case.words("start.finish_first"))
        case.advance(waiting, Control("again"))
        fires.renew(
            case.work.connection,
            kind="open",
            scope=f"{case.who.person_id}:{survey.id}",
            person_id=case.who.person_id,
            survey=survey.id,
            due_at=case.now + QUEUE_STEP,
        )


def start_now(case: Case, survey: Survey) -> None:
    """The first question at once."""
    flow, _ = case.context.present_flow(survey)
    digest = case.context.keep(case.work.connection, survey, case.now)
    session = begin(
        flow, session_id=new_id(), language=case.language, person=case.who.facts, now=case.now, invited=False,
        zone=case.who.zone or case.context.config.organisation.timezone,
    )  # fmt: skip
    opened = case.work.start_session(
        case.who, session, survey=survey.id, wave_id=None, flow_digest=digest, self_started=True
    )
    case.advance(opened, Open())
