"""A session with an open question: what each event does to it. The table stands at the end."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.engine import answering, changing, coming_back, repairs
from bot.engine.ending import end, outcome, outcome_of_stop
from bot.engine.folding import clean, shows_nothing
from bot.engine.messages import Outbound
from bot.engine.questions import RECEIVING
from bot.engine.questions.base import Reading, Repair, Toggled, Understood
from bot.engine.questions.near import NEAR
from bot.engine.questions.sent import Sent
from bot.engine.questions.text import too_long
from bot.engine.scene import FORM, Scene, handle, token
from bot.engine.session import (
    Control,
    Edit,
    Expire,
    Form,
    Media,
    Relabel,
    Remind,
    Reply,
    Say,
    Settle,
    Sprint,
    Status,
    Stop,
    Tap,
    TimedOut,
    Wake,
)
from bot.engine.vocabulary import KEEP, NO, YES, Vocabulary, words

_KEEP: Final = Vocabulary((word, True) for word in words(KEEP))
_YES_OR_NO: Final = Vocabulary(
    [*((word, True) for word in words(YES)), *((word, False) for word in words(NO))]
)


# --- words ------------------------------------------------------------------------------------------------


def _reply(scene: Scene, event: Reply) -> Sprint:
    said = clean(event.text)
    if shows_nothing(said):
        return repairs.not_understood(scene, repairs.EMPTY)
    if scene.session.awaiting:
        return _words_of_other(scene, said)
    if scene.earlier is not None and _KEEP.find(said):
        return answering.keep(scene)
    if coming_back.greets(scene, said):
        return coming_back.resume(scene)
    reading = scene.kind.read(said, scene.prompt)
    if isinstance(reading, Toggled):  # typed below the prompt, which is out of sight: say it once more
        toggled = scene.with_session(picked=reading.picked)
        return Sprint(toggled.session, (Say(message=toggled.message(toggled.text()), role="question"),))
    if scene.question.type == "text" or isinstance(reading, Repair):
        joined = changing.joins(scene, event)
        if joined:
            return changing.join(scene, event, joined)
    return _not_clear(scene, said, reading) if isinstance(reading, Repair) else _meant(scene, reading)


def _not_clear(scene: Scene, said: str, reading: Repair) -> Sprint:
    """No answer as it stands: a guess confirmed or refused, a guess to be made, somebody coming back."""
    if scene.session.guess and (confirmed := _YES_OR_NO.find(said)) is not None:
        return _meant_that(scene) if confirmed else _not_meant(scene)
    guess = _guess(scene, said)
    if guess:
        return repairs.confirm(scene, guess)
    if coming_back.away(scene):
        return coming_back.resume(scene)
    return repairs.not_understood(scene, reading)


def _guess(scene: Scene, said: str) -> str:
    near = NEAR.get(scene.question.type)
    found = near(said, scene.prompt) if near is not None else ""
    return found if found and isinstance(scene.kind.read(found, scene.prompt), Understood) else ""


def _meant_that(scene: Scene) -> Sprint:
    return _meant(scene, scene.kind.read(scene.session.guess, scene.prompt))


def _not_meant(scene: Scene) -> Sprint:
    return repairs.hint(scene.with_session(guess=""), scene.say("guess.which"))


def _edit(scene: Scene, event: Edit) -> Sprint:
    """An edited message: an answer is changed, or what was not understood is mended."""
    if event.ref in scene.session.heard:
        return changing.edited(scene, event)
    if event.ref == scene.session.misread:
        return _reply(scene, Reply(event.text, event.ref))
    return Sprint(scene.session)


def _words_of_other(scene: Scene, said: str) -> Sprint:
    if len(said) > scene.question.max_length:
        return repairs.not_understood(scene, too_long(said, scene.question))
    return answering.words_of_other(scene, said)


def _meant(scene: Scene, reading: Reading) -> Sprint:
    """What was pressed or understood. A repair here is about a press, which is no try at answering."""
    if isinstance(reading, Understood):
        return answering.understood(scene, reading)
    if isinstance(reading, Repair):
        return repairs.hint(scene, repairs.explain(scene, reading))
    toggled = scene.with_session(picked=reading.picked)
    return Sprint(toggled.session, (Settle(message=toggled.message(toggled.text())),))


def _media(scene: Scene, event: Media) -> Sprint:
    """What was sent, where the question takes such things; else the words beside it are what was said."""
    receiving = RECEIVING.get(scene.question.type)
    reading = receiving.receive(event, scene.prompt) if receiving and not scene.session.awaiting else None
    if isinstance(reading, Repair):
        return repairs.not_understood(scene, reading)
    if reading is not None:
        return _meant(scene, reading)
    if event.words:
        return _reply(scene, Reply(event.words))
    if repairs.just_hinted(scene) or _of_the_same_album(scene):
        return Sprint(scene.session)
    return repairs.not_understood(scene, scene.kind.hint if isinstance(scene.kind, Sent) else repairs.MEDIA)


def _of_the_same_album(scene: Scene) -> bool:
    """Several photos sent at once come as several messages: the first was the answer."""
    path = scene.session.path
    before = scene.plan.flow.questions[scene.plan.places[path[-2]]] if len(path) > 1 else None
    return before is not None and before.type in RECEIVING and repairs.just_asked(scene)


# --- buttons and windows ----------------------------------------------------------------------------------


def _tap(scene: Scene, event: Tap) -> Sprint:
    code = scene.codes().get(event.token)
    if code is None:
        earlier = scene.handles().get(event.token)
        return changing.revisit(scene, earlier) if earlier else _stale(scene, event.token)
    if code in PRESSES:
        return PRESSES[code](scene)
    offer = scene.offer
    if code == "done" and offer.done is not None:
        return _meant(scene, offer.done)
    for option in offer.options:
        if option.code == code:
            return _meant(scene, option.meaning)
    return Sprint(scene.session)  # the form's own token, pressed: its window is the platform's affair


def _form(scene: Scene, event: Form) -> Sprint:
    """A window was submitted: words, or the tokens of all choices that are ticked in it."""
    codes = scene.codes()
    offer = scene.offer
    if codes.get(event.token) != FORM:
        return _stale(scene, event.token)
    if offer.form == "long_text":
        return _reply(scene, Reply("\n".join(event.values)))
    ticked = {codes.get(value) for value in event.values}
    choices = scene.question.choices
    picked = tuple(choice.id for place, choice in enumerate(choices) if str(place) in ticked)
    done = scene.with_session(picked=picked)
    reading = done.offer.done
    assert reading is not None
    return _meant(done, reading)


def _stale(scene: Scene, pressed: str) -> Sprint:
    """A button that is not on offer. A second tap on the one just used is no mistake and gets no word."""
    session = scene.session
    before = token(scene.with_session(turn=session.turn - 1).session, "")
    if pressed == handle(session, scene.place):
        return Sprint(session)  # the open question is that one already
    if repairs.just_hinted(scene) or (pressed.startswith(before) and repairs.just_asked(scene)):
        return Sprint(session)
    if pressed in _taken(scene):
        return Sprint(session)
    return repairs.hint(scene, f"{scene.say('repair.stale')}\n\n{scene.whole_text()}")


def _taken(scene: Scene) -> set[str]:
    """Buttons of this very prompt that have had their effect: what already has its place in an order."""
    choices = scene.question.choices
    picked = (place for place, choice in enumerate(choices) if choice.id in scene.session.picked)
    return {token(scene.session, str(place)) for place in picked}


# --- steering ---------------------------------------------------------------------------------------------


def _skip(scene: Scene) -> Sprint:
    if scene.session.awaiting:
        return answering.no_words(scene)
    if scene.question.required:
        return repairs.hint(scene, scene.say("repair.no_skip"))
    return answering.passed(scene, "skipped")


def _refuse(scene: Scene) -> Sprint:
    if scene.question.refusable and not scene.session.awaiting:
        return answering.passed(scene, "refused")
    return _skip(scene)


def _back(scene: Scene) -> Sprint:
    undo = scene.offer.undo
    if undo is not None:
        return _meant(scene, undo)
    if not scene.plan.flow.back:
        return repairs.hint(scene, scene.say("back.off"))
    if scene.first and not scene.session.awaiting:
        return repairs.hint(scene, scene.say("back.first"))
    return answering.back(scene)


def _restart(scene: Scene) -> Sprint:
    if not scene.plan.flow.back:
        return repairs.hint(scene, scene.say("back.off"))
    return changing.restart(scene)


def _resume(scene: Scene) -> Sprint:
    return coming_back.resume(scene) if coming_back.away(scene) else coming_back.again(scene)


def _not_now(scene: Scene) -> Sprint:
    """Before the first answer it ends the session; afterwards the answers wait for the rest."""
    if scene.session.started_at is None:
        return _leave(scene, Status.NOT_NOW, "invite.not_now_done")
    return Sprint(scene.session, (Say(message=Outbound(text=scene.say("session.kept")), role="note"),))


def _decline(scene: Scene) -> Sprint:
    if scene.session.started_at is None:
        return _leave(scene, Status.DECLINED, "invite.declined_done")
    return _leave(scene, outcome(scene.plan.flow, scene.session), "closing.early")


def _leave(scene: Scene, status: Status, key: str) -> Sprint:
    closing = Say(message=Outbound(text=scene.say(key)), role="closing")
    return end(scene, status, *answering.settled(scene, scene.say("settled.stopped")), closing)


PRESSES: Final[Mapping[str, Callable[[Scene], Sprint]]] = {
    "skip": _skip,
    "no_words": _skip,
    "refuse": _refuse,
    "back": _back,
    "keep": answering.keep,
    "not_now": _not_now,
    "decline": _decline,
    "meant": _meant_that,
    "not_meant": _not_meant,
}
"""Codes of controls and what they do. "done" depends on what is picked."""

_STEERING: Final[Mapping[str, Callable[[Scene], Sprint]]] = {
    "back": _back,
    "skip": _skip,
    "refuse": _refuse,
    "again": coming_back.again,
    "resume": _resume,
    "not_now": _not_now,
    "decline": _decline,
    "restart": _restart,
}


def _control(scene: Scene, event: Control) -> Sprint:
    return _STEERING[event.what](scene)


# --- moments ----------------------------------------------------------------------------------------------


def _remind(scene: Scene, _: Remind) -> Sprint:
    return coming_back.remind(scene)


def _wake(scene: Scene, _: Wake) -> Sprint:
    return coming_back.wake(scene)


def _timed_out(scene: Scene, event: TimedOut) -> Sprint:
    if event.turn != scene.session.turn or scene.session.awaiting:
        return Sprint(scene.session)
    if scene.earlier is not None:  # gone back to, and left as it was
        return answering.keep(scene)
    return answering.passed(scene, "timed_out")


def _expire(scene: Scene, _: Expire) -> Sprint:
    status = outcome(scene.plan.flow, scene.session)
    return end(scene, status, *answering.settled(scene, scene.say("settled.closed")))


def _stop(scene: Scene, _: Stop) -> Sprint:
    status = outcome_of_stop(scene.plan.flow, scene.session)
    return end(scene, status, *answering.settled(scene, scene.say("settled.stopped")))


def _relabel(scene: Scene, event: Relabel) -> Sprint:
    return coming_back.again(scene.with_session(language=event.language))


HAPPENINGS: Final[Mapping[type, Callable[[Scene, Any], Sprint]]] = {
    Reply: _reply,
    Edit: _edit,
    Tap: _tap,
    Form: _form,
    Media: _media,
    Control: _control,
    Remind: _remind,
    Wake: _wake,
    TimedOut: _timed_out,
    Expire: _expire,
    Stop: _stop,
    Relabel: _relabel,
}
"""What may happen while a question is open. Anything else changes nothing."""
