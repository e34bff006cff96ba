"""The Telegram oracles: what is refused is told by FakeTelegram's own tests; here is what else is noticed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schemas.oracles import check_telegram, check_telegram_update
from tests.schemas.telegram_html import EntityError, parse_html, unescape

USER = {"id": 7, "is_bot": False, "first_name": "Aino", "language_code": "fi"}
CHAT = {"id": 7, "type": "private", "first_name": "Aino"}
TAP = {"id": "1", "from": USER, "chat_instance": "1", "data": "x"}
MESSAGE = {"message_id": 1, "date": 1, "chat": CHAT, "from": USER, "text": "hei"}


def test_a_call_may_be_written_with_values_or_as_a_form() -> None:
    """Nested parameters as JSON text mean the same."""
    markup = {"inline_keyboard": [[{"text": "1", "callback_data": "x" * 65}]]}
    as_text = '{"inline_keyboard": [[{"text": "1", "callback_data": "' + "x" * 65 + '"}]]}'
    found = [
        check_telegram("sendMessage", {"chat_id": 1, "text": "?", "reply_markup": one})
        for one in (markup, as_text)
    ]
    assert found == [["Bad Request: BUTTON_DATA_INVALID"]] * 2


@pytest.mark.parametrize(
    ("method", "params", "trouble"),
    [
        ("sendMessage", {"chat_id": 1, "text": "?", "parse_mode": "Markdown"}, "reads HTML only"),
        ("sendMessage", {"chat_id": 1, "text": "?", "txt": "?"}, "unknown parameter 'txt'"),
        ("sendMessage", {"chat_id": 1, "text": "\ud83d"}, "must be encoded in UTF-8"),
        ("sendMessage", {"chat_id": 1, "text": "<b>x</b>" * 101, "parse_mode": "HTML"}, "100 entities"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
        ("sendDocument", {"chat_id": 1, "document": "F1", "caption": "x" * 1025}, "caption is too long"),
        ("sendDocument", {"chat_id": 1}, "there is no document"),
        (
            "editMessageText",
            {"text": "?", "reply_markup": {"keyboard": []}},
            "inline",
        ),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "x" * 257}]}, "DESCRIPTION_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101}, "TOO_MUCH"),
    ],
)
def test_each_mistake_in_a_call_is_named(method: str, params: dict[str, Any], trouble: str) -> None:
    """Refused by the platform, or swallowed by it and a mistake all the same."""
    assert trouble in "\n".join(check_telegram(method, params))


def test_a_right_call_has_no_problems() -> None:
    """Also for methods of which the oracle knows the parameters only."""
    assert check_telegram("sendMessage", {"chat_id": 1, "text": "<b>Hei</b>", "parse_mode": "HTML"}) == []
    assert check_telegram("getChat", {"chat_id": 1}) == []


@pytest.mark.parametrize(
    ("update", "sound"),
    [
        ({"update_id": 1, "message": MESSAGE}, True),
        ({"update_id": 1, "message": MESSAGE | {"message_id": "1"}}, False),
        ({"update_id": 1, "message": {"text": "no chat"}}, False),
        ({"message": MESSAGE}, False),
        (
            {"update_id": 1, "callback_query": {"id": "1", "from": USER, "chat_instance": "1", "data": "x"}},
            True,
        ),
        (
            {"update_id": 1, "callback_query": {"id": 1, "from": USER, "chat_instance": "1", "data": "x"}},
            False,
        ),
        ({"update_id": 1, "mesage": MESSAGE}, False),
    ],
)
def test_an_update_is_checked_against_its_schema(update: dict[str, Any], *, sound: bool) -> None:
    """Types, required fields and names."""
    assert (check_telegram_update(update) == []) is sound


def test_only_the_characters_telegram_knows_are_unescaped() -> None:
    """Four names and numbers; the rest stays as written."""
    assert (
        unescape("&lt;&gt;&amp;&quot;&#39;&#x1F600;&nbsp;&copy &unknown;")
        == "<>&\"'\N{GRINNING FACE}&nbsp;&copy &unknown;"
    )


def test_attributes_are_read_in_all_their_forms() -> None:
    """Double, single and no quotes, and a greater-than sign inside quotes."""
    found = [
        parse_html(source).entities[0].get("url")
        for source in ('<a href="a>b">x</a>', "<a href='c'>x</a>", "<a href=d.e>x</a>")
    ]
    assert found == ["a>b", "c", "d.e"]
    assert parse_html("<blockquote expandable>x</blockquote>").entities[0]["type"] == "blockquote"
    with pytest.raises(EntityError, match="Expected equal sign"):
        parse_html("<a href>x</a>")
