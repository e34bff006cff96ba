"""The window (modal) in which a long text is written or several choices are ticked. Pure.

It is built from the message whose button was pressed, as Slack sends that message along: nothing has to be
remembered or fetched, and ``views.open`` can follow within the three seconds that a ``trigger_id`` lives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from adapters.fit import CHOSEN, CUT, cut
from adapters.slack.blocks import CHOICE, OPTIONS, WINDOW, Block, Words, opens_window, paragraph, plain
from adapters.slack.payload import Raw, first, inner, objects, text
from adapters.slack.text import escape

CALLBACK: Final = "kuulolla"
"""The ``callback_id`` of our windows."""
WRITTEN: Final = 3_000
"""Most characters of a text input (docs.slack.dev, plain-text input)."""
QUESTION: Final = 3_000
"""Most characters of the section that repeats the question."""
TITLE: Final = 24
"""Most characters of title, submit and close."""
BOXES: Final = 10
"""Most boxes to tick in one group; more choices become a menu."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a window was opened: the prompt's token, the chat, and the message with the button."""

    token: str = ""
    chat: str = ""
    ref: str = ""


def read_origin(metadata: str) -> Origin:
    """Return what a window carries in ``private_metadata``; an empty Origin if it is not ours."""
    try:
        return msgspec.json.decode(metadata, type=Origin)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Origin()


@dataclass(frozen=True, slots=True)
class WindowTap:
    """Somebody pressed the button that opens a window."""

    id: str
    """The same for every delivery of this tap."""
    team: str
    trigger: str
    origin: Origin
    form: str
    language: str
    message: Raw
    """The message with the button, as Slack sent it along."""


def read_tap(raw: Raw) -> WindowTap | None:
    """Return the tap if this payload is one on our window button, else None. Raises nothing."""
    action = first(raw.get("actions"))
    name = text(action, "action_id")
    if text(raw, "type") != "block_actions" or not opens_window(name):
        return None
    form, _, language = name.removeprefix(WINDOW).partition(".")
    chat, ref = text(raw, "channel", "id"), text(raw, "message", "ts")
    return WindowTap(
        id=f"{chat}:{ref}:{text(action, 'action_ts')}",
        team=text(raw, "team", "id"),
        trigger=text(raw, "trigger_id"),
        origin=Origin(token=text(action, "value"), chat=chat, ref=ref),
        form=form,
        language=language,
        message=inner(raw, "message"),
    )


def view(tap: WindowTap, words: Words) -> Block:
    """Return the window for this tap: the question once more, and where to answer it."""

    def said(key: str) -> Block:
        return plain(cut(words(f"slack.window.{key}", tap.language), TITLE, utf16=True))

    question = cut(_question(tap.message), QUESTION, utf16=True)
    label = plain(words("slack.window.answer", tap.language))
    options = list(_options(tap.message)) if tap.form == "multiple" else []
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": msgspec.json.encode(tap.origin).decode(),
        "title": said("title"),
        "submit": said("send"),
        "close": said("cancel"),
        "blocks": [paragraph(question), *(_choices(options, label) if options else [_written(label)])],
    }


def again(tap: WindowTap, words: Words) -> dict[str, Any]:
    """Return ``chat.postMessage`` parameters for a copy of the message, when its window came too late.

    The copy carries the same tokens, so that an answer to either counts once.
    """
    note = words("slack.window.again", tap.language)
    kept = [_fresh(block) for block in objects(tap.message.get("blocks"))]
    why = {"type": "context", "elements": [plain(note)]}  # not a paragraph: it is no part of the question
    return {"channel": tap.origin.chat, "text": escape(note), "blocks": [why, *kept]}


def _question(message: Raw) -> str:
    """The paragraphs of the message, as ``blocks.paragraph`` wrote them."""
    paragraphs = []
    for block in objects(message.get("blocks")):
        words = text(block, "text", "text")
        for section in objects(block.get("elements")):
            if text(section, "type") == "rich_text_section":
                spans = objects(section.get("elements"))
                words = "".join(text(span, "text") or text(span, "url") for span in spans)
        paragraphs.append(words)
    return "\n\n".join(filter(None, paragraphs)) or CUT


def _fresh(block: Raw) -> Block:
    """The block without the id that Slack gave it: the copy gets its own."""
    return {key: value for key, value in block.items() if key != "block_id"}


def _written(label: Block) -> Block:
    return {
        "type": "input",
        "block_id": "text",
        "label": label,
        "element": {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": WRITTEN,
            "focus_on_load": True,
        },
    }


def _choices(options: Sequence[tuple[Block, bool]], label: Block) -> list[Block]:
    """Boxes to tick while they are few, else menus. None is obligatory: the flow judges what is right."""
    kind = "checkboxes" if len(options) <= BOXES else "multi_static_select"
    blocks: list[Block] = []
    for start in range(0, len(options), OPTIONS):
        part = options[start : start + OPTIONS]
        element: Block = {"type": kind, "action_id": "choices", "options": [option for option, _ in part]}
        if ticked := [option for option, chosen in part if chosen]:
            element["initial_options"] = ticked
        blocks.append(
            {
                "type": "input",
                "block_id": f"choices.{start}",
                "label": label,
                "optional": True,
                "element": element,
            }
        )
    return blocks


def _options(message: Raw) -> Iterator[tuple[Block, bool]]:
    """The choices of the message, whether they stand as buttons or in a menu, and which are ticked."""
    for label, value in _offered(message):
        bare = label.removeprefix(CHOSEN)
        yield {"text": plain(bare), "value": value}, bare != label


def _offered(message: Raw) -> Iterator[tuple[str, str]]:
    for block in objects(message.get("blocks")):
        for element in objects(block.get("elements")):
            if text(element, "action_id").startswith(CHOICE):
                for entry in objects(element.get("options")) or [element]:
                    yield text(entry, "text", "text"), text(entry, "value")
