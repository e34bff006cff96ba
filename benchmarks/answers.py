"""A database full of invented answers: the same people in many closed waves, ten questions each."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import insert

from bot.config.model import Config, Organisation
from bot.engine.flow import Choice, Flow, Question
from bot.engine.presets import SCALES, scale_choices, yes_no_choices
from bot.engine.session import Answer, Session, Status, to_json
from scheduler.surveys import Survey
from storage import flows, tables
from storage.bulk import Bulk
from storage.store import Store

PEOPLE: Final = 25_000
CHUNK: Final = 5_000
BEGIN: Final = datetime(2025, 1, 7, 16, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
WORDS: Final = (
    "It was good to be heard.",
    "More coffee, please.",
    "None",
    "The hall was cold, yet warm at heart.",
)


TOPICS: Final = ("art", "food", "sport")


def _scale(name: str) -> Question:
    choices = scale_choices(1, 5, ("en",), SCALES["faces"].labels)
    return Question(
        id=name,
        type="scale",
        preset="faces",
        minimum=1,
        maximum=5,
        choices=choices,
        text={"en": f"How was the {name}?"},
    )


def _choices(*names: str) -> tuple[Choice, ...]:
    return tuple(Choice(id=name, label={"en": name.capitalize()}) for name in names)


FLOW: Final = Flow(
    id="big",
    languages=("en",),
    title={"en": "The big survey"},
    questions=(
        *(_scale(name) for name in ("mood", "place", "food", "help")),
        Question(id="again", type="yes_no", text={"en": "Again?"}, choices=yes_no_choices(("en",))),
        Question(
            id="score", type="scale", preset="nps", minimum=0, maximum=10,
            choices=scale_choices(0, 10, ("en",)), text={"en": "Would you recommend us?"},
        ),
        Question(id="way", type="select_one", text={"en": "On foot?"}, choices=_choices("foot", "bus")),
        Question(id="topics", type="select_multiple", text={"en": "What next?"}, choices=_choices(*TOPICS)),
        Question(id="age", type="integer", minimum=0, maximum=120, text={"en": "Your age?"}),
        Question(id="story", type="text", required=False, text={"en": "Tell us more"}),
    ),
)  # fmt: skip

CONFIG: Final = {
    "organisation": Organisation(name={"en": "Bench"}, languages=("en",)),
    "flows": {"big": FLOW},
    "surveys": {"big": Survey(id="big", flow="big", purpose={"en": "To measure"}, owner="office")},
}


def config(**values: Any) -> Config:
    """The configuration of this one survey."""
    return Config(**{"file": Path("config.toml"), **CONFIG, **values})


def _values(chance: random.Random) -> list[Any]:
    topics = [name for name in TOPICS if chance.random() < 0.4]
    return [
        *(chance.choices((1, 2, 3, 4, 5), (1, 2, 4, 8, 6))[0] for _ in range(4)),
        chance.random() < 0.7,
        chance.choices(range(11), (1, 1, 1, 1, 1, 3, 3, 6, 8, 8, 7))[0],
        chance.choice(("foot", "bus")),
        topics,
        chance.randrange(15, 90),
        chance.choice(WORDS),
    ]


def fill(store: Store, count: int) -> None:
    """Put so many answers into an empty database; a wave has at most ``PEOPLE`` members."""
    sessions = count // len(FLOW.questions)
    people = min(PEOPLE, sessions)
    with store.write_engine.begin() as connection:
        digest = flows.keep(connection, FLOW, BEGIN)
    write = {name: Bulk(insert(getattr(tables, name))) for name in _TABLES}
    for first in range(1, people + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, people + 1))
        with store.write_engine.begin() as connection:
            write["persons"].run(connection, [_person(number) for number in numbers])
            write["addresses"].run(connection, [_address(number) for number in numbers])
    chance = random.Random(1)
    made = 0
    while made < sessions:
        wave = made // people + 1
        size = min(people, sessions - made)
        with store.write_engine.begin() as connection:
            opens = BEGIN + WEEK * wave
            row = {"id": wave, "survey": "big", "name": f"w{wave}", "flow_digest": digest, "opens_at": opens}
            row |= {"closes_at": opens + WEEK, "state": "closed", "seed": wave, "frame_size": size}
            write["waves"].run(connection, [row])
        for first in range(1, size + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, size + 1))
            rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _TABLES}
            for person in numbers:
                for name, one in _story(wave, person, made + person, digest, opens, chance):
                    rows[name].append(one)
            with store.write_engine.begin() as connection:
                for name in _TABLES:
                    write[name].run(connection, rows[name])
        made += size


_TABLES: Final = ("persons", "addresses", "waves", "wave_people", "contacts", "sessions", "answers")


def _person(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "created_at": BEGIN,
        "prn": number * 2_654_435_761 % 2**63,
        "turn": 0,
        "language": "en",
    }


def _address(number: int) -> dict[str, Any]:
    return {
        "id": number, "person_id": number, "address": f"telegram:{number}", "platform": "telegram",
        "account": "1", "chat": str(number), "created_at": BEGIN,
    }  # fmt: skip


def _story(
    wave: int, person: int, number: int, digest: str, opens: datetime, chance: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    """One person's part in a wave: asked, invited, answered."""
    at = opens + timedelta(seconds=chance.randrange(6 * 24 * 3600))
    values = _values(chance)
    given = {question.id: Answer(value) for question, value in zip(FLOW.questions, values, strict=True)}
    state = Session(
        id=f"{number:010x}",
        flow="big",
        language="en",
        status=Status.COMPLETED,
        path=tuple(given),
        answers=given,
    )
    yield (
        "wave_people",
        {"wave_id": wave, "person_id": person, "wanted_at": opens, "state": "asked", "reason": 0},
    )
    yield "contacts", {
        "person_id": person, "wave_id": wave, "survey": "big", "kind": "invite", "state": "sent", "at": at,
        "cost": 0.5,
    }  # fmt: skip
    yield "sessions", {
        "id": number, "public_id": state.id, "person_id": person, "address_id": person, "survey": "big",
        "wave_id": wave, "flow_digest": digest, "status": "completed", "state": to_json(state),
        "self_started": False, "seconds": 60.0, "created_at": at, "ended_at": at + timedelta(minutes=2),
    }  # fmt: skip
    for turn, (name, answer) in enumerate(given.items(), start=1):
        yield "answers", {
            "session_id": number, "question": name, "revision": turn, "status": "answered",
            "value": msgspec.json.encode(answer.value).decode(), "seconds": chance.expovariate(0.1),
            "at": at + timedelta(seconds=10 * turn),
        }  # fmt: skip
