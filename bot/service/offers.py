"""Offers: whoever has just finished something is asked at once what was planned for them soon anyway.

It changes when, never who: only a contact that is reserved already is brought forward, all rules but the
hours are asked again, and there is one offer for each conversation.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.engine.flow import Flow
from bot.engine.session import Session, Status
from bot.service import care, gate
from bot.service.context import Context
from scheduler.policy import decide
from scheduler.verdicts import Go
from storage import contacts, fires, ledger, voices, waves
from storage.contacts import Contact
from storage.work import OpenSession, Work

FACES: Final = "faces"


def after(context: Context, work: Work, ended: OpenSession) -> bool:
    """Bring the next planned contact of this person forward to now. Returns whether one was."""
    policy, session = context.config.policy, ended.session
    if session.status is not Status.COMPLETED or not policy.piggyback_hours or _was_offered(work, ended):
        return False
    flow = context.flow(work.connection, ended.flow_digest)
    if _lowest_face(flow, session) or _worries(context, session):
        return False
    if voices.worried(work.connection, ended.person_id, ended.created_at):
        return False  # somebody was alerted: the next word is theirs
    planned = _soonest(work, ended.person_id, work.now + timedelta(hours=policy.piggyback_hours))
    if planned is None or not _may(context, work, planned):
        return False
    contacts.offer(work.connection, planned.id, now=True)
    fires.again(work.connection, "contact", f"{planned.wave_id}:{planned.person_id}", work.now)
    return True


def _was_offered(work: Work, ended: OpenSession) -> bool:
    """The conversation that has ended came by such an offer itself: one is enough."""
    if ended.wave_id is None:
        return False
    invite = contacts.find(work.connection, ended.wave_id, ended.person_id, "invite")
    return invite is not None and invite.piggyback


def _lowest_face(flow: Flow, session: Session) -> bool:
    """Somebody who is unhappy is not asked to go on."""
    for question in flow.questions:
        answer = session.answers.get(question.id)
        if question.preset == FACES and answer is not None and answer.value == question.minimum:
            return True
    return False


def _worries(context: Context, session: Session) -> bool:
    """Words that worry were among the answers."""
    said = (answer.value for answer in session.answers.values())
    return any(isinstance(words, str) and care.worries(context, words) for words in said)


def _soonest(work: Work, person_id: int, until: datetime) -> Contact | None:
    planned = contacts.planned_invites(work.connection, person_id)
    soon = [one for one in planned if one.wave_id is not None and one.at <= until]
    return min(soon, key=lambda one: (one.at, one.id), default=None)


def _may(context: Context, work: Work, planned: Contact) -> bool:
    survey = context.config.surveys.get(planned.survey)
    if survey is None or survey.heavy:
        return False
    wave = waves.get(work.connection, planned.wave_id or 0)
    wanted = waves.wanted_at(work.connection, wave.id, planned.person_id)
    policy = context.config.policy
    ask = gate.offered(policy, gate.ask_for(context, work.connection, survey, wave, wanted))
    person = ledger.ledger(
        work.connection, planned.person_id, work.now, group_key=policy.group_cap_key, without=planned.id
    )
    return isinstance(decide(policy, person, ask, work.now), Go)
