"""What members set on their own page, by a tap or by words: pace, hours, days, place, topics, language.

A wish is a column of the person; what it means for a contact is the policy's. Nobody else can set these.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bot.engine import wishes as words_of
from bot.engine.folding import fold, loosen
from bot.engine.session import Relabel
from bot.service import gate, page
from bot.service.case import Case
from scheduler.verdicts import Finding, Never, Reason
from storage import contacts, wishes

EVERY_DAY: Final = 7

Setting = Callable[[Case, str], str]
"""Sets a wish from its words; returns the key of what is said, empty where the words are no such wish."""


def pace(case: Case, value: str) -> str:
    """less, normal or more; whoever chooses is awake."""
    if value not in page.PREFERENCES:
        return ""
    case.work.change_person(case.who.person_id, preference=value, dormant_at=None, ignored_in_row=0)
    return f"{value}.done"


def hours(case: Case, value: str) -> str:
    """Own hours, or those of the organisation again."""
    found = words_of.hours(value)
    if found is None:
        return ""
    opens, closes = (f"{found[0]:%H:%M}", f"{found[1]:%H:%M}") if found else (None, None)
    case.work.change_person(case.who.person_id, opens=opens, closes=closes)
    return "page.hours_done"


def days(case: Case, value: str) -> str:
    """The days of the week that stay quiet. All seven would be a stop, which is said in another way."""
    found = words_of.days(value)
    if found is None:
        return ""
    if len(found) == EVERY_DAY:
        return "page.days_all"
    case.work.change_person(case.who.person_id, quiet_days=found)
    return "page.days_done"


def _toggle_day(case: Case, value: str) -> str:
    row = page.quiet_days(case)
    if value not in words_of.DAYS or len(value) != 1:
        return ""
    changed = row.replace(value, "") if value in row else "".join(sorted(row + value))
    if len(changed) == EVERY_DAY:
        return "page.days_all"
    case.work.change_person(case.who.person_id, quiet_days=changed)
    return "page.days_done"


def where(case: Case, value: str) -> str:
    """The platform to be written to on, among those where the person is; or wherever they were last."""
    said = loosen(fold(value))
    known = {loosen(fold(name)): name for name in page.platforms(case)}
    if said != "last" and said not in known:
        return ""
    case.work.change_person(case.who.person_id, wished_platform=known.get(said))
    return "page.where_done"


def topic(case: Case, value: str) -> str:
    """Leave a topic, or come back to it: named by its name in any case, or by its button."""
    said = loosen(fold(value))
    for known, name in page.topics(case).items():
        if value == page.topic_token(known) or said in (loosen(fold(known)), loosen(fold(name))):
            return _toggle_topic(case, known)
    return ""


def _toggle_topic(case: Case, known: str) -> str:
    connection, person = case.work.connection, case.who.person_id
    if known in wishes.left(connection, person):
        wishes.rejoin(connection, person, known)
        return "page.topic_back"
    wishes.leave(connection, person, known, case.now)
    for planned in contacts.planned_invites(connection, person):
        survey = case.context.config.surveys.get(planned.survey)
        if survey is not None and survey.topic_id == known:
            reason = Finding(Reason.OPT_OUT, about=known)
            gate.withdraw(connection, planned.id, Never(Reason.OPT_OUT, findings=(reason,)), case.now)
            case.work.forget_session(person)
    return "page.topic_left"


def language(case: Case, value: str) -> str:
    """The language to be spoken to in."""
    said = value.strip().casefold()
    spoken = case.context.config.organisation.languages
    chosen = next(
        (code for code in spoken if said in (code, page.LANGUAGE_NAMES.get(code, code).casefold())), None
    )
    if chosen is None:
        return ""
    case.work.change_person(case.who.person_id, language=chosen, language_chosen=True)
    case.refresh()
    return "language.done"


def relabel(case: Case) -> None:
    """Put the open question again, in the language that was just chosen."""
    session = case.work.open_session(case.who.person_id)
    if session is not None:
        case.advance(session, Relabel(case.language))


WORDS: Final[Mapping[str, Setting]] = {"hours": hours, "days": days, "where": where, "topics": topic}
"""Wishes that are commands of their own, with what is wished behind them."""

TAPS: Final[Mapping[str, Setting]] = {
    "often": pace,
    "hours": hours,
    "days": _toggle_day,
    "where": where,
    "topics": topic,
    "language": language,
}
"""Wishes that a button sets."""


def by_words(case: Case, name: str, value: str) -> None:
    """Set a wish and say so; without one, or with words that are none, show what may be chosen."""
    said = WORDS[name](case, value) if value else ""
    case.refresh()
    if said:
        case.say(case.words(said, **_values(case, said)))
    else:
        page.show_section(case, name)


def _values(case: Case, key: str) -> Mapping[str, str]:
    values = {
        "page.hours_done": {"hours": page.hours_in_words(case)},
        "page.days_done": {"days": page.days_in_words(case)},
        "page.where_done": {"place": page.place_in_words(case)},
    }
    return values.get(key, {})


def tapped(case: Case, token: str) -> bool:
    """A button of the page: set what it says and show that part anew. False where it is none of ours."""
    name, _, value = token.removeprefix(page.PREFIX).partition(":")
    if name not in page.SECTIONS:
        return False
    if value and name in TAPS:
        key = TAPS[name](case, value)
        case.refresh()
        if key == "page.days_all":
            case.say(case.words(key))
    page.show_section(case, name)
    if value and name == "language":
        relabel(case)
    return True
