"""The window: built from the message whose button was pressed."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.blocks import prompt
from adapters.slack.translate import to_inbound
from adapters.slack.window import Origin, WindowTap, again, read_origin, read_tap, view
from bot.engine.messages import Button, Outbound
from bot.texts import Texts
from tests.schemas.oracles import check_slack_message, check_slack_view

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "recorded/slack/payloads.json").read_text("utf-8")
)
WORDS = Texts.load()


def tap_on(message: Outbound, language: str = "fi") -> WindowTap:
    """Return the tap on the window button of this message, as Slack would send it."""
    part = prompt(message, language, WORDS)[-1]
    ((action,),) = [
        block["elements"]
        for block in part.blocks
        if block["type"] == "actions" and block["elements"][0]["action_id"].startswith("window.")
    ]
    payload = {
        **RECORDED["window button"],
        "message": {"ts": "1794999990.000200", "text": part.text, "blocks": part.blocks},
        "actions": [{**action, "action_ts": "1795000001.5"}],
    }
    assert to_inbound(payload) is None
    tap = read_tap(payload)
    assert tap is not None
    return tap


def multiple(count: int, label: str = "Vaihtoehto") -> Outbound:
    """Return a question with several answers, the second one ticked."""
    choices = tuple(Button(f"s:1:{place}", f"{label} {place}", chosen=place == 1) for place in range(count))
    done = Button("s:1:done", "Valmis")
    return Outbound(
        text="Mihin osallistuit?", buttons=choices, controls=(done,), form="multiple", form_token="s:1:form"
    )


def test_a_tap_on_the_window_button_is_told_apart() -> None:
    """Only that button; every other payload is left to be read as a message."""
    taps = {label: tap for label, payload in RECORDED.items() if (tap := read_tap(payload))}
    assert list(taps) == ["window button"]
    tap = taps["window button"]
    assert (tap.id, tap.team) == ("D0AINO:1794999990.000200:1795000001.500000", "T0HAUSKALA")
    assert (tap.trigger, tap.form, tap.language) == ("12345.98765.abcd2358fdea", "multiple", "fi")
    assert tap.origin == Origin(token="s8Kd2:3:form", chat="D0AINO", ref="1794999990.000200")


def test_a_long_answer_is_written_in_a_window() -> None:
    """The question stands above a tall box, and the window remembers where it belongs."""
    window = view(
        tap_on(Outbound(text="Kerro <lisää> & vapaasti", form="long_text", form_token="s:1:form")), WORDS
    )
    assert check_slack_view(window) == []
    said = {key: window[key]["text"] for key in ("title", "submit", "close")}
    keys = {"title": "title", "submit": "send", "close": "cancel"}
    assert said == {place: WORDS(f"slack.window.{key}", "fi") for place, key in keys.items()}
    question, box = window["blocks"]
    assert question["text"]["text"] == "Kerro <lisää> & vapaasti"
    assert (box["element"]["type"], box["element"]["multiline"]) == ("plain_text_input", True)
    assert read_origin(window["private_metadata"]) == Origin("s:1:form", "D0AINO", "1794999990.000200")


def test_a_question_with_a_link_keeps_it() -> None:
    """What stood in the message stands in the window, web address and all."""
    asked = Outbound(text="Lue https://x.example ja kerro.", form="long_text", form_token="s:1:form")
    (question, _) = view(tap_on(asked), WORDS)["blocks"]
    spans = question["elements"][0]["elements"]
    assert [span.get("text", span.get("url")) for span in spans] == [
        "Lue ",
        "https://x.example",
        " ja kerro.",
    ]


def test_a_long_question_is_cut_for_its_window() -> None:
    """The message above has all of it; a section of the window holds 3,000 characters."""
    window = view(tap_on(Outbound(text="sana " * 1500, form="long_text", form_token="s:1:form")), WORDS)
    assert check_slack_view(window) == []
    assert window["blocks"][0]["text"]["text"].endswith("…")


@pytest.mark.parametrize(
    ("count", "kind"),
    [(2, "checkboxes"), (10, "checkboxes"), (11, "multi_static_select"), (30, "multi_static_select")],
)
def test_several_choices_are_ticked_in_a_window(count: int, kind: str) -> None:
    """Few as boxes, more in a menu, with what was ticked before; controls stay outside."""
    window = view(tap_on(multiple(count)), WORDS)
    assert check_slack_view(window) == []
    _, block = window["blocks"]
    element = block["element"]
    assert element["type"] == kind
    assert [option["value"] for option in element["options"]] == [f"s:1:{place}" for place in range(count)]
    assert [option["text"]["text"] for option in element["initial_options"]] == ["Vaihtoehto 1"]


def test_more_than_a_hundred_choices_need_a_second_menu() -> None:
    """Each menu has its own place in the window, and only the one with a ticked choice starts with it."""
    window = view(tap_on(multiple(120)), WORDS)
    assert check_slack_view(window) == []
    _, first, second = window["blocks"]
    assert (len(first["element"]["options"]), len(second["element"]["options"])) == (100, 20)
    assert "initial_options" not in second["element"]


def test_what_was_ticked_comes_back_as_tokens() -> None:
    """A submitted window answers with the tokens of the message it was opened from."""
    window = view(tap_on(multiple(3)), WORDS)
    (ticked,) = [block["element"] for block in window["blocks"] if block["type"] == "input"]
    state = {"choices.0": {"choices": {"type": ticked["type"], "selected_options": ticked["options"][1:]}}}
    submitted = {
        **RECORDED["window with boxes"],
        "view": {**window, "id": "V1", "hash": "h", "state": {"values": state}},
    }
    inbound = to_inbound(submitted)
    assert inbound is not None
    assert (inbound.token, inbound.fields) == ("s:1:form", {"choices": ("s:1:1", "s:1:2")})
    assert (inbound.chat, inbound.ref) == ("D0AINO", "1794999990.000200")


def test_a_message_without_choices_still_opens_a_window() -> None:
    """If the buttons cannot be found any more, words will do."""
    tap = tap_on(Outbound(text="?", form="multiple", form_token="s:1:form"))
    assert view(tap, WORDS)["blocks"][1]["element"]["type"] == "plain_text_input"


def test_a_window_that_came_too_late_is_offered_again() -> None:
    """A copy of the message, with a word of why, the same tokens and no ids of the old blocks."""
    tap = read_tap(RECORDED["window button"])
    assert tap is not None
    params = again(tap, WORDS)
    assert check_slack_message(params) == []
    assert params["channel"] == "D0AINO"
    note, *copy = params["blocks"]
    assert note["elements"][0]["text"] == params["text"] == WORDS("slack.window.again", "fi")
    original = RECORDED["window button"]["message"]["blocks"]
    assert copy == [{key: value for key, value in block.items() if key != "block_id"} for block in original]


@pytest.mark.parametrize("metadata", ["", "{", "[]", "7", '{"token":7}', "\ud800", "null"])
def test_a_note_that_is_not_ours_is_an_empty_one(metadata: str) -> None:
    """Whatever stands in a window's private note, reading it does no harm."""
    assert read_origin(metadata) == Origin()
