"""The Bot API's methods, one function each: arguments in, result out, `RefusedError` for the platform's no.

They change the state of the world (chats, commands, webhook) and know nothing of HTTP, faults or delay.
Error texts are those of the Bot API. Only what Kuulolla or its rivals in the benchmarks use is here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.schemas import telegram as rules
from tests.servers.telegram.chats import REFUSALS, UPGRADED, Chat, Json, Message

if TYPE_CHECKING:
    from tests.servers.telegram.server import FakeTelegram

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
NO_MESSAGE_TO_EDIT = "Bad Request: message to edit not found"
CHAT_NOT_FOUND = "Bad Request: chat not found"


class RefusedError(Exception):
    """An error answer of the Bot API: code, description, and `parameters` if it has any."""

    def __init__(self, description: str, code: int = 400, **parameters: int) -> None:
        super().__init__(description)
        self.description = description
        self.code = code
        self.parameters = parameters


Method = Callable[["FakeTelegram", Json], Any]


# -- finding things ------------------------------------------------------------------------------------


def _integer(params: Json, name: str) -> int:
    try:
        return int(params.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def _truth(params: Json, name: str) -> bool:
    return str(params.get(name, "")).lower() in ("true", "1", "yes")


def chat_to_write(world: FakeTelegram, params: Json) -> Chat:
    """Return the chat named by `chat_id`, if the bot may write there; raise RefusedError otherwise."""
    raw = params.get("chat_id")
    if raw in (None, ""):
        raise RefusedError("Bad Request: chat_id is empty")
    chat = world.chats.get(_integer(params, "chat_id")) or world.open_chat(_integer(params, "chat_id"))
    if chat is None:
        raise RefusedError(CHAT_NOT_FOUND)
    if chat.standing == "upgraded":
        raise RefusedError(UPGRADED, migrate_to_chat_id=chat.upgraded_to)
    if chat.standing != "open":
        raise RefusedError(REFUSALS[chat.standing], 403)
    return chat


def _own_message(world: FakeTelegram, params: Json, missing: str) -> Message:
    chat = chat_to_write(world, params)
    message = chat.messages.get(_integer(params, "message_id"))
    if message is None or message.deleted:
        raise RefusedError(missing)
    return message


def _check(world: FakeTelegram, method: str, params: Json) -> None:
    problems = rules.refusals(method, params)
    if not problems and world.strict:
        problems = [f"Bad Request: {problem}" for problem in rules.lint(method, params)]
    if problems:
        raise RefusedError(problems[0])


def _rows(params: Json) -> list[list[Json]]:
    markup = rules.structured(params.get("reply_markup"))
    return [row for row in markup.get("inline_keyboard", []) if row] if isinstance(markup, dict) else []


# -- sending ---------------------------------------------------------------------------------------------


def _post(world: FakeTelegram, params: Json, field: str, extra: Json) -> Json:
    chat = chat_to_write(world, params)
    wait = world.limits.admit(chat.id, world.clock.now(), group=chat.is_group)
    if wait:
        raise RefusedError(f"Too Many Requests: retry after {wait}", 429, retry_after=wait)
    text, entities = rules.formatted(params, field)
    message = world.new_message(chat, world.bot, text.strip(), entities, extra)
    message.captioned = field == "caption"
    markup = rules.structured(params.get("reply_markup"))
    if isinstance(markup, dict):
        message.show([row for row in markup.get("inline_keyboard", []) if row])
    world.shown(chat, message)
    return message.payload()


def send_message(world: FakeTelegram, params: Json) -> Json:
    """Bot API: sendMessage."""
    _check(world, "sendMessage", params)
    return _post(world, params, "text", {})


def send_document(world: FakeTelegram, params: Json) -> Json:
    """Bot API: sendDocument."""
    _check(world, "sendDocument", params)
    kept = world.keep_file(_attachment(params, "document"))
    return _post(world, params, "caption", {"document": kept.document()})


def send_photo(world: FakeTelegram, params: Json) -> Json:
    """Bot API: sendPhoto."""
    _check(world, "sendPhoto", params)
    kept = world.keep_file(_attachment(params, "photo"))
    return _post(world, params, "caption", {"photo": [kept.ids() | {"width": 90, "height": 60}]})


def _attachment(params: Json, name: str) -> Any:
    value = params[name]
    if isinstance(value, str) and value.startswith("attach://"):
        return params.get(value.removeprefix("attach://"), value)
    return value


def send_chat_action(world: FakeTelegram, params: Json) -> bool:
    """Bot API: sendChatAction."""
    chat = chat_to_write(world, params)
    if not params.get("action"):
        raise RefusedError("Bad Request: wrong parameter action in request")
    chat.actions.append(str(params["action"]))
    return True


# -- changing what was sent --------------------------------------------------------------------------------


def edit_message_text(world: FakeTelegram, params: Json) -> Json:
    """Bot API: editMessageText; leaving `reply_markup` out takes the inline keyboard away."""
    _check(world, "editMessageText", params)
    message = _own_message(world, params, NO_MESSAGE_TO_EDIT)
    if not message.by_bot:
        raise RefusedError("Bad Request: message can't be edited")
    text, entities = rules.formatted(params)
    return _change(world, message, text.strip(), entities, _rows(params))


def edit_message_reply_markup(world: FakeTelegram, params: Json) -> Json:
    """Bot API: editMessageReplyMarkup."""
    _check(world, "editMessageReplyMarkup", params)
    message = _own_message(world, params, NO_MESSAGE_TO_EDIT)
    if not message.by_bot:
        raise RefusedError("Bad Request: message can't be edited")
    return _change(world, message, message.text, message.entities, _rows(params))


def _change(
    world: FakeTelegram, message: Message, text: str, entities: list[Json], rows: list[list[Json]]
) -> Json:
    if (text, entities, rows) == (message.text, message.entities, message.rows):
        raise RefusedError(NOT_MODIFIED)
    message.text, message.entities = text, entities
    message.show(rows)
    message.edits += 1
    world.shown(message.chat, message)
    return message.payload()


def delete_message(world: FakeTelegram, params: Json) -> bool:
    """Bot API: deleteMessage."""
    message = _own_message(world, params, "Bad Request: message to delete not found")
    message.deleted = True
    world.changed()
    return True


def answer_callback_query(world: FakeTelegram, params: Json) -> bool:
    """Bot API: answerCallbackQuery; each query can be answered once, within seconds."""
    _check(world, "answerCallbackQuery", params)
    if not world.answer_tap(str(params.get("callback_query_id", "")), str(params.get("text") or "")):
        raise RefusedError(QUERY_TOO_OLD)
    return True


# -- the bot itself ------------------------------------------------------------------------------------------


def get_me(world: FakeTelegram, params: Json) -> Json:
    """Bot API: getMe."""
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(world: FakeTelegram, params: Json) -> Json:
    """Bot API: getChat."""
    chat = world.chats.get(_integer(params, "chat_id"))
    if chat is None:
        raise RefusedError(CHAT_NOT_FOUND)
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
        True,
    )
    return chat.short() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_file(world: FakeTelegram, params: Json) -> Json:
    """Bot API: getFile."""
    kept = world.files.get(str(params.get("file_id", "")))
    if kept is None:
        raise RefusedError("Bad Request: wrong file_id or the file is temporarily unavailable")
    return kept.about()


def _scope(params: Json) -> tuple[str, str]:
    scope = rules.structured(params.get("scope")) or {"type": "default"}
    name = ":".join(str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope)
    return name, str(params.get("language_code") or "")


def set_my_commands(world: FakeTelegram, params: Json) -> bool:
    """Bot API: setMyCommands, kept per scope and language."""
    _check(world, "setMyCommands", params)
    commands = rules.structured(params["commands"])
    world.commands[_scope(params)] = [
        {"command": item["command"].removeprefix("/"), "description": item["description"]}
        for item in commands
    ]
    return True


def get_my_commands(world: FakeTelegram, params: Json) -> list[Json]:
    """Bot API: getMyCommands."""
    return world.commands.get(_scope(params), [])


def delete_my_commands(world: FakeTelegram, params: Json) -> bool:
    """Bot API: deleteMyCommands."""
    world.commands.pop(_scope(params), None)
    return True


def _describe(field: str) -> Method:
    def method(world: FakeTelegram, params: Json) -> bool:
        world.profile[field, str(params.get("language_code") or "")] = params.get(field)
        return True

    return method


def set_webhook(world: FakeTelegram, params: Json) -> bool:
    """Bot API: setWebhook; an empty address is deleteWebhook."""
    allowed = rules.structured(params.get("allowed_updates"))
    world.updates.allow(allowed if isinstance(allowed, list) else None)
    if _truth(params, "drop_pending_updates"):
        world.updates.forget()
    secret = str(params.get("secret_token") or "")
    problem = world.webhook.deliver_to(
        str(params.get("url") or ""),
        secret,
        _integer(params, "max_connections") or 40,
        world.allow_http_webhook,
    )
    if problem:
        raise RefusedError(problem)
    return True


def delete_webhook(world: FakeTelegram, params: Json) -> bool:
    """Bot API: deleteWebhook."""
    if _truth(params, "drop_pending_updates"):
        world.updates.forget()
    world.webhook.clear()
    return True


def get_webhook_info(world: FakeTelegram, params: Json) -> Json:
    """Bot API: getWebhookInfo."""
    return world.webhook.info()


METHODS: dict[str, Method] = {
    "getme": get_me,
    "getchat": get_chat,
    "getfile": get_file,
    "sendmessage": send_message,
    "senddocument": send_document,
    "sendphoto": send_photo,
    "sendchataction": send_chat_action,
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmydescription": _describe("description"),
    "setmyshortdescription": _describe("short_description"),
    "setmyname": _describe("name"),
    "setchatmenubutton": _describe("menu_button"),
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
}
