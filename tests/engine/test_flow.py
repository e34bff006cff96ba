"""A flow is a value: the same text for the same flow, and back again."""

import msgspec
import pytest

from bot.engine.flow import digest, from_json, in_language, to_json
from tests.conversations.chat import flows
from tests.engine.builders import ask, flow


@pytest.mark.parametrize("name", sorted(flows()))
def test_there_and_back(name: str) -> None:
    """A stored flow comes back as it was, and with the same digest."""
    one = flows()[name]
    assert from_json(to_json(one)) == one
    assert digest(from_json(to_json(one))) == digest(one)


def test_the_digest_tells_flows_apart() -> None:
    """A changed word makes another flow."""
    assert len(digest(flow(ask("a")))) == 16
    assert digest(flow(ask("a"))) != digest(flow(ask("a", text={"en": "other"})))


def test_a_text_keeps_its_first_language() -> None:
    """What others fall back to is the same before and after storing."""
    one = flow(ask("a", text={"sv": "Hej", "en": "Hi", "fi": "Hei"}))
    assert in_language(from_json(to_json(one)).questions[0].text, "xx") == "Hej"


def test_what_is_no_flow() -> None:
    """Another text is refused."""
    with pytest.raises(msgspec.ValidationError):
        from_json("{}")


def test_a_question_by_its_id() -> None:
    """A question is found by its id, and an unknown one is an error of ours."""
    assert flow(ask("a"), ask("b")).question("b").id == "b"
    with pytest.raises(KeyError):
        flow(ask("a")).question("b")


def test_in_language() -> None:
    """A text falls back to the language it was first written in, and no text to none."""
    assert in_language({"fi": "Hei", "en": "Hi"}, "en") == "Hi"
    assert in_language({"fi": "Hei", "en": "Hi"}, "sv") == "Hei"
    assert in_language({}, "sv") == ""
