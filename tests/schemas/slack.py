"""What Slack refuses in blocks and views: three oracles side by side, each catching what the others miss.

`slack_sdk.models` knows lengths and counts, the JSON Schema from `@slack/types` knows structure, and the
asserts here know what both let pass and Slack's documentation of Block Kit forbids.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.schemas.generated import definition_by_type, problems

Json = dict[str, Any]

SCHEMA = "slack_blocks.json"
MESSAGE_BLOCKS = 50  # Block Kit, "Using blocks in messages"
VIEW_BLOCKS = 100  # Block Kit, "Using blocks in modals and Home tabs"
MESSAGE_TOTAL = 13_200  # characters of all blocks together; found by slackapi/bolt-js#2509
VIEW_BYTES = 250_000  # views.open
TEXT_LIMIT = 40_000  # chat.postMessage cuts above this; above 4,000 msg_too_long occurs
SAFE_TEXT = 4_000
FIELD_LIMIT = 2_000
OPTION_TEXT = 75
OPTION_VALUE = 150
RADIO_OPTIONS = 10
CHECKBOX_OPTIONS = 10
SELECT_OPTIONS = 100
OVERFLOW_OPTIONS = 5
PLACEHOLDER = 150
TITLE = 24
INITIAL_VALUE = 3_000
NO_KIND_FITS = "is not valid under any of the given schemas"

OPTION_LIMITS = {
    "static_select": SELECT_OPTIONS,
    "multi_static_select": SELECT_OPTIONS,
    "overflow": OVERFLOW_OPTIONS,
    "radio_buttons": RADIO_OPTIONS,
    "checkboxes": CHECKBOX_OPTIONS,
}


def check_blocks(blocks: Any, *, limit: int = MESSAGE_BLOCKS) -> list[str]:
    """Return every problem of a list of blocks (of a message unless `limit` says otherwise)."""
    if not isinstance(blocks, list) or not blocks:
        return ["blocks: must be a list with at least one block"]
    found = [] if len(blocks) <= limit else [f"blocks: {len(blocks)} blocks, at most {limit}"]
    for index, block in enumerate(blocks):
        found += [f"blocks/{index}: {problem}" for problem in _block_problems(block)]
    found += _duplicates(blocks)
    if limit == MESSAGE_BLOCKS and (total := sum(map(len, _texts(blocks)))) > MESSAGE_TOTAL:
        found.append(f"blocks: {total} characters together, refused near {MESSAGE_TOTAL}")
    return found


def check_view(view: Any) -> list[str]:
    """Return every problem of a modal or a Home tab."""
    if not isinstance(view, dict):
        return ["view: must be an object"]
    found = _view_problems(view)
    try:
        View(**view).to_dict()
    except (SlackObjectFormationError, AttributeError, TypeError, ValueError) as problem:
        found.append(f"view: {problem}")
    size = len(json.dumps(view, ensure_ascii=False).encode())
    if size > VIEW_BYTES:
        found.append(f"view: {size} bytes, at most {VIEW_BYTES}")
    return found + check_blocks(view.get("blocks"), limit=VIEW_BLOCKS)


def check_message(params: Json) -> list[str]:
    """Return every problem of the arguments of chat.postMessage, chat.update or a response_url."""
    found = []
    text, blocks = params.get("text"), params.get("blocks")
    if not text and not blocks:
        found.append("message: neither text nor blocks")
    if blocks and not text:
        found.append("message: blocks without text, which notifications and screen readers need")
    if isinstance(text, str) and len(text) > SAFE_TEXT:
        found.append(f"message: text of {len(text)} characters; msg_too_long occurs above {SAFE_TEXT}")
    if blocks:
        found += check_blocks(blocks)
    return found


# -- one block --------------------------------------------------------------------------------------------


def _block_problems(block: Any) -> list[str]:
    if not isinstance(block, dict):
        return ["must be an object"]
    kind = block.get("type")
    definition = definition_by_type(SCHEMA).get(str(kind))
    if definition is None or not definition.endswith("Block"):
        return [f"unknown block type {kind!r}"]
    found = _precise(problems(SCHEMA, definition, block), block)
    try:
        (parsed,) = Block.parse_all([block])
        parsed.to_dict()
    except (SlackObjectFormationError, AttributeError, TypeError, ValueError) as problem:
        found.append(str(problem))
    return found + _own_problems(block)


def _precise(found: list[str], block: Json) -> list[str]:
    """Say of an element why its own kind is broken, rather than that no kind fits."""
    known = definition_by_type(SCHEMA)
    inner = [
        f"{kind}: {problem}"
        for element in _elements(block)
        if (kind := str(element.get("type"))) in known
        for problem in problems(SCHEMA, known[kind], element)
    ]
    return [problem for problem in found if not problem.endswith(NO_KIND_FITS)] + inner if inner else found


def _own_problems(block: Json) -> list[str]:
    found: list[str] = []
    kind = block["type"]
    if kind in ("actions", "context") and not block.get("elements"):
        found.append(f"{kind}: no elements")
    if kind == "section":
        found += _section_problems(block)
    if kind == "header" and not _text(block.get("text")):
        found.append("header: empty text")
    for element in _elements(block):
        found += _element_problems(element)
    return found


def _section_problems(block: Json) -> list[str]:
    found = []
    if "text" in block and not _text(block["text"]):
        found.append("section: empty text")
    if not block.get("text") and not block.get("fields"):
        found.append("section: neither text nor fields")
    lengths = [len(_text(field)) for field in block.get("fields") or ()]
    found += [
        f"section: a field of {n} characters, 1 to {FIELD_LIMIT}" for n in lengths if not 0 < n <= FIELD_LIMIT
    ]
    return found


def _element_problems(element: Json) -> list[str]:
    kind = str(element.get("type"))
    found = []
    if kind == "button" and not _text(element.get("text")):
        found.append("button: empty text")
    if len(_text(element.get("placeholder"))) > PLACEHOLDER:
        found.append(f"{kind}: placeholder longer than {PLACEHOLDER}")
    if len(str(element.get("initial_value") or "")) > INITIAL_VALUE:
        found.append(f"{kind}: initial value longer than {INITIAL_VALUE}")
    if kind in OPTION_LIMITS:
        found += _option_problems(element, kind)
    return found


def _option_problems(element: Json, kind: str) -> list[str]:
    groups = element.get("option_groups") or ()
    options = [*(element.get("options") or ()), *(o for group in groups for o in group.get("options", ()))]
    found = []
    if not options:
        found.append(f"{kind}: no options")
    if len(options) > OPTION_LIMITS[kind]:
        found.append(f"{kind}: {len(options)} options, at most {OPTION_LIMITS[kind]}")
    for option in options:
        if not 0 < len(_text(option.get("text"))) <= OPTION_TEXT:
            found.append(f"{kind}: option text must have 1 to {OPTION_TEXT} characters")
        if not 0 < len(str(option.get("value") or "")) <= OPTION_VALUE:
            found.append(f"{kind}: option value must have 1 to {OPTION_VALUE} characters")
    values = Counter(str(option.get("value")) for option in options)
    found += [f"{kind}: option value {value!r} twice" for value, count in values.items() if count > 1]
    first = element.get("initial_option")
    chosen = element.get("initial_options") or ([first] if first else [])
    found += [f"{kind}: an initial option that is not offered" for one in chosen if one not in options]
    return found


def _duplicates(blocks: list[Any]) -> list[str]:
    found = []
    known = [block for block in blocks if isinstance(block, dict)]
    ids = Counter(str(block["block_id"]) for block in known if block.get("block_id"))
    found += [f"block_id {name!r} twice" for name, count in ids.items() if count > 1]
    for block in known:
        actions = Counter(str(one["action_id"]) for one in _elements(block) if one.get("action_id"))
        found += [f"action_id {name!r} twice in a block" for name, count in actions.items() if count > 1]
    return found


# -- a view --------------------------------------------------------------------------------------------------


def _view_problems(view: Json) -> list[str]:
    found = []
    kind = view.get("type")
    if kind not in ("modal", "home"):
        found.append(f"view: unknown type {kind!r}")
    if kind == "modal" and not 0 < len(_text(view.get("title"))) <= TITLE:
        found.append(f"view: a modal's title must have 1 to {TITLE} characters")
    for name in ("title", "submit", "close"):
        text = view.get(name)
        if text is not None and (not isinstance(text, dict) or text.get("type") != "plain_text"):
            found.append(f"view: {name} must be plain text")
        elif text is not None and not _text(text):
            found.append(f"view: empty {name}")
    blocks = [block for block in view.get("blocks") or () if isinstance(block, dict)]
    if kind == "modal" and not view.get("submit") and any(b.get("type") == "input" for b in blocks):
        found.append("view: input blocks need a submit button")
    return found


# -- reading -------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    text = value.get("text") if isinstance(value, dict) else value
    return text.strip() if isinstance(text, str) else ""


def _elements(block: Json) -> list[Json]:
    found = [*(block.get("elements") or ()), block.get("accessory"), block.get("element")]
    return [element for element in found if isinstance(element, dict)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
