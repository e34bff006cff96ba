"""Speaking up unasked: a short talk beside any session, through the ordinary engine.

It costs no burden, closes no invite and rests nobody, because it is no session of a survey: its state lies
apart, and what comes of it is a voice. It begins with ``/feedback``, or with any free message once the person
has said that it is meant as feedback.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from bot.engine import intent as intents
from bot.engine import machine, presets
from bot.engine.dates import show
from bot.engine.flow import Choice, Exit, Flow, Question, Text, in_language
from bot.engine.folding import clean
from bot.engine.messages import Inbound, Outbound
from bot.engine.session import Event, Open, Say, Session, Settle
from bot.engine.vocabulary import NO, YES, Vocabulary, words
from bot.service import starting, voices
from bot.service.case import STALE, Case
from bot.service.context import Context
from bot.texts import Texts
from scheduler.triggers import survey_for_words
from scheduler.windows import zone_of
from storage import presence
from storage import voices as rows
from storage.voices import Aside
from storage.work import OpenSession, Work

SILENCE: Final = timedelta(hours=24)
"""After so long nobody goes on talking; what was said until then is passed on if it was meant."""
RECENT: Final = timedelta(days=60)
"""Encounters that one may want to talk about."""
MOST: Final = 4
"""Encounters on offer: more is a list to read."""
LONGEST: Final = 4000
"""Characters of what somebody tells us."""
FEELINGS: Final = ("good", "mixed", "bad")
COURTESIES: Final = Vocabulary(
    (word, True)
    for word in (
        *words(YES), *words(NO),
        "kiitos", "kiitti", "kiitoksia", "kiitos paljon", "okei", "selvä", "hyvä", "hienoa", "kiva", "hei",
        "moi", "moikka", "terve", "huomenta", "hei hei", "heippa", "tack", "tack tack", "tack så mycket",
        "okej", "bra", "fint", "hej", "hejsan", "hej då", "god morgon", "thanks", "thank you",
        "thank you very much", "thx", "ok", "okay", "great", "good", "nice", "hi", "hello", "hey", "bye",
        "goodbye", "good morning", "❤️", "🙂", "😊", "🙏", "😀",
    )
)  # fmt: skip
"""What people say to be polite. Nobody is asked whether a "thanks" was feedback."""

_SAID: Final = "said"
"""The fact that holds what was written before anybody knew how it was meant."""
_MEANT: Final = "meant"
"""The fact, and the question, whether it is feedback."""
_ENCOUNTER: Final = "encounter_"
"""Before the place in the list and the number, so that the newest stays first."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The state between two messages. ``prompt`` is the outbox key of the question that stands open."""

    session: Session
    prompt: str = ""


_talk: Final = msgspec.json.Decoder(Talk).decode


# --- the flow ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What decides which questions there are. ``encounters`` are pairs of number and name."""

    languages: tuple[str, ...]
    encounters: tuple[tuple[int, str], ...] = ()
    said: bool = False
    """The words are there already."""
    meant: bool = True
    """It is sure that they are feedback."""


@lru_cache(maxsize=256)
def flow(texts: Texts, shape: Shape) -> Flow:
    """The questions: how it felt, about what, in which words, and whether a reply is welcome."""

    def text(key: str) -> Text:
        return {
            language: texts(f"feedback.{key}", language, organisation="{organisation}")
            for language in shape.languages
        }

    yes_no = presets.yes_no_choices(shape.languages)
    feelings = tuple(Choice(id=feeling, label=text(feeling)) for feeling in FEELINGS)
    questions = [
        Question(id="feeling", type="select_one", text=text("feeling"), choices=feelings, required=False)
    ]
    if not shape.meant:
        leave = (Exit(when=f"not {_MEANT}", to="end"),)
        questions.insert(
            0, Question(id=_MEANT, type="yes_no", text=text("meant"), choices=yes_no, exits=leave)
        )
    if shape.encounters:
        known = tuple(
            Choice(id=str(number), label=dict.fromkeys(shape.languages, name))
            for number, name in shape.encounters
        )
        none = Choice(id="none", label=text("no_encounter"))
        questions.append(Question(id="about", type="select_one", text=text("about"), choices=(*known, none)))
    if not shape.said:
        questions.append(
            Question(
                id="words", type="text", text=text("words"), long=True, required=False, max_length=LONGEST
            )
        )
    questions.append(
        Question(
            id="photo", type="photo", text=text("photo"), required=False, ask_if='feeling in ["mixed", "bad"]'
        )
    )
    questions.append(Question(id="reply", type="yes_no", text=text("reply"), choices=yes_no))
    return Flow(
        id="feedback",
        languages=shape.languages,
        title=text("title"),
        questions=tuple(questions),
        closing=text("closing"),
    )


def _flow_for(context: Context, facts: Mapping[str, str]) -> Flow:
    encounters = (
        (int(key.rpartition("_")[2]), name)
        for key, name in sorted(facts.items())
        if key.startswith(_ENCOUNTER)
    )
    shape = Shape(
        languages=context.config.organisation.languages,
        encounters=tuple(encounters),
        said=_SAID in facts,
        meant=facts.get(_MEANT, "yes") == "yes",
    )
    return flow(context.texts, shape)


# --- the talk ---------------------------------------------------------------------------------------------


def begin(case: Case, said: str = "", *, meant: bool = True) -> None:
    """Begin to listen. ``said`` are words that came first; unless ``meant``, ask what they are."""
    earlier = rows.aside(case.work.connection, case.who.person_id)
    if earlier is not None:
        close(case.context, case.work, earlier)
    facts = {
        "organisation": in_language(case.context.config.organisation.name, case.language),
        _MEANT: "yes" if meant else "asked",
        **_recent(case),
    }
    if said:
        facts[_SAID] = clean(said)[:LONGEST]
    asked = _flow_for(case.context, facts)
    session = machine.begin(
        asked, session_id=starting.new_id(), language=case.language, person=facts, now=case.now,
        invited=False, zone=case.zone,
    )  # fmt: skip
    _step(case, Talk(session), Open())


def _recent(case: Case) -> dict[str, str]:
    found = presence.of_person(case.work.connection, case.who.person_id, case.now - RECENT, case.now, MOST)
    return {
        f"{_ENCOUNTER}{place}_{one.id}": f"{one.name}, {_day(case, one.ends_at)}"
        for place, one in enumerate(found)
    }


def _day(case: Case, moment: datetime) -> str:
    zone = zone_of(None, case.context.config.organisation.timezone)
    return show(moment.astimezone(zone).date(), case.language)


def takes(case: Case, inbound: Inbound, open_session: OpenSession | None) -> bool:
    """Let the talk have a message that is meant for it. False: it is for somebody else."""
    own = open_session is not None and inbound.token.startswith(f"{open_session.session.id}.")
    aside = None if own else rows.aside(case.work.connection, case.who.person_id)
    if aside is None or aside.kind != "feedback":
        return False
    if case.now - aside.at > SILENCE:
        close(case.context, case.work, aside)
        return False
    talk = _talk(aside.state)
    if inbound.kind in ("tap", "form"):
        mine = inbound.token.startswith(f"{talk.session.id}.")
    else:
        mine = inbound.kind in ("text", "command", "media") and not _asked_since(open_session, aside)
    return mine and _heard(case, inbound, talk)


def _asked_since(open_session: OpenSession | None, aside: Aside) -> bool:
    """Whether a question of a survey was put after the talk's last one: words are then its answer."""
    if open_session is None:
        return False
    asked = open_session.session.asked_at or open_session.session.invited_at
    return asked is not None and asked > aside.at


def _heard(case: Case, inbound: Inbound, talk: Talk) -> bool:
    asked, session, texts = _flow_for(case.context, talk.session.person), talk.session, case.context.texts
    meant = intents.read(inbound, asked, session, texts)
    if not isinstance(meant, intents.Answer):
        return False
    if inbound.kind == "text" and not machine.understands(asked, session, inbound.text, texts):
        if survey_for_words(case.context.config.surveys.values(), inbound.text):
            return False  # they ask for something else, and come back to this by its buttons
        if session.question == _MEANT:
            _go_on(case, talk, inbound.text)
            return True
    _step(case, talk, meant.event)
    return True


def _go_on(case: Case, talk: Talk, more: str) -> None:
    """Several messages in a row are one: they are gathered without another word."""
    before = talk.session.person.get(_SAID, "")  # nothing where a photo came first
    said = f"{before}\n{clean(more)}".strip()[:LONGEST]
    session = replace(talk.session, person={**talk.session.person, _SAID: said})
    _keep(case, Talk(session, talk.prompt))


def _step(case: Case, talk: Talk, event: Event) -> None:
    asked = _flow_for(case.context, talk.session.person)
    sprint = machine.step(asked, talk.session, event, case.now, case.context.texts)
    prompt = talk.prompt
    for effect in sprint.effects:
        if isinstance(effect, Say):
            key, said = case.key(), _closing(case, sprint.session, effect)
            case.work.send(case.who, key, said, language=sprint.session.language, expires_at=case.now + STALE)
            prompt = key if said.buttons or said.controls else prompt
        elif isinstance(effect, Settle):
            _settle(case, effect.message, prompt)
    if sprint.session.waiting:
        _keep(case, Talk(sprint.session, prompt))
        return
    rows.drop_aside(case.work.connection, case.who.person_id)
    _pass_on(case.context, case.work, case.who.person_id, sprint.session)
    starting.again(case)


def _closing(case: Case, session: Session, effect: Say) -> Outbound:
    """What is said at the end follows from how it went."""
    if effect.role != "closing":
        return effect.message
    if not _is_meant(session):
        return Outbound(text=case.words("feedback.not_meant"))
    if not _has_substance(session):
        return Outbound(text=case.words("feedback.nothing"))
    return effect.message


def _settle(case: Case, message: Outbound, prompt: str) -> None:
    tapped = case.inbound is not None and case.inbound.kind == "tap"
    ref = case.inbound.ref if case.inbound is not None and tapped else ""
    if ref or prompt:
        if not message.buttons:  # "change" would outlive the talk; "back" is there while it lasts
            message = replace(message, controls=())
        case.work.edit(case.who, case.key(), message, language=case.language, ref=ref, target_key=prompt)


def _keep(case: Case, talk: Talk) -> None:
    state = msgspec.json.encode(talk).decode()
    rows.put_aside(case.work.connection, case.who.person_id, "feedback", case.now, state=state)


# --- what comes of it -------------------------------------------------------------------------------------


def close(context: Context, work: Work, aside: Aside) -> None:
    """The talk is over, finished or not: what was said and meant is passed on."""
    rows.drop_aside(work.connection, aside.person_id)
    if aside.kind == "feedback":
        _pass_on(context, work, aside.person_id, _talk(aside.state).session)


def _is_meant(session: Session) -> bool:
    said = session.answers.get(_MEANT)
    return session.person.get(_MEANT) == "yes" or (said is not None and said.value is True)


def _has_substance(session: Session) -> bool:
    answered = (session.answers.get(key) for key in ("feeling", "words"))
    return _SAID in session.person or any(one is not None and one.status == "answered" for one in answered)


def _pass_on(context: Context, work: Work, person_id: int, session: Session) -> None:
    if not _is_meant(session) or not _has_substance(session):
        return
    given = {key: answer.value for key, answer in session.answers.items() if answer.status == "answered"}
    about = str(given.get("about", "none"))
    voices.hear(
        context, work, "feedback", (), work.now,
        person_id=person_id,
        feeling=str(given.get("feeling", "")),
        encounter_id=presence.known(work.connection, int(about)) if about.isdecimal() else None,
        words=str(given.get("words", session.person.get(_SAID, ""))),
        file=str(given.get("photo", "")),
        may_reply=given.get("reply") is True,
    )  # fmt: skip


def end(case: Case) -> None:
    """The person wants to hear nothing more: what they have said so far is passed on."""
    aside = rows.aside(case.work.connection, case.who.person_id)
    if aside is not None:
        close(case.context, case.work, aside)


def tidy(context: Context, work: Work) -> None:
    """Pass on what was left unfinished for a day."""
    for aside in rows.old_asides(work.connection, work.now - SILENCE):
        close(context, work, aside)
