"""Consent: no answer is stored without a version of the notice that the person has agreed to.

``explicit``: a question of its own, before the first answer. ``on_start``: beginning is agreeing, as the
invite says who asks, why and who will see it. Saying stop takes either back.
"""

from typing import Final

from bot.engine import invites
from bot.engine.intent import is_no, is_yes
from bot.engine.messages import Button
from bot.engine.session import Control, Event, Form, Media, Reply, Status, Tap
from bot.service import notice, page
from bot.service.case import Case
from storage import consents
from storage.work import OpenSession

YES: Final = "consent:yes"
NO: Final = "consent:no"
_GOING_ON: Final = frozenset({"skip", "refuse"})
"""Controls that leave something behind as an answer does."""


def given(case: Case) -> bool:
    """Whether the present version of the notice is agreed to."""
    return case.who.consent == case.context.config.privacy.version


def may_go_on(case: Case, session: OpenSession, event: Event) -> bool:
    """Whether this may reach the flow: with consent, or where nothing would be stored.

    Without, consent is recorded where beginning means agreeing; else it is asked for, and a yes or no to that
    question is taken for what it is.
    """
    if given(case) or not (_stores(case, session, event) or _counts(case, event)):
        return True
    if case.context.config.privacy.consent == "on_start":
        _record(case, "start")
        return True
    waiting = consents.pending(case.work.connection, case.who.person_id)
    said = _choice(event.text) if waiting is not None and isinstance(event, Reply) else None
    if said is not None:
        (agree if said else refuse)(case, "words")
    else:
        _ask(case)
    return False


def begun(case: Case) -> None:
    """The person asks to be asked: where beginning means agreeing, that is what they have done."""
    if case.context.config.privacy.consent == "on_start" and not given(case):
        _record(case, "start")


def _stores(case: Case, session: OpenSession, event: Event) -> bool:
    if session.session.status is Status.INVITED:
        return _begins(case, session, event)
    if isinstance(event, Control):
        return event.what in _GOING_ON
    return isinstance(event, Reply | Tap | Form | Media)


def _counts(case: Case, event: Event) -> bool:
    """Whether a bare number was written under the question for consent: it counts the buttons there."""
    number = isinstance(event, Reply) and event.text.strip().isdecimal()
    return number and consents.pending(case.work.connection, case.who.person_id) is not None


def _choice(text: str) -> bool | None:
    """What a reply to the question for consent means: its buttons' numbers, or a word for yes or no."""
    if text.strip() == "1" or is_yes(text):
        return True
    if text.strip() == "2" or is_no(text):
        return False
    return None


def _begins(case: Case, session: OpenSession, event: Event) -> bool:
    """Whether this answers an invite with a yes."""
    if isinstance(event, Tap):
        return invites.codes(session.session).get(event.token) == "start"
    return isinstance(event, Reply) and invites.meaning(event.text, case.context.texts) == "start"


def _ask(case: Case) -> None:
    asked = case.words("consent.ask", notice=notice.in_short(case))
    consents.ask(
        case.work.connection,
        case.who.person_id,
        case.context.config.privacy.version,
        _kept(case, asked),
        case.who.platform,
        case.now,
    )
    case.say(asked, (Button(YES, case.words("consent.yes")), Button(NO, case.words("consent.no"))))


def _kept(case: Case, asked: str = "") -> str:
    """The digest of what the person has before them: the question, and the notice that it stands for."""
    content = "\n\n".join(filter(None, (asked, notice.whole(case))))
    version = case.context.config.privacy.version
    return consents.keep_notice(case.work.connection, version, case.language, content, case.now)


def _record(case: Case, how: str) -> None:
    version = case.context.config.privacy.version
    consents.give(
        case.work.connection, case.who.person_id, version, _kept(case), case.who.platform, case.now, how
    )
    case.work.change_person(case.who.person_id, consent=version)
    case.refresh()


def agree(case: Case, how: str = "button") -> None:
    """Yes: it is kept, and what was begun goes on."""
    waiting = consents.pending(case.work.connection, case.who.person_id)
    if waiting is None:
        case.say(case.words("consent.nothing"))
        return
    consents.answer(case.work.connection, waiting, case.now, how, given=True)
    case.work.change_person(case.who.person_id, consent=case.context.config.privacy.version)
    case.refresh()
    session = case.work.open_session(case.who.person_id)
    if session is None:
        case.say(case.words("consent.done"))
    elif session.session.status is Status.INVITED:
        case.advance(session, Reply(case.words("invite.start")))
    else:
        case.advance(session, Control("again"))


def refuse(case: Case, how: str = "button") -> None:
    """No: nothing is kept, and what was begun ends."""
    waiting = consents.pending(case.work.connection, case.who.person_id)
    if waiting is None:
        case.say(case.words("consent.nothing"))
        return
    consents.answer(case.work.connection, waiting, case.now, how, given=False)
    session = case.work.open_session(case.who.person_id)
    if session is None:
        case.say(case.words("consent.refused"))
    else:
        case.advance(session, Control("decline"))


def withdraw(case: Case) -> None:
    """Take back what was given: as easily as it was given, by the same word that ends the questions."""
    if case.who.consent is not None:
        consents.withdraw(case.work.connection, case.who.person_id, case.now)
        case.work.change_person(case.who.person_id, consent=None)


def in_words(case: Case) -> str:
    """How it stands: given when, taken back when, or never asked."""
    for row in consents.history(case.work.connection, case.who.person_id):
        if row.withdrawn_at is not None:
            return case.words("consent.was_withdrawn", date=page.day(case, row.withdrawn_at))
        if row.given_at is not None:
            return case.words("consent.was_given", date=page.day(case, row.given_at))
        if row.refused_at is not None:
            return case.words("consent.was_refused", date=page.day(case, row.refused_at))
    return case.words("consent.none")
