"""The conversation as one pure function: a session and an event give a session and effects.

``step`` knows no clock, no chance, no platform and no store. What may happen in which state stands in
``HAPPENINGS``; an event that is not there changes nothing. Effects come in the order in which they are to be
carried out: records, the settled prompt, notes, the next question, its timer.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from bot.engine import asking, changing, invites, quiet
from bot.engine.answering import begin_at_start
from bot.engine.ending import end
from bot.engine.flow import Flow
from bot.engine.folding import clean
from bot.engine.memory import remembered
from bot.engine.plan import plan_of
from bot.engine.questions.base import Repair
from bot.engine.scene import Scene
from bot.engine.session import (
    Answer,
    Control,
    Edit,
    Event,
    Expire,
    Form,
    Invite,
    Media,
    Open,
    Relabel,
    Remind,
    Reply,
    Session,
    Snooze,
    Sprint,
    Status,
    Stop,
    Tap,
    Wake,
)
from bot.texts import Texts

LONGEST_ID: Final = 32
"""Letters of a session's id: with turn and code a token stays under the 64 bytes that Telegram takes."""

State = Literal["invited", "unopened", "asked", "ended"]


def begin(
    flow: Flow,
    *,
    session_id: str,
    language: str,
    person: Mapping[str, str],
    now: datetime,
    invited: bool,
    zone: str = "UTC",
    number: int = 0,
    left_out: Iterable[str] = (),
) -> Session:
    """A session before its first step, which is Invite (``invited``) or Open.

    ``person`` holds what texts may pipe and conditions may read, ``zone`` is an IANA name, ``now`` aware UTC,
    ``number`` how many persons were asked before (draws from pools are balanced over it), ``left_out`` the
    questions that this person's split form does without.
    Raises ValueError for an id that is too long for a token.
    """
    if not session_id.isascii() or not 0 < len(session_id) <= LONGEST_ID:
        raise ValueError(f"a session id has 1 to {LONGEST_ID} plain letters, not {session_id!r}")
    return Session(
        id=session_id,
        flow=flow.id,
        language=language,
        status=Status.INVITED if invited else Status.ACTIVE,
        person=dict(person),
        zone=zone,
        asked_at=now,
        number=number,
        known={
            **quiet.known(flow, person, language, now, zone),
            **{question: Answer(None, "left_out") for question in left_out},
        },
    )


def step(flow: Flow, session: Session, event: Event, now: datetime, texts: Texts) -> Sprint:
    """What one event does. ``now`` is aware UTC. After the end only answers can be changed.

    Raises ``routing.EndlessLoopError`` and ``ending.IllegalMoveError``: bugs, never a member's doing.
    """
    happening = HAPPENINGS[state(session)].get(type(event))
    if happening is None:
        return Sprint(session)
    sprint = happening(Scene(plan_of(flow), session, now, texts), event)
    return remembered(flow, session, event, sprint, now)


def state(session: Session) -> State:
    """What the session waits for."""
    if session.status is Status.INVITED:
        return "invited"
    if session.status is Status.ACTIVE:
        return "asked" if session.question is not None else "unopened"
    return "ended"


def on_offer(flow: Flow, session: Session, texts: Texts) -> Mapping[str, str]:
    """Token to code, for all that the present prompt offers; empty where nothing waits.

    Codes: the place of a choice in digits; ``done skip refuse back keep no_words form``; for an invite
    ``start not_now no_thanks stop``; for the handle of an answer the id of its question after ``change``.
    """
    match state(session):
        case "invited":
            return invites.codes(session)
        case "asked":
            asked = _as_asked(flow, session, texts)
            return {**asked.codes(), **_handles(asked)}
    return handles_after(flow, session, texts)


def handles_after(flow: Flow, session: Session, texts: Texts) -> Mapping[str, str]:
    """Token to code of the answers that a completed session could be opened again for."""
    if session.status is not Status.COMPLETED or session.ended_at is None:
        return {}
    return _handles(Scene(plan_of(flow), session, session.ended_at, texts))


def _handles(scene: Scene) -> Mapping[str, str]:
    return {token: f"change {question}" for token, question in scene.handles().items()}


def understands(flow: Flow, session: Session, text: str, texts: Texts) -> bool:
    """Whether the open question would take these words as its answer."""
    scene = _as_asked(flow, session, texts)
    return not isinstance(scene.kind.read(clean(text), scene.prompt), Repair)


def _as_asked(flow: Flow, session: Session, texts: Texts) -> Scene:
    """The scene at the moment when the open question was put."""
    assert session.asked_at is not None
    return Scene(plan_of(flow), session, session.asked_at, texts)


# --- after the end ---------------------------------------------------------------------------------------


def _press_after(scene: Scene, event: Tap) -> Sprint:
    question = scene.handles().get(event.token)
    if question is None or scene.session.status is not Status.COMPLETED:
        return Sprint(scene.session)
    return changing.reopen(scene, question)


def _steer_after(scene: Scene, event: Control) -> Sprint:
    if event.what != "back" or scene.session.status is not Status.COMPLETED:
        return Sprint(scene.session)
    return changing.reopen_last(scene)


def _reply_after(scene: Scene, event: Reply) -> Sprint:
    """Words right behind the last answer belong to it."""
    question = changing.joins(scene, event) if scene.session.status is Status.COMPLETED else ""
    return changing.join(scene, event, question) if question else Sprint(scene.session)


def _edit_after(scene: Scene, event: Edit) -> Sprint:
    known = event.ref in scene.session.heard and scene.session.status is Status.COMPLETED
    return changing.edited(scene, event) if known else Sprint(scene.session)


# --- before the first question ----------------------------------------------------------------------------


def _answer_invite(scene: Scene, event: Reply) -> Sprint:
    code = invites.meaning(clean(event.text), scene.texts)
    return invites.CHOICES[code](scene) if code else invites.other_words(scene)


def _press_invite(scene: Scene, event: Tap | Form) -> Sprint:
    code = invites.codes(scene.session).get(event.token)
    return invites.CHOICES[code](scene) if code else invites.other_words(scene)


def _snooze(scene: Scene, event: Snooze) -> Sprint:
    return Sprint(scene.with_session(snoozed_until=event.until).session)


def _relabel_invite(scene: Scene, event: Relabel) -> Sprint:
    return invites.again(scene.with_session(language=event.language))


def _relabel(scene: Scene, event: Relabel) -> Sprint:
    return Sprint(scene.with_session(language=event.language).session)


Happening = Callable[[Scene, Any], Sprint]

HAPPENINGS: Final[Mapping[State, Mapping[type, Happening]]] = {
    "invited": {
        Invite: invites.invite,
        Open: lambda scene, _: invites.start(scene),
        Reply: _answer_invite,
        Tap: _press_invite,
        Form: _press_invite,
        Media: lambda scene, _: invites.media(scene),
        Control: invites.steered,
        Remind: lambda scene, _: invites.remind(scene),
        Wake: lambda scene, _: invites.wake(scene),
        Expire: lambda scene, _: invites.expire(scene),
        Stop: lambda scene, _: invites.stop(scene),
        Relabel: _relabel_invite,
        Snooze: _snooze,
    },
    "unopened": {
        Open: lambda scene, _: begin_at_start(scene, ()),
        Expire: lambda scene, _: end(scene, Status.IGNORED),
        Stop: lambda scene, _: end(scene, Status.DECLINED),
        Relabel: _relabel,
    },
    "asked": {**asking.HAPPENINGS, Snooze: _snooze},
    "ended": {Tap: _press_after, Control: _steer_after, Reply: _reply_after, Edit: _edit_after},
}
"""State and event to what follows. What is not here changes nothing."""
