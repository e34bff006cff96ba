"""Changing what was answered: by its handle, by editing one's own message, by adding to it, from the start.

The way on from a changed answer is that of ``answering``: what lies on it stands, the rest is withdrawn.
A completed session is opened again for it; whether it is not too late for that is the caller's to say.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.engine import routing
from bot.engine.answering import begin_at_start, go_on, put, settled
from bot.engine.folding import clean, one_line, shows_nothing
from bot.engine.messages import Outbound
from bot.engine.questions.base import Understood
from bot.engine.scene import CHOSEN, Scene
from bot.engine.session import (
    Answer,
    Edit,
    Effect,
    Heard,
    Record,
    Reply,
    Say,
    Session,
    Settle,
    Sprint,
    Status,
)

AT_ONCE: Final = timedelta(seconds=4)
"""Further words within this time go on with what was just written: nobody has read the next question yet."""
SHOWN: Final = 100
"""Characters of a changed answer in the word about it."""


# --- to an earlier question -------------------------------------------------------------------------------


def revisit(scene: Scene, question: str) -> Sprint:
    """Put an earlier question again, with the answer so far; its handle was pressed."""
    pressed = Settle(message=scene.at(question).settled(scene.say("settled.changing")), of="pressed")
    return _put_again(scene, question, [*settled(scene, ""), pressed])


def reopen(scene: Scene, question: str) -> Sprint:
    """The same after the end."""
    pressed = Settle(message=scene.at(question).settled(scene.say("settled.changing")), of="pressed")
    return _put_again(_opened_again(scene), question, [pressed])


def reopen_last(scene: Scene) -> Sprint:
    """Put the last question again after the end; nothing where none was answered or that is not allowed."""
    if not scene.plan.flow.back or not scene.put_so_far:
        return Sprint(scene.session)
    return _put_again(_opened_again(scene), scene.put_so_far[-1], [])


def _put_again(scene: Scene, question: str, effects: list[Effect]) -> Sprint:
    path = scene.at(question).session.path[:-1]
    walked = routing.Walk((), path, scene.plan.places[question])
    return put(scene, walked, effects, answers=scene.session.answers)


def _opened_again(scene: Scene) -> Scene:
    if scene.session.status is not Status.COMPLETED:
        return scene
    return scene.with_session(status=Status.ACTIVE, reopened_at=scene.now, ended_at=None)


def restart(scene: Scene) -> Sprint:
    """From the first question again. What was answered is withdrawn; after a completed run it stands."""
    session = scene.session
    if session.reopened_at is not None:
        return _put_again(scene, scene.put_so_far[0], settled(scene, ""))
    begun = begin_at_start(scene.with_session(heard={}), [])
    withdrawn = [
        Record(question=question, answer=Answer(None, "withdrawn"), seconds=0.0)
        for question in session.answers
        if question not in begun.session.answers
    ]
    said = Say(message=Outbound(text=scene.say("restart.done")), role="note")
    return Sprint(begun.session, (*settled(scene, ""), *withdrawn, said, *begun.effects))


# --- the answer itself ------------------------------------------------------------------------------------


def edited(scene: Scene, event: Edit) -> Sprint:
    """A message that was an answer says something else now."""
    heard = scene.session.heard[event.ref]
    if not scene.plan.flow.back:
        return _noted(scene, scene.say("back.off"))
    if heard.question not in scene.session.path:
        return _noted(scene, scene.say("edit.unchanged"))
    words = clean(event.text)
    kept = {**scene.session.heard, event.ref: replace(heard, words=words)}
    answer = None if shows_nothing(words) else _read(scene, kept, heard.question)
    if answer is None:
        return _noted(scene, scene.say("edit.not_understood"))
    if answer == scene.session.answers.get(heard.question):
        return Sprint(scene.session)
    shown = scene.at(heard.question).shown(heard.question, answer)
    past = Settle(message=scene.at(heard.question).answered(CHOSEN + shown), of="past", turn=heard.turn)
    changed = scene.with_session(heard=kept)
    told = scene.say("edit.changed", answer=one_line(shown, SHOWN))
    return change(changed, heard.question, answer, told, past)


def joins(scene: Scene, event: Reply) -> str:
    """The question whose answer these words go on with; empty where they stand alone."""
    session = scene.session
    if session.words_at is None or scene.now - session.words_at > AT_ONCE or not scene.plan.flow.back:
        return ""
    if session.words_to not in session.answers or session.words_to not in session.path:
        return ""
    question = session.words_to
    return question if _read(scene, _with(session, question, event), question) is not None else ""


def join(scene: Scene, event: Reply, question: str) -> Sprint:
    """More words, written before the next question was read, belong to the answer before it."""
    session = scene.session
    heard = _with(session, question, event)
    answer = _read(scene, heard, question)
    assert answer is not None
    first = sum(one.question == question for one in session.heard.values()) <= 1
    told = scene.say("join.added") if first else ""
    joined = scene.with_session(heard=heard, words_at=scene.now)
    return change(joined, question, answer, told)


def _with(session: Session, question: str, event: Reply) -> dict[str, Heard]:
    said = [one for one in session.heard.values() if one.question == question]
    turn = said[-1].turn if said else session.turn
    before = dict(session.heard) if said else {
        **session.heard, "": Heard(question, str(session.answers[question].value), turn)
    }  # fmt: skip
    return {**before, event.ref or f"+{len(before)}": Heard(question, clean(event.text), turn)}


def _read(scene: Scene, heard: dict[str, Heard], question: str) -> Answer | None:
    """The answer that all messages to this question make together; None where they make none."""
    words = "\n".join(one.words for one in heard.values() if one.question == question)
    at = scene.at(question)
    reading = at.kind.read(words, at.prompt)
    if not isinstance(reading, Understood) or reading.answer.status != "answered" or reading.wants_words:
        return None
    return reading.answer


def change(scene: Scene, question: str, answer: Answer, told: str, *effects: Effect) -> Sprint:
    """Another answer to an earlier question. The open one stays as it is, if the way still leads to it."""
    session = scene.session
    record = Record(question=question, answer=answer, seconds=0.0)
    notes = [Say(message=Outbound(text=told), role="note")] if told else []
    here = session.question
    others = {key: one for key, one in session.answers.items() if key != here}
    asking = _opened_again(scene)
    moved = go_on(asking.with_session(answers=others).at(question), answer, [record, *effects])
    silent = tuple(one for one in moved.effects if isinstance(one, Record | Settle))
    if moved.session.status is Status.COMPLETED and session.status is Status.COMPLETED:
        return Sprint(replace(moved.session, ended_at=session.ended_at), (*silent, *notes))
    if _stays(scene, moved.session, question):
        answers = dict(moved.session.answers)
        if here is not None and here in session.answers:
            answers[here] = session.answers[here]
        return Sprint(replace(session, answers=answers), (*silent, *notes))
    closing = [] if session.question is None else settled(scene, "")
    return go_on(asking.at(question), answer, [record, *effects, *closing, *notes])


def _stays(scene: Scene, moved: Session, changed: str) -> bool:
    """Whether the open question is still the one to be asked, in the same words."""
    session = scene.session
    if session.question is None or moved.question != session.question or moved.path != session.path:
        return False
    return changed not in scene.plan.quotes[scene.place]


def _noted(scene: Scene, text: str) -> Sprint:
    return Sprint(scene.session, (Say(message=Outbound(text=text), role="note"),))
