"""One message of a member: who is it, what do they mean, what follows.

Everything happens inside the unit of work of its batch; nothing here commits or sends.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.engine import intent as intents
from bot.engine.flow import in_language
from bot.engine.folding import clean, one_line
from bot.engine.intent import Command, Notice
from bot.engine.messages import Inbound, Outbound
from bot.engine.session import Control, Event, Status
from bot.service import (
    afterwards,
    care,
    consent,
    desk,
    erasure,
    feedback,
    gate,
    links,
    moments,
    outcomes,
    page,
    preferences,
    snoozing,
    starting,
)
from bot.service.case import Case
from bot.service.commands import AFTER_STOP, COMMANDS
from bot.service.context import Context
from scheduler.surveys import Survey
from scheduler.triggers import survey_for_words
from storage import delivery_rows, outbox
from storage.inbox import InboxRow
from storage.work import Correspondent, OpenSession, Work

COMMAND_PREFIX: Final = "command:"
LANGUAGE_PREFIX: Final = "language:"
CONFIRMING: Final[Mapping[str, Callable[[Case], None]]] = {
    "forget:yes": erasure.confirm,
    "forget:no": erasure.keep,
    consent.YES: consent.agree,
    consent.NO: consent.refuse,
}
LATER_PREFIX: Final = "later:"
ANSWERING: Final = frozenset({"tap", "form", "edit"})
"""What only somebody does whom we have written to: from a stranger it is an echo of one who was forgotten."""
NOBODY_WAITS: Final = timedelta(minutes=10)
"""How long a word to somebody unknown waits; its row is forgotten with it."""
LONGEST_NAME: Final = 100
"""Characters of what a platform calls a person; more is no name."""


def handle(context: Context, work: Work, row: InboxRow, inbound: Inbound) -> None:
    """Give one message its effect."""
    if inbound.kind == "blocked":
        _blocked(context, work, inbound)
        return
    known = work.correspondent(inbound.address)
    if inbound.kind == "home":
        _home(context, work, row, inbound, known)
        return
    if known is None and inbound.kind in ANSWERING:
        _to_nobody(context, work, row, inbound)
        return
    who = _acquainted(context, work, known, inbound) if known else _welcome(context, work, inbound)
    work.heard_from(who, inbound.chat, inbound.account)
    # a member list knows neither account nor chat; whatever is said in reply goes to where this came from
    if (who.chat, who.account, who.unreachable) != (inbound.chat, inbound.account, None):
        who = replace(who, chat=inbound.chat, account=inbound.account, unreachable=None)
    if inbound.kind == "unblocked":
        return
    if who.dormant_at is not None:  # whoever writes is there again
        work.change_person(who.person_id, dormant_at=None, ignored_in_row=0)
    case = Case(context, work, who, str(row.id), inbound, row.id, stranger=known is None)
    _close_what_is_over(case, row)
    if desk.takes(case, inbound):
        return
    session = work.open_session(who.person_id)
    _answer(case, inbound)
    care.listen(case, _words_of(inbound), session)


def _words_of(inbound: Inbound) -> str:
    """Everything that was written, in a window too."""
    typed = (value for values in inbound.fields.values() for value in values)
    said = inbound.text if inbound.kind in ("text", "edit") else inbound.argument
    return "\n".join(filter(None, (said, *typed)))


def _home(context: Context, work: Work, row: InboxRow, inbound: Inbound, known: Correspondent | None) -> None:
    """The person's own page, where the platform shows one. Looking at it makes nobody known."""
    if known is not None:
        page.show_section(Case(context, work, replace(known, chat=inbound.chat), str(row.id), inbound))
        return
    language = context.language(inbound.profile.language)
    nobody = Correspondent.nobody(inbound.address, inbound.platform, inbound.account, inbound.chat)
    name = in_language(context.config.organisation.name, language)
    text = context.texts("hello.stranger", language, organisation=name)
    work.edit(nobody, f"{row.id}:1", Outbound(text=text), language=language, ref=inbound.ref)


def _to_nobody(context: Context, work: Work, row: InboxRow, inbound: Inbound) -> None:
    """An old button, pressed by somebody of whom nothing is known any more: it brings nothing back."""
    if inbound.kind == "edit":
        return
    language = context.language(inbound.profile.language)
    nobody = Correspondent.nobody(inbound.address, inbound.platform, inbound.account, inbound.chat)
    text = context.texts("forget.unknown", language)
    work.send(
        nobody, f"{row.id}:1", Outbound(text=text), language=language, expires_at=work.now + NOBODY_WAITS
    )


def _acquainted(context: Context, work: Work, who: Correspondent, inbound: Inbound) -> Correspondent:
    """What the member list left open, the platform's profile tells; an invite that waits goes on in it."""
    said = inbound.profile
    learnt: dict[str, str] = {}
    if not who.name and said.name:
        learnt["name"] = one_line(clean(said.name), LONGEST_NAME)
    if who.zone is None and said.zone is not None:
        learnt["zone"] = said.zone
    if who.language is None and said.language is not None:
        learnt["language"] = context.language(said.language)
        session = work.open_session(who.person_id)
        if session is not None:
            speaking = replace(session.session, language=learnt["language"])
            work.save_session(replace(session, session=speaking))
    if not learnt:
        return who
    work.change_person(who.person_id, **learnt)
    return work.correspondent(inbound.address) or who


def _close_what_is_over(case: Case, row: InboxRow) -> None:
    """The deadline counts, not whether a tick has noticed it; and our time of receipt, not a later one."""
    session = case.work.open_session(case.who.person_id)
    if session is None:
        return
    if session.deadline is not None and session.deadline <= row.received_at:
        moments.expire(case, session)
    elif session.session.status is Status.INVITED and not moments.take_back(case.work, session):
        gate.proved(case.work.connection, session, case.now)


def _welcome(context: Context, work: Work, inbound: Inbound) -> Correspondent:
    """Somebody writes for the first time."""
    person = work.add_person(
        name=one_line(clean(inbound.profile.name or ""), LONGEST_NAME),
        language=context.language(inbound.profile.language),
        zone=inbound.profile.zone,
    )
    work.add_address(
        person_id=person,
        address=inbound.address,
        platform=inbound.platform,
        account=inbound.account,
        chat=inbound.chat,
    )
    who = work.correspondent(inbound.address)
    if who is None:
        raise LookupError(f"the new address {inbound.address} cannot be read back")
    return who


def _blocked(context: Context, work: Work, inbound: Inbound) -> None:
    """The person blocked the bot: nothing more goes there, and an open session ends with what it has."""
    work.flush()  # what the person did before they blocked us comes before it
    who = work.correspondent(inbound.address)
    if who is None:
        return
    session = work.open_session(who.person_id)
    if session is not None and session.address_id == who.address_id and not moments.take_back(work, session):
        outcomes.end_silently(context, work, session)
    delivery_rows.cut_off(work.connection, inbound.platform, inbound.chat, gate.BLOCKED, work.now)
    work.flush()


def _answer(case: Case, inbound: Inbound) -> None:
    if inbound.kind == "tap" and _service_button(case, inbound.token):
        return
    if inbound.kind == "text" and links.is_token(inbound.text.strip()):
        _command(case, "start", inbound.text.strip())  # a link that cannot carry its token: it was written
        return
    if inbound.kind == "text" and case.who.stopped_at is None and snoozing.typed(case, inbound.text):
        return
    session = case.work.open_session(case.who.person_id)
    if feedback.takes(case, inbound, session):
        return
    flow = case.flow(session) if session is not None else None
    meant = intents.read(inbound, flow, session.session if session else None, case.context.texts)
    if isinstance(meant, Command):
        _command(case, meant.name, meant.argument)
    elif isinstance(meant, Notice):
        _noticed(case, inbound)
    elif inbound.kind == "reaction" and not _on_open_prompt(case, session, inbound):
        return  # an emoji on something else is a kindness, no answer
    elif case.who.stopped_at is not None:
        _after_stop(case, inbound)
    elif session is not None:
        _go_on(case, session, meant.event)
    else:
        _outside(case, inbound)


def _go_on(case: Case, session: OpenSession, event: Event) -> None:
    """One step of the open session, with consent."""
    if not consent.may_go_on(case, session, event):
        return
    after = case.advance(session, event)
    if after.session.waiting and after.session.turn == session.session.turn:
        _heal(case, after)


def _on_open_prompt(case: Case, session: OpenSession | None, inbound: Inbound) -> bool:
    if session is None:
        return False
    if f"{intents.REACTION}{inbound.ref}" in session.session.heard:
        return True
    return outbox.shows_prompt(
        case.work.connection, session.row, session.session.turn, inbound.chat, inbound.ref
    )


def _noticed(case: Case, inbound: Inbound) -> None:
    """An edited message: of a session that has just ended it may still change the answer."""
    if inbound.kind == "edit" and case.who.stopped_at is None and not afterwards.edited(case, inbound):
        case.say(case.words("edit.unchanged"))


def _heal(case: Case, session: OpenSession) -> None:
    """The question that is open has perhaps never arrived: whoever writes something else sees it again."""
    if outbox.last_is_doubtful(case.work.connection, session.row, session.session.turn):
        case.advance(session, Control("again"))


def _service_button(case: Case, token: str) -> bool:
    """The bot's own buttons (language, yes to coming back) are few, fixed, and harmless to anybody else."""
    if token.startswith(LANGUAGE_PREFIX):
        COMMANDS["language"](case, token.removeprefix(LANGUAGE_PREFIX))
        return True
    if token.startswith(page.PREFIX):
        return preferences.tapped(case, token)
    if token in CONFIRMING:
        CONFIRMING[token](case)
        return True
    if token.startswith(LATER_PREFIX):
        _command(case, "later", token.removeprefix(LATER_PREFIX))
        return True
    name = token.removeprefix(COMMAND_PREFIX)
    if token.startswith(COMMAND_PREFIX) and name in COMMANDS:
        _command(case, name, "")
        return True
    return False


def _command(case: Case, name: str, argument: str) -> None:
    if case.who.stopped_at is not None and name not in AFTER_STOP:
        case.say(case.words("stop.again_info"))
    elif name in COMMANDS:
        COMMANDS[name](case, argument)
    elif survey := _survey_called(case, argument):
        starting.start(case, survey)
    else:
        case.say(case.words("unknown_command"))


def _survey_called(case: Case, words: str) -> Survey | None:
    """The survey that these words start; with a slash before them they are no command we know."""
    return survey_for_words(case.context.config.surveys.values(), words)


def _after_stop(case: Case, inbound: Inbound) -> None:
    """Only a clear yes to our question brings somebody back; any other word does not."""
    if case.who.return_asked_at is not None and intents.is_yes(inbound.text):
        COMMANDS["return"](case, "")
    else:
        _say_of(case, inbound, case.words("stop.again_info"))


def _say_of(case: Case, inbound: Inbound, text: str) -> None:
    """A word about a message; about an album only one."""
    if inbound.kind == "media" and inbound.argument:
        case.say_once(inbound.argument, text)
    else:
        case.say(text)


def _outside(case: Case, inbound: Inbound) -> None:
    """Words without an open question: a keyword, or a kind word that there is nothing to answer."""
    survey = _survey_called(case, inbound.text) if inbound.kind == "text" else None
    if survey is not None:
        starting.start_now(case, survey)
    elif inbound.kind in ("tap", "form"):
        if not afterwards.pressed(case, inbound):
            case.say(case.words("closed_wave"))
    elif inbound.kind == "text" and afterwards.added(case, inbound):
        return
    elif case.stranger:
        starting.greet(case)
    elif inbound.kind == "text" and feedback.COURTESIES.find(inbound.text) is None:
        feedback.begin(case, inbound.text, meant=False)
    else:
        _say_of(case, inbound, case.words("no_session"))
