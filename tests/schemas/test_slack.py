"""The Slack oracles catch every faulty payload of the table and pass every sound one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schemas.oracles import check_slack_blocks, check_slack_message, check_slack_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """Return a mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


def button(action: str = "a", label: str = "Hyvää", **more: Any) -> Json:
    """Return a button."""
    return {"type": "button", "text": plain(label), "action_id": action, **more}


def option(value: str = "1", label: str = "yksi") -> Json:
    """Return an option of a select, of radio buttons or of checkboxes."""
    return {"text": plain(label), "value": value}


def actions(*elements: Json, **more: Any) -> Json:
    """Return an actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def section(text: str = "Mitä kuuluu?", **more: Any) -> Json:
    """Return a section block."""
    return {"type": "section", "text": mrkdwn(text), **more}


def picker(kind: str, *options: Json, **more: Any) -> Json:
    """Return an element with options."""
    return {"type": kind, "action_id": "p", "options": list(options), **more}


def many(kind: str, count: int) -> Json:
    """Return an actions block with one element of so many options."""
    return actions(picker(kind, *(option(str(number)) for number in range(count))))


def asking(element: Json, **more: Any) -> Json:
    """Return an input block."""
    return {"type": "input", "block_id": "b", "label": plain("Kerro"), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    """Return a modal."""
    return {
        "type": "modal",
        "callback_id": "c",
        "title": plain("Kuulolla"),
        "submit": plain("Lähetä"),
        "blocks": list(blocks),
        **more,
    }


TEXT_INPUT: Json = {"type": "plain_text_input", "action_id": "t", "multiline": True, "max_length": 3000}

SOUND_BLOCKS = {
    "question": [section(), actions(*(button(f"a{n}", str(n), value=str(n)) for n in range(11)))],
    "styles": [actions(button("y", style="primary"), button("n", style="danger"))],
    "select": [actions(picker("static_select", option("1"), option("2"), placeholder=plain("Valitse")))],
    "fields": [{"type": "section", "fields": [plain("a"), mrkdwn("b")]}],
    "context": [{"type": "context", "elements": [mrkdwn("2/4")]}],
    "header and divider": [{"type": "header", "text": plain("Kiitos")}, {"type": "divider"}],
    "accessory": [section(accessory=button())],
    "initial option": [actions(picker("radio_buttons", option("1"), initial_option=option("1")))],
    "ten checkboxes": [many("checkboxes", 10)],
}

FAULTY_BLOCKS = {
    "no list": ({}, "at least one block"),
    "empty list": ([], "at least one block"),
    "51 blocks": ([section()] * 51, "51 blocks"),
    "unknown block": ([{"type": "poll"}], "unknown block type 'poll'"),
    "block without type": ([{"text": plain("x")}], "unknown block type None"),
    "too much text together": ([section("x" * 2900)] * 5, "14500 characters together"),
    "long section": ([section("x" * 3001)], "cannot exceed 3000"),
    "empty section": ([section("")], "section: empty text"),
    "blank section": ([section("  ")], "section: empty text"),
    "hollow section": ([{"type": "section"}], "neither text nor fields"),
    "eleven fields": ([{"type": "section", "fields": [plain("x")] * 11}], "cannot exceed 10"),
    "long field": ([{"type": "section", "fields": [plain("x" * 2001)]}], "field of 2001"),
    "long header": ([{"type": "header", "text": plain("x" * 151)}], "cannot exceed 150"),
    "header in mrkdwn": ([{"type": "header", "text": mrkdwn("x")}], "'plain_text' was expected"),
    "empty header": ([{"type": "header", "text": plain("")}], "header: empty text"),
    "eleven context elements": ([{"type": "context", "elements": [mrkdwn("x")] * 11}], "cannot exceed 10"),
    "empty context": ([{"type": "context", "elements": []}], "context: no elements"),
    "empty actions": ([actions()], "actions: no elements"),
    "26 buttons": ([actions(*(button(f"a{n}") for n in range(26)))], "cannot exceed 25"),
    "long label": ([actions(button(label="x" * 76))], "cannot exceed 75"),
    "empty label": ([actions(button(label=""))], "button: empty text"),
    "long value": ([actions(button(value="x" * 2001))], "cannot exceed 2000"),
    "long action id": ([actions(button("x" * 256))], "cannot exceed 255"),
    "label in mrkdwn": ([actions(button() | {"text": mrkdwn("x")})], "'plain_text' was expected"),
    "invented style": ([actions(button(style="warning"))], "button: style"),
    "extra key": ([section(colour="red")], "'colour' was unexpected"),
    "action id twice": ([actions(button("a"), button("a"))], "action_id 'a' twice"),
    "block id twice": ([section(block_id="s"), section(block_id="s")], "block_id 's' twice"),
    "long block id": ([section(block_id="s" * 256)], "cannot exceed 255"),
    "select without options": ([actions(picker("static_select"))], "no options"),
    "101 options": ([many("static_select", 101)], "101 options"),
    "11 radio buttons": (
        [many("radio_buttons", 11)],
        "11 options",
    ),
    "11 checkboxes": ([many("checkboxes", 11)], "11 options"),
    "6 overflow": ([many("overflow", 6)], "6 options"),
    "long option": ([actions(picker("static_select", option("1", "x" * 76)))], "1 to 75"),
    "long option value": ([actions(picker("static_select", option("x" * 151)))], "1 to 150"),
    "option value twice": ([actions(picker("static_select", option("1"), option("1", "b")))], "'1' twice"),
    "foreign initial": (
        [actions(picker("radio_buttons", option(), initial_option=option("9")))],
        "not offered",
    ),
    "long placeholder": (
        [actions(picker("static_select", option(), placeholder=plain("x" * 151)))],
        "placeholder",
    ),
    "text input in actions": ([actions(TEXT_INPUT)], "is not valid under any"),
    "input without label": ([{"type": "input", "element": TEXT_INPUT}], "'label' is a required property"),
}

SOUND_VIEWS = {
    "text": modal(asking(TEXT_INPUT)),
    "checkboxes": modal(asking(picker("checkboxes", option("1"), option("2")))),
    "no submit without input": {"type": "modal", "title": plain("Kiitos"), "blocks": [section()]},
    "home": {"type": "home", "blocks": [section(), actions(button())]},
}

FAULTY_VIEWS = {
    "not an object": ([], "must be an object"),
    "unknown type": (modal(asking(TEXT_INPUT), type="popup"), "unknown type 'popup'"),
    "long title": (modal(asking(TEXT_INPUT), title=plain("x" * 25)), "1 to 24"),
    "no title": ({"type": "modal", "blocks": [section()]}, "1 to 24"),
    "title in mrkdwn": (modal(asking(TEXT_INPUT), title=mrkdwn("x")), "title must be plain text"),
    "long submit": (modal(asking(TEXT_INPUT), submit=plain("x" * 25)), "submit cannot exceed 24"),
    "empty submit": (modal(asking(TEXT_INPUT), submit=plain("")), "empty submit"),
    "input without submit": (
        {"type": "modal", "title": plain("x"), "blocks": [asking(TEXT_INPUT)]},
        "need a submit",
    ),
    "no blocks": (modal(), "at least one block"),
    "101 blocks": (modal(*[section()] * 101), "101 blocks"),
    "long metadata": (
        modal(asking(TEXT_INPUT), private_metadata="x" * 3001),
        "metadata cannot exceed",
    ),
    "home with submit": (
        {"type": "home", "submit": plain("x"), "blocks": [section()]},
        "home view cannot",
    ),
    "heavy": (modal(*[section("ä" * 2990)] * 45), "at most 250000"),
    "long initial value": (modal(asking(TEXT_INPUT | {"initial_value": "x" * 3001})), "initial value longer"),
    "long hint": (modal(asking(TEXT_INPUT, hint=plain("x" * 2001))), "hint attribute cannot exceed"),
}


@pytest.mark.parametrize("blocks", SOUND_BLOCKS.values(), ids=SOUND_BLOCKS.keys())
def test_sound_blocks_pass(blocks: list[Json]) -> None:
    """What Slack takes is not complained about."""
    assert check_slack_blocks(blocks) == []


@pytest.mark.parametrize(("blocks", "trouble"), FAULTY_BLOCKS.values(), ids=FAULTY_BLOCKS.keys())
def test_faulty_blocks_are_caught(blocks: Any, trouble: str) -> None:
    """Each fault is named."""
    assert trouble in "\n".join(check_slack_blocks(blocks))


@pytest.mark.parametrize("view", SOUND_VIEWS.values(), ids=SOUND_VIEWS.keys())
def test_sound_views_pass(view: Json) -> None:
    """What Slack opens is not complained about."""
    assert check_slack_view(view) == []


@pytest.mark.parametrize(("view", "trouble"), FAULTY_VIEWS.values(), ids=FAULTY_VIEWS.keys())
def test_faulty_views_are_caught(view: Any, trouble: str) -> None:
    """Each fault is named."""
    assert trouble in "\n".join(check_slack_view(view))


@pytest.mark.parametrize(
    ("message", "trouble"),
    [
        ({"text": "Hei"}, ""),
        ({"text": "Hei", "blocks": [section()]}, ""),
        ({}, "neither text nor blocks"),
        ({"blocks": [section()]}, "blocks without text"),
        ({"text": "x" * 4001}, "text of 4001 characters"),
        ({"text": "x", "blocks": [actions()]}, "actions: no elements"),
    ],
)
def test_a_message_needs_a_text_that_is_not_too_long(message: Json, trouble: str) -> None:
    """Blocks alone leave notifications empty."""
    found = check_slack_message(message)
    assert (found == []) if not trouble else (trouble in "\n".join(found))
