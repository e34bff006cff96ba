"""Databases for the tests of the reports: surveys, waves, people and answers, written into the tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, update

from bot.config.model import Config, Organisation
from bot.engine.flow import Choice, Flow, Question, QuestionType
from bot.engine.presets import SCALES, scale_choices, yes_no_choices
from bot.engine.session import Answer, Session, Status, to_json
from scheduler.surveys import Survey
from storage import Connection, tables
from storage import flows as flow_rows
from storage.engine import create_key
from storage.store import Store, open_sqlite

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
LANGUAGES = ("fi", "sv", "en")
WEEK = timedelta(days=7)


# --- flows ------------------------------------------------------------------------------------------------


def faces(question_id: str, **values: Any) -> Question:
    """A question with five faces, from 1 to 5."""
    text = {"fi": "Miltä tuntui?", "sv": "Hur kändes det?", "en": "How did it feel?"}
    choices = scale_choices(1, 5, LANGUAGES, SCALES["faces"].labels)
    fixed: dict[str, Any] = {"preset": "faces", "minimum": 1, "maximum": 5, "choices": choices}
    return Question(id=question_id, type="scale", **{"text": text, **fixed, **values})


def nps(question_id: str, **values: Any) -> Question:
    """How likely somebody is to recommend us, from 0 to 10."""
    text = {"fi": "Suosittelisitko?", "sv": "Skulle du rekommendera?", "en": "Would you recommend us?"}
    preset = SCALES["nps"]
    fixed: dict[str, Any] = {"preset": "nps", "minimum": 0, "maximum": 10}
    fixed |= {"choices": scale_choices(0, 10, LANGUAGES)}
    fixed |= {"min_label": preset.min_label, "max_label": preset.max_label}
    return Question(id=question_id, type="scale", **{"text": text, **fixed, **values})


def yes_no(question_id: str, **values: Any) -> Question:
    """Yes or no."""
    text = {"fi": "Tulisitko uudelleen?", "sv": "Kommer du igen?", "en": "Would you come again?"}
    return Question(
        id=question_id, type="yes_no", choices=yes_no_choices(LANGUAGES), **{"text": text, **values}
    )


def select(question_id: str, *choices: str, multiple: bool = False, **values: Any) -> Question:
    """One or several of these choices, whose labels are their ids with a capital."""
    made = tuple(Choice(id=one, label={"en": one.capitalize()}) for one in choices)
    kind: QuestionType = "select_multiple" if multiple else "select_one"
    return Question(id=question_id, type=kind, **{"text": {"en": "Which?"}, "choices": made, **values})


def plain(question_id: str, kind: Any, **values: Any) -> Question:
    """A question of a type without choices."""
    return Question(id=question_id, type=kind, **{"text": {"en": f"Which {kind}?"}, **values})


def pulse(*questions: Question, **values: Any) -> Flow:
    """A flow of these questions."""
    title = {"fi": "Miten menee?", "sv": "Hur går det?", "en": "How are things?"}
    fixed: dict[str, Any] = {"id": "pulse", "languages": LANGUAGES, "title": title}
    return Flow(**{**fixed, "questions": questions, **values})


def configured(*flows: Flow, **values: Any) -> Config:
    """A configuration with one survey for each flow, by the flow's own name."""
    purpose = {
        "fi": "Haluamme tietää, miten jäsenillä menee.",
        "sv": "Vi vill veta hur medlemmarna har det.",
        "en": "We want to know how members are doing.",
    }
    surveys = {one.id: Survey(id=one.id, flow=one.id, purpose=purpose, owner="office") for one in flows}
    fixed: dict[str, Any] = {
        "file": Path("config.toml"),
        "organisation": Organisation(name={"en": "Hauskala"}, languages=LANGUAGES),
        "flows": {one.id: one for one in flows},
        "surveys": surveys,
    }
    return Config(**{**fixed, **values})


# --- rows -------------------------------------------------------------------------------------------------


def sqlite(folder: Path) -> Store:
    """A fresh encrypted database in this folder."""
    create_key(folder / "kuulolla.key")
    return open_sqlite(folder / "data" / "kuulolla.db", folder / "kuulolla.key")


@contextmanager
def seeding(store: Store) -> Iterator["Seed"]:
    """Everything that is seeded in the block, in one transaction."""
    with store.write_engine.begin() as connection:
        yield Seed(connection)


@dataclass(slots=True)
class Seed:
    """Writes rows. Every call is a short story of its own."""

    connection: Connection
    kept: dict[int, str] = field(default_factory=dict)
    number: int = 0

    def flow(self, flow: Flow, at: datetime = START) -> str:
        """Keep a version of a flow; returns its digest."""
        if id(flow) not in self.kept:
            self.kept[id(flow)] = flow_rows.keep(self.connection, flow, at)
        return self.kept[id(flow)]

    def wave(self, flow: Flow, name: str = "w1", *, survey: str = "pulse", **values: Any) -> int:
        """A wave of a week that is over; returns its id."""
        at = values.get("opens_at", START)
        fixed = {"survey": survey, "name": name, "flow_digest": self.flow(flow, at), "opens_at": at}
        return self._insert(
            tables.waves, {**fixed, "closes_at": at + WEEK, "state": "closed", "seed": 1, **values}
        )

    def person(self, *, unreachable: str | None = None, groups: Sequence[str] = (), **values: Any) -> int:
        """A person with one address, which has the person's number."""
        number = self._next()
        fixed = {"created_at": START, "prn": number, "turn": number / 1e6, "language": "en"}
        person = self._insert(tables.persons, {**fixed, **values})
        where = {"platform": "console", "account": "c", "address": f"console:{number}", "chat": str(number)}
        what = {"id": person, "person_id": person, "unreachable": unreachable, "created_at": START}
        self._insert(tables.addresses, {**where, **what})
        for name in groups:
            self._insert(tables.person_groups, {"person_id": person, "name": name})
        return person

    def audience(self, wave: int, *people: int, state: str = "frame", reason: int | None = None) -> None:
        """Put people into the audience of a wave, with the reason why they were not asked."""
        for person in people:
            values = {"wave_id": wave, "person_id": person, "wanted_at": START, "state": state}
            self._insert(tables.wave_people, {**values, "reason": reason})
        size = tables.waves.c.frame_size + len(people)
        self.connection.execute(update(tables.waves).where(tables.waves.c.id == wave).values(frame_size=size))

    def unasked(self, wave: int, reason: int, people: int = 1) -> None:
        """People of an audience whom a rule kept from being asked."""
        for _ in range(people):
            self.audience(wave, self.person(), state="dropped", reason=reason)

    def invite(
        self, wave: int, person: int, state: str = "sent", *, survey: str = "pulse", at: datetime = START
    ) -> None:
        """An invite, planned or sent."""
        values = {"person_id": person, "wave_id": wave, "survey": survey, "state": state}
        self._insert(tables.contacts, {**values, "kind": "invite", "at": at, "cost": 1.0})

    def remind(self, wave: int, person: int, at: datetime, *, survey: str = "pulse") -> None:
        """A reminder that was sent."""
        values = {"person_id": person, "wave_id": wave, "survey": survey, "state": "sent", "at": at}
        self._insert(tables.contacts, {**values, "kind": "reminder", "cost": 0.5})

    def voice(self, person: int, feeling: str, at: datetime, *, state: str = "open") -> None:
        """Feedback that nobody asked for."""
        what = {"kind": "feedback", "person_id": person, "feeling": feeling, "state": state}
        self._insert(tables.voices, {**what, "may_reply": False, "said_at": at, "changed_at": at})

    def told_back(self, survey: str, texts: Mapping[str, str], at: datetime, people: int = 40) -> None:
        """Results that were told to those who were asked."""
        what = {"survey": survey, "texts": msgspec.json.encode(texts).decode(), "people": people}
        self._insert(tables.shares, {**what, "by": "office", "at": at})

    def session(
        self,
        flow: Flow,
        person: int,
        answers: Mapping[str, Any] | None = None,
        *,
        stopped_at: str | None = None,
        seconds: float = 4.0,
        at: datetime = START,
        **values: Any,
    ) -> int:
        """A session with these answers: plain values, or ``Answer`` where more than the value matters.

        Without a ``wave_id`` it is self-started. Returns its row number.
        """
        given = {
            question: one if isinstance(one, Answer) else Answer(one)
            for question, one in (answers or {}).items()
        }
        status = values.setdefault("status", "completed")
        state = Session(
            id=f"s{self._next():07d}",
            flow=flow.id,
            language="en",
            status=Status(status),
            path=(*given, *([stopped_at] if stopped_at else [])),
            answers=given,
        )
        fixed = {
            "public_id": state.id,
            "person_id": person,
            "address_id": person,
            "survey": "pulse",
            "flow_digest": self.flow(flow),
            "state": to_json(state),
            "self_started": values.get("wave_id") is None,
            "seconds": seconds * len(given),
            "created_at": at,
            "ended_at": None if status in ("invited", "active") else at + timedelta(minutes=5),
        }
        row = self._insert(tables.sessions, {**fixed, **values})
        for turn, (question, answer) in enumerate(given.items(), start=1):
            self.answer(row, question, answer, turn, seconds=seconds, at=at)
        return row

    def answer(self, session: int, question: str, answer: Answer, revision: int, **values: Any) -> None:
        """One revision of one answer."""
        what = {"value": msgspec.json.encode(answer.value).decode(), "status": answer.status}
        fixed = {"session_id": session, "question": question, "revision": revision, "other": answer.other}
        self._insert(tables.answers, {**fixed, **what, "seconds": 4.0, "at": START, **values})

    def asked(
        self,
        flow: Flow,
        wave: int,
        answers: Mapping[str, Any] | None = None,
        *,
        invite: str = "sent",
        unreachable: str | None = None,
        reason: int = 0,
        **values: Any,
    ) -> int:
        """A new person of an audience, invited, with the session that came of it; returns the person."""
        person = self.person(unreachable=unreachable)
        self.audience(wave, person, state="asked", reason=reason)
        self.invite(wave, person, invite, survey=values.get("survey", "pulse"))
        self.session(flow, person, answers, wave_id=wave, **values)
        return person

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _insert(self, table: Any, values: Mapping[str, Any]) -> int:
        key = self.connection.execute(insert(table).values(**values)).inserted_primary_key
        return key[0] if key is not None and isinstance(key[0], int) else 0
