"""Slack's way of writing text, undone once and only once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.text import decode, emoji_names, escape


@given(st.text())
def test_what_is_escaped_comes_back(text: str) -> None:
    """Escaping and decoding are each other's reverse, whatever was written."""
    assert decode(escape(text), {}) == text


@given(st.text())
def test_nothing_escaped_can_be_a_reference(text: str) -> None:
    """No mention, link or entity survives escaping."""
    assert not {"<", ">"} & set(escape(text))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<@U1>", "@U1"),
        ("<@U1|aino>", "@aino"),
        ("<#C1|>", "#C1"),
        ("<!here|here>", "here"),
        ("<!subteam^S1>", "@subteam"),
        ("<https://a.example/>", "https://a.example/"),
        ("<https://a.example/|a.example>", "a.example"),
        ("<https://a.example/x|https://a.example/x>", "https://a.example/x"),
        ("<https://a.example|osoite &amp; muuta>", "osoite & muuta (https://a.example)"),
        ("<mailto:a@b.example>", "a@b.example"),
        ("<>", "<>"),
        ("a < b", "a < b"),
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;", "&amp;"),
    ],
)
def test_references_become_words(written: str, shown: str) -> None:
    """Mentions, links and entities read as the member saw them."""
    assert decode(written, {}) == shown


@pytest.mark.parametrize(
    ("element", "names"),
    [
        ({"type": "emoji", "name": "wave", "unicode": "1f44b"}, {":wave:": "👋"}),
        (
            {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fc", "skin_tone": 3},
            {":wave::skin-tone-3:": "👋🏼"},
        ),
        ({"type": "emoji", "name": "hauskala"}, {}),
        ({"type": "emoji", "unicode": "1f44b"}, {}),
        ({"type": "emoji", "name": "x", "unicode": "ffffffff"}, {}),
        ({"type": "emoji", "name": "x", "unicode": "zz"}, {}),
        ({"type": "text", "text": ":wave:"}, {}),
    ],
)
def test_emoji_have_their_characters(element: dict[str, object], names: dict[str, str]) -> None:
    """Slack tells each emoji's code points in the rich text beside the message."""
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}]
    assert emoji_names(blocks) == names


def test_a_plain_hand_beside_a_toned_one() -> None:
    """The longer name is put in first, so that no skin tone is left over as text."""
    names = {":wave:": "👋", ":wave::skin-tone-3:": "👋🏼"}
    assert decode(":wave::skin-tone-3: :wave:", names) == "👋🏼 👋"


def test_endless_nesting_is_not_followed() -> None:
    """Blocks nested beyond anything Slack makes are let go."""
    node: dict[str, object] = {"type": "emoji", "name": "wave", "unicode": "1f44b"}
    for _ in range(2000):
        node = {"elements": [node]}
    assert emoji_names([node]) == {}
