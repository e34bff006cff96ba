"""What a member may say at any time, and what the bot does. ``COMMANDS`` is the whole list.

Every command works as a word, as a platform command and twice in a row; with a question open, that question
is put again afterwards where the reply has pushed it out of sight.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from bot.engine.flow import in_language
from bot.engine.intent import is_yes
from bot.engine.messages import Button
from bot.engine.session import Control, Stop
from bot.service import (
    afterwards,
    consent,
    ending,
    erasure,
    feedback,
    joining,
    links,
    mydata,
    notice,
    page,
    preferences,
    snoozing,
    starting,
    why,
)
from bot.service.case import Case
from scheduler.triggers import survey_for_link

CONFIRM: Final = timedelta(hours=24)
"""How long "yes" after "start" may take."""
Command = Callable[[Case, str], None]


def start(case: Case, argument: str) -> None:
    """Say hello, begin the survey of a deep link, or go on where the person is."""
    if case.who.stopped_at is not None:
        case.work.change_person(case.who.person_id, return_asked_at=case.now)
        case.say(
            case.words("start.confirm_return"), (Button("command:return", case.words("start.return_yes")),)
        )
        return
    if argument:
        _by_link(case, argument)
        return
    if case.who.seen_at is None or case.work.open_session(case.who.person_id) is None:
        starting.greet(case)
    starting.resume(case)


def _by_link(case: Case, name: str) -> None:
    survey = survey_for_link(case.context.config.surveys.values(), name)
    if survey is not None:
        starting.start(case, survey)
    elif links.is_token(name):
        links.follow(case, name)
    else:
        case.say(case.words("link.unknown"))
        starting.again(case)


def return_(case: Case, _: str) -> None:
    """The confirmation after "start": only the person can take a stop back."""
    asked = case.who.return_asked_at
    if case.who.stopped_at is None:
        starting.greet(case)
    elif asked is None or case.now - asked > CONFIRM:
        start(case, "")
    else:
        case.work.change_person(
            case.who.person_id,
            stopped_at=None,
            return_asked_at=None,
            paused_until=None,
            dormant_at=None,
            ignored_in_row=0,
        )
        case.say(case.words("start.back"))


def stop(case: Case, _: str) -> None:
    """Immediate, permanent until the person comes back, confirmed in one message."""
    ending.withdraw_all(case)
    feedback.end(case)
    session = case.work.open_session(case.who.person_id)
    if session is not None:
        case.advance(session, Stop())
    consent.withdraw(case)
    if case.who.stopped_at is None:
        case.work.change_person(case.who.person_id, stopped_at=case.now, return_asked_at=None)
    case.say(case.words("stop.done"))


def _prefer(preference: str) -> Command:
    def set_preference(case: Case, _: str) -> None:
        case.say(case.words(preferences.pace(case, preference)))
        starting.again(case)

    return set_preference


def language(case: Case, argument: str) -> None:
    """Offer the languages, or change to the one that was named."""
    said = preferences.language(case, argument) if argument else ""
    if said:
        case.say(case.words(said))
        preferences.relabel(case)
    else:
        spoken = case.context.config.organisation.languages
        buttons = tuple(Button(f"language:{code}", page.LANGUAGE_NAMES.get(code, code)) for code in spoken)
        case.say(case.words("language.choose"), buttons, "inline")


def why_(case: Case, _: str) -> None:
    """The last decisions about the person in plain words, and their limits."""
    case.say(why.for_member(case))
    starting.again(case)


def _section(name: str) -> Command:
    def show(case: Case, _: str) -> None:
        page.show_section(case, name)
        starting.again(case)

    return show


def _wish(name: str) -> Command:
    def set_or_show(case: Case, argument: str) -> None:
        preferences.by_words(case, name, argument)
        starting.again(case)

    return set_or_show


def mydata_(case: Case, _: str) -> None:
    """Everything that is kept about the person, as files."""
    mydata.send(case)
    starting.again(case)


def link(case: Case, argument: str) -> None:
    """Join another chat of the same person."""
    joining.link(case, argument)
    starting.again(case)


def forget(case: Case, argument: str) -> None:
    """Erase everything about the person, after one confirmation."""
    if argument and is_yes(argument):
        erasure.confirm(case)
    else:
        erasure.ask(case)


def privacy(case: Case, _: str) -> None:
    """Works in every state: before consent, while paused, after stop."""
    case.say(f"{notice.whole(case)}\n{consent.in_words(case)}")
    starting.again(case)


def help_(case: Case, _: str) -> None:
    """What one can say here."""
    case.say(
        case.words("help", organisation=in_language(case.context.config.organisation.name, case.language))
    )
    starting.again(case)


def feedback_(case: Case, argument: str) -> None:
    """Listen to what somebody wants to say unasked, beside whatever is open."""
    feedback.begin(case, argument)


def back(case: Case, _: str) -> None:
    """The last question again, also soon after the end."""
    session = case.work.open_session(case.who.person_id)
    if session is not None:
        case.advance(session, Control("back"))
    elif not afterwards.back(case):
        case.say(case.words("no_session"))


def skip(case: Case, _: str) -> None:
    """Outside a session there is nothing to leave out."""
    session = case.work.open_session(case.who.person_id)
    if session is None:
        case.say(case.words("no_session"))
    else:
        case.advance(session, Control("skip"))


COMMANDS: Final[Mapping[str, Command]] = {
    "start": start,
    "return": return_,
    "stop": stop,
    "later": snoozing.later,
    "less": _prefer("less"),
    "normal": _prefer("normal"),
    "more": _prefer("more"),
    "language": language,
    "why": why_,
    "me": _section(""),
    "hours": _wish("hours"),
    "days": _wish("days"),
    "where": _wish("where"),
    "topics": _wish("topics"),
    "answers": _section("answers"),
    "mydata": mydata_,
    "forget": forget,
    "link": link,
    "privacy": privacy,
    "feedback": feedback_,
    "help": help_,
    "back": back,
    "skip": skip,
}

AFTER_STOP: Final = frozenset(
    {
        "start",
        "return",
        "stop",
        "privacy",
        "why",
        "me",
        "answers",
        "mydata",
        "forget",
        "help",
        "language",
        "feedback",
    }
)
"""What still works for somebody who has said stop."""
