"""How a session ends: which outcome it has, and the one place where a status becomes final."""

from dataclasses import replace

from bot.engine import routing
from bot.engine.flow import Flow
from bot.engine.plan import Plan, plan_of
from bot.engine.scene import Scene
from bot.engine.session import MOVES, UNASKED, Answer, Effect, Session, Sprint, Status


class IllegalMoveError(RuntimeError):
    """A move that is not in the table ``MOVES``: our bug."""


def real(answer: Answer) -> bool:
    """Whether it is an answer of substance: given, or openly refused. A skip is none."""
    return answer.status in ("answered", "refused")


def outcome(flow: Flow, session: Session) -> Status:
    """What a session is if it ends now by itself: ignored, partial (half or more answered) or abandoned."""
    return _outcome(plan_of(flow), session, Status.IGNORED)


def outcome_of_stop(flow: Flow, session: Session) -> Status:
    """What a session is if the person ends it: declined, partial or abandoned."""
    return _outcome(plan_of(flow), session, Status.DECLINED)


def _outcome(plan: Plan, session: Session, unanswered: Status) -> Status:
    if session.reopened_at is not None:
        return Status.COMPLETED
    if session.started_at is None or session.question is None:
        return unanswered
    known = routing.values(session.person, session.answers, session.path)
    following = routing.after(plan, plan.places[session.question], known)
    ahead = routing.expected(plan, session, following, known, session.path)
    unasked = {key for key, answer in session.answers.items() if answer.status in UNASKED}
    applicable = {*session.path, *ahead, *session.answers} - unasked
    answered = sum(map(real, session.answers.values()))
    return Status.PARTIAL if 2 * answered >= len(applicable) else Status.ABANDONED


def end(scene: Scene, status: Status, *effects: Effect) -> Sprint:
    """The session with its outcome. Raises IllegalMoveError."""
    session = scene.session
    if status not in MOVES.get(session.status, ()):
        raise IllegalMoveError(f"session of flow {session.flow}: {session.status} cannot become {status}")
    ended = replace(
        session,
        status=status,
        question=None,
        picked=(),
        awaiting="",
        invite=None,
        tries=0,
        guess="",
        copies=0,
        snoozed_until=None,
        ended_at=scene.now,
    )
    return Sprint(ended, effects)
