"""A scene: one session at one moment, with its flow and the texts. What everything in a step looks at.

It answers what the member sees and what is on offer; it decides nothing and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.engine import routing
from bot.engine.flow import Question, Text, in_language
from bot.engine.messages import Button, Outbound
from bot.engine.piping import fill
from bot.engine.placeholders import ANSWERS
from bot.engine.plan import Plan
from bot.engine.questions import ASKED, shown
from bot.engine.questions.base import NOTHING, Asked, Offer, Prompt
from bot.engine.session import UNASKED, Answer, Session
from bot.texts import Texts

CHOSEN = "✓ "
"""Before the answer that stays readable under its question."""
FORM = "form"
"""The code of a form as a whole."""


def token(session: Session, code: str) -> str:
    """The data of a button: at most 64 bytes, and valid for one turn of one session."""
    return f"{session.id}.{session.turn}.{code}"


def handle(session: Session, place: int) -> str:
    """The data of the button that stays under an answered question, to change the answer."""
    return f"{session.id}.c{place}"


CHANGEABLE: Final = frozenset({"answered", "skipped", "refused"})
"""What the person did themselves. Where their time ran out there is nothing to take back."""
GUESSED: Final = ("meant", "not_meant")
"""Codes under a guess at what was typed."""
PRESSED_ANYWHERE: Final = ("not_now", "decline")
"""Codes that only a reminder shows, and that count as long as its question is open."""


@dataclass(frozen=True, slots=True)
class Scene:
    """``now`` is aware UTC. The parts about a question may be used only while one is open."""

    plan: Plan
    session: Session
    now: datetime
    texts: Texts

    def say(self, key: str, **values: object) -> str:
        """One of the bot's own texts, in the session's language."""
        return self.texts(key, self.session.language, **values)

    def filled(self, text: Text) -> str:
        """One of the admin's texts, in the session's language, with its names filled in."""
        return fill(in_language(text, self.session.language), self._value)

    def _value(self, name: str) -> str:
        if not name.startswith(ANSWERS):
            return self.session.person.get(name, "")
        question = name.removeprefix(ANSWERS)
        answer = self.session.answers.get(question)
        return self.shown(question, answer) if answer is not None else ""

    def shown(self, question_id: str, answer: Answer) -> str:
        """An answer in words; empty where there is nothing to show."""
        question = self.plan.flow.questions[self.plan.places[question_id]]
        return shown(question, answer, self.session.language)

    def asked(self, question_id: str) -> bool:
        """Whether a question on the way was put to the person."""
        answer = self.session.answers.get(question_id)
        return question_id in self.plan.waits and (answer is None or answer.status not in UNASKED)

    # --- the open question ------------------------------------------------------------------------------

    @property
    def place(self) -> int:
        """Where the open question stands in the flow."""
        return self.plan.places[self.session.question or ""]

    @property
    def question(self) -> Question:
        """The open question."""
        return self.plan.flow.questions[self.place]

    @property
    def kind(self) -> Asked:
        """The type of the open question."""
        return ASKED[self.question.type]

    @property
    def prompt(self) -> Prompt:
        """The open question as its type sees it."""
        session = self.session
        return Prompt(
            self.plan.prepared[self.place],
            session.language,
            self.texts,
            self.now,
            session.zone,
            session.picked,
            session.id,
        )

    @property
    def earlier(self) -> Answer | None:
        """The answer given before the person went back to this question."""
        return None if self.session.awaiting else self.session.answers.get(self.session.question or "")

    @property
    def offer(self) -> Offer:
        """What the open question offers; nothing while the words of "other" are awaited."""
        return NOTHING if self.session.awaiting else self.kind.offer(self.prompt)

    def controls(self, offer: Offer) -> tuple[str, ...]:
        """The codes of what steers the open question, in the order they are shown."""
        question, session = self.question, self.session
        found = ["done"] if offer.done is not None else []
        if session.awaiting:
            found.append("no_words")
        elif self.earlier is not None:
            found.append("keep")
        if not session.awaiting:
            found += ["skip"] * (not question.required) + ["refuse"] * question.refusable
        if offer.undo is not None or (self.plan.flow.back and (session.awaiting or not self.first)):
            found.append("back")
        return tuple(found)

    @property
    def put_so_far(self) -> tuple[str, ...]:
        """The questions on the way that were put to the person, in their order; the open one is the last."""
        return tuple(key for key in self.session.path if self.asked(key))

    @property
    def first(self) -> bool:
        """Whether no other question was put before the open one."""
        return len(self.put_so_far) <= 1

    def text(self) -> str:
        """The open question with progress, the ends of its scale and an earlier answer."""
        session = self.session
        if session.awaiting:
            return self.say("other.words")
        lines = [f"{self.progress()}{self.bare_text()}"]
        if ends := self.offer.ends:
            lines.append(ends)
        earlier = self.earlier
        if earlier is not None and earlier.status == "answered":
            lines.append(self.say("answer.so_far", answer=self.shown(self.question.id, earlier)))
        return "\n".join(lines)

    def whole_text(self) -> str:
        """The open question by itself again, even where only its words of "other" are missing."""
        text = self.text()
        return f"{self.bare_text()}\n{text}" if self.session.awaiting else text

    def bare_text(self) -> str:
        """The open question and nothing else."""
        return self.filled(self.question.text)

    def progress(self) -> str:
        """``2/4 · ``: this question among those to be expected; empty where it is the only one."""
        session = self.session
        known = routing.values(session.person, session.answers, session.path)
        following = routing.after(self.plan, self.place, known, self.earlier)
        left = routing.expected(self.plan, session, following, known, session.path, self._standing())
        done = len(self.put_so_far)
        return f"{done}/{done + len(left)} · " if done + len(left) > 1 else ""

    def _standing(self) -> Mapping[str, Answer] | None:
        """Answers from before a "back" to an earlier question."""
        session = self.session
        if len(session.answers) < len(session.path):
            return None
        return {key: answer for key, answer in session.answers.items() if key not in session.path}

    # --- messages ---------------------------------------------------------------------------------------

    def message(self, text: str) -> Outbound:
        """The text with everything that may be pressed now."""
        session, offer = self.session, self.offer
        return Outbound(
            text=text,
            buttons=tuple(
                Button(token(session, option.code), option.label, option.chosen) for option in offer.options
            ),
            controls=tuple(
                Button(token(session, code), self.say(f"control.{code}")) for code in self.controls(offer)
            ),
            layout=offer.layout,
            form=offer.form,
            form_token=token(session, FORM) if offer.form else "",
        )

    def settled(self, ending: str) -> Outbound:
        """The question as it stays readable, without anything to press."""
        text = self.say("other.words") if self.session.awaiting else self.bare_text()
        return Outbound(text=f"{text}\n{ending}" if ending else text)

    def answered(self, ending: str) -> Outbound:
        """The answered question as it stays readable, with a handle to change the answer by."""
        settled = self.settled(ending)
        if not self.plan.flow.back or self.session.awaiting:
            return settled
        change = Button(handle(self.session, self.place), self.say("control.change"))
        return replace(settled, controls=(change,))

    def handles(self) -> Mapping[str, str]:
        """Token to question, for every answer that may still be changed."""
        if not self.plan.flow.back:
            return {}
        session = self.session
        done = session.path if session.awaiting or session.question is None else session.path[:-1]
        return {
            handle(session, self.plan.places[question]): question
            for question in done
            if question in session.answers and session.answers[question].status in CHANGEABLE
        }

    def at(self, question: str) -> "Scene":
        """The same moment as it would be if an earlier question were the open one."""
        path = self.session.path
        end = len(path) - path[::-1].index(question)
        return self.with_session(question=question, path=path[:end], awaiting="", picked=())

    def tappable(self) -> bool:
        """Whether the open prompt has anything to press, so that it needs settling."""
        offer = self.offer
        return bool(offer.options) or bool(self.controls(offer)) or bool(offer.form)

    def codes(self) -> Mapping[str, str]:
        """Token to code, for everything the open prompt offers."""
        offer = self.offer
        codes = [option.code for option in offer.options]
        codes += self.controls(offer)
        codes += [FORM] if offer.form else []
        codes += PRESSED_ANYWHERE
        codes += GUESSED if self.session.guess else ()
        return {token(self.session, code): code for code in codes}

    def with_session(self, **changes: object) -> "Scene":
        """The same moment after a change of the session."""
        session = replace(self.session, **changes)  # type: ignore[arg-type]
        return Scene(self.plan, session, self.now, self.texts)
