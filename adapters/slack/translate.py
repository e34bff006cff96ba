"""Slack's payloads into neutral messages, and neutral messages into calls of Slack's Web API. Pure.

``to_inbound`` takes the JSON object that Slack sends, by socket or by HTTP, whatever is in it; what is not a
member talking to the bot in a direct message gives None. ``to_platform`` names a method and its parameters.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from adapters.slack.blocks import Part, Words, opens_window, prompt
from adapters.slack.payload import Raw, first, inner, objects, text
from adapters.slack.text import decode, emoji_names
from adapters.slack.window import CALLBACK, read_origin
from bot.engine.messages import HOME, Attachment, Inbound, Outgoing, Profile

PLATFORM: Final = "slack"
PROFILE: Final = "kuulolla_profile"
"""The one key of ours in a stored payload: what ``users.info`` said of the sender, added on receipt."""
METADATA: Final = "kuulolla"
"""Type of the metadata on our messages. Any app in the workspace can read it: it holds a random key only."""

_PERSON: Final = re.compile(r"[UW][A-Z0-9]+")
_DIRECT: Final = re.compile(r"D[A-Z0-9]+")
_IDENTITY: Final = re.compile(r"[ -~]{1,256}")
"""What can be the identity of an act: the inbox keeps so many characters of it, and none that is not one."""
_SPOKEN: Final = frozenset({"", "file_share", "me_message", "thread_broadcast"})
"""Subtypes of a message that a person wrote; the others are Slack's own notices."""
REACTIONS: Final[Mapping[str, str]] = {
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔",
    "x": "❌",
    "ok_hand": "👌",
    "clap": "👏",
    "heart": "❤",
    "100": "💯",
    "fire": "🔥",
    "tada": "🎉",
    "grinning": "😀",
    "smiley": "😀",
    "smile": "😁",
    "grin": "😁",
    "star-struck": "🤩",
    "blush": "😊",
    "slightly_smiling_face": "🙂",
    "neutral_face": "😐",
    "slightly_frowning_face": "🙁",
    "disappointed": "😞",
    "cry": "😢",
    "sob": "😭",
    "broken_heart": "💔",
    "rage": "😡",
}
"""Slack's names of the emoji that can be an answer; a reaction comes as its name alone."""
_MEDIA: Final[Mapping[str, str]] = {"image": "photo", "audio": "audio", "video": "video"}
"""Our word by the first half of a file's MIME type; anything else is a ``document``."""
_FILE: Final = re.compile(r"F[A-Z0-9]{1,40}")
SOURCE: Final = "slack:"
"""Before Slack's file id, so that it is known where the file can be fetched."""
_COMMAND: Final = re.compile(r"/([a-z0-9_]{1,32})(?:\s+(.*))?", re.IGNORECASE | re.ASCII | re.DOTALL)
"""A slash at the head of a message. Slack's own client keeps it to itself; a space before it lets it by."""


# --- in ---------------------------------------------------------------------------------------------------


def to_inbound(raw: Raw) -> Inbound | None:
    """Return what a member did, or None for whatever is not meant for the bot. Raises nothing.

    ``external_id`` is the same for every delivery of one act: the event's id; team, person, message, moment
    and button of a tap; id and hash of a submitted window; the trigger of a command.
    """
    kind = text(raw, "type") or ("command" if text(raw, "command") else "")
    read = _READERS.get(kind)
    return read(raw) if read is not None else None


def _event(raw: Raw) -> Inbound | None:
    event = inner(raw, "event")
    if text(event, "type") == "reaction_added":
        return _reaction(raw, event)
    if text(event, "type") == "app_home_opened" and text(event, "tab") == "home":
        return _home(raw, event)
    if text(event, "type") != "message" or text(event, "channel_type") != "im":
        return None
    if text(event, "subtype") == "message_changed":
        return _edit(raw, event)
    if text(event, "subtype") not in _SPOKEN or event.get("bot_id"):
        return None
    common = _common(
        raw,
        team=text(raw, "team_id"),
        home=text(event, "user_team"),
        user=text(event, "user"),
        chat=text(event, "channel"),
        external_id=text(raw, "event_id"),
        moment=text(event, "ts"),
    )
    if common is None:
        return None
    common["ref"] = text(event, "ts")
    words = _written(event)
    if event.get("files") or not words:  # a file with a comment, a shared message: no answer in words
        sent = _attachment(first(event.get("files")))
        return Inbound(kind="media", text=_media(event), caption=words, attachment=sent, **common)
    command = _COMMAND.fullmatch(words)
    if command is not None:
        return _named(command[1], command[2] or "", common)
    return Inbound(kind="text", text=words, **common)


def _reaction(raw: Raw, event: Raw) -> Inbound | None:
    """An emoji on one of our messages; one that is no sign we know is let go."""
    item = inner(event, "item")
    emoji = REACTIONS.get(text(event, "reaction").partition("::")[0], "")
    if text(item, "type") != "message" or not emoji:
        return None
    common = _common(
        raw,
        team=text(raw, "team_id"),
        home="",
        user=text(event, "user"),
        chat=text(item, "channel"),
        external_id=text(raw, "event_id"),
        moment=text(event, "event_ts"),
    )
    return None if common is None else Inbound(kind="reaction", text=emoji, ref=text(item, "ts"), **common)


def _edit(raw: Raw, event: Raw) -> Inbound | None:
    message, words = inner(event, "message"), _written(inner(event, "message"))
    if message.get("bot_id") or words == _written(inner(event, "previous_message")):
        return None  # our own update; or Slack unfolded a link, a thread grew: the person changed nothing
    common = _common(
        raw,
        team=text(raw, "team_id"),
        home=text(message, "user_team"),
        user=text(message, "user"),
        chat=text(event, "channel"),
        external_id=text(raw, "event_id"),
        moment=text(event, "ts"),
    )
    return None if common is None else Inbound(kind="edit", text=words, ref=text(message, "ts"), **common)


def _home(raw: Raw, event: Raw) -> Inbound | None:
    user = text(event, "user")
    common = _common(
        raw, team=text(raw, "team_id"), home="", user=user, chat=user, external_id=text(raw, "event_id"),
        moment="",
    )  # fmt: skip
    return None if common is None else Inbound(kind="home", ref=HOME, **common)


def _tap(raw: Raw) -> Inbound | None:
    action = first(raw.get("actions"))
    name, moment = text(action, "action_id"), text(action, "action_ts")
    team, user = text(raw, "team", "id"), text(raw, "user", "id")
    ref, chat = text(raw, "message", "ts") or text(raw, "container", "message_ts"), ""
    if text(raw, "view", "type") == "home":  # their own page: it has no channel, and the view is the message
        ref, chat = HOME, user
    elif text(raw, "container", "type") != "message" or opens_window(name) or not ref:
        return None
    common = _common(
        raw,
        team=team,
        home=text(raw, "user", "team_id"),
        user=user,
        chat=chat or text(raw, "channel", "id") or text(raw, "container", "channel_id"),
        external_id=f"tap:{team}:{user}:{ref}:{moment}:{name}",
        moment=moment,
    )
    if common is None:
        return None
    token = text(action, "value") or text(action, "selected_option", "value") or name
    return Inbound(kind="tap", token=token, ref=ref, interaction=text(raw, "response_url"), **common)


def _form(raw: Raw) -> Inbound | None:
    view = inner(raw, "view")
    if text(view, "callback_id") != CALLBACK:
        return None
    origin = read_origin(text(view, "private_metadata"))
    common = _common(
        raw,
        team=text(raw, "team", "id"),
        home=text(raw, "user", "team_id"),
        user=text(raw, "user", "id"),
        chat=origin.chat,
        external_id=f"form:{text(view, 'id')}:{text(view, 'hash')}",
        moment="",
    )
    if common is None:
        return None
    return Inbound(kind="form", token=origin.token, ref=origin.ref, fields=_fields(view), **common)


def _command(raw: Raw) -> Inbound | None:
    user, trigger = text(raw, "user_id"), text(raw, "trigger_id")
    common = _common(
        raw,
        team=text(raw, "team_id"),
        home="",
        user=user,
        chat=user,  # it may have been typed in any channel; the answer belongs in the direct message
        external_id=f"command:{trigger}" if trigger else "",
        moment="",
    )
    name, _, argument = decode(text(raw, "text"), {}).strip().partition(" ")
    return None if common is None else _named(name or "help", argument, common)


_READERS: Final[Mapping[str, Callable[[Raw], Inbound | None]]] = {
    "event_callback": _event,
    "block_actions": _tap,
    "view_submission": _form,
    "command": _command,
}


def _common(
    raw: Raw, *, team: str, home: str, user: str, chat: str, external_id: str, moment: str
) -> dict[str, Any] | None:
    """What every kind has, or None where somebody is not a person of this team in a direct message."""
    if not team or home not in ("", team) or not _IDENTITY.fullmatch(external_id):
        return None
    if not _PERSON.fullmatch(user) or not (_DIRECT.fullmatch(chat) or is_person(chat)):
        return None
    return {
        "platform": PLATFORM,
        "account": team,
        "external_id": external_id,
        "address": f"{PLATFORM}:{team}:{user}",
        "chat": chat,
        "sent_at": _when(moment),
        "profile": _profile(raw),
    }


def is_person(chat: str) -> bool:
    """Whether this names a person, with whom a direct message is still to be opened."""
    return bool(_PERSON.fullmatch(chat))


def _named(name: str, argument: str, common: dict[str, Any]) -> Inbound:
    return Inbound(kind="command", text=name.lower(), argument=argument.strip(), **common)


def _written(message: Raw) -> str:
    return decode(text(message, "text"), emoji_names(message.get("blocks"))).strip()


def _media(message: Raw) -> str:
    file = first(message.get("files"))
    if text(file, "subtype") == "slack_audio":
        return "voice"
    return _MEDIA.get(text(file, "mimetype").partition("/")[0], "document")


def _attachment(file: Raw) -> Attachment | None:
    """What Slack tells of a file. Its address is not kept: it is asked for when the file is fetched."""
    source = text(file, "id")
    if not _FILE.fullmatch(source):
        return None
    size, length = file.get("size"), file.get("duration_ms")
    return Attachment(
        source=SOURCE + source,
        name=text(file, "name"),
        mime=text(file, "mimetype"),
        size=size if isinstance(size, int) and size > 0 else 0,
        seconds=length // 1000 if isinstance(length, int) and length > 0 else 0,
    )


def _fields(view: Raw) -> dict[str, tuple[str, ...]]:
    """The window's inputs: ``text`` holds the words, ``choices`` the tokens of all that is ticked."""
    elements = [element for block in objects(inner(view, "state", "values")) for element in objects(block)]
    words = [text(element, "value") for element in elements if element.get("type") == "plain_text_input"]
    options = [option for element in elements for option in objects(element.get("selected_options"))]
    return (
        {"text": tuple(words)} if words else {"choices": tuple(text(option, "value") for option in options)}
    )


def _when(moment: str) -> datetime | None:
    """Slack's ``ts``, seconds with a counter behind the point, as aware UTC."""
    try:
        return datetime.fromtimestamp(float(moment), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _profile(raw: Raw) -> Profile:
    said = inner(raw, PROFILE)
    return Profile(
        name=text(said, "name") or None,
        language=text(said, "language") or None,
        zone=text(said, "zone") or None,
    )


# --- out --------------------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A method of the Web API and its parameters; for an answer to a tap, its address instead of a method."""

    method: str
    params: dict[str, Any]


def to_platform(outgoing: Outgoing, words: Words) -> tuple[Call, ...]:
    """Return the calls that put the message on the wire, in order. ``chat`` is a channel by now.

    Only a ``send`` can be several: a very long text, with buttons and key in its last part. Raises ValueError
    for a button that could never be answered (see ``adapters.fit.fit``).
    """
    return _WRITERS[outgoing.op](outgoing, words)


def _send(outgoing: Outgoing, words: Words) -> tuple[Call, ...]:
    calls = tuple(
        Call(
            "chat.postMessage",
            {"channel": outgoing.chat, **_said(part), "unfurl_links": False, "unfurl_media": False},
        )
        for part in prompt(outgoing.message, outgoing.language, words)
    )
    calls[-1].params["metadata"] = {"event_type": METADATA, "event_payload": {"k": outgoing.key}}
    return calls


def _update(outgoing: Outgoing, words: Words) -> tuple[Call, ...]:
    """Blocks are always given, so that old buttons go; of a text in parts the last one carries the ref."""
    if outgoing.ref == HOME:
        parts = prompt(outgoing.message, outgoing.language, words)
        view = {"type": "home", "blocks": [block for part in parts for block in part.blocks]}
        return (Call("views.publish", {"user_id": outgoing.chat, "view": view}),)
    part = prompt(outgoing.message, outgoing.language, words)[-1]
    return (Call("chat.update", {"channel": outgoing.chat, "ts": outgoing.ref, **_said(part)}),)


def _respond(outgoing: Outgoing, words: Words) -> tuple[Call, ...]:
    """A tap is acknowledged on receipt; only words for the person's eyes are left to say."""
    if not outgoing.message.text:
        return ()
    shown = prompt(outgoing.message, outgoing.language, words)[0].text
    message = {"response_type": "ephemeral", "replace_original": False, "text": shown}
    return (Call(outgoing.ref, message),)


_WRITERS: Final[Mapping[str, Callable[[Outgoing, Words], tuple[Call, ...]]]] = {
    "send": _send,
    "edit": _update,
    "acknowledge": _respond,
}


def _said(part: Part) -> dict[str, Any]:
    return {"text": part.text, "blocks": part.blocks, "parse": "none", "link_names": False}


def carries(message: object, key: str) -> bool:
    """Whether a message read back from Slack is the one that was sent under this outbox key."""
    metadata = inner(message, "metadata")
    return text(metadata, "event_type") == METADATA and text(metadata, "event_payload", "k") == key
