"""What happens when a moment has come: a planned contact, a reminder, a timeout, a deadline.

A fire does nothing unless what it was set for still stands; an answer that came first wins.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.engine import expiry
from bot.engine.machine import begin
from bot.engine.messages import Button, Delivery, Outbound
from bot.engine.session import Control, Expire, Remind, Status, TimedOut
from bot.service import gate, links, offers, sharing, snoozing, starting
from bot.service.case import Case
from bot.service.context import Context
from scheduler.surveys import Survey
from scheduler.verdicts import GO, Go, Later, Never, Reason
from storage import Connection, alerts, contacts, fires, people, sessions, trouble, waves
from storage.contacts import Contact
from storage.fires import Fire
from storage.work import Correspondent, OpenSession, Work

log: Final = logging.getLogger(__name__)

MOST: Final = 25
"""Fires or deadlines dealt with in one transaction: so few that nobody's answer waits long behind them."""
RECENT: Final = timedelta(hours=1)
"""After a sign of life nobody is reminded for so long, and a survey that had to wait is still wanted."""
TRY_AGAIN: Final = timedelta(hours=1)
"""Before a session whose end made us fail is looked at again: until then it holds up nobody else's."""


def fire(context: Context, connection: Connection, now: datetime, limit: int = MOST) -> int:
    """Do everything that is due; returns how much that was. Each fire is alone in a savepoint."""
    due = fires.due(connection, now, limit)
    people.lock(connection, {one.person_id for one in due})
    for one in due:
        try:
            with connection.begin_nested():
                work = Work(connection, now)
                KINDS[one.kind](context, work, one)
                work.flush()
        except Exception as error:
            if trouble.of_the_database(error):
                raise
            log.exception("a due moment failed", extra={"fire": one.id, "kind": one.kind})
            if fires.fail(connection, one):
                alerts.raise_(
                    connection, "fire_failed", f"fire {one.id}",
                    f"A due {one.kind} of survey {one.survey} failed five times and was dropped. "
                    "See the log.", now,
                )  # fmt: skip
    return len(due) + _expire(context, connection, now, limit)


def _expire(context: Context, connection: Connection, now: datetime, limit: int) -> int:
    rows = sessions.overdue(connection, now, limit)
    for row in rows:
        try:
            with connection.begin_nested():
                _expire_one(context, Work(connection, now), row)
        except Exception as error:
            if trouble.of_the_database(error):
                raise
            log.exception("a session could not be ended", extra={"session": row})
            sessions.postpone(connection, row, now + TRY_AGAIN)
            alerts.raise_(
                connection, "expiry_failed", f"session {row}",
                f"Session {row} is over and could not be ended; it is tried again every hour. "
                "See the log.", now,
            )  # fmt: skip
    return len(rows)


def _expire_first(context: Context, work: Work, person_id: int) -> None:
    """A contact that waited for a session to end comes due in the very moment in which that one is over."""
    session = work.open_session(person_id)
    if session is not None and session.deadline is not None and session.deadline <= work.now:
        expire(Case(context, work, work.at_address(session.address_id), f"x{session.row}"), session)
        work.flush()


def _expire_one(context: Context, work: Work, row: int) -> None:
    session = work.session(row)
    if session is not None and session.session.waiting:
        expire(Case(context, work, work.at_address(session.address_id), f"x{row}"), session)
    work.flush()


def expire(case: Case, session: OpenSession) -> None:
    """The deadline of a session has passed. An invite that never left us was not ignored: it is withdrawn."""
    invite = gate.unsent_invite(case.work.connection, session)
    if invite is None:
        case.advance(session, Expire())
        return
    gate.withdraw(case.work.connection, invite.id, Never(Reason.TOO_LATE), case.now)
    case.work.forget_session(session.person_id)


def take_back(work: Work, session: OpenSession) -> bool:
    """An invite that is still in line was seen by nobody, so what the person does now is no answer to it.

    It goes back to its plan, and is decided again in a moment. False when it is on its way, or was.
    """
    invite = gate.unsent_invite(work.connection, session)
    if invite is None or not gate.take_back(work.connection, invite, GO, work.now):
        return False
    work.forget_session(session.person_id)
    return True


def contact(context: Context, work: Work, due: Fire) -> None:
    """The planned moment of an invite: decide again, then ask."""
    wave_id = due.wave_id or 0
    planned = contacts.find(work.connection, wave_id, due.person_id, "invite")
    if planned is None or planned.state != "reserved":
        fires.end(work.connection, due.id, "dropped")
        return
    _expire_first(context, work, due.person_id)
    verdict = gate.verdict(context, work.connection, planned, work.now, own_session=False)
    if planned.piggyback and not isinstance(verdict, Go):
        contacts.offer(work.connection, planned.id, now=False)  # it is asked as it was planned
        fires.move(work.connection, due.id, max(planned.at, work.now))
        return
    match verdict:
        case Later():
            state = "planned"
            contacts.move(work.connection, planned.id, verdict.at)
            fires.move(work.connection, due.id, verdict.at)
        case Go():
            state = "asked"
            _invite(context, work, due, planned)
            fires.end(work.connection, due.id)
        case _:
            state = "dropped"
            contacts.mark(work.connection, planned.id, "released", work.now)
            fires.end(work.connection, due.id, "dropped")
    waves.decide(work.connection, [gate.decision(wave_id, due.person_id, state, verdict)], work.now)


def _invite(context: Context, work: Work, due: Fire, planned: Contact) -> None:
    who = work.reach(due.person_id)
    if who is None:
        raise LookupError(f"person {due.person_id} was decided reachable but has no open address")
    wave = waves.get(work.connection, due.wave_id or 0)
    survey = context.config.surveys[due.survey]
    flow = context.flow(work.connection, wave.flow_digest)
    language = context.language(who.language)
    named = starting.about(context, work.connection, wave.encounter_id, language)
    session = begin(
        flow, session_id=starting.new_id(), language=language, person={**who.facts, **named}, now=work.now,
        invited=True, zone=who.zone or context.config.organisation.timezone,
        number=starting.place_in_the_draw(work.connection, flow, survey.id),
        left_out=_left_out(work, survey, wave.id, due.person_id),
    )  # fmt: skip
    opened = work.start_session(
        who, session, survey=survey.id, wave_id=wave.id, flow_digest=wave.flow_digest, self_started=False,
        encounter_id=wave.encounter_id, sealed=wave.anonymous_k is not None,
    )  # fmt: skip
    case = Case(context, work, who, f"f{due.id}.{session.id}")
    invite = starting.invitation(
        context, survey, language, named, closes_at=wave.closes_at, k=wave.anonymous_k
    )
    if planned.piggyback:
        invite = replace(invite, reason=f"{case.words('invite.while_here')}\n{invite.reason}")
    opened = case.advance(opened, invite, planned.id)
    _plan_reminder(context, work, opened, 1)


def _left_out(work: Work, survey: Survey, wave_id: int, person_id: int) -> frozenset[str]:
    """Questions that the person's split form does without."""
    return (
        survey.left_out(waves.form_of(work.connection, wave_id, person_id)) if survey.forms else frozenset()
    )


def _plan_reminder(context: Context, work: Work, session: OpenSession, number: int) -> None:
    survey = context.config.surveys.get(session.survey)
    if survey is None or number > survey.timing.reminders:
        return
    moment = expiry.reminder_at(survey.timing, session.session, number, session.deadline)
    if moment is None:
        return
    work.add_fire(
        kind="reminder",
        scope=f"{session.row}:{number}",
        person_id=session.person_id,
        wave_id=session.wave_id,
        session_id=session.row,
        survey=session.survey,
        number=number,
        due_at=moment,
    )


def reminder(context: Context, work: Work, due: Fire) -> None:
    """One reminder, to a person without a reaction or with an open session, if the policy allows it now."""
    fires.end(work.connection, due.id)
    session = work.session(due.session_id or 0)
    if session is None or not session.session.waiting:
        return
    _plan_reminder(context, work, session, due.number + 1)
    who = work.reach(due.person_id)
    if who is None or _heard_lately(who, work.now) or session.session.snoozed_until is not None:
        return
    contact_id = contacts.reserve(
        work.connection,
        person_id=due.person_id,
        wave_id=due.wave_id,
        survey=due.survey,
        kind="reminder",
        number=due.number,
        at=work.now,
        cost=context.config.policy.points_reminder,
    )
    if contact_id is None:
        return
    planned = contacts.get(work.connection, contact_id)
    verdict = gate.verdict(context, work.connection, planned, work.now, own_session=True)
    match verdict:
        case Go():
            Case(context, work, who, f"f{due.id}").advance(session, Remind(), contact_id)
        case Later():
            contacts.delete(work.connection, contact_id)
            fires.reopen(work.connection, due.id, verdict.at)
        case _:
            contacts.mark(work.connection, contact_id, "released", work.now)


def _heard_lately(who: Correspondent, now: datetime) -> bool:
    return who.seen_at is not None and now - who.seen_at < RECENT


def timeout(context: Context, work: Work, due: Fire) -> None:
    """A question's own time is over: the flow goes on by the branch that it names."""
    fires.end(work.connection, due.id)
    session = work.session(due.session_id or 0)
    if session is not None and session.session.status is Status.ACTIVE:
        case = Case(context, work, work.at_address(session.address_id), f"f{due.id}")
        case.advance(session, TimedOut(due.number))


def open_(context: Context, work: Work, due: Fire) -> None:
    """A survey the person asked for while another session was open: begin it now, or wait on."""
    who = work.reach(due.person_id)
    survey = context.config.surveys.get(due.survey)
    if who is None or survey is None:
        fires.end(work.connection, due.id, "dropped")
    elif work.open_session(due.person_id) is not None:
        fires.move(work.connection, due.id, work.now + starting.QUEUE_STEP)
    elif not _heard_lately(who, work.now):
        fires.end(work.connection, due.id, "dropped")  # the other one closed by itself; they are not here
    else:
        fires.end(work.connection, due.id)
        # the same wish on another day is the same fire, renewed
        case = Case(context, work, who, f"f{due.id}.{int(due.due_at.timestamp())}")
        links.resume(case, survey, due.number) if due.number else starting.start_now(case, survey)


def dormant(context: Context, work: Work, due: Fire) -> None:
    """After a long silence one single message: shall we keep asking?"""
    fires.end(work.connection, due.id)
    who = work.reach(due.person_id)
    if who is None or who.dormant_at is None or who.stopped_at is not None:
        return
    contact_id = contacts.reserve(
        work.connection, person_id=due.person_id, wave_id=None, survey="", kind="dormant_check",
        at=work.now, cost=context.config.policy.points_contact,
    )  # fmt: skip
    if contact_id is None:
        return
    planned = contacts.get(work.connection, contact_id)
    verdict = gate.verdict(context, work.connection, planned, work.now, own_session=True)
    if isinstance(verdict, Later):
        contacts.delete(work.connection, contact_id)
        fires.reopen(work.connection, due.id, verdict.at)
    elif isinstance(verdict, Go):
        case = Case(context, work, who, f"f{due.id}")
        buttons = tuple(
            Button(f"command:{name}", case.words(f"dormant.{name}")) for name in ("normal", "less", "stop")
        )
        work.send(
            who, case.key(), Outbound(text=case.words("dormant.question"), buttons=buttons),
            delivery=Delivery.INVITE, language=case.language, contact_id=contact_id,
        )  # fmt: skip
    else:
        contacts.mark(work.connection, contact_id, "released", work.now)


def ask_again(context: Context, connection: Connection, platform: str, now: datetime) -> int:
    """After an outage in which button presses were lost: put every open question once more, in the hours of
    the person; returns how many.
    """
    asked = 0
    for row in sessions.waiting_prompts(connection, platform):
        work = Work(connection, now)
        session = work.session(row)
        if session is not None and session.session.status is Status.ACTIVE:
            work.add_fire(
                kind="again",
                scope=f"{row}:{session.session.turn}:{int(now.timestamp())}",
                person_id=session.person_id,
                session_id=row,
                survey=session.survey,
                number=session.session.turn,
                due_at=gate.opening(context, connection, session.person_id, now),
            )
            work.flush()
            asked += 1
    return asked


def again(context: Context, work: Work, due: Fire) -> None:
    """A question whose press was perhaps lost is put once more, if it is still the one that is open."""
    fires.end(work.connection, due.id)
    session = work.session(due.session_id or 0)
    if session is not None and session.session.status is Status.ACTIVE and session.session.turn == due.number:
        case = Case(context, work, work.at_address(session.address_id), f"f{due.id}")
        case.advance(session, Control("again"))


def snooze(context: Context, work: Work, due: Fire) -> None:
    """The moment that the person has named: the open question, or the invite, once more."""
    fires.end(work.connection, due.id)
    snoozing.over(context, work, due)


def offer(context: Context, work: Work, due: Fire) -> None:
    """Somebody has just finished: is there something that was to be asked of them soon?"""
    fires.end(work.connection, due.id)
    session = work.session(due.session_id or 0)
    if session is not None and work.open_session(due.person_id) is None:
        offers.after(context, work, session)


KINDS: Final[Mapping[str, Callable[[Context, Work, Fire], None]]] = {
    "contact": contact,
    "reminder": reminder,
    "timeout": timeout,
    "open": open_,
    "dormant": dormant,
    "again": again,
    "snooze": snooze,
    "offer": offer,
    "results": sharing.results,
}


def next_moment(connection: Connection) -> datetime | None:
    """The earliest moment at which ``fire`` will have something to do."""
    found = [m for m in (fires.next_due(connection), sessions.next_deadline(connection)) if m is not None]
    return min(found, default=None)
