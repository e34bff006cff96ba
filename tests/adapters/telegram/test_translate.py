"""Telegram's two translations: recorded updates in, calls that independent oracles accept out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import (
    CallbackQueryLimit,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageAttachmentType,
    MessageLimit,
)

from adapters.fit import CUT
from adapters.telegram.attachments import attachment
from adapters.telegram.translate import (
    ALLOWED_UPDATES,
    LIMITS,
    MEDIA,
    TOAST,
    Call,
    Ignored,
    Me,
    language,
    raw_update,
    read,
    to_inbound,
    to_platform,
)
from bot.engine.messages import Attachment, Button, Delivery, Inbound, Layout, Outbound, Outgoing, Profile
from tests.schemas.oracles import check_telegram, check_telegram_update

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "recorded/telegram/updates.json").read_text("utf-8")
)
"""Updates as the Bot API documents them. People, ids and words are invented."""

ME = Me("7000000001", "hauskala_bot")
AINO = Profile(name="Aino Järvinen", language="fi")
SENT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)  # 1,795,000,000 seconds after 1970


def said(**fields: Any) -> dict[str, Any]:
    """Return what is expected of a message of Aino's."""
    return {"kind": "text", "sent_at": SENT, "profile": AINO} | fields


def media(what: str, album: str = "", caption: str = "", **sent: Any) -> dict[str, Any]:
    """Return what is expected of something that is not words."""
    attachment = Attachment(**sent) if sent else None
    return said(kind="media", text=what, argument=album, caption=caption, attachment=attachment)


FILE = "telegram:AgACAgQAAxkBAAI"


TAP = {
    "kind": "tap",
    "token": "s8Kd2:3:a",
    "ref": "98",
    "interaction": "20234567890123456789",
    "profile": AINO,
}

EXPECTED: dict[str, dict[str, Any] | Ignored] = {
    "text": said(text="Ihan hyvin, kiitos! 👩‍👧"),
    "text with line breaks and markup": said(text="<b>hei</b>\n*moi* & `x`"),
    "text in an unknown language": said(text="hello", profile=Profile(name="Aino")),
    "text from a region": said(text="hej", profile=replace(AINO, language="sv")),
    "a slash that is no command": said(text="/ 5"),
    "a slash in a word": said(text="/päivää"),
    "command": said(kind="command", text="stop"),
    "command in capitals with words": said(kind="command", text="later", argument="ensi viikolla"),
    "command with a full stop": said(kind="command", text="stop"),
    "command to us": said(kind="command", text="help"),
    "command to another bot": Ignored.BOT,
    "deep link": said(kind="command", text="start", argument="dGVzdC10b2tlbi0xMjM0NTY3"),
    "start without payload": said(kind="command", text="start"),
    "reply to a message": said(text="7"),
    "forwarded text": said(text="lainattu"),
    "photo with a caption": media("photo", caption="katso", source=FILE, size=1200),
    "album part one": media("photo", "13579", source=FILE),
    "album part two": media("photo", "13579", source=FILE),
    "sticker": media("sticker", source=FILE) | {"emoji": "👋"},
    "voice": media("voice", source=FILE, mime="audio/ogg", seconds=3),
    "video note": media("video_note", source=FILE, seconds=4),
    "video": media("video", source=FILE, seconds=9),
    "animation": media("animation", source=FILE, seconds=2),
    "audio": media("audio", source=FILE, seconds=180),
    "document": media("document", source=FILE, name="muistio.pdf", mime="application/pdf"),
    "contact": media("contact", phone="+358401234567"),
    "location": media("location", latitude=60.17, longitude=24.94),
    "venue": media("venue", latitude=60.17, longitude=24.94, name="Kirjasto"),
    "dice": media("dice"),
    "poll": media("poll"),
    "pinned message": Ignored.SERVICE,
    "text in a group": Ignored.GROUP,
    "anonymous admin": Ignored.GROUP,
    "text from a bot": Ignored.BOT,
    "edited text": said(
        kind="edit", text="Ihan hyvin vaan", sent_at=datetime(2026, 11, 18, 11, 7, 40, tzinfo=UTC)
    ),
    "moving live location": Ignored.SERVICE,
    "edited text in a group": Ignored.GROUP,
    "tap": TAP,
    "tap on a message too old to be shown": TAP | {"token": "s8Kd2:1:b", "ref": "12"},
    "tap with forged data": TAP | {"token": "'; DROP TABLE answers; --"},
    "tap in a group": Ignored.GROUP,
    "tap on an inline message": Ignored.UNKNOWN,
    "tap on a game": Ignored.UNKNOWN,
    "blocked": {"kind": "blocked", "sent_at": datetime(2026, 11, 18, 11, 8, 20, tzinfo=UTC), "profile": AINO},
    "unblocked": {
        "kind": "unblocked",
        "sent_at": datetime(2026, 11, 18, 11, 8, 20, tzinfo=UTC),
        "profile": AINO,
    },
    "removed from a group": Ignored.GROUP,
    "channel post": Ignored.UNKNOWN,
    "reaction": said(kind="reaction", text="👍", ref="98"),
    "reaction taken away": Ignored.SERVICE,
    "reaction in a group": Ignored.GROUP,
    "reaction with an emoji of one's own": Ignored.SERVICE,
    "reaction of nobody": Ignored.MALFORMED,
}

OUTSIDE_THE_SCHEMA = {"tap on a game", "channel post"} | {
    label for label in RECORDED if label.startswith("reaction")
}


def test_every_recorded_update_has_its_expectation() -> None:
    """No file entry without a line here, and no line without its entry."""
    assert RECORDED.keys() == EXPECTED.keys()


@pytest.mark.parametrize("label", sorted(RECORDED.keys() - OUTSIDE_THE_SCHEMA))
def test_recorded_updates_have_the_documented_shape(label: str) -> None:
    """What we test with is what the Bot API sends, says an independent schema."""
    assert check_telegram_update(RECORDED[label]) == []


@pytest.mark.parametrize("label", EXPECTED)
def test_an_update_becomes_a_neutral_message(label: str) -> None:
    """Kind, words, token, time and profile, or the reason why it is let go."""
    raw, expected = RECORDED[label], EXPECTED[label]
    inbound = read(raw, ME)
    if isinstance(expected, Ignored):
        assert inbound is expected
        assert to_inbound(raw, ME) is None
        return
    message = raw.get("message") or raw.get("edited_message") or {}
    assert inbound == Inbound(
        **{
            "platform": "telegram",
            "account": "7000000001",
            "external_id": str(raw["update_id"]),
            "address": "telegram:4711",
            "chat": "4711",
            "ref": str(message.get("message_id", "")),
            **expected,
        }
    )


def test_without_our_name_every_command_is_ours() -> None:
    """Before the first connection the user name may be unknown; nobody's command is lost for that."""
    inbound = to_inbound(RECORDED["command to another bot"], Me("7000000001"))
    assert inbound is not None
    assert (inbound.kind, inbound.text) == ("command", "help")


def test_every_kind_of_media_of_the_library_is_known() -> None:
    """A new version of the library that knows a new kind of message makes this fail."""
    assert {kind.value for kind in MessageAttachmentType} - set(MEDIA) == {
        "passport_data",  # never asked for
        "successful_payment",  # the same
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("fi", "fi"),
        ("fi-FI", "fi"),
        ("SV_fi", "sv"),
        ("pt-br", "pt"),
        ("fil", "fil"),
        ("", None),
        ("x", None),
        ("english", None),
        ("12", None),
    ],
)
def test_languages_lose_their_region(code: str, expected: str | None) -> None:
    """Only the language itself is compared with ours."""
    assert language(code) == expected


@pytest.mark.parametrize("seconds", [0, -5, 10**12, 10**30])
def test_an_impossible_date_is_no_date(seconds: int) -> None:
    """The message counts, its time does not."""
    raw = {"update_id": 1, "message": {**RECORDED["text"]["message"], "date": seconds}}
    inbound = to_inbound(raw, ME)
    assert inbound is not None
    assert inbound.sent_at is None


def without(label: str, *path: str) -> dict[str, Any]:
    """Return a recorded update that lacks one field."""
    raw: dict[str, Any] = json.loads(json.dumps(RECORDED[label]))
    place = raw
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return raw


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "text",
        [],
        {},
        {"update_id": "1", "message": RECORDED["text"]["message"]},
        {"update_id": True, "message": RECORDED["text"]["message"]},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {}},
        {"update_id": 1, "message": {**RECORDED["text"]["message"], "text": {"a": 1}}},
        {"update_id": 1, "message": {**RECORDED["text"]["message"], "from": "Aino"}},
        without("text", "update_id"),
        without("text", "message", "from"),
        without("text", "message", "chat"),
        without("text", "message", "message_id"),
        without("text", "message", "chat", "type"),
        without("tap", "callback_query", "from"),
        without("tap", "callback_query", "id"),
        without("blocked", "my_chat_member", "new_chat_member"),
    ],
)
def test_malformed_updates_are_let_go(raw: object) -> None:
    """Wrong shapes have a name, and are no exception."""
    assert read(raw, ME) is Ignored.MALFORMED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    (label, part, field)
    for label, raw in RECORDED.items()
    for part, body in raw.items()
    if isinstance(body, dict)
    for field in body
]


@given(st.sampled_from(PATHS), JSON)
def test_no_value_in_any_place_raises(path: tuple[str, str, str], value: Any) -> None:
    """Each field of each recorded update, replaced by anything: an Inbound or a reason."""
    label, part, field = path
    raw = {**RECORDED[label], part: {**RECORDED[label][part], field: value}}
    assert isinstance(read(raw, ME), Inbound | Ignored)


# --- what the inbox stores --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "chat"),
    [
        ("text", "4711"),
        ("edited text", "4711"),
        ("tap", "4711"),
        ("tap on an inline message", "4711"),
        ("blocked", "4711"),
        ("text in a group", "-1001234567890"),
        ("reaction", "4711"),
    ],
)
def test_the_inbox_gets_the_bytes_as_they_came(label: str, chat: str) -> None:
    """Id and chat are read, the body is not touched."""
    body = json.dumps(RECORDED[label], ensure_ascii=False, indent=1).encode()
    update = raw_update(body)
    assert (update.external_id, update.chat, update.body) == (str(RECORDED[label]["update_id"]), chat, body)


def test_a_malformed_update_keeps_its_id() -> None:
    """It can be confirmed like any other."""
    assert raw_update(b'{"update_id": 5, "message": [1]}').external_id == "5"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"update_id": "x"}', b"\xff", b'{"update_id":1,"message":"\xff"']
)
def test_an_update_without_an_id_is_kept_under_its_digest(body: bytes) -> None:
    """Nothing that came is thrown away unseen, and the same bytes are the same update."""
    update = raw_update(body)
    assert (update.chat, update.body) == ("", body)
    assert update.external_id.startswith("sha256:")
    assert update == raw_update(body)


@given(st.binary(max_size=80))
def test_no_bytes_break_the_intake(body: bytes) -> None:
    """Whatever comes over the wire can be stored."""
    assert raw_update(body).body == body


# --- what goes out ----------------------------------------------------------------------------------------


def out(message: Outbound, **fields: Any) -> Outgoing:
    """Return a question to chat 4711, unless told otherwise."""
    given_fields: dict[str, Any] = {
        "key": "1:0",
        "delivery": Delivery.QUESTION,
        "chat": "4711",
        "op": "send",
    } | fields
    return Outgoing(message=message, **given_fields)


def test_limits_are_those_the_library_knows() -> None:
    """Measured by others: a new version with other figures makes this fail."""
    assert (LIMITS.text, LIMITS.buttons) == (
        MessageLimit.MAX_TEXT_LENGTH,
        InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER,
    )
    assert (LIMITS.buttons_per_row, LIMITS.token_bytes, TOAST) == (
        InlineKeyboardMarkupLimit.BUTTONS_PER_ROW,
        InlineKeyboardButtonLimit.MAX_CALLBACK_DATA,
        CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH,
    )


def test_a_question_is_one_plain_message_with_a_keyboard() -> None:
    """No parse mode, no link preview, answers first, controls in their own row."""
    message = Outbound(
        text="Miten <b>menee</b>? https://example.org",
        buttons=(Button("t:1", "Hyvin"), Button("t:2", "Huonosti", chosen=True)),
        controls=(Button("t:s", "Ohita"),),
    )
    assert to_platform(out(message)) == (
        Call(
            "sendMessage",
            {
                "chat_id": 4711,
                "text": "Miten <b>menee</b>? https://example.org",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {
                    "inline_keyboard": [
                        [
                            {"text": "Hyvin", "callback_data": "t:1"},
                            {"text": "✓ Huonosti", "callback_data": "t:2"},
                        ],
                        [{"text": "Ohita", "callback_data": "t:s"}],
                    ]
                },
            },
        ),
    )


def test_a_note_has_no_keyboard() -> None:
    """Where there is nothing to press, nothing is said about it."""
    (call,) = to_platform(out(Outbound(text="Kiitos"), chat="-100123"))
    assert (call.params["chat_id"], "reply_markup" in call.params) == (-100123, False)


def test_an_edit_takes_the_buttons_away() -> None:
    """An empty keyboard, said outright."""
    (call,) = to_platform(out(Outbound(text="Miten menee? – Hyvin"), op="edit", ref="98"))
    assert call.method == "editMessageText"
    assert (call.params["message_id"], call.params["reply_markup"]) == (98, {"inline_keyboard": []})


def test_an_edit_of_a_text_in_parts_changes_the_last() -> None:
    """The ref is the message with the buttons; the earlier parts stay as they are."""
    calls = to_platform(out(Outbound(text="sana " * 1000 + "loppu"), op="edit", ref="98"))
    assert len(calls) == 1
    assert str(calls[0].params["text"]).endswith("loppu")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"callback_query_id": "77"}),
        ("Tallessa", {"callback_query_id": "77", "text": "Tallessa"}),
        ("x" * 300, {"callback_query_id": "77", "text": "x" * 199 + CUT}),
    ],
)
def test_a_tap_is_answered(text: str, expected: dict[str, object]) -> None:
    """With a short word or silently."""
    assert to_platform(out(Outbound(text=text), op="acknowledge", ref="77")) == (
        Call("answerCallbackQuery", expected),
    )


def test_an_address_that_is_no_number_is_left_to_telegram() -> None:
    """A wrong import is refused by the platform with its own word, not by an exception here."""
    (call,) = to_platform(out(Outbound(text="?"), chat="@aino"))
    assert call.params["chat_id"] == "@aino"


LAYOUTS: dict[str, Outbound] = {
    "note": Outbound(text="Kiitos!"),
    "yes or no": Outbound(text="?", buttons=(Button("a", "Kyllä"), Button("b", "Ei"))),
    "0 to 10": Outbound(text="?", layout="scale", buttons=tuple(Button(f"t:{n}", str(n)) for n in range(11))),
    "faces": Outbound(text="?", layout="scale", buttons=tuple(Button(c, c) for c in "😞🙁😐🙂😀")),
    "long choices": Outbound(
        text="?", buttons=tuple(Button(f"t:{n}", "pitkä valinta " * n) for n in range(1, 9))
    ),
    "hundred and fifty choices": Outbound(
        text="?",
        buttons=tuple(Button(f"t:{n}", f"valinta {n}") for n in range(150)),
        controls=(Button("s", "Ohita"),),
    ),
    "several": Outbound(
        text="?",
        form="multiple",
        buttons=tuple(Button(f"t:{n}", f"valinta {n}", chosen=n % 2 == 0) for n in range(7)),
        controls=(Button("d", "Valmis"), Button("s", "Ohita"), Button("b", "Takaisin")),
    ),
    "many short": Outbound(
        text="?", layout="inline", buttons=tuple(Button(f"t:{n}", "x") for n in range(100))
    ),
    "longest tokens": Outbound(text="?", buttons=(Button("x" * 64, "a"), Button("ä" * 32, "b"))),
    "long text": Outbound(text="sana & <b>toinen</b> 😀 " * 900, buttons=(Button("a", "Ok"),)),
    "nothing to see": Outbound(text="\u200b", buttons=(Button("a", "\u200d"),)),
    "markup and marks": Outbound(text="<b>&amp; \u202e\u0000", buttons=(Button("a", "<i>\u202e"),)),
}


@pytest.mark.parametrize("label", LAYOUTS)
@pytest.mark.parametrize("op", ["send", "edit", "acknowledge"])
def test_every_layout_is_accepted(label: str, op: str) -> None:
    """An oracle of the Bot API's limits and habits finds nothing wrong with any call."""
    calls = to_platform(out(LAYOUTS[label], op=op, ref="98"))
    assert [problem for call in calls for problem in check_telegram(call.method, call.params)] == []


@given(
    st.text(max_size=6000),
    st.lists(st.tuples(st.text(max_size=80), st.booleans()), max_size=120),
    st.sampled_from(["rows", "scale", "inline"]),
    st.sampled_from(["send", "edit", "acknowledge"]),
)
def test_anything_can_be_sent(text: str, choices: list[tuple[str, bool]], layout: Layout, op: str) -> None:
    """Whatever an admin writes or a member's words make of it: Telegram takes every call."""
    buttons = tuple(Button(f"t:{n}", label, chosen) for n, (label, chosen) in enumerate(choices))
    calls = to_platform(out(Outbound(text=text, buttons=buttons, layout=layout), op=op, ref="98"))
    assert [problem for call in calls for problem in check_telegram(call.method, call.params)] == []


def test_all_kinds_that_are_read_are_asked_for() -> None:
    """The server sends only what is on the list, and remembers the last list it was given."""
    kinds = {key for raw in RECORDED.values() for key in raw} - {
        "update_id",
        "channel_post",
    }
    assert kinds == set(ALLOWED_UPDATES)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("photo", []),
        ("photo", "x"),
        ("photo", [{"file_id": 7}]),
        ("document", {"file_id": "A" * 301}),
        ("document", {}),
        ("voice", None),
        ("location", {"latitude": "north"}),
        ("contact", []),
        ("dice", 6),
    ],
)
def test_what_cannot_be_read_of_a_file_is_left_out(name: str, raw: object) -> None:
    """A message of strange shape is still something sent, only without what is in it."""
    assert attachment(name, {name: raw}, 1) is None


def test_a_contact_counts_only_as_one_s_own() -> None:
    """Another person's number is not given away by whoever has it."""
    card = {"contact": {"phone_number": "358401234567", "first_name": "A", "user_id": 1}}
    assert attachment("contact", card, 1) == Attachment(phone="+358401234567")
    assert attachment("contact", card, 2) == Attachment()


def test_a_picture_is_sent_on_by_its_id() -> None:
    """It is never fetched: Telegram knows its own files; the text stands under it."""
    outgoing = Outgoing(
        key="1", delivery=Delivery.ALERT, chat="5", op="send", message=Outbound(text="#1", photo="F1")
    )
    assert to_platform(outgoing) == (Call("sendPhoto", {"chat_id": 5, "caption": "#1", "photo": "F1"}),)
