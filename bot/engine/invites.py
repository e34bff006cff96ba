"""A session whose invite waits for a yes: what the invite says, and what may follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

from bot.engine import routing
from bot.engine.answering import begin_at_start
from bot.engine.ending import end
from bot.engine.folding import fold, one_line
from bot.engine.messages import Button, Outbound
from bot.engine.questions import seconds
from bot.engine.scene import CHOSEN, Scene, token
from bot.engine.session import Control, Effect, Invite, Say, Session, Settle, Sprint, Status
from bot.engine.vocabulary import BEGIN, CONTROLS, NO, YES, Vocabulary, words
from bot.texts import LANGUAGES, Texts

CODES: Final = ("start", "not_now", "no_thanks", "stop")
"""What an invite offers, in the order of its buttons and of their typed numbers."""
MINUTE: Final = 60
LONGEST_NAME: Final = 60
QUIET: Final = timedelta(hours=1)
"""Other words than an answer get one hint; the next not before so long."""


# --- what it says -----------------------------------------------------------------------------------------


def invite(scene: Scene, event: Invite) -> Sprint:
    """Ask whether the person would like to answer."""
    first = scene.session.invited_at or scene.now
    asked = scene.with_session(
        invite=event, turn=scene.session.turn + 1, tries=0, copies=0, invited_at=first, asked_at=scene.now
    )
    return Sprint(asked.session, (Say(message=_message(asked, _text(asked)), role="invite"),))


def remind(scene: Scene) -> Sprint:
    """The invite once more, under a word that it is a reminder. Both copies carry the same tokens."""
    asker = scene.session.invite.asker if scene.session.invite else ""
    text = _lines(scene.say("reminder.invite", asker=asker), _how_much(scene), *_reasons(scene))
    return Sprint(repeated(scene), (Say(message=_message(scene, text), role="reminder"),))


def wake(scene: Scene) -> Sprint:
    """The invite once more, at the moment the person has named."""
    text = _lines(scene.say("snooze.over"), _how_much(scene), *_reasons(scene))
    return Sprint(repeated(scene), (Say(message=_message(scene, text), role="question"),))


def again(scene: Scene) -> Sprint:
    """The invite once more because the person asked for it, or for another language."""
    return Sprint(repeated(scene), (Say(message=_message(scene, _text(scene)), role="hint"),))


def _text(scene: Scene) -> str:
    """Who asks, how much, how long, why, and who will read it."""
    name = one_line(scene.session.person.get("name", ""), LONGEST_NAME)
    hello = scene.say("invite.hello", name=name) if name else ""
    return _lines(hello, _how_much(scene), *_reasons(scene))


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _how_much(scene: Scene) -> str:
    plan, session = scene.plan, scene.session
    ids = routing.expected(plan, session, 0, dict(session.person))
    if not ids:
        return ""
    key = "invite.ask_about" if plan.branches else "invite.ask"
    asker = session.invite.asker if session.invite else ""
    asked = scene.texts.plural(key, session.language, len(ids), asker=asker)
    minutes = round(sum(seconds(plan.flow.questions[plan.places[one]]) for one in ids) / MINUTE)
    if minutes < 1:
        return f"{asked} {scene.say('invite.under_minute')}"
    return f"{asked} {scene.texts.plural('invite.minutes', session.language, minutes)}"


def _reasons(scene: Scene) -> tuple[str, ...]:
    said = scene.session.invite
    return (said.reason, said.readers) if said else ()


def _message(scene: Scene, text: str) -> Outbound:
    *buttons, stop = (Button(token(scene.session, code), scene.say(f"invite.{code}")) for code in CODES)
    return Outbound(text=text, buttons=tuple(buttons), controls=(stop,))


def _settled(scene: Scene, ending: str) -> Settle:
    return Settle(message=Outbound(text=_lines(_text(scene), ending)))


# --- what may follow --------------------------------------------------------------------------------------


def codes(session: Session) -> Mapping[str, str]:
    """Token to code."""
    return {token(session, code): code for code in CODES}


def meaning(text: str, texts: Texts) -> str | None:
    """The code that was typed: by words, by a button's label in any language, or by its number from 1."""
    by_number = {str(number): code for number, code in enumerate(CODES, start=1)}
    return by_number.get(fold(text[:LONGEST_NAME])) or _vocabulary(texts).find(text)


@cache
def _vocabulary(texts: Texts) -> Vocabulary[str]:
    labels = [(texts(f"invite.{code}", language), code) for code in CODES for language in LANGUAGES]
    said = [(word, "start") for word in (*words(YES), *words(BEGIN))]
    said += [(word, "no_thanks") for word in (*words(NO), *words(CONTROLS["decline"]))]
    said += [(word, "not_now") for word in words(CONTROLS["not_now"])]
    return Vocabulary(labels + said)


def start(scene: Scene) -> Sprint:
    """Open the flow."""
    return begin_at_start(scene, [_settled(scene, CHOSEN + scene.say("invite.start"))])


def not_now(scene: Scene) -> Sprint:
    """Another day."""
    return _ended(scene, Status.NOT_NOW, "not_now", "invite.not_now_done")


def decline(scene: Scene) -> Sprint:
    """Not this survey."""
    return _ended(scene, Status.DECLINED, "no_thanks", "invite.declined_done")


def _ended(scene: Scene, status: Status, code: str, key: str) -> Sprint:
    closing = Say(message=Outbound(text=scene.say(key)), role="closing")
    return end(scene, status, _settled(scene, CHOSEN + scene.say(f"invite.{code}")), closing)


def stop(scene: Scene) -> Sprint:
    """No more questions at all; the bot's confirmation is said by whoever keeps the person's wish."""
    return end(scene, Status.DECLINED, _settled(scene, scene.say("settled.stopped")))


def expire(scene: Scene) -> Sprint:
    """Nobody reacted in time."""
    return end(scene, Status.IGNORED, _settled(scene, scene.say("settled.closed")))


CHOICES: Final[Mapping[str, Callable[[Scene], Sprint]]] = {
    "start": start,
    "not_now": not_now,
    "no_thanks": decline,
    "stop": stop,
}


def steered(scene: Scene, event: Control) -> Sprint:
    """A steering word; only some of them mean something to an invite."""
    steering = {"again": again, "not_now": not_now, "decline": decline, "restart": start, "resume": again}
    return steering.get(event.what, other_words)(scene)


def other_words(scene: Scene) -> Sprint:
    """Anything that is no answer to an invite."""
    return _hint(scene, scene.say("invite.hint"))


def media(scene: Scene) -> Sprint:
    """Something that is not words."""
    return _hint(scene, _lines(scene.say("repair.media"), scene.say("invite.hint")))


def _hint(scene: Scene, text: str) -> Sprint:
    hinted = scene.session.hinted_at
    if hinted is not None and scene.now - hinted < QUIET:
        return Sprint(scene.session)
    said: Effect = Say(message=_message(scene, text), role="hint")
    return Sprint(replace(repeated(scene), hinted_at=scene.now), (said,))


def repeated(scene: Scene) -> Session:
    """The session with one more copy of its prompt in the chat."""
    return scene.with_session(copies=scene.session.copies + 1).session
