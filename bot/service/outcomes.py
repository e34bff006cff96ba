"""What the end of a session leaves behind in the ledger: an outcome, a rest, burden, silence counted.

The rules are those of the contact policy; this module only writes them down.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.engine.machine import step
from bot.engine.session import Status, Stop
from bot.service.context import Context
from scheduler import burden
from scheduler.surveys import Policy, Survey
from storage import Connection, contacts, people
from storage.work import OpenSession, Work

NO_REST: Final = frozenset({Status.IGNORED})
"""Silence is counted in a row and lengthens the gap; it is no outcome that rests."""


def ended(policy: Policy, work: Work, session: OpenSession, survey: Survey | None) -> None:
    """Book the outcome, the burden and the rest; take back what was still planned for this session.

    A session that was opened again to change an answer has been booked when it ended first.
    """
    if session.session.reopened_at is not None:
        work.end_session(session.row, session.person_id)
        return
    status = session.session.status
    invite = _invite_state(work, session)
    person = work.standing(session.person_id)
    changes: dict[str, object] = {}
    points = burden.points(
        policy, session.seconds, heavy=survey is not None and survey.heavy, self_started=session.self_started
    )
    if points:
        changes["burden"], changes["burden_at"] = burden.added(
            person.burden, person.burden_at, points, work.now, policy.half_life_days
        )
    if status is not Status.IGNORED:
        changes |= {"ignored_in_row": 0, "dormant_at": None}
    elif invite == "sent":
        changes |= _silence(policy, work, session, person.ignored_in_row + 1)
    if status not in NO_REST and invite in ("sent", "unknown"):
        moments = msgspec.json.decode(person.outcomes, type=dict[str, object]) | {status.value: work.now}
        changes |= {
            "outcome": status.value,
            "outcome_at": work.now,
            "outcomes": msgspec.json.encode(moments).decode(),
        }
    if status is Status.NOT_NOW and invite in ("sent", "unknown"):
        rest = work.now + timedelta(days=policy.rest_days["not_now"])
        changes["paused_until"] = max(rest, person.paused_until or rest)
    if changes:
        work.change_person(session.person_id, **changes)
    work.end_session(session.row, session.person_id)
    if session.wave_id is not None:
        contacts.release_for(work.connection, session.person_id, session.wave_id)


def _invite_state(work: Work, session: OpenSession) -> str:
    """What became of the session's invite: "sent", "unknown", not there yet, or "" where nobody invited."""
    if session.wave_id is None:
        return ""
    invite = contacts.find(work.connection, session.wave_id, session.person_id, "invite")
    return invite.state if invite is not None else ""


def book(policy: Policy, connection: Connection, person_id: int, points: float, now: datetime) -> None:
    """Add burden to a person: decay what was there, then add."""
    person = people.standing(connection, person_id)
    total, at = burden.added(person.burden, person.burden_at, points, now, policy.half_life_days)
    people.set_burden(connection, person_id, total, at)


def end_silently(context: Context, work: Work, session: OpenSession) -> None:
    """End a session without a word, because no word can reach the person (or they want none)."""
    flow = context.flow(work.connection, session.flow_digest)
    ended_session = step(flow, session.session, Stop(), work.now, context.texts).session
    changed = replace(session, session=ended_session, deadline=None)
    work.save_session(changed)
    ended(context.config.policy, work, changed, context.config.surveys.get(session.survey))


def cut_off(context: Context, connection: Connection, person_id: int, now: datetime) -> None:
    """The person's address is gone: an open session that lives there ends with what it has."""
    work = Work(connection, now)
    session = work.open_session(person_id)
    if session is not None and work.at_address(session.address_id).unreachable is not None:
        end_silently(context, work, session)
        work.flush()


def _silence(policy: Policy, work: Work, session: OpenSession, in_row: int) -> dict[str, object]:
    if not policy.dormant_after_ignored or in_row < policy.dormant_after_ignored:
        return {"ignored_in_row": in_row}
    work.add_fire(
        kind="dormant",
        scope=f"{session.person_id}:{session.row}",
        person_id=session.person_id,
        survey=session.survey,
        due_at=work.now + timedelta(days=policy.dormant_check_days),
    )
    return {"ignored_in_row": in_row, "dormant_at": work.now}
