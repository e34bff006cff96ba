"""Beginning a survey because the person asked for it (a keyword, a link, a command); what an invite says."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from bot.engine.dates import show
from bot.engine.flow import Flow, in_language
from bot.engine.machine import begin
from bot.engine.session import Control, Invite, Open, Status
from bot.service import consent, sharing
from bot.service.case import Case
from bot.service.context import Context
from scheduler.surveys import Survey
from scheduler.windows import zone_of
from storage import Connection, draws, encounters, fires, sessions

ID_BYTES: Final = 6
QUEUE_STEP: Final = timedelta(minutes=10)
"""How often a survey that waits for another session to end looks again; its end wakes it at once."""


def new_id() -> str:
    """A session's short random name, part of every button token; 48 bits are plenty against a chance
    meeting.
    """
    return secrets.token_urlsafe(ID_BYTES)


@dataclass(frozen=True, slots=True)
class Origin:
    """The link by which somebody came, and the encounter that it is about (0 and None: there is none)."""

    link: int = 0
    encounter_id: int | None = None
    encounter: str = ""


NOWHERE: Final = Origin()


def about(
    context: Context, connection: Connection, encounter_id: int | None, language: str
) -> dict[str, str]:
    """What texts may name of the encounter that is asked about: its name and its day."""
    if encounter_id is None:
        return {}
    met = encounters.get(connection, encounter_id)
    zone = zone_of(met.zone or None, context.config.organisation.timezone)
    return {"encounter": met.name, "encounter_date": show(met.starts_at.astimezone(zone).date(), language)}


def place_in_the_draw(connection: Connection, flow: Flow, survey: str) -> int:
    """How many persons have drawn from the survey's pools before; 0 where it has none."""
    if not any(question.type == "pool" for question in flow.questions):
        return 0
    return draws.next_number(connection, survey)


def start(case: Case, survey: Survey, origin: Origin = NOWHERE) -> None:
    """Begin now, in place of an invite that waits; where questions are open, finish those first."""
    waiting = case.work.open_session(case.who.person_id)
    if waiting is None:
        start_now(case, survey, origin)
    elif waiting.survey == survey.id:
        # whoever scans the poster twice has not said yes yet
        opens = waiting.session.status is Status.INVITED and not origin.link
        case.advance(waiting, Open() if opens else Control("again"))
    elif waiting.session.status is Status.INVITED:
        case.set_aside(waiting)
        case.work.flush()  # one conversation at a time: this one is over before the next begins
        start_now(case, survey, origin)
    else:
        case.say(case.words("start.finish_first"))
        case.advance(waiting, Control("again"))
        fires.renew(
            case.work.connection,
            kind="open",
            scope=f"{case.who.person_id}:{survey.id}" + (f":{origin.link}" if origin.link else ""),
            person_id=case.who.person_id,
            survey=survey.id,
            number=origin.link,
            due_at=case.now + QUEUE_STEP,
        )


def may_begin(case: Case) -> bool:
    """Whether a question may come at once: asking for it is agreeing, or there is consent already."""
    privacy = case.context.config.privacy
    return privacy.consent == "on_start" or case.who.consent == privacy.version


def start_now(case: Case, survey: Survey, origin: Origin = NOWHERE) -> None:
    """The first question at once; to a passer-by first who asks, why, and whether they want to be asked."""
    if survey.anonymous:  # whoever begins alone is no crowd to be hidden in
        case.say(case.words("anonymous.by_invitation"))
        return
    flow, _ = case.context.present_flow(survey)
    digest = case.context.keep(case.work.connection, survey, case.now)
    stranger = bool(origin.link) and not sessions.any_of(case.work.connection, case.who.person_id)
    ask_first = stranger or not may_begin(case)
    named = about(case.context, case.work.connection, origin.encounter_id, case.language)
    session = begin(
        flow, session_id=new_id(), language=case.language, person={**case.who.facts, **named}, now=case.now,
        invited=ask_first, zone=case.who.zone or case.context.config.organisation.timezone,
        number=place_in_the_draw(case.work.connection, flow, survey.id),
    )  # fmt: skip
    if not ask_first:
        consent.begun(case)
    else:
        session = replace(session, invite=_to_a_passer_by(case, survey, origin), turn=1, invited_at=case.now)
    opened = case.work.start_session(
        case.who, session, survey=survey.id, wave_id=None, flow_digest=digest, self_started=True,
        encounter_id=origin.encounter_id,
    )  # fmt: skip
    # the person stands before us, so this is a reply and no contact of ours: it passes the contact policy
    case.advance(opened, Control("again") if ask_first else Open())


def _to_a_passer_by(case: Case, survey: Survey, origin: Origin) -> Invite:
    """What an invite says, what it is about, and what starting means to somebody who is on no list."""
    said = invitation(case.context, survey, case.language, closes_at=case.now)
    about = case.words("link.about", encounter=origin.encounter) if origin.encounter else ""
    terms = case.words("link.consent", organisation=said.asker)
    return replace(
        said,
        reason="\n".join(filter(None, (about, said.reason))),
        readers="\n".join(filter(None, (said.readers, terms))),
    )


def invitation(
    context: Context,
    survey: Survey,
    language: str,
    named: Mapping[str, str] = MappingProxyType({}),
    *,
    closes_at: datetime,
    k: int | None = None,
) -> Invite:
    """What an invite to this survey says besides its length; ``named`` is what it is about, ``k`` the promise
    of an anonymous wave. From ``closes_at`` on nobody answers any more: what is promised counts from there.
    """
    organisation = context.config.organisation
    purpose = _sentence(in_language(survey.purpose, language))
    met = ", ".join(named.values())
    subject = context.texts("link.about", language, encounter=met) if met else ""
    readers = in_language(survey.readers or organisation.readers, language)
    sealed = promise(context, survey, language, k) if k is not None else ""
    told = sharing.promise(context, survey, closes_at, language)
    return Invite(
        reason="\n".join(filter(None, (subject, purpose))),
        asker=in_language(organisation.name, language),
        readers="\n".join(filter(None, (readers, sealed, told))),
    )


def promise(context: Context, survey: Survey, language: str, k: int) -> str:
    """What anonymous means here, in words that follow from the settings."""
    below = context.texts(f"anonymous.below.{survey.below_k}", language, k=k)
    return f"{context.texts('anonymous.promise', language, k=k)} {below}"


def _sentence(text: str) -> str:
    """A purpose is often written without a full stop; in the chat it stands among sentences."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def again(case: Case) -> None:
    """Put the open question in sight again."""
    session = case.work.open_session(case.who.person_id)
    if session is not None:
        case.advance(session, Control("again"))


def resume(case: Case) -> None:
    """Put the open question in sight because the person comes back to it: after hours with a recap."""
    session = case.work.open_session(case.who.person_id)
    if session is not None:
        # a recap would lie in the queue of messages under the person's name
        case.advance(session, Control("again" if session.sealed else "resume"))


def greet(case: Case) -> None:
    """The first words to somebody new, or to a member with whom nothing is open."""
    organisation = in_language(case.context.config.organisation.name, case.language)
    key = "hello.member" if case.who.seen_at is not None else "hello.stranger"
    case.say(case.words(key, organisation=organisation, name=case.who.name))
