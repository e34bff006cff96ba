"""Each question type by its case file: what is typed or pressed, and what it is understood as.

A case file ``<type>.toml`` holds one question with its cases, and in ``[[more]]`` others of the same type.
A type that is registered without its file makes a test fail.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.config.document import Document, Place
from bot.engine import flowfile
from bot.engine.flow import Flow, Question
from bot.engine.flowfile import Surroundings
from bot.engine.folding import clean
from bot.engine.messages import Attachment
from bot.engine.plan import Plan
from bot.engine.questions import ASKED, LONG_TEXT_SECONDS, RECEIVING, TYPES, seconds
from bot.engine.questions.base import Prompt, Reading, Repair, Toggled, Understood
from bot.engine.repairs import explain
from bot.engine.scene import Scene
from bot.engine.session import Answer, Media, Session, Status
from bot.texts import LANGUAGES, Texts
from scheduler.surveys import Policy

HERE = Path(__file__).parent
NOW = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
"""Half past one on Monday 4 May in Helsinki: still Sunday in UTC."""
OF_THE_FILE = frozenset({"case", "question"})


def _question(kind: str, table: dict[str, Any]) -> Question:
    written = {"id": "q", "type": kind, **{k: v for k, v in table.items() if k not in OF_THE_FILE}}
    drawn = [{"id": one, "type": "text", "text": one} for one in table.get("of", ())]
    data = {"id": "f", "title": "f", "question": [written, *drawn]}
    flow, problems = flowfile.build(data, Place(Document("case", {})), Surroundings(languages=LANGUAGES))
    assert flow is not None, problems
    return flow.questions[0]


def _cases() -> Iterator[Any]:
    for kind in TYPES:
        file = tomllib.loads((HERE / f"{kind}.toml").read_text(encoding="utf-8"))
        base = file["question"]
        for number, variant in enumerate([base, *file.get("more", [])]):
            question = _question(kind, {"text": base.get("text", "?")} | variant)
            for case in variant.get("case", []):
                name = case.get("typed", case.get("pressed", case.get("what", "")))[:20]
                yield pytest.param(question, case, id=f"{kind}-{number}-{case.get('language', 'en')}-{name}")


def _prompt(question: Question, case: dict[str, Any]) -> Prompt:
    prepared = _alone(question).prepared[0]
    language, picked = case.get("language", "en"), tuple(case.get("picked", ()))
    return Prompt(prepared, language, Texts.load(), NOW, "Europe/Helsinki", picked)


def _alone(question: Question) -> Plan:
    return Plan(Flow(id="f", languages=LANGUAGES, title={"en": "f"}, questions=(question,)))


def _read(question: Question, case: dict[str, Any]) -> Reading | None:
    kind, prompt = ASKED[question.type], _prompt(question, case)
    if "what" in case:
        sent = Attachment(**case["sent"]) if "sent" in case else None
        return RECEIVING[question.type].receive(Media(case["what"], case.get("words", ""), sent), prompt)
    if "pressed" not in case:
        return kind.read(clean(case["typed"] * case.get("times", 1)), prompt)
    offer = kind.offer(prompt)
    meanings: dict[str, Reading | None] = {option.code: option.meaning for option in offer.options}
    meant = (meanings | {"done": offer.done})[case["pressed"]]
    assert meant is not None
    return meant


@pytest.mark.parametrize(("question", "case"), list(_cases()))
def test_case(question: Question, case: dict[str, Any]) -> None:
    """What is typed or pressed is understood as the case file says."""
    reading = _read(question, case)
    match reading:
        case Understood(answer, wants_words):
            expected = case.get("value")
            if "times" in case and isinstance(expected, str):
                expected *= case["times"]
            plain = Answer(expected, case.get("status", "answered"), case.get("other", ""))
            assert replace(answer, detail={}) == plain
            if "detail" in case:
                assert answer.detail == case["detail"]
            assert type(answer.value) is type(expected)
            assert wants_words == case.get("wants_words", False)
        case Toggled(picked):
            assert list(picked) == case["toggled"]
        case None:
            assert case["nothing"]
        case Repair():
            assert reading.key == case.get("repair")
            _explained(question, case, reading)


def _explained(question: Question, case: dict[str, Any], repair: Repair) -> None:
    session = Session(
        id="s", flow="f", language=case.get("language", "en"), status=Status.ACTIVE, question="q", path=("q",)
    )
    said = explain(Scene(_alone(question), session, NOW, Texts.load()), repair)
    assert said == case.get("says", said)
    assert said


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_cases(kind: str) -> None:
    """No type is registered without its case file, and every type that asks has cases in it."""
    file = tomllib.loads((HERE / f"{kind}.toml").read_text(encoding="utf-8"))
    assert bool(file["question"].get("case")) == (kind in ASKED)


def test_no_file_without_its_type() -> None:
    """Every case file belongs to a registered type."""
    assert {path.stem for path in HERE.glob("*.toml")} == set(TYPES)


NEEDED: dict[str, dict[str, Any]] = {
    **{kind: {"choices": ["A", "B"]} for kind in ("select_one", "select_multiple", "rank")},
    **{kind: {"value": "1"} for kind in ("hidden", "calculate")},
    "scale": {"preset": "nps"},
    "pool": {"of": ["a", "b"], "pick": 1},
}
"""What a question of this type cannot be without."""


def test_expected_seconds() -> None:
    """The expected time of a question is its own, else that of its type, as the burden's defaults have it."""
    known = Policy().seconds
    for kind in TYPES:
        table: dict[str, Any] = {"text": "x"} | NEEDED.get(kind, {})
        assert seconds(_question(kind, table)) == known[kind]
        assert seconds(_question(kind, table | {"seconds": 7})) == 7
    assert seconds(_question("text", {"text": "x", "long": True})) == known["long_text"] == LONG_TEXT_SECONDS
