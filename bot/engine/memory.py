"""What a session keeps of the messages that answered it, after every step.

It numbers the revisions of answers, and knows which of the person's own messages stand as answers, so that
they can be edited or added to. It decides nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.engine.flow import Flow
from bot.engine.folding import clean
from bot.engine.session import Edit, Event, Heard, Record, Reply, Session, Sprint


def remembered(flow: Flow, before: Session, event: Event, sprint: Sprint, now: datetime) -> Sprint:
    """The sprint with what its session is to remember of the event. ``now`` is aware UTC."""
    if not before.waiting and not sprint.effects:
        return sprint
    records = [effect for effect in sprint.effects if isinstance(effect, Record)]
    session = sprint.session
    changes: dict[str, object] = {}
    if records:
        # the turn serves as the revision, until an answer is changed while its turn is over
        changes["revision"] = max(before.turn, before.revision + 1)
    if session.heard is not before.heard:  # ``changing`` has seen to it
        return _with(sprint, changes)
    if isinstance(event, Edit):  # what was not understood, mended
        event = Reply(event.text, event.ref)
    heard = session.heard
    answered = {record.question for record in records}
    if before.question in answered and heard:
        heard = {ref: one for ref, one in heard.items() if one.question not in answered}
        changes["heard"] = heard
    if isinstance(event, Reply):
        changes |= _after_words(flow, before, event, session, heard, records, now)
    elif records or session.turn != before.turn:
        changes |= {"words_to": "", "words_at": None, "misread": ""}
    return _with(sprint, changes)


def _after_words(
    flow: Flow,
    before: Session,
    event: Reply,
    session: Session,
    heard: Mapping[str, Heard],
    records: list[Record],
    now: datetime,
) -> dict[str, object]:
    taken = next((one for one in records if one.question == before.question), None)
    if taken is None or taken.answer.status != "answered" or before.awaiting:
        misread = event.ref if session.turn == before.turn and session.question is not None else ""
        return {"misread": misread, "words_to": "", "words_at": None}
    free = flow.question(taken.question).type == "text"
    changes: dict[str, object] = {
        "misread": "",
        "words_to": taken.question if free else "",
        "words_at": now if free else None,
    }
    if event.ref:
        one = Heard(taken.question, clean(event.text), before.turn)
        changes["heard"] = {**heard, event.ref: one}
    return changes


def _with(sprint: Sprint, changes: Mapping[str, object]) -> Sprint:
    """The sprint with what is different of its session, made anew once: this runs for every message."""
    session = sprint.session
    news = {name: value for name, value in changes.items() if getattr(session, name) != value}
    return replace(sprint, session=replace(session, **news)) if news else sprint  # type: ignore[arg-type]
