"""What a session keeps of the messages that answered it, after every step.

It numbers the revisions of answers, and knows which of the person's own messages stand as answers, so that
they can be edited or added to. It decides nothing.
"""

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
    if records:
        # the turn serves as the revision, until an answer is changed while its turn is over
        session = replace(session, revision=max(before.turn, before.revision + 1))
    if session.heard is not before.heard:  # ``changing`` has seen to it
        return replace(sprint, session=session)
    if isinstance(event, Edit):  # what was not understood, mended
        event = Reply(event.text, event.ref)
    answered = {record.question for record in records}
    if before.question in answered and session.heard:
        kept = {ref: one for ref, one in session.heard.items() if one.question not in answered}
        session = replace(session, heard=kept)
    if isinstance(event, Reply):
        session = _after_words(flow, before, event, replace(session, misread=""), records, now)
    elif records or session.turn != before.turn:
        session = replace(session, words_to="", words_at=None, misread="")
    return replace(sprint, session=session)


def _after_words(
    flow: Flow, before: Session, event: Reply, session: Session, records: list[Record], now: datetime
) -> Session:
    taken = next((one for one in records if one.question == before.question), None)
    if taken is None or taken.answer.status != "answered" or before.awaiting:
        misread = event.ref if session.turn == before.turn and session.question is not None else ""
        return replace(session, misread=misread, words_to="", words_at=None)
    if event.ref:
        heard = Heard(taken.question, clean(event.text), before.turn)
        session = replace(session, heard={**session.heard, event.ref: heard})
    free = flow.question(taken.question).type == "text"
    return replace(session, words_to=taken.question if free else "", words_at=now if free else None)
