"""What is said when something cannot be taken as an answer: kindly, with the buttons again, and not for ever.

After the question's number of tries an optional question is left out; a required one stays open in silence.
"""

from datetime import timedelta
from typing import Final

from bot.engine.answering import no_words, passed
from bot.engine.messages import Button, Outbound
from bot.engine.questions.base import Repair
from bot.engine.scene import GUESSED, Scene, token
from bot.engine.session import Say, Sprint

PAUSE: Final = timedelta(seconds=10)
"""An album comes as several messages and a button is tapped twice: one word about it is enough."""

EMPTY: Final = Repair("repair.empty", precise=True)
MEDIA: Final = Repair("repair.media", precise=True)


def hint(scene: Scene, text: str) -> Sprint:
    """Say this with everything on offer once more. The turn stays: both copies of the buttons count once."""
    hinted = scene.with_session(hinted_at=scene.now, copies=scene.session.copies + 1)
    return Sprint(hinted.session, (Say(message=hinted.message(text), role="hint"),))


def not_understood(scene: Scene, repair: Repair) -> Sprint:
    """An answer that cannot be taken: the hint, up to the question's number of tries."""
    tries = scene.session.tries + 1
    most = max(1, scene.question.tries)
    if tries > most:  # it waits, and whoever still tries is still answered
        return Sprint(scene.session) if just_hinted(scene) else hint(scene, explain(scene, repair))
    if tries == most and scene.session.awaiting:
        return no_words(scene, _left(scene))
    if tries == most and not scene.question.required:
        return passed(scene, "skipped", _left(scene))
    text = scene.say("repair.enough") if tries == most else explain(scene, repair)
    return hint(scene.with_session(tries=tries), text)


def confirm(scene: Scene, guess: str) -> Sprint:
    """Ask whether a choice was meant, before it counts. It is no try: the question was understood."""
    guessed = scene.with_session(guess=guess, hinted_at=scene.now, copies=scene.session.copies + 1)
    buttons = tuple(Button(token(scene.session, code), scene.say(f"guess.{code}")) for code in GUESSED)
    message = Outbound(text=scene.say("guess.ask", answer=guess), buttons=buttons, layout="inline")
    return Sprint(guessed.session, (Say(message=message, role="hint"),))


def _left(scene: Scene) -> Say:
    return Say(message=Outbound(text=scene.say("repair.left")), role="note")


def explain(scene: Scene, repair: Repair) -> str:
    """The repair in words: what exactly is wrong, and the question's own hint or else that of its type."""
    own = "" if scene.session.awaiting else scene.filled(scene.question.hint)
    if own and not repair.precise:
        return own
    if repair.n is None:
        said = scene.say(repair.key, **repair.values)
    else:
        said = scene.texts.plural(repair.key, scene.session.language, repair.n, **repair.values)
    return f"{said}\n{own}" if own else said


def just_hinted(scene: Scene) -> bool:
    """Whether something was said about a mistake a moment ago."""
    hinted = scene.session.hinted_at
    return hinted is not None and scene.now - hinted < PAUSE


def just_asked(scene: Scene) -> bool:
    """Whether the open question was put a moment ago."""
    asked = scene.session.asked_at
    return asked is not None and scene.now - asked < PAUSE
