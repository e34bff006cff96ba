"""The example and everything in examples/: complete configurations that load without a single remark."""

from pathlib import Path
from typing import get_args

import pytest

from bot.config.load import load
from bot.config.model import Config
from bot.engine.flow import QuestionType, digest, from_json, to_json
from bot.engine.presets import SCALES
from scheduler.surveys import Policy, Trigger

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config.example.toml"
FILES = [EXAMPLE, *sorted((ROOT / "examples").glob("*.toml"))]


def _load(path: Path) -> Config:
    config, problems = load(path)
    assert [str(problem) for problem in problems] == []
    assert config is not None
    return config


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_loads_without_a_remark(path: Path) -> None:
    """Neither an error nor a warning."""
    config = _load(path)
    assert config.flows
    assert config.surveys


def test_there_is_an_example_for_each_need() -> None:
    """Eight beside the one at the top."""
    assert [path.stem for path in FILES[1:]] == [
        "daily-moments",
        "event-pulse-telegram",
        "slack-workplace-nps",
        "summer-camp",
        "support-desk",
        "terminal-only",
        "volunteer-shift",
        "yearly-membership-survey",
    ]


def test_together_they_show_everything() -> None:
    """Every question type but decimal, every preset and every kind of trigger stands in some example."""
    configs = [_load(path) for path in FILES]
    questions = [
        question for config in configs for flow in config.flows.values() for question in flow.questions
    ]
    assert {question.type for question in questions} == set(get_args(QuestionType)) - {"decimal"}
    assert {question.preset for question in questions} == {*SCALES, ""}
    triggers = [one for config in configs for survey in config.surveys.values() for one in survey.triggers]
    assert {type(one) for one in triggers} == set(get_args(Trigger))
    platforms = [(config.telegram is not None, config.slack is not None) for config in configs]
    assert {(True, False), (False, True), (True, True), (False, False)} == set(platforms)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_flows_are_the_same_after_they_were_stored(path: Path) -> None:
    """A running session finds its version again by the digest, whatever the way the flow was read."""
    for flow in _load(path).flows.values():
        stored = from_json(to_json(flow))
        assert stored == flow
        assert digest(stored) == digest(flow)
        assert list(stored.title) == list(flow.title)


def test_the_example_is_hauskala() -> None:
    """In three languages, on no platform, with the default policy, and with a pulse of three questions."""
    config = _load(EXAMPLE)
    assert config.organisation.name["en"] == "Hauskala"
    assert config.organisation.languages == ("fi", "sv", "en")
    assert (config.telegram, config.slack, config.policy) == (None, None, Policy())
    assert [question.id for question in config.flows["pulse"].questions] == ["mood", "reason", "tell"]
    assert len(config.flows["shift"].questions) == 2
    assert config.people.groups == ("members", "volunteers", "staff", "weekly-group")


def test_every_text_of_the_example_is_translated() -> None:
    """Finnish, Swedish and English are equal: whatever has words has them in all three."""
    config = _load(EXAMPLE)
    for flow in config.flows.values():
        texts = [flow.title, flow.closing, *(question.text for question in flow.questions)]
        texts += [choice.label for question in flow.questions for choice in question.choices]
        assert [text for text in texts if set(text) != {"fi", "sv", "en"} and not _plain(text)] == []


def _plain(text: object) -> bool:
    """Numbers stand for themselves."""
    assert isinstance(text, dict)
    return all(not character.isalpha() for words in text.values() for character in words)
