"""A session with an open question: what each event does to it. The table stands at the end."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.engine import answering, repairs
from bot.engine.ending import end, outcome, outcome_of_stop
from bot.engine.folding import clean, shows_nothing
from bot.engine.messages import Outbound
from bot.engine.questions.base import Reading, Repair, Understood
from bot.engine.questions.text import too_long
from bot.engine.scene import FORM, Scene, token
from bot.engine.session import (
    Control,
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
)
from bot.engine.vocabulary import KEEP, Vocabulary, words

_KEEP: Final = Vocabulary((word, True) for word in words(KEEP))


# --- words ------------------------------------------------------------------------------------------------


def _reply(scene: Scene, event: Reply) -> Sprint:
    said = clean(event.text)
    if shows_nothing(said):
        return repairs.not_understood(scene, repairs.EMPTY)
    if scene.session.awaiting:
        return _words_of_other(scene, said)
    if scene.earlier is not None and _KEEP.find(said):
        return answering.keep(scene)
    reading = scene.kind.read(said, scene.prompt)
    return repairs.not_understood(scene, reading) if isinstance(reading, Repair) else _meant(scene, reading)


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


def _media(scene: Scene, _: Media) -> Sprint:
    if repairs.just_hinted(scene):
        return Sprint(scene.session)
    return repairs.not_understood(scene, repairs.MEDIA)


# --- buttons and windows ----------------------------------------------------------------------------------


def _tap(scene: Scene, event: Tap) -> Sprint:
    code = scene.codes().get(event.token)
    if code is None:
        return _stale(scene, event.token)
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
    if repairs.just_hinted(scene) or (pressed.startswith(before) and repairs.just_asked(scene)):
        return Sprint(session)
    return repairs.hint(scene, f"{scene.say('repair.stale')}\n\n{scene.whole_text()}")


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
    if not scene.plan.flow.back:
        return repairs.hint(scene, scene.say("back.off"))
    if len(scene.session.path) == 1 and not scene.session.awaiting:
        return repairs.hint(scene, scene.say("back.first"))
    return answering.back(scene)


def _again(scene: Scene) -> Sprint:
    return Sprint(scene.session, (Say(message=scene.message(scene.whole_text()), role="question"),))


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
}
"""Codes of controls and what they do. "done" depends on what is picked."""

_STEERING: Final[Mapping[str, Callable[[Scene], Sprint]]] = {
    "back": _back,
    "skip": _skip,
    "refuse": _refuse,
    "again": _again,
    "not_now": _not_now,
    "decline": _decline,
}


def _control(scene: Scene, event: Control) -> Sprint:
    return _STEERING[event.what](scene)


# --- moments ----------------------------------------------------------------------------------------------


def _remind(scene: Scene, _: Remind) -> Sprint:
    text = f"{scene.say('reminder.open')}\n\n{scene.whole_text()}"
    return Sprint(scene.session, (Say(message=scene.message(text), role="reminder"),))


def _timed_out(scene: Scene, event: TimedOut) -> Sprint:
    if event.turn != scene.session.turn or scene.session.awaiting:
        return Sprint(scene.session)
    return answering.passed(scene, "timed_out")


def _expire(scene: Scene, _: Expire) -> Sprint:
    status = outcome(scene.plan.flow, scene.session)
    return end(scene, status, *answering.settled(scene, scene.say("settled.closed")))


def _stop(scene: Scene, _: Stop) -> Sprint:
    status = outcome_of_stop(scene.plan.flow, scene.session)
    return end(scene, status, *answering.settled(scene, scene.say("settled.stopped")))


def _relabel(scene: Scene, event: Relabel) -> Sprint:
    return _again(scene.with_session(language=event.language))


HAPPENINGS: Final[Mapping[type, Callable[[Scene, Any], Sprint]]] = {
    Reply: _reply,
    Tap: _tap,
    Form: _form,
    Media: _media,
    Control: _control,
    Remind: _remind,
    TimedOut: _timed_out,
    Expire: _expire,
    Stop: _stop,
    Relabel: _relabel,
}
"""What may happen while a question is open. Anything else changes nothing."""
