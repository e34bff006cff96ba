"""Putting the open question in sight again: asked for, reminded of, or taken up after hours with a recap."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.engine.folding import one_line
from bot.engine.messages import Button, Outbound
from bot.engine.scene import PRESSED_ANYWHERE, Scene, token
from bot.engine.session import Say, Session, Sprint
from bot.engine.vocabulary import GREETINGS, Vocabulary, words

AWAY: Final = timedelta(hours=3)
"""After so long a silence people have lost the thread."""
RECALLED: Final = 3
"""Answers that a recap names: the latest ones."""
QUESTION: Final = 60
ANSWER: Final = 40
"""Characters of each in a recap."""

_GREETINGS: Final = Vocabulary((word, True) for word in words(GREETINGS))


def away(scene: Scene) -> bool:
    """Whether the person has been silent for hours."""
    session = scene.session
    moments = (session.asked_at, session.last_answer_at, session.hinted_at)
    return scene.now - max(moment for moment in moments if moment is not None) >= AWAY


def greets(scene: Scene, said: str) -> bool:
    """Whether somebody who was away only says hello, where any words would be an answer."""
    return scene.question.type == "text" and away(scene) and bool(_GREETINGS.find(said))


def again(scene: Scene) -> Sprint:
    """The open question once more."""
    said = Say(message=scene.message(scene.whole_text()), role="question")
    return Sprint(_repeated(scene), (said,))


def resume(scene: Scene) -> Sprint:
    """The open question once more, under what was answered so far."""
    text = f"{_recap(scene)}\n\n{scene.whole_text()}"
    resumed = scene.with_session(hinted_at=scene.now)
    return Sprint(_repeated(resumed), (Say(message=resumed.message(text), role="question"),))


def _recap(scene: Scene) -> str:
    session = scene.session
    told: list[str] = []
    for question in scene.put_so_far[:-1]:
        answer = session.answers.get(question)
        shown = scene.shown(question, answer) if answer is not None else ""
        if shown:
            asked = one_line(scene.at(question).bare_text(), QUESTION)
            told.append(f"· {asked} {one_line(shown, ANSWER)}")
    if not told:
        return scene.say("recap.open")
    return "\n".join((scene.say("recap.so_far"), *told[-RECALLED:], scene.say("recap.next")))


def remind(scene: Scene) -> Sprint:
    """The open question once more, because nothing was heard."""
    return Sprint(_repeated(scene), (Say(message=_with_a_way_out(scene, "reminder.open"), role="reminder"),))


def wake(scene: Scene) -> Sprint:
    """The open question once more, at the moment the person has named."""
    return Sprint(_repeated(scene), (Say(message=_with_a_way_out(scene, "snooze.over"), role="question"),))


def _with_a_way_out(scene: Scene, why: str) -> Outbound:
    """The open question under a word why it comes now, with what declines it in one tap."""
    text = f"{scene.say(why)}\n\n{scene.whole_text()}"
    message = scene.message(text)
    declining = tuple(
        Button(token(scene.session, code), scene.say(f"control.{code}")) for code in PRESSED_ANYWHERE
    )
    return replace(message, controls=(*message.controls, *declining))


def _repeated(scene: Scene) -> Session:
    return scene.with_session(copies=scene.session.copies + 1).session
