"""Block Kit out of neutral messages, held against oracles that know nothing of the adapter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock

from adapters.slack.blocks import FALLBACK_BYTES, LIMITS, OPTION, TOTAL, fallback, paragraph, prompt
from bot.engine.messages import Button, Layout, Outbound
from bot.texts import Texts
from tests.schemas.oracles import check_slack_blocks, check_slack_message

WORDS = Texts.load()


def buttons(count: int, label: str = "Vaihtoehto") -> tuple[Button, ...]:
    """Return so many choices."""
    return tuple(Button(f"s:1:{number}", f"{label} {number}") for number in range(count))


def elements(message: Outbound, language: str = "fi") -> list[list[dict[str, Any]]]:
    """Return what can be pressed, row by row."""
    blocks = prompt(message, language, WORDS)[-1].blocks
    assert check_slack_blocks(blocks) == []
    return [block["elements"] for block in blocks if block["type"] == "actions"]


def labels(message: Outbound) -> list[list[str]]:
    """Return the labels of the buttons, row by row."""
    return [[element["text"]["text"] for element in row] for row in elements(message)]


def test_the_limits_are_within_slacks() -> None:
    """What we hold ourselves to is no more than what Slack's library knows of."""
    assert LIMITS.text <= SectionBlock.text_max_length
    assert LIMITS.buttons <= ActionsBlock.elements_max_length
    assert LIMITS.label <= ButtonElement.text_max_length
    assert LIMITS.token_bytes <= ButtonElement.value_max_length


def test_a_scale_of_eleven_stands_in_two_even_rows() -> None:
    """0-10 is read as one scale."""
    scale = tuple(Button(f"s:1:{number}", str(number)) for number in range(11))
    assert [len(row) for row in elements(Outbound(text="?", buttons=scale, layout="scale"))] == [6, 5]


def test_long_labels_become_numbered_lines() -> None:
    """The text carries the labels, the buttons their numbers."""
    long = (Button("a", "Sain apua johonkin, mikä on vaivannut pitkään"), Button("b", "En"))
    message = Outbound(text="Mitä sait?", buttons=long)
    (part,) = prompt(message, "fi", WORDS)
    assert part.blocks[0]["text"]["text"] == (
        "Mitä sait?\n\n1. Sain apua johonkin, mikä on vaivannut pitkään\n2. En"
    )
    assert labels(message) == [["1", "2"]]


def test_many_choices_become_a_menu() -> None:
    """Twenty-six choices are one menu of short options, each with its token."""
    ((menu,), (skip,)) = elements(Outbound(text="?", buttons=buttons(26), controls=(Button("s", "Ohita"),)))
    assert (menu["type"], menu["placeholder"]["text"]) == ("static_select", "Valitse")
    assert [option["value"] for option in menu["options"]] == [f"s:1:{number}" for number in range(26)]
    assert skip["text"]["text"] == "Ohita"


def test_a_hundred_and_one_choices_become_two_menus() -> None:
    """A menu holds a hundred; the next begins where it ends."""
    ((first,), (second,)) = elements(Outbound(text="?", buttons=buttons(101)))
    assert (len(first["options"]), len(second["options"])) == (100, 1)
    assert (first["action_id"], second["action_id"]) == ("choice.0", "choice.100")


def test_options_too_long_for_a_menu_are_listed_in_the_text() -> None:
    """An option is cut, so its whole label stands above it."""
    long = buttons(30, "x" * OPTION)
    (part, *_) = prompt(Outbound(text="?", buttons=long), "fi", WORDS)
    assert part.blocks[0]["text"]["text"].startswith(f"?\n\n1. {'x' * OPTION} 0\n2. {'x' * OPTION} 1")
    ((menu,),) = elements(Outbound(text="?", buttons=long))
    assert menu["options"][0]["text"]["text"] == "x" * (OPTION - 1) + "…"


def test_toggled_choices_are_marked() -> None:
    """On a button and in a menu alike."""
    picked = (Button("a", "Kurssi", chosen=True), Button("b", "Retki"))
    assert labels(Outbound(text="?", buttons=picked)) == [["✓ Kurssi", "Retki"]]
    ((menu,),) = elements(Outbound(text="?", buttons=(*picked, *buttons(30))))
    assert [option["text"]["text"] for option in menu["options"][:2]] == ["✓ Kurssi", "Retki"]


@pytest.mark.parametrize(
    ("form", "action"), [("long_text", "window.long_text.sv"), ("multiple", "window.multiple.sv")]
)
def test_a_form_has_a_button_for_its_window(form: Any, action: str) -> None:
    """It carries the form's token and stands between answers and controls."""
    message = Outbound(
        text="?", buttons=buttons(1), controls=(Button("s", "Hoppa"),), form=form, form_token="s:1:form"
    )
    ((_,), (window,), (skip,)) = elements(message, "sv")
    assert window == {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": "Svara i ett fönster", "emoji": False},
        "value": "s:1:form",
        "style": "primary",
    }
    assert skip["action_id"] == "control.0"


def test_web_addresses_can_be_followed() -> None:
    """An address becomes a link; all around it stays literal, and a full stop is not part of it."""
    block = paragraph("Lue *lisää*: https://a.example/b?c=1&d=2. Tai (https://x.example)!")
    assert block == {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Lue *lisää*: "},
                    {"type": "link", "url": "https://a.example/b?c=1&d=2"},
                    {"type": "text", "text": ". Tai ("},
                    {"type": "link", "url": "https://x.example"},
                    {"type": "text", "text": ")!"},
                ],
            }
        ],
    }
    assert check_slack_blocks([block]) == []


def test_an_address_may_be_all_there_is() -> None:
    """A link needs no text around it."""
    block = paragraph("https://x.example")
    assert block["elements"][0]["elements"] == [{"type": "link", "url": "https://x.example"}]
    assert check_slack_blocks([block]) == []


@pytest.mark.parametrize("text", ["ä" * 5000, "&" * 5000, "👩‍👧" * 2000, "a" * 5000, "hyvin"])
def test_the_text_for_notifications_is_short_in_bytes(text: str) -> None:
    """Slack counts bytes after escaping; what fits is left alone."""
    shown = fallback(text)
    assert len(shown.encode()) <= FALLBACK_BYTES
    assert shown == text if text == "hyvin" else len(shown.encode()) > FALLBACK_BYTES * 0.9


LAYOUTS: tuple[Layout, ...] = ("rows", "scale", "inline")
ANY_LABEL = st.text(max_size=90)


@given(
    st.text(max_size=400).map(lambda text: text * 12),
    st.lists(st.tuples(ANY_LABEL, st.booleans()), max_size=30),
    st.lists(ANY_LABEL, max_size=4),
    st.sampled_from(LAYOUTS),
    st.sampled_from(["", "long_text", "multiple"]),
)
def test_whatever_is_said_slack_takes_it(
    text: str, choices: list[tuple[str, bool]], controls: list[str], layout: Layout, form: Any
) -> None:
    """No text, label or number of choices makes a message that Slack refuses; every token is there."""
    message = Outbound(
        text=text,
        buttons=tuple(Button(f"b{place}", label, chosen) for place, (label, chosen) in enumerate(choices)),
        controls=tuple(Button(f"c{place}", label) for place, label in enumerate(controls)),
        layout=layout,
        form=form,
        form_token="form",
    )
    parts = prompt(message, "en", WORDS)
    for part in parts:
        assert check_slack_message({"text": part.text, "blocks": part.blocks}) == []
        assert sum(len(str(block.get("text", {}).get("text", ""))) for block in part.blocks) <= TOTAL
    found = [
        entry["value"]
        for block in parts[-1].blocks
        if block["type"] == "actions"
        for element in block["elements"]
        for entry in element.get("options", [element])
    ]
    tokens = [button.token for button in message.buttons + message.controls]
    assert sorted(found) == sorted([*tokens, "form"] if form else tokens)
