"""Telegram's updates as neutral messages, and neutral messages as Bot API calls.

Pure: plain values in, plain values out; no network, no clock, no library of Telegram's. What a member sends
may have any shape: whatever cannot be read is named and let go, never raised.

Texts go out without a parse mode, as plain text. Nothing has to be escaped then, no tag of a member's can
ever be shown as markup, and "can't parse entities" cannot happen.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from adapters.base import Limits
from adapters.fit import clean, cut, fit
from adapters.telegram.attachments import attachment
from bot.engine.messages import Button, Inbound, Outgoing, Profile, RawUpdate

PLATFORM: Final = "telegram"

LIMITS: Final = Limits(
    text=4096,  # Bot API, sendMessage
    buttons=100,  # measured by python-telegram-bot, constants.InlineKeyboardMarkupLimit
    buttons_per_row=8,  # the same source; the server cuts longer rows silently
    label=40,  # not limited by the Bot API; phones show about so much of a button as wide as the message
    token_bytes=64,  # Bot API, InlineKeyboardButton.callback_data
    utf16=True,  # Bot API, MessageEntity: lengths are counted in UTF-16 code units
)
CAPTION: Final = 1024
"""Longest text under a file (Bot API, sendDocument)."""
TOAST: Final = 200
"""Longest answer to a tap (Bot API, answerCallbackQuery)."""

ALLOWED_UPDATES: Final = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",  # comes only to those who ask for it by name (Bot API, Update)
)
"""Asked for on every call: the server remembers the last list it was given, whoever gave it."""

MEDIA: Final = (
    "animation",  # before document: an animation carries both
    "audio",
    "checklist",
    "contact",
    "dice",
    "document",
    "game",
    "giveaway",
    "invoice",
    "live_photo",
    "paid_media",
    "photo",
    "poll",
    "sticker",
    "story",
    "venue",  # before location: a venue carries both
    "location",
    "video",
    "video_note",
    "voice",
)
"""What a member can send instead of words (Bot API, Message); the rest are service messages."""

_COMMAND: Final = re.compile(
    r"/([a-z0-9_]{1,32})(?:@([a-z0-9_]{1,64}))?(?=$|[\s.,:;!?])[.,:;!?]*\s*", re.IGNORECASE | re.ASCII
)
_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE | re.ASCII)


class Ignored(StrEnum):
    """Why an update is let go. A count of each is kept by the client."""

    MALFORMED = "malformed"
    """Not of the shape the Bot API documents."""
    UNKNOWN = "unknown"
    """A kind of update that we did not ask for or that is newer than we are."""
    GROUP = "group"
    """Not a private chat: groups, channels, anonymous admins."""
    BOT = "bot"
    """Written by another bot, or a command meant for one."""
    SERVICE = "service"
    """Nothing a person said: a pinned message, a changed timer, a moving live location."""


@dataclass(frozen=True, slots=True)
class Me:
    """Our own bot: its id and its user name without the @ (empty: any name is taken for ours)."""

    account: str
    username: str = ""


class Call(NamedTuple):
    """One call of a Bot API method. A ``Document`` among the parameters is uploaded."""

    method: str
    params: dict[str, object]


# --- what comes in ----------------------------------------------------------------------------------------


class _User(msgspec.Struct):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""


class _Chat(msgspec.Struct):
    id: int
    type: str


class _Message(msgspec.Struct):
    message_id: int
    chat: _Chat
    sender: _User | None = msgspec.field(default=None, name="from")
    date: int = 0
    edit_date: int = 0
    text: str = ""
    caption: str = ""
    media_group_id: str = ""


class _Query(msgspec.Struct):
    id: str
    sender: _User = msgspec.field(name="from")
    message: _Message | None = None
    data: str = ""


class _Standing(msgspec.Struct):
    status: str


class _Reaction(msgspec.Struct):
    type: str
    emoji: str = ""


class _Reacted(msgspec.Struct):
    chat: _Chat
    message_id: int
    sender: _User | None = msgspec.field(default=None, name="user")
    date: int = 0
    new_reaction: list[_Reaction] = []


class _Membership(msgspec.Struct):
    chat: _Chat
    sender: _User = msgspec.field(name="from")
    new_chat_member: _Standing
    date: int = 0


def read(raw: object, me: Me) -> Inbound | Ignored:
    """Translate one update, decoded from JSON, or tell why it is let go. Never raises."""
    if not isinstance(raw, Mapping) or type(raw.get("update_id")) is not int:
        return Ignored.MALFORMED
    kind = next((kind for kind in _READERS if kind in raw), None)
    if kind is None:
        return Ignored.UNKNOWN
    try:
        return _READERS[kind](raw[kind], str(raw["update_id"]), me)
    except msgspec.ValidationError:
        return Ignored.MALFORMED


def to_inbound(raw: object, me: Me) -> Inbound | None:
    """Translate one update, or None: see ``read`` for the reason."""
    inbound = read(raw, me)
    return inbound if isinstance(inbound, Inbound) else None


def _read_message(body: Any, external_id: str, me: Me) -> Inbound | Ignored:
    message = msgspec.convert(body, _Message)
    sender = _private_sender(message)
    if isinstance(sender, Ignored):
        return sender
    said = _said(message, body, me)
    if isinstance(said, Ignored):
        return said
    return Inbound(
        platform=PLATFORM,
        account=me.account,
        external_id=external_id,
        address=f"{PLATFORM}:{sender.id}",
        chat=str(message.chat.id),
        ref=str(message.message_id),
        sent_at=_moment(message.date),
        profile=_profile(sender),
        **said,
    )


def _said(message: _Message, body: Mapping[str, object], me: Me) -> dict[str, Any] | Ignored:
    """Kind, text and argument of a message."""
    if message.text:
        found = _COMMAND.match(message.text)
        if found is None:
            return {"kind": "text", "text": message.text}
        name, addressee = found[1].lower(), (found[2] or "").lower()
        if addressee and me.username and addressee != me.username.lower():
            return Ignored.BOT
        return {"kind": "command", "text": name, "argument": message.text[found.end() :].strip()}
    media = next((media for media in MEDIA if media in body), None)
    if media is None:
        return Ignored.SERVICE
    sender = message.sender.id if message.sender is not None else 0
    said: dict[str, Any] = {
        "kind": "media",
        "text": media,
        "argument": message.media_group_id,
        "caption": message.caption,
        "attachment": attachment(media, body, sender),
    }
    sticker = body.get("sticker")
    emoji = sticker.get("emoji") if isinstance(sticker, Mapping) else None
    return said | ({"emoji": emoji} if isinstance(emoji, str) else {})


def _read_edit(body: Any, external_id: str, me: Me) -> Inbound | Ignored:
    message = msgspec.convert(body, _Message)
    sender = _private_sender(message)
    if isinstance(sender, Ignored):
        return sender
    if not message.text:
        return Ignored.SERVICE  # above all a live location, which is "edited" every few seconds
    return Inbound(
        platform=PLATFORM,
        account=me.account,
        external_id=external_id,
        address=f"{PLATFORM}:{sender.id}",
        chat=str(message.chat.id),
        kind="edit",
        text=message.text,
        ref=str(message.message_id),
        sent_at=_moment(message.edit_date or message.date),
        profile=_profile(sender),
    )


def _read_tap(body: Any, external_id: str, me: Me) -> Inbound | Ignored:
    query = msgspec.convert(body, _Query)
    if query.message is None or not query.data:
        return Ignored.UNKNOWN  # a button of an inline message or of a game: neither is ours
    if query.message.chat.type != "private":
        return Ignored.GROUP
    return Inbound(
        platform=PLATFORM,
        account=me.account,
        external_id=external_id,
        address=f"{PLATFORM}:{query.sender.id}",
        chat=str(query.message.chat.id),
        kind="tap",
        token=query.data,
        ref=str(query.message.message_id),
        interaction=query.id,
        profile=_profile(query.sender),
    )


def _read_reaction(body: Any, external_id: str, me: Me) -> Inbound | Ignored:
    """An emoji on one of our messages. One that is taken away says nothing; of several the last counts."""
    change = msgspec.convert(body, _Reacted)
    if change.chat.type != "private":
        return Ignored.GROUP
    if change.sender is None:
        return Ignored.MALFORMED
    emoji = next((one.emoji for one in reversed(change.new_reaction) if one.emoji), "")
    if not emoji or change.sender.is_bot:
        return Ignored.SERVICE
    return Inbound(
        platform=PLATFORM,
        account=me.account,
        external_id=external_id,
        address=f"{PLATFORM}:{change.sender.id}",
        chat=str(change.chat.id),
        kind="reaction",
        text=emoji,
        ref=str(change.message_id),
        sent_at=_moment(change.date),
        profile=_profile(change.sender),
    )


def _read_membership(body: Any, external_id: str, me: Me) -> Inbound | Ignored:
    change = msgspec.convert(body, _Membership)
    if change.chat.type != "private":
        return Ignored.GROUP
    return Inbound(
        platform=PLATFORM,
        account=me.account,
        external_id=external_id,
        address=f"{PLATFORM}:{change.sender.id}",
        chat=str(change.chat.id),
        kind="blocked" if change.new_chat_member.status in ("kicked", "left") else "unblocked",
        sent_at=_moment(change.date),
        profile=_profile(change.sender),
    )


_READERS: Final[Mapping[str, Callable[[Any, str, Me], Inbound | Ignored]]] = {
    "message": _read_message,
    "callback_query": _read_tap,
    "edited_message": _read_edit,
    "my_chat_member": _read_membership,
    "message_reaction": _read_reaction,
}


def _private_sender(message: _Message) -> _User | Ignored:
    if message.chat.type != "private":
        return Ignored.GROUP
    if message.sender is None:
        return Ignored.MALFORMED
    return Ignored.BOT if message.sender.is_bot else message.sender


def _profile(user: _User) -> Profile:
    name = f"{user.first_name} {user.last_name}".strip()
    return Profile(name=name or None, language=language(user.language_code))


def language(code: str) -> str | None:
    """Return the language of an IETF tag without its region: ``fi-FI`` is ``fi``. None for anything else."""
    found = _LANGUAGE.fullmatch(code)
    return found[1].lower() if found else None


def _moment(seconds: int) -> datetime | None:
    """Unix seconds as aware UTC; None for a missing or impossible date."""
    if seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


# --- what the inbox stores --------------------------------------------------------------------------------


class _PeekId(msgspec.Struct):
    id: int


class _PeekMessage(msgspec.Struct):
    chat: _PeekId | None = None


class _PeekQuery(msgspec.Struct):
    message: _PeekMessage | None = None
    sender: _PeekId | None = msgspec.field(default=None, name="from")


class _PeekUpdate(msgspec.Struct):
    update_id: int
    message: _PeekMessage | None = None
    callback_query: _PeekQuery | None = None
    edited_message: _PeekMessage | None = None
    my_chat_member: _PeekMessage | None = None
    message_reaction: _PeekMessage | None = None


class _PeekNumber(msgspec.Struct):
    update_id: int


_peek: Final = msgspec.json.Decoder(_PeekUpdate)
_peek_number: Final = msgspec.json.Decoder(_PeekNumber)


def raw_update(body: bytes) -> RawUpdate:
    """Return one update as the inbox stores it: its bytes as they came, its id, and its chat for the order.

    Never raises. An update whose chat cannot be told has chat ``""``; one without an id gets its own digest,
    so that it is still stored, and once.
    """
    try:
        update = _peek.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RawUpdate(external_id=_number(body), chat="", body=body)
    return RawUpdate(external_id=str(update.update_id), chat=_chat(update), body=body)


def _chat(update: _PeekUpdate) -> str:
    query = update.callback_query
    message = (
        update.message
        or update.edited_message
        or update.my_chat_member
        or update.message_reaction
        or (query and query.message)
    )
    place = (message and message.chat) or (query and query.sender)
    return str(place.id) if place else ""


def _number(body: bytes) -> str:
    try:
        return str(_peek_number.decode(body).update_id)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "sha256:" + hashlib.sha256(body).hexdigest()[:32]


# --- what goes out ----------------------------------------------------------------------------------------


def to_platform(outgoing: Outgoing) -> tuple[Call, ...]:
    """Return the calls that put the message on the wire, in order.

    Only a ``send`` can be several calls: a text beyond Telegram's limit, with the buttons under its last
    part. Raises ValueError for a button that could never be answered (see ``adapters.fit.fit``).
    """
    return _WRITERS[outgoing.op](outgoing)


def _send(outgoing: Outgoing) -> tuple[Call, ...]:
    document = outgoing.message.document
    if document is not None:
        caption = cut(clean(outgoing.message.text), CAPTION, utf16=True)
        return (
            Call("sendDocument", {"chat_id": _id(outgoing.chat), "caption": caption, "document": document}),
        )
    if outgoing.message.photo:
        caption = cut(clean(outgoing.message.text), CAPTION, utf16=True)
        photo = outgoing.message.photo
        return (Call("sendPhoto", {"chat_id": _id(outgoing.chat), "caption": caption, "photo": photo}),)
    fitted = fit(outgoing.message, LIMITS)
    keyboard = _keyboard(fitted.rows + fitted.controls)
    calls = tuple(
        Call(
            "sendMessage", {"chat_id": _id(outgoing.chat), "text": text, "link_preview_options": _NO_PREVIEW}
        )
        for text in fitted.texts
    )
    if keyboard:
        calls[-1].params["reply_markup"] = {"inline_keyboard": keyboard}
    return calls


def _edit(outgoing: Outgoing) -> tuple[Call, ...]:
    """An edit without buttons takes the old ones away; of a text in parts the last one carries the ref."""
    fitted = fit(outgoing.message, LIMITS)
    params: dict[str, object] = {
        "chat_id": _id(outgoing.chat),
        "message_id": _id(outgoing.ref),
        "text": fitted.texts[-1],
        "link_preview_options": _NO_PREVIEW,
        "reply_markup": {"inline_keyboard": _keyboard(fitted.rows + fitted.controls)},
    }
    return (Call("editMessageText", params),)


def _acknowledge(outgoing: Outgoing) -> tuple[Call, ...]:
    params: dict[str, object] = {"callback_query_id": outgoing.ref}
    if outgoing.message.text:
        params["text"] = cut(clean(outgoing.message.text), TOAST, utf16=True)
    return (Call("answerCallbackQuery", params),)


_WRITERS: Final[Mapping[str, Callable[[Outgoing], tuple[Call, ...]]]] = {
    "send": _send,
    "edit": _edit,
    "acknowledge": _acknowledge,
}
_NO_PREVIEW: Final = {"is_disabled": True}


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> list[list[dict[str, str]]]:
    return [[{"text": button.label, "callback_data": button.token} for button in row] for row in rows]


def _id(text: str) -> int | str:
    """Chat and message ids are numbers; anything else is passed on for Telegram to refuse."""
    return int(text) if text.removeprefix("-").isdecimal() else text
