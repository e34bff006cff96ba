"""The member's own page: what was asked and is coming, and every wish that can be set by a tap.

A page is one message. Its buttons change it in place; what a button or a word sets is in ``preferences``.
Nothing here decides whether anybody is asked: the policy reads what is set.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from bot.engine.dates import show
from bot.engine.flow import in_language
from bot.engine.folding import one_line
from bot.engine.messages import Button, Outbound
from bot.service import past
from bot.service.case import Case
from scheduler.limits import limits_of
from storage import history, people, wishes

PREFIX: Final = "me:"
"""Begins the token of every button of the page."""
SHOWN: Final = 10
"""Lines of a list; /mydata holds all of it."""
LONGEST_LINE: Final = 200
PRESETS: Final = ("8-12", "12-17", "17-21")
"""Hours that one tap sets; any others can be written."""
PARTS: Final = ("often", "hours", "days", "language", "where", "topics", "asked", "answers", "data")
"""What the page leads to, in the order of its buttons."""
PREFERENCES: Final = ("less", "normal", "more")
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
PLATFORM_NAMES: Final[Mapping[str, str]] = {"telegram": "Telegram", "slack": "Slack", "console": "Terminal"}

Section = Callable[[Case], Outbound]


def show_section(case: Case, name: str = "") -> None:
    """Send one part of the page, or put it in the place of the page that was tapped."""
    message = SECTIONS[name](case)
    tapped = case.inbound
    if tapped is None or tapped.kind not in ("tap", "home"):
        case.say(message.text, message.buttons, message.layout)
        return
    case.work.edit(case.who, case.key(), message, language=case.language, ref=tapped.ref)


def _button(case: Case, token: str, key: str) -> Button:
    return Button(PREFIX + token, case.words(key))


def _back(case: Case) -> Button:
    return _button(case, "page", "page.back")


# --- the page itself --------------------------------------------------------------------------------------


def whole(case: Case) -> Outbound:
    """What is kept in short, what is set, what is coming and why."""
    texts, who = case.context.texts, case.who
    unknown = case.words("me.unknown")
    lines = [
        case.words(
            "me.summary",
            name=who.name or unknown,
            language=texts("language.name", case.language),
            zone=who.zone or unknown,
            preference=case.words(f"me.{who.preference}"),
        ),
        case.words("page.when", hours=hours_in_words(case), days=days_in_words(case)),
        case.words("page.where", place=place_in_words(case)),
    ]
    left = _names_left(case)
    if left:
        lines.append(case.words("page.topics_left", topics=", ".join(left)))
    given = history.answers_given(case.work.connection, who.person_id)
    lines.append(texts.plural("me.answers", case.language, given))
    if who.stopped_at is not None:
        lines.append(case.words("me.stopped"))
    elif who.paused_until is not None and who.paused_until > case.now:
        lines.append(case.words("me.paused", date=day(case, who.paused_until)))
    lines.append(_coming(case))
    parts = [name for name in PARTS if name != "topics" or topics(case)]
    buttons = tuple(_button(case, name, f"page.b.{name}") for name in parts)
    return Outbound(text="\n".join(lines), buttons=buttons, layout="inline")


def day(case: Case, moment: datetime) -> str:
    """A moment's day on the person's calendar, in words."""
    return show(moment.astimezone(ZoneInfo(case.zone)).date(), case.language)


def _coming(case: Case) -> str:
    """The next planned survey, and why; a moment is the planner's and may still move."""
    for planned in history.coming(case.work.connection, case.who.person_id):
        survey = case.context.config.surveys.get(planned.survey)
        if survey is not None:
            return case.words(
                "page.next",
                date=day(case, planned.at),
                purpose=in_language(survey.purpose, case.language),
                why=case.words(f"page.why_{survey.kind}"),
            )
    return case.words("next.nothing")


# --- how often, when, where -------------------------------------------------------------------------------


def often(case: Case) -> Outbound:
    """How often: what each choice means in numbers."""
    limit = limits_of(case.context.config.policy, case.who.preference).invites_per_30d  # type: ignore[arg-type]
    buttons = tuple(
        Button(f"{PREFIX}often:{name}", case.words(f"page.b.{name}"), chosen=name == case.who.preference)
        for name in PREFERENCES
    )
    text = f"{case.words('page.often')}\n{case.context.texts.plural('why.limit', case.language, limit)}"
    return Outbound(text=text, buttons=(*buttons, _back(case)), layout="inline")


def _own_hours(case: Case) -> str:
    row, _, _ = people.card(case.work.connection, case.who.person_id)
    return f"{row.opens}-{row.closes}" if row.opens and row.closes else ""


def hours_in_words(case: Case) -> str:
    """Between which hours one may be written to."""
    opens, _, closes = _own_hours(case).partition("-")
    return (
        case.words("page.hours_own", opens=opens, closes=closes) if closes else case.words("page.hours_usual")
    )


def hours(case: Case) -> Outbound:
    """When somebody may be written to, on their own clock."""
    now = _own_hours(case)
    choices = [
        Button(f"{PREFIX}hours:{span}", span.replace("-", "–"), chosen=now == _padded(span))
        for span in PRESETS
    ]
    usual = Button(f"{PREFIX}hours:usual", case.words("page.hours_usual"), chosen=not now)
    text = case.words("page.hours", hours=hours_in_words(case))
    return Outbound(text=text, buttons=(*choices, usual, _back(case)), layout="inline")


def _padded(span: str) -> str:
    opens, _, closes = span.partition("-")
    return f"{int(opens):02}:00-{int(closes):02}:00"


def quiet_days(case: Case) -> str:
    """The numbers of the days that stay quiet, from Monday, which is 0."""
    row, _, _ = people.card(case.work.connection, case.who.person_id)
    quiet: str = row.quiet_days
    return quiet


def _day_names(case: Case) -> Mapping[int, str]:
    from babel.dates import get_day_names  # some tens of milliseconds that other commands need not wait

    names: Mapping[int, str] = get_day_names("wide", "stand-alone", locale=case.language)
    return names


def days_in_words(case: Case) -> str:
    """On which days it stays quiet."""
    quiet, names = quiet_days(case), _day_names(case)
    if not quiet:
        return case.words("page.days_any")
    return case.words("page.days_not", days=", ".join(names[int(one)] for one in quiet))


def days(case: Case) -> Outbound:
    """On which days of the week it stays quiet: those with a mark."""
    quiet = quiet_days(case)
    buttons = tuple(
        Button(f"{PREFIX}days:{number}", name.capitalize(), chosen=str(number) in quiet)
        for number, name in sorted(_day_names(case).items())
    )
    return Outbound(
        text=case.words("page.days", days=days_in_words(case)),
        buttons=(*buttons, _back(case)),
        layout="inline",
    )


def language(case: Case) -> Outbound:
    """In which language."""
    spoken = case.context.config.organisation.languages
    buttons = tuple(
        Button(f"{PREFIX}language:{code}", LANGUAGE_NAMES.get(code, code), chosen=code == case.language)
        for code in spoken
    )
    return Outbound(text=case.words("language.choose"), buttons=(*buttons, _back(case)), layout="inline")


def platforms(case: Case) -> list[str]:
    """The platforms on which the person can be written to, the one heard from last first."""
    found = [row.platform for row in wishes.places(case.work.connection, case.who.person_id)]
    return list(dict.fromkeys([*found, case.who.platform]))


def place_in_words(case: Case) -> str:
    """Where one is written to."""
    wished = case.who.wished_platform
    return PLATFORM_NAMES.get(wished, wished) if wished else case.words("page.where_last")


def where(case: Case) -> Outbound:
    """On which platform; with one alone there is nothing to choose, but how to join another is told."""
    known = platforms(case)
    if len(known) == 1:
        return Outbound(text=case.words("page.where_one"), buttons=(_back(case),))
    wished = case.who.wished_platform
    choices = [
        Button(f"{PREFIX}where:{name}", PLATFORM_NAMES.get(name, name), chosen=name == wished)
        for name in known
    ]
    last = Button(f"{PREFIX}where:last", case.words("page.where_last"), chosen=wished is None)
    return Outbound(
        text=case.words("page.where_choose"), buttons=(*choices, last, _back(case)), layout="inline"
    )


# --- topics -----------------------------------------------------------------------------------------------


def topics(case: Case) -> dict[str, str]:
    """Topics that may be left: their id, and their name in the person's language."""
    surveys = [survey for survey in case.context.config.surveys.values() if survey.topic and survey.priority]
    return {survey.topic_id: in_language(survey.topic, case.language) for survey in surveys}


def topic_token(topic: str) -> str:
    """A topic in a button: its name may be longer than a token."""
    return blake2b(topic.encode(), digest_size=8).hexdigest()


def _names_left(case: Case) -> list[str]:
    left = wishes.left(case.work.connection, case.who.person_id)
    return [name for topic, name in topics(case).items() if topic in left]


def about(case: Case) -> Outbound:
    """Which topics one is asked about: those with a mark."""
    left = wishes.left(case.work.connection, case.who.person_id)
    buttons = tuple(
        Button(f"{PREFIX}topics:{topic_token(topic)}", name, chosen=topic not in left)
        for topic, name in topics(case).items()
    )
    key = "page.topics" if buttons else "page.topics_none"
    return Outbound(text=case.words(key), buttons=(*buttons, _back(case)))


# --- what was ---------------------------------------------------------------------------------------------


def asked(case: Case) -> Outbound:
    """What one was asked and when, and how it ended."""
    lines = []
    for one in history.sessions(case.work.connection, case.who.person_id)[:SHOWN]:
        survey = case.context.config.surveys.get(one["survey"])
        about_ = in_language(survey.purpose, case.language) if survey is not None else one["survey"]
        ending = case.words(f"page.ended_{one['status']}")
        lines.append(
            case.words("page.asked_line", date=day(case, one["created_at"]), purpose=about_, ending=ending)
        )
    text = "\n".join([case.words("page.asked"), *lines]) if lines else case.words("why.never_asked")
    return Outbound(text=text, buttons=(_back(case),))


def answers(case: Case) -> Outbound:
    """One's own last answers."""
    lines: list[str] = []
    found = past.answers(case.context, case.work.connection, case.who.person_id, case.language)
    for given in found:
        if given.words and len(lines) < SHOWN:
            question, words = one_line(given.asked, LONGEST_LINE), one_line(given.words, LONGEST_LINE)
            lines.append(
                case.words("page.answer_line", date=day(case, given.at), question=question, answer=words)
            )
    head = case.words("page.answers") if lines else case.words("page.answers_none")
    return Outbound(text="\n".join([head, *lines]), buttons=(_back(case),))


def data(case: Case) -> Outbound:
    """What can be done with all that is kept."""
    names = ("mydata", "forget", "privacy")
    buttons = tuple(Button(f"command:{name}", case.words(f"page.b.{name}")) for name in names)
    return Outbound(text=case.words("mydata.about"), buttons=(*buttons, _back(case)))


SECTIONS: Final[Mapping[str, Section]] = {
    "": whole,
    "page": whole,
    "often": often,
    "hours": hours,
    "days": days,
    "language": language,
    "where": where,
    "topics": about,
    "asked": asked,
    "answers": answers,
    "data": data,
}
"""Every part of the page, by the word in its button."""
