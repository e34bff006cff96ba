"""Chats as Telegram's server keeps them: who is in them, what lies in them, whether the bot may write.

Pure state; no HTTP and no updates. Messages are shaped as the Bot API sends them by `Message.payload`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Standing = Literal["open", "unstarted", "blocked", "deactivated", "kicked", "upgraded"]

REFUSALS: dict[str, str] = {
    "unstarted": "Forbidden: bot can't initiate conversation with a user",
    "blocked": "Forbidden: bot was blocked by the user",
    "deactivated": "Forbidden: user is deactivated",
    "kicked": "Forbidden: bot was kicked from the group chat",
}
UPGRADED = "Bad Request: group chat was upgraded to a supergroup chat"


@dataclass(slots=True)
class Message:
    """One message, by the bot or by a member, with its edits applied.

    `keyboards` holds every inline keyboard it ever had, newest last: clients can press any of them.
    """

    id: int
    chat: Chat
    sender: Json
    date: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    rows: list[list[Json]] = field(default_factory=list)
    extra: Json = field(default_factory=dict)
    captioned: bool = False
    edits: int = 0
    deleted: bool = False
    keyboards: list[list[list[Json]]] = field(default_factory=list)

    @property
    def by_bot(self) -> bool:
        """Whether the bot sent it."""
        return bool(self.sender["is_bot"])

    @property
    def buttons(self) -> list[Json]:
        """The buttons under the message now, row by row."""
        return [button for row in self.rows for button in row]

    @property
    def labels(self) -> list[str]:
        """The texts on the buttons under the message now."""
        return [button["text"] for button in self.buttons]

    def show(self, rows: list[list[Json]]) -> None:
        """Replace the inline keyboard."""
        self.rows = rows
        if rows:
            self.keyboards.append(rows)

    def payload(self) -> Json:
        """Return the Bot API's Message object."""
        body: Json = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.short(),
            "date": self.date,
        }
        if self.edits:
            body["edit_date"] = self.date
        if self.text:
            body["caption" if self.captioned else "text"] = self.text
        if self.entities:
            body["caption_entities" if self.captioned else "entities"] = self.entities
        if self.extra:
            body.update(self.extra)
        if self.rows:
            body["reply_markup"] = {"inline_keyboard": self.rows}
        return body


@dataclass(slots=True)
class Chat:
    """A private chat (its id is the member's) or a group (negative id)."""

    id: int
    kind: Literal["private", "group", "supergroup"]
    about: Json
    standing: Standing = "unstarted"
    messages: dict[int, Message] = field(default_factory=dict)
    upgraded_to: int = 0
    actions: list[str] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether more than one person may be in it."""
        return self.kind != "private"

    def short(self) -> Json:
        """Return the Bot API's Chat object."""
        return {"id": self.id, "type": self.kind, **self.about}

    def visible(self) -> list[Message]:
        """Return the bot's messages that were not deleted, oldest first, edits applied."""
        return [message for message in self.messages.values() if message.by_bot and not message.deleted]
