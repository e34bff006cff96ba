"""What the Bot API refuses: limits from `telegram.constants`, its keyboard shapes, its HTML, its words.

`refusals` returns what the real server says ("Bad Request: message is too long"); the loopback server
answers with the first of them. `lint` adds what the real server swallows in silence and we still count as
a mistake: parameters it does not know, and keyboard rows that it would cut.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
from typing import Any

from telegram import Bot
from telegram.constants import (
    BotCommandLimit,
    CallbackQueryLimit,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageLimit,
)

from tests.schemas.telegram_html import EntityError, Formatted, parse_html, units

Params = dict[str, Any]

TEXT_LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)  # UTF-16 units after parsing
CAPTION_LIMIT = int(MessageLimit.CAPTION_LENGTH)
ENTITY_LIMIT = int(MessageLimit.MESSAGE_ENTITIES)
DATA_LIMITS = (
    int(InlineKeyboardButtonLimit.MIN_CALLBACK_DATA),
    int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA),
)
BUTTON_LIMIT = int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)
ROW_LIMIT = int(InlineKeyboardMarkupLimit.BUTTONS_PER_ROW)
TOAST_LIMIT = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)
COMMAND_LIMIT = int(BotCommandLimit.MAX_COMMAND_NUMBER)
COMMAND_NAME = re.compile(rf"^[a-z0-9_]{{1,{int(BotCommandLimit.MAX_COMMAND)}}}$")
DESCRIPTION_LIMIT = int(BotCommandLimit.MAX_DESCRIPTION)
RAW_TEXT_LIMIT = 1 << 15  # bytes before parsing; Bot API server, get_formatted_text
HINT_LIMIT = 64  # reply keyboard placeholder; Bot API, ReplyKeyboardMarkup

BAD_BUTTON = "Bad Request: can't parse inline keyboard button"

_ACTIONS = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
]
_NOT_SENT = {
    "self",
    "kwargs",
    "api_kwargs",
    "read_timeout",
    "write_timeout",
    "connect_timeout",
    "pool_timeout",
}


def structured(value: Any) -> Any:
    """Return a nested parameter as values: forms carry it as JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def formatted(params: Params, field: str = "text") -> Formatted:
    """Return visible text and entities of a message; raise EntityError for broken markup."""
    text = params.get(field)
    source = text if isinstance(text, str) else "" if text is None else str(text)
    mode = str(params.get("parse_mode") or "").lower()
    if mode == "html":
        return parse_html(source)
    if mode:
        raise EntityError(f"this oracle reads HTML only, not {mode}")
    return Formatted(source, structured(params.get("entities")) or [])


def refusals(method: str, params: Params) -> list[str]:
    """Return the descriptions with which the Bot API refuses the call, however the world stands."""
    name = method.lower()
    problems: list[str] = []
    if name in ("sendmessage", "editmessagetext"):
        problems += text_problems(params, "text", TEXT_LIMIT)
    elif name in ("senddocument", "sendphoto"):
        problems += text_problems(params, "caption", CAPTION_LIMIT)
        if not params.get(name[4:]):
            problems.append(f"Bad Request: there is no {name[4:]} in the request")
    elif name == "answercallbackquery":
        if units(str(params.get("text") or "")) > TOAST_LIMIT:
            problems.append("Bad Request: MESSAGE_TOO_LONG")
    elif name == "setmycommands":
        problems += command_problems(structured(params.get("commands")))
    if params.get("reply_markup") is not None:
        problems += markup_problems(params["reply_markup"], only_inline=name.startswith("edit"))
    return problems


def lint(method: str, params: Params) -> list[str]:
    """Return mistakes that the real server would not tell us about."""
    problems = []
    known = known_parameters(method)
    if known:
        problems += [f"{method}: unknown parameter {key!r}" for key in params if key not in known]
    markup = structured(params.get("reply_markup"))
    if isinstance(markup, dict) and isinstance(markup.get("inline_keyboard"), list):
        problems += [
            f"row {number} has {len(row)} buttons, more than {ROW_LIMIT}: the rest would be cut"
            for number, row in enumerate(markup["inline_keyboard"], 1)
            if isinstance(row, list) and len(row) > ROW_LIMIT
        ]
    return problems


def check(method: str, params: Params) -> list[str]:
    """Return everything wrong with a call, refused or merely mistaken; empty if it is right."""
    return refusals(method, params) + lint(method, params)


def text_problems(params: Params, field: str, limit: int) -> list[str]:
    """Return what is wrong with the text or caption of a message."""
    raw = params.get(field)
    if field == "text" and raw in (None, ""):
        return ["Bad Request: message text is empty"]
    if raw is not None and not isinstance(raw, str):
        return [f"Bad Request: {field} must be a string"]
    raw = raw or ""
    if len(raw) > limit and len(raw.encode("utf-8", "surrogatepass")) > RAW_TEXT_LIMIT:
        return ["Bad Request: text is too long"]
    try:
        text, entities = formatted(params, field)
    except EntityError as problem:
        return [f"Bad Request: can't parse entities: {problem}"]
    if field == "text" and not text.strip():
        return ["Bad Request: text must be non-empty"]
    if any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False:
        return ["Bad Request: strings must be encoded in UTF-8"]
    problems = []
    if units(text) > limit:
        problems.append(f"Bad Request: {'message' if field == 'text' else 'message caption'} is too long")
    if len(entities) > ENTITY_LIMIT:
        problems.append(f"Bad Request: more than {ENTITY_LIMIT} entities: the rest would be lost")
    return problems


def markup_problems(value: Any, *, only_inline: bool = False) -> list[str]:
    """Return what is wrong with a `reply_markup` of any kind."""
    markup = structured(value)
    if markup == "":
        return []
    if not isinstance(markup, dict):
        return ["Bad Request: object expected as reply markup"]
    if "inline_keyboard" in markup:
        return _inline_problems(markup["inline_keyboard"])
    if only_inline and markup:
        return ["Bad Request: inline keyboard expected"]
    if "keyboard" in markup:
        return _reply_keyboard_problems(markup)
    return []


def _inline_problems(rows: Any) -> list[str]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return ['Bad Request: field "inline_keyboard" must be an Array of Arrays']
    buttons = [button for row in rows for button in row]
    problems = [problem for button in buttons if (problem := _button_problem(button))]
    if len(buttons) > BUTTON_LIMIT:
        problems.append("Bad Request: reply markup is too long")
    return problems


def _button_problem(button: Any) -> str | None:
    if not isinstance(button, dict):
        return f"{BAD_BUTTON}: InlineKeyboardButton must be an Object"
    text = button.get("text")
    if not isinstance(text, str):
        return f'{BAD_BUTTON}: Can\'t find field "text"'
    if not text.strip():
        return "Bad Request: inline keyboard button text must be non-empty"
    data = button.get("callback_data")
    if data:
        size = len(str(data).encode("utf-8", "surrogatepass"))
        return None if DATA_LIMITS[0] <= size <= DATA_LIMITS[1] else "Bad Request: BUTTON_DATA_INVALID"
    if not any(button.get(action) not in (None, "") for action in _ACTIONS):
        return f"{BAD_BUTTON}: Text buttons are unallowed in the inline keyboard"
    return None


def _reply_keyboard_problems(markup: Params) -> list[str]:
    rows = markup["keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return ['Bad Request: field "keyboard" must be an Array of Arrays']
    texts = [button.get("text") if isinstance(button, dict) else button for row in rows for button in row]
    problems = []
    if not all(isinstance(text, str) and text.strip() for text in texts):
        problems.append("Bad Request: keyboard button text must be non-empty")
    if units(str(markup.get("input_field_placeholder") or "")) > HINT_LIMIT:
        problems.append("Bad Request: input field placeholder is too long")
    return problems


def command_problems(commands: Any) -> list[str]:
    """Return what is wrong with the list given to setMyCommands."""
    if not isinstance(commands, list):
        return ["Bad Request: can't parse commands: Expected an Array of BotCommand"]
    problems = []
    if len(commands) > COMMAND_LIMIT:
        problems.append("Bad Request: BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name, description = str(command.get("command", "")), str(command.get("description", ""))
        if not COMMAND_NAME.match(name.removeprefix("/")):
            problems.append("Bad Request: BOT_COMMAND_INVALID")
        if not description.strip() or units(description) > DESCRIPTION_LIMIT:
            problems.append("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    return problems


@functools.cache
def _methods() -> dict[str, str]:
    return {name.replace("_", ""): name for name in dir(Bot) if not name.startswith("_") and name.islower()}


@functools.cache
def known_parameters(method: str) -> frozenset[str]:
    """Return the parameter names of a Bot API method, as python-telegram-bot has them; empty if unknown."""
    name = _methods().get(method.lower())
    if name is None:
        return frozenset()
    return frozenset(inspect.signature(getattr(Bot, name)).parameters) - _NOT_SENT
