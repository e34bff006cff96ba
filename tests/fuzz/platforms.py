"""An act as the JSON that a platform would send for it, and how what comes is stored and read there."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from adapters.slack.translate import to_inbound as slack_inbound
from adapters.telegram.translate import Me, raw_update
from adapters.telegram.translate import to_inbound as telegram_inbound
from bot.engine.messages import Inbound, RawUpdate
from tests.fuzz.acts import Act, Person

TEAM: Final = "T0HAUSKALA"
ME: Final = Me("7000000001", "hauskala_bot")


@dataclass(frozen=True, slots=True)
class Platform:
    """``update`` makes the JSON of an act; ``stored`` is what the inbox gets; ``read`` is what it means."""

    name: str
    account: str
    update: Callable[[Person, Act, int], Any]
    stored: Callable[[Any], RawUpdate | None]
    read: Callable[[bytes], Inbound | None]
    chat: Callable[[Person], str]


# --- Telegram ---------------------------------------------------------------------------------------------


def _telegram(person: Person, act: Act, number: int) -> Any:
    user = {"id": person.number, "is_bot": False, "first_name": f"P{person.number}", "language_code": "fi"}
    place = {"chat": {"id": person.number, "type": "private"}, "date": 1_795_000_000}
    message = {"message_id": number, "from": user, **place}
    match act.kind:
        case "text":
            said: dict[str, Any] = {"message": message | {"text": act.text}}
        case "command":
            said = {"message": message | {"text": f"/{act.text} {act.argument}".strip()}}
        case "tap":
            shown = message | {"message_id": _number(act.ref)}
            said = {"callback_query": {"id": str(number), "from": user, "message": shown, "data": act.token}}
        case "edit":
            changed = {"message_id": _number(act.ref), "text": act.text, "edit_date": 1_795_000_060}
            said = {"edited_message": message | changed}
        case "reaction":
            emoji = [{"type": "emoji", "emoji": act.text}]
            on = {"message_id": _number(act.ref), "user": user, "old_reaction": [], "new_reaction": emoji}
            said = {"message_reaction": {**place, **on}}
        case "media":
            sent: dict[str, Any] = {
                act.text: {"emoji": "👍"} if act.text == "sticker" else [{"file_id": "x"}]
            }
            said = {"message": message | sent | ({"media_group_id": "7"} if act.argument else {})}
        case _:
            status = {"status": "kicked" if act.kind == "blocked" else "member"}
            said = {"my_chat_member": {**place, "from": user, "new_chat_member": status}}
    return {"update_id": number, **said}


def _number(ref: str) -> int:
    return int(ref) if ref.isdecimal() else 1


def _telegram_read(body: bytes) -> Inbound | None:
    try:
        return telegram_inbound(msgspec.json.decode(body), ME)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


# --- Slack ------------------------------------------------------------------------------------------------


def _slack(person: Person, act: Act, number: int) -> Any:
    user, channel, ts = f"U{person.number:06}", f"D{person.number:06}", f"1795000000.{number:06}"
    event = {"type": "message", "channel_type": "im", "channel": channel, "user": user, "ts": ts}
    match act.kind:
        case "text":
            return _event(number, event | {"text": act.text})
        case "command":
            return {
                "command": "/kuulolla", "text": f"{act.text} {act.argument}", "team_id": TEAM,
                "user_id": user, "trigger_id": str(number), "channel_name": "directmessage",
            }  # fmt: skip
        case "tap":
            return {
                "type": "block_actions", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM},
                "container": {"type": "message", "message_ts": act.ref, "channel_id": channel},
                "channel": {"id": channel}, "message": {"ts": act.ref}, "response_url": "https://hooks.example",
                "actions": [{"action_id": "choice.0", "action_ts": ts, "value": act.token}],
            }  # fmt: skip
        case "edit":
            message = {"user": user, "ts": act.ref, "text": act.text}
            changed = {
                "subtype": "message_changed",
                "message": message,
                "previous_message": {"text": "before"},
            }
            return _event(number, event | changed)
        case "reaction":
            item = {"type": "message", "channel": channel, "ts": act.ref}
            added = {"type": "reaction_added", "user": user, "reaction": NAMES.get(act.text, act.text)}
            return _event(number, added | {"item": item, "event_ts": ts})
        case "media":
            file = {"id": "F1", "mimetype": "image/png"}
            return _event(number, event | {"subtype": "file_share", "files": [file], "text": ""})
    return _event(number, {"type": "app_home_opened", "user": user, "channel": channel})


NAMES: Final[Mapping[str, str]] = {
    "👍": "+1",
    "👎": "-1",
    "❤️": "heart",
    "😢": "cry",
    "👍🏽": "+1::skin-tone-4",
}


def _event(number: int, event: Any) -> Any:
    return {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{number}", "event": event}


def _slack_stored(raw: Any) -> RawUpdate | None:
    """As the adapter's intake does: what is nothing for us is never stored."""
    inbound = slack_inbound(raw) if isinstance(raw, dict) else None
    if inbound is None or inbound.account != TEAM:
        return None
    return RawUpdate(external_id=inbound.external_id, chat=inbound.chat, body=_bytes(raw))


def _slack_read(body: bytes) -> Inbound | None:
    try:
        return slack_inbound(msgspec.json.decode(body, type=dict[str, Any]))
    except ValueError:
        return None


def _bytes(raw: Any) -> bytes:
    return json.dumps(raw).encode()


TELEGRAM: Final = Platform(
    "telegram", ME.account, _telegram, lambda raw: raw_update(_bytes(raw)), _telegram_read,
    lambda person: str(person.number),
)  # fmt: skip
SLACK: Final = Platform(
    "slack", TEAM, _slack, _slack_stored, _slack_read, lambda person: f"D{person.number:06}"
)
PLATFORMS: Final[Mapping[str, Platform]] = {"telegram": TELEGRAM, "slack": SLACK}


def bytes_of_nothing(chance: random.Random) -> bytes:
    """Bytes that are no JSON, or no object."""
    return chance.choice([b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 2000, chance.randbytes(40)])
