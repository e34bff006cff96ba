"""The gate: one contact, decided with the newest ledger. Planning, firing and sending all come through
here.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.engine.session import Status
from bot.service import costs, outcomes
from bot.service.context import Context
from scheduler import triggers
from scheduler.ledger import Ask, Ledger
from scheduler.policy import decide, hard_floor
from scheduler.surveys import Policy, Survey
from scheduler.verdicts import Later, Never, Reason, Verdict
from scheduler.windows import next_open, zone_of
from storage import (
    Connection,
    alerts,
    contacts,
    delivery_rows,
    fires,
    ledger,
    outbox,
    people,
    sessions,
    waves,
)
from storage.contacts import Contact
from storage.waves import Decision, Wave
from storage.work import OpenSession

BLOCKED: Final = "blocked"
"""What adapters call it when the person has blocked the bot; everything else is no wish of theirs."""


def ask_for(
    context: Context, connection: Connection, survey: Survey, wave: Wave, wanted: datetime | None
) -> Ask:
    """What the policy is asked about an invite of this wave.

    ``wanted`` is the moment for which this person was wanted; None for somebody outside the audience. A
    survey that has become a draft since asks nobody.
    """
    policy, flow = context.config.policy, context.flow(connection, wave.flow_digest)
    since = wave.opens_at if wave.encounter_id is not None or wanted is None else wanted
    return Ask(
        survey=survey.id,
        wave=wave.id,
        kind=survey.kind,
        exempt=survey.exempt,
        cost=costs.invite(policy, flow, survey, learned=context.learned(connection, flow.id)),
        good_until=triggers.good_until(survey, since, wave.closes_at),
        topic=survey.topic_id,
        recontact_days=survey.recontact_days,
        tighten=survey.tighten,
        in_audience=wanted is not None,
        eligible=survey.priority > 0,
        enough_answers=wave.enough_at is not None,
    )


def verdict(
    context: Context, connection: Connection, contact: Contact, now: datetime, *, own_session: bool
) -> Verdict:
    """Decide a planned contact as if it were made now. Its own reservation does not stand in its way.

    ``own_session``: the session that is open is this contact's own, so it stands in no way either.
    """
    person = _ledger(context, connection, contact, now)
    ask = _ask(context, connection, contact, person)
    return decide(context.config.policy, person, replace(ask, own_session=own_session), now)


def _ledger(context: Context, connection: Connection, contact: Contact, now: datetime) -> Ledger:
    group_key = context.config.policy.group_cap_key
    return ledger.ledger(connection, contact.person_id, now, group_key=group_key, without=contact.id)


def _ask(context: Context, connection: Connection, contact: Contact, person: Ledger) -> Ask:
    survey = context.config.surveys.get(contact.survey)
    if survey is None or contact.wave_id is None:
        return Ask(
            survey=contact.survey, wave=None, contact=contact.kind, cost=contact.cost,  # type: ignore[arg-type]
            eligible=contact.kind == "dormant_check",
        )  # fmt: skip
    if contact.kind == "results":
        return Ask(survey=survey.id, wave=contact.wave_id, contact="results", cost=contact.cost)
    wave = waves.get(connection, contact.wave_id)
    ask = ask_for(context, connection, survey, wave, waves.wanted_at(connection, wave.id, contact.person_id))
    if contact.kind != "invite":
        return _reminding(context, survey, ask, person)
    return offered(context.config.policy, ask) if contact.piggyback else ask


def offered(policy: Policy, ask: Ask) -> Ask:
    """The same invite for somebody who is here anyway."""
    return replace(ask, contact="piggyback", cost=ask.cost - policy.points_contact + policy.points_piggyback)


def _reminding(context: Context, survey: Survey, ask: Ask, person: Ledger) -> Ask:
    """A reminder is good until shortly before its session ends, whatever its invite was good for."""
    room = timedelta(hours=survey.timing.reminder_min_hours_before_deadline)
    return replace(
        ask,
        contact="reminder",
        cost=context.config.policy.points_reminder,
        good_until=person.session_until - room if person.session_until is not None else None,
    )


def look_again(context: Context, connection: Connection, contact_id: int, now: datetime) -> Verdict:
    """The last look, inside the claim: the policy once more, and the hard floor that no setting can lift."""
    contact = contacts.get(connection, contact_id)
    person = _ledger(context, connection, contact, now)
    ask = replace(_ask(context, connection, contact, person), own_session=True)
    found = decide(context.config.policy, person, ask, now)
    if isinstance(found, Later | Never):
        return found
    until = hard_floor(person.contacts, now)
    if until is None:
        return found
    alerts.raise_(
        connection, "hard_floor", f"person #{contact.person_id}",
        f"Person #{contact.person_id} would have been written to far too often. "
        f"Sending waits until {until:%F %H:%M} UTC; "
        "this means a mistake in the program or its data.", now,
    )  # fmt: skip
    return Later(at=until, reason=found.reason)


def settled(
    context: Context, connection: Connection, contact_id: int, state: str, code: str, now: datetime
) -> None:
    """The platform took the contact, or perhaps took it, or surely did not, with this ``code``: book it."""
    contact = contacts.get(connection, contact_id)
    if state not in ("sent", "unknown"):
        reason = Reason.OPT_OUT if code == BLOCKED else Reason.UNREACHABLE
        withdraw(connection, contact_id, Never(reason), now)
        return
    if contact.state in ("sent", "unknown"):
        contacts.mark(connection, contact_id, state, contact.at)
        return
    contacts.mark(connection, contact_id, state, now)
    policy = context.config.policy
    outcomes.book(policy, connection, contact.person_id, _points(policy, contact), now)
    if contact.kind == "invite" and contact.wave_id is not None:
        _asked(context, connection, contact, now)


def _points(policy: Policy, contact: Contact) -> float:
    """What a contact that was made costs."""
    if contact.piggyback:
        return policy.points_piggyback
    made = {"reminder": policy.points_reminder, "results": policy.points_results}
    return made.get(contact.kind, policy.points_contact)


def _asked(context: Context, connection: Connection, contact: Contact, now: datetime) -> None:
    """An invite of a sample moves the person to the back of the turn queue."""
    survey = context.config.surveys.get(contact.survey)
    if survey is not None and survey.kind == "sample":
        people.to_the_back(connection, contact.person_id, now)


def unsent_invite(connection: Connection, session: OpenSession) -> Contact | None:
    """The invite of a session that waits for its first answer, if it has not left us."""
    if session.wave_id is None or session.session.status is not Status.INVITED:
        return None
    invite = contacts.find(connection, session.wave_id, session.person_id, "invite")
    return invite if invite is not None and invite.state == "reserved" else None


def proved(connection: Connection, session: OpenSession, now: datetime) -> None:
    """The person reacts to an invite: if it was in doubt, it had arrived."""
    if session.wave_id is None or session.session.status is not Status.INVITED:
        return
    if delivery_rows.proved(connection, session.row, now):
        contacts.proved(connection, session.person_id, session.wave_id)


def take_back(connection: Connection, invite: Contact, verdict_: Verdict, now: datetime) -> bool:
    """Put an invite that is still in line back to its plan, to be decided again when the verdict says.

    Nobody has seen it, so its session goes. False when it is on its way, or was.
    """
    if not outbox.take_back(connection, invite.id, now):
        return False
    wave_id, due_at = invite.wave_id or 0, verdict_.at if isinstance(verdict_, Later) else now
    sessions.retract(connection, invite.person_id, wave_id)
    contacts.move(connection, invite.id, due_at)
    fires.again(connection, "contact", f"{wave_id}:{invite.person_id}", due_at)
    waves.decide(connection, [decision(wave_id, invite.person_id, "planned", verdict_)], now)
    return True


def postpone(connection: Connection, invite: Contact, at: datetime, now: datetime) -> None:
    """What the invite is about was moved, and it moves along, unless it is on its way."""
    if take_back(connection, invite, Later(at, Reason.SELECTED), now):
        return
    if outbox.on_its_way(connection, invite.id):
        return
    contacts.move(connection, invite.id, at)
    fires.again(connection, "contact", f"{invite.wave_id}:{invite.person_id}", at)


def call_off(connection: Connection, invite: Contact, reason: Never, now: datetime) -> None:
    """What the invite is about does not concern the person: it is not made, unless it is on its way."""
    if not outbox.take_back(connection, invite.id, now) and outbox.on_its_way(connection, invite.id):
        return
    withdraw(connection, invite.id, reason, now)
    fires.drop_contact(connection, invite.wave_id or 0, invite.person_id)


def opening(context: Context, connection: Connection, person_id: int, now: datetime) -> datetime:
    """When this person may be written to: now, or at the next opening of their hours."""
    policy, person = context.config.policy, ledger.ledger(connection, person_id, now)
    zone = zone_of(person.zone, policy.timezone_default)
    found = next_open(policy.window, zone, person.hours, "census", now, quiet_days=person.quiet_days)
    return found or now


def withdraw(connection: Connection, contact_id: int, verdict_: Later | Never, now: datetime) -> None:
    """The contact is not made: its session goes, as nobody has seen it, and the reason is kept."""
    contact = contacts.get(connection, contact_id)
    contacts.mark(connection, contact_id, "released", now)
    if contact.kind != "invite" or contact.wave_id is None:
        return
    sessions.retract(connection, contact.person_id, contact.wave_id)
    waves.decide(connection, [decision(contact.wave_id, contact.person_id, "dropped", verdict_)], now)


def decision(wave_id: int, person_id: int, state: str, verdict_: Verdict) -> Decision:
    """A verdict as it is kept."""
    if not isinstance(verdict_, Later | Never):
        return Decision(wave_id=wave_id, person_id=person_id, state=state, reason=0)
    return Decision(
        wave_id=wave_id,
        person_id=person_id,
        state=state,
        reason=int(verdict_.reason),
        mask=verdict_.mask,
        earliest=verdict_.at if isinstance(verdict_, Later) else None,
        detail=msgspec.json.encode(verdict_.findings).decode(),
    )


def unreachable(
    context: Context,
    connection: Connection,
    person_id: int,
    platform: str,
    chat: str,
    code: str,
    now: datetime,
) -> None:
    """This address cannot be written to any more: what waits for it is withdrawn, its open session ends."""
    delivery_rows.cut_off(connection, platform, chat, code, now)
    outcomes.cut_off(context, connection, person_id, now)
