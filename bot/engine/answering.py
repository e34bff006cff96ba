"""What an answer leads to: a record, a settled prompt, and the next question or the end. Also going back.

Answers from before a "back" stand while they still lie on the way to be expected; the others are withdrawn,
and so is one whose question quoted an answer that has changed: it was given to another question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.engine import routing
from bot.engine.ending import end, real
from bot.engine.flow import Question
from bot.engine.folding import one_line
from bot.engine.messages import Outbound
from bot.engine.questions.base import Understood, order
from bot.engine.questions.text import SHOWN
from bot.engine.scene import CHOSEN, Scene
from bot.engine.session import Answer, AnswerStatus, Effect, Record, Say, Settle, Sprint, Status, Wait

LONGEST_PATH: Final = 500
"""Questions put in one session, loops counted each time. Beyond it the session ends: nobody means that."""

_WITHDRAWN: Final = Answer(None, "withdrawn")


def understood(scene: Scene, found: Understood) -> Sprint:
    """Keep the answer and go on; after "other" ask for its words first. Even without them it is kept."""
    answer = found.answer
    if answer.status != "answered":
        return passed(scene, answer.status)
    if scene.question.random:
        choices = scene.question.choices
        shown = [choices[place].id for place in order(scene.prompt)]
        answer = replace(answer, detail={**answer.detail, "order": shown})
    effects = [_record(scene, answer), *answered(scene, CHOSEN + scene.shown(scene.question.id, answer))]
    if not found.wants_words:
        return go_on(scene, answer, effects)
    asked = scene.with_session(
        **_marks(scene, answer),
        answers={**scene.session.answers, scene.question.id: answer},
        awaiting="other",
        turn=scene.session.turn + 1,
        tries=0,
        guess="",
        copies=0,
    )
    return Sprint(asked.session, (*effects, Say(message=asked.message(asked.text()), role="question")))


def words_of_other(scene: Scene, words: str) -> Sprint:
    """The words of "other, please specify"."""
    answer = replace(scene.session.answers[scene.question.id], other=words)
    return go_on(scene, answer, [_record(scene, answer), *settled(scene, CHOSEN + one_line(words, SHOWN))])


def no_words(scene: Scene, *said: Effect) -> Sprint:
    """No words for "other": it stays as it was recorded when it was chosen."""
    answer = scene.session.answers[scene.question.id]
    return go_on(scene, answer, [*settled(scene, scene.say("settled.skipped")), *said])


def passed(scene: Scene, status: AnswerStatus, *said: Effect) -> Sprint:
    """The question is left without a value: skipped, refused or timed out."""
    answer = Answer(None, status)
    ending = CHOSEN + scene.say("control.refuse") if status == "refused" else scene.say(f"settled.{status}")
    settle = settled if status == "timed_out" else answered
    return go_on(scene, answer, [_record(scene, answer), *settle(scene, ending), *said])


def keep(scene: Scene) -> Sprint:
    """After going back: the earlier answer stands, and nothing is recorded anew."""
    answer = scene.session.answers[scene.question.id]
    shown = scene.shown(scene.question.id, answer)
    return go_on(scene, answer, answered(scene, CHOSEN + shown if shown else scene.say("settled.skipped")))


def _record(scene: Scene, answer: Answer) -> Record:
    asked = scene.session.asked_at or scene.now
    # with "other" the time up to the choice was told of when it was made
    chosen = scene.session.last_answer_at if scene.session.awaiting else None
    told = max(0.0, (chosen - asked).total_seconds()) if chosen is not None else 0.0
    seconds = max(told, (scene.now - asked).total_seconds())
    return Record(question=scene.question.id, answer=answer, seconds=seconds, told=told)


def settled(scene: Scene, ending: str) -> list[Effect]:
    """The open prompt with its ending and without buttons; nothing where it has none."""
    return [Settle(message=scene.settled(ending))] if scene.tappable() else []


def answered(scene: Scene, ending: str) -> list[Effect]:
    """The open prompt with its answer and the handle to change it; nothing where it had nothing to press."""
    return [Settle(message=scene.answered(ending))] if scene.tappable() else []


def _marks(scene: Scene, answer: Answer) -> dict[str, object]:
    """The times that an answer leaves in the session."""
    session = scene.session
    changes: dict[str, object] = {}
    if answer.status != "timed_out":
        changes["last_answer_at"] = scene.now
    if session.started_at is None and real(answer):
        changes["started_at"] = scene.now
    return changes


# --- the next question ------------------------------------------------------------------------------------


def go_on(scene: Scene, answer: Answer, effects: Sequence[Effect]) -> Sprint:
    """Walk from the answered question to the next one and put it."""
    plan, session, place = scene.plan, scene.session, scene.place
    changed = session.answers.get(scene.question.id) != answer
    answers = {**session.answers, scene.question.id: answer}
    standing = {
        key: one
        for key, one in answers.items()
        if key not in session.path and not (changed and scene.question.id in plan.quotes[plan.places[key]])
    }
    known = routing.values(session.person, answers, session.path)
    following = routing.after(plan, place, known, answer)
    walked = routing.walk(plan, session, following, known, session.path, standing)
    kept, withdrawn = _sorted_out(scene, answers, standing, walked, known)
    unasked = _unasked(scene, walked)
    kept = {**kept, **walked.quiet}
    return put(scene, walked, [*effects, *withdrawn, *unasked], answers=kept, **_marks(scene, answer))


def _unasked(scene: Scene, walked: routing.Walk) -> list[Record]:
    """The answers on the way that nobody had to give, as far as they are new."""
    return [
        Record(question=key, answer=one, seconds=0.0)
        for key, one in walked.quiet.items()
        if scene.session.answers.get(key) != one
    ]


def _sorted_out(
    scene: Scene,
    answers: Mapping[str, Answer],
    standing: Mapping[str, Answer],
    walked: routing.Walk,
    known: Mapping[str, object],
) -> tuple[Mapping[str, Answer], list[Record]]:
    """The answers that still lie on the way, walked or to be expected, and the withdrawal of the others."""
    away = [key for key in answers if key not in walked.path]
    if not away:
        return answers, []
    ahead = routing.expected(scene.plan, scene.session, walked.place, known, walked.path, standing)
    gone = [key for key in away if key not in standing or key not in ahead]
    records = [Record(question=key, answer=_WITHDRAWN, seconds=0.0) for key in gone]
    return {key: one for key, one in answers.items() if key not in gone}, records


def begin_at_start(scene: Scene, effects: Sequence[Effect]) -> Sprint:
    """Open the flow: the notes before the first question, and that question."""
    walked = routing.walk(scene.plan, scene.session, 0, dict(scene.session.person), (), {})
    opened = scene.with_session(status=Status.ACTIVE, invite=None)
    return put(opened, walked, [*effects, *_unasked(scene, walked)], answers=walked.quiet)


def put(
    scene: Scene,
    walked: routing.Walk,
    effects: Sequence[Effect],
    answers: Mapping[str, Answer],
    **marks: object,
) -> Sprint:
    """Put the question at the end of a walk as the next turn, or end the session where none is left."""
    plan, path = scene.plan, walked.path
    if walked.place == plan.end or len(path) >= LONGEST_PATH:
        return _complete(scene.with_session(answers=answers, path=path, **marks), walked, effects)
    question = plan.flow.questions[walked.place]
    if question.id in path:  # a loop asks afresh; only "back" shows the earlier answer
        answers = {key: one for key, one in answers.items() if key != question.id}
    earlier = answers.get(question.id)
    asked = scene.with_session(
        question=question.id,
        turn=scene.session.turn + 1,
        tries=0,
        path=(*path, question.id),
        answers=answers,
        picked=_ticked(question, earlier),
        awaiting="",
        guess="",
        copies=0,
        snoozed_until=None,
        asked_at=scene.now,
        **marks,
    )
    said = [*_notes(asked, walked), Say(message=asked.message(asked.text()), role="question")]
    return Sprint(asked.session, (*effects, *said, *_timer(asked)))


def _consent_refused(scene: Scene) -> bool:
    """Whether the flow ends because somebody did not agree, not because all was said."""
    last = scene.session.question
    if last is None or scene.question.type != "consent":
        return False
    return scene.session.answers[last].value is False


def _ticked(question: Question, earlier: Answer | None) -> tuple[str, ...]:
    """What stands ticked in a selection that is put again; an order begins anew."""
    if question.type != "select_multiple" or earlier is None or not isinstance(earlier.value, list):
        return ()
    return tuple(earlier.value)


def _complete(scene: Scene, walked: routing.Walk, effects: Sequence[Effect]) -> Sprint:
    if _consent_refused(scene):
        refused = Say(message=Outbound(text=scene.say("consent.refused")), role="closing")
        return end(scene, Status.DECLINED, *effects, refused)
    closing = scene.filled(scene.plan.flow.closing) or scene.say("closing.default")
    if scene.session.reopened_at is not None:
        closing = scene.say("closing.changed")
    said = [*_notes(scene, walked), Say(message=Outbound(text=closing), role="closing")]
    return end(scene, Status.COMPLETED, *effects, *said)


def _notes(scene: Scene, walked: routing.Walk) -> list[Say]:
    notes = [scene.plan.flow.questions[place] for place in walked.notes]
    return [Say(message=Outbound(text=scene.filled(note.text)), role="note") for note in notes]


def _timer(scene: Scene) -> list[Wait]:
    minutes = scene.question.timeout_minutes
    if not minutes:
        return []
    return [Wait(until=scene.now + timedelta(minutes=minutes), turn=scene.session.turn)]


def back(scene: Scene) -> Sprint:
    """Put the question before this one again; from the words of "other", its own choices."""
    path = scene.session.path
    asked = [number for number, key in enumerate(path) if scene.asked(key)]
    number = asked[-1] if scene.session.awaiting else asked[-2]
    place, path = scene.plan.places[path[number]], path[:number]
    return put(scene, routing.Walk((), path, place), settled(scene, ""), answers=scene.session.answers)
