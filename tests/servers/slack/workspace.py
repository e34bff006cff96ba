"""A Slack workspace as its server keeps it: people, direct messages, views; pure state, no wire.

Everybody and everything in it is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.servers.slack.words import Json

TEAM_ID = "T0HAUSKALA"
APP_ID = "A0KUULOLLA"
BOT_ID = "B0KUULOLLA"
BOT_USER = "U0KUULOLLA"
DOMAIN = "hauskala"
BOT_TOKEN = "xoxb-000000-loopback-only"
APP_TOKEN = "xapp-1-A0KUULOLLA-000000-loopback"
SIGNING_SECRET = "00000000000000000000000000000000"
VERIFICATION_TOKEN = "loopback"
ALL_SCOPES = frozenset(
    [
        "app_mentions:read",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "team:read",
        "users:read",
    ]
)


@dataclass(slots=True)
class Message:
    """One message in a channel with its edits applied; `only_for` is set on ephemeral ones."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str = ""
    only_for: str = ""
    edits: int = 0
    deleted: bool = False
    history: list[list[Json]] = field(default_factory=list)

    @property
    def by_bot(self) -> bool:
        """Whether the app sent it."""
        return self.user == BOT_USER

    @property
    def shown(self) -> str:
        """What a person reads: the blocks if there are any, else the text."""
        return "\n".join(block_texts(self.blocks)) if self.blocks else self.text

    @property
    def buttons(self) -> list[Json]:
        """The buttons under the message now."""
        return [element for _, element in elements(self.blocks) if element["type"] == "button"]

    @property
    def labels(self) -> list[str]:
        """The texts on the buttons under the message now."""
        return [button["text"]["text"] for button in self.buttons]

    def show(self, text: str, blocks: list[Json]) -> None:
        """Replace text and blocks; earlier blocks stay in `history`, because clients can act on them."""
        self.text, self.blocks = text, blocks
        self.history.append(blocks)

    def payload(self, *, metadata: bool = False) -> Json:
        """Return the message as the Web API and interactive payloads show it."""
        body: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": TEAM_ID}
        if self.by_bot:
            body |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.blocks:
            body["blocks"] = self.blocks
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edits:
            body["edited"] = {"user": self.user, "ts": self.ts}
        if metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass(slots=True)
class Person:
    """A member of the workspace. `trouble`: the error that writing to this person brings, if any."""

    id: str
    name: str
    real_name: str
    locale: str
    tz: str
    channel: str
    deleted: bool = False
    is_bot: bool = False
    trouble: str = ""

    def payload(self, *, locale: bool = False) -> Json:
        """Return the Web API's user object."""
        first, _, last = self.real_name.partition(" ")
        body: Json = {
            "id": self.id,
            "team_id": TEAM_ID,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": self.tz,
            "tz_label": "Eastern European Time",
            "tz_offset": 7200,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_admin": False,
            "updated": 1_700_000_000,
            "profile": {
                "real_name": self.real_name,
                "display_name": self.name,
                "first_name": first,
                "last_name": last,
                "team": TEAM_ID,
            },
        }
        if locale:
            body["locale"] = self.locale
        return body


@dataclass(slots=True)
class OpenView:
    """A modal on a person's screen, or a Home tab."""

    id: str
    user: str
    body: Json
    revision: int = 1
    root: str = ""
    previous: str = ""

    @property
    def hash(self) -> str:
        """The revision mark that views.update may be bound to."""
        return f"{1_700_000_000 + self.revision}.{self.id[-6:]}"

    def payload(self, values: Json | None = None) -> Json:
        """Return the Web API's view object, with the state of its inputs."""
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "bot_id": BOT_ID,
            "app_installed_team_id": TEAM_ID,
            "hash": self.hash,
            "root_view_id": self.root or self.id,
            "previous_view_id": self.previous or None,
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "submit": None,
            "close": None,
            **self.body,
            "state": {"values": values or {}},
        }


@dataclass(slots=True)
class SharedFile:
    """A file on its way: asked for, uploaded, and in the end shared in a channel."""

    id: str
    name: str
    length: int
    content: bytes = b""
    channel: str = ""
    comment: str = ""


@dataclass(slots=True)
class ResponseUrl:
    """An address for follow-up messages: five uses, thirty minutes."""

    channel: str
    user: str
    message_ts: str
    expires_at: float
    uses: int = 0


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every interactive element with its block."""
    for block in blocks:
        inner = [*(block.get("elements") or ()), block.get("accessory"), block.get("element")]
        for element in inner:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def block_texts(value: Any) -> Iterator[str]:
    """Yield every text a reader sees in blocks, labels of buttons left out."""
    if isinstance(value, list):
        for inner in value:
            yield from block_texts(inner)
    elif isinstance(value, dict) and value.get("type") != "button":
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            elif isinstance(inner, dict | list):
                yield from block_texts(inner)


def with_ids(blocks: list[Json], number: int) -> list[Json]:
    """Return the blocks with the ids Slack gives where the app gave none."""
    completed = []
    for index, block in enumerate(blocks):
        inner = [
            {"action_id": f"x{number}{index}{place}", **element}
            if isinstance(element, dict) and element.get("type") not in ("mrkdwn", "plain_text", "image")
            else element
            for place, element in enumerate(block.get("elements") or ())
        ]
        completed.append({"block_id": f"g{number}{index}", **block} | ({"elements": inner} if inner else {}))
    return completed
