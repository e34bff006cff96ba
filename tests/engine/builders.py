"""Short ways to a flow, a session and a step, for the tests of the engine."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.engine import machine
from bot.engine.flow import Choice, Exit, Flow, Question, QuestionType
from bot.engine.session import Event, Open, Say, Session, Settle, Sprint
from bot.texts import Texts

NOW: Final = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXTS: Final = Texts.load()


def ask(identifier: str, kind: QuestionType = "text", *exits: tuple[str, str], **more: Any) -> Question:
    """A question whose text is its id; exits are pairs of condition and target."""
    if kind == "yes_no" and "choices" not in more:
        more["choices"] = (choice("yes", "Yes"), choice("no", "No"))
    ways = tuple(Exit(when=when, to=to) for when, to in exits)
    return Question(id=identifier, type=kind, exits=ways, **{"text": {"en": f"{identifier}?"}} | more)


def choice(identifier: str, label: str, **more: Any) -> Choice:
    """A choice with an English label."""
    return Choice(id=identifier, label={"en": label}, **more)


def flow(*questions: Question, **more: Any) -> Flow:
    """A flow in English."""
    return Flow(id="f", languages=("en",), title={"en": "f"}, questions=questions, **more)


def opened(of: Flow, **person: str) -> Session:
    """A session of its own accord, with the first question put."""
    begun = machine.begin(of, session_id="abc", language="en", person=person, now=NOW, invited=False)
    return step(of, begun, Open()).session


def step(of: Flow, session: Session, event: Event, seconds: float = 0) -> Sprint:
    """One step, so many seconds after the beginning."""
    return machine.step(of, session, event, NOW + timedelta(seconds=seconds), TEXTS)


def said(sprint: Sprint) -> list[str]:
    """The texts of a sprint's messages, settled prompts included."""
    return [effect.message.text for effect in sprint.effects if isinstance(effect, Say | Settle)]
