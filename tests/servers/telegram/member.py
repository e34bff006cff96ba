"""A person with a Telegram client: writes, taps, edits, blocks, and sees what the bot shows.

All names are invented. Nothing here sleeps: `wait_for` wakes when a message appears or changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.servers.telegram.chats import Chat, Json, Message
from tests.servers.watch import WITHIN

if TYPE_CHECKING:
    from tests.servers.telegram.server import FakeTelegram

Wanted = str | Callable[[Message], Any]


class Member:
    """One member; made by `FakeTelegram.member`. `user` is the Bot API's User object."""

    def __init__(self, world: FakeTelegram, user: Json, chat: Chat) -> None:
        self.world = world
        self.user = user
        self.chat = chat
        self.toasts: dict[str, str] = {}
        self._cursor = 0
        self._last_own: Message | None = None

    @property
    def id(self) -> int:
        """The member's id, which is the id of the private chat too."""
        return int(self.user["id"])

    # -- writing -----------------------------------------------------------------------------------

    async def send(self, text: str, *, chat: Chat | None = None, **extra: Any) -> int | None:
        """Write `text`; returns the update's id. `extra` goes into the Message object as it is."""
        entities = []
        if text.startswith("/") and len(text) > 1:
            length = len(text.split(maxsplit=1)[0])
            entities.append({"type": "bot_command", "offset": 0, "length": length})
        return self._write(chat or self.chat, text, entities, extra)

    async def start(self, payload: str = "") -> int | None:
        """Press Start, with the payload of a deep link if there is one."""
        return await self.send(f"/start {payload}".rstrip())

    async def edit(self, text: str, message: Message | None = None) -> int | None:
        """Change the newest own message (or the given one)."""
        target = message or self._last_own
        if target is None:
            raise AssertionError(f"member {self.id} has written nothing to edit")
        target.text = text
        target.edits += 1
        return self.world.updates.push("edited_message", target.payload(), target.chat.id)

    async def react(self, emoji: str, message: Message | None = None) -> int | None:
        """Put an emoji on the newest message of the bot's (or the given one); "" takes it away."""
        target = message or self.seen[-1]
        body = {
            "chat": self.chat.short(),
            "message_id": target.id,
            "user": self.user,
            "date": int(self.world.clock.now()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }
        return self.world.updates.push("message_reaction", body, self.id)

    async def send_sticker(self) -> int | None:
        """Send a sticker."""
        kept = self.world.keep_file({"content": b"webp", "file_name": "wave.webp"})
        size = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}
        return self._write(
            self.chat, "", [], {"sticker": kept.ids() | size | {"emoji": "\N{WAVING HAND SIGN}"}}
        )

    async def send_photo(self, caption: str = "") -> int | None:
        """Send a photo, with a caption if given."""
        kept = self.world.keep_file({"content": b"jpeg", "file_name": "p.jpg"})
        sizes = [kept.ids() | {"width": side, "height": side} for side in (90, 320)]
        return self._write(self.chat, caption, [], {"photo": sizes}, captioned=True)

    async def send_voice(self, seconds: int = 3) -> int | None:
        """Send a voice message."""
        kept = self.world.keep_file({"content": b"opus", "mime_type": "audio/ogg"})
        voice = kept.ids() | {"duration": seconds, "mime_type": kept.mime_type}
        return self._write(self.chat, "", [], {"voice": voice})

    async def send_document(self, name: str = "notes.pdf", content: bytes = b"%PDF-") -> int | None:
        """Send a file."""
        kept = self.world.keep_file({"content": content, "file_name": name})
        return self._write(self.chat, "", [], {"document": kept.document()})

    async def send_location(self, latitude: float = 60.17, longitude: float = 24.94) -> int | None:
        """Send a place."""
        return self._write(self.chat, "", [], {"location": {"latitude": latitude, "longitude": longitude}})

    async def send_contact(self, phone: str = "+358401234567", *, own: bool = True) -> int | None:
        """Send a contact card: the member's own or somebody else's."""
        card = {"phone_number": phone, "first_name": self.user["first_name"] if own else "Veikko"}
        return self._write(self.chat, "", [], {"contact": card | ({"user_id": self.id} if own else {})})

    def _write(
        self, chat: Chat, text: str, entities: list[Json], extra: Json, *, captioned: bool = False
    ) -> int | None:
        if not chat.is_group and chat.standing == "unstarted":
            chat.standing = "open"
        message = self.world.new_message(chat, self.user, text, entities, extra)
        message.captioned = captioned
        self._last_own = message
        return self.world.updates.push("message", message.payload(), chat.id)

    # -- tapping -----------------------------------------------------------------------------------

    async def tap(self, button: str | int, message: Message | None = None) -> str:
        """Press a button of the newest keyboard by label or index; returns the callback query's id."""
        target = message or self.newest_keyboard()
        return self._press(target, _find(target.rows, button))

    async def tap_old(self, button: str | int, back: int = 1) -> str:
        """Press a button of a keyboard shown `back` keyboards ago, even if it has been taken away since."""
        shown = [
            (message, rows)
            for message in self.chat.visible()
            for number, rows in enumerate(message.keyboards)
            if number == 0 or sum(map(len, rows)) > 1  # not the single button that an answer leaves
        ]
        if len(shown) <= back:
            raise AssertionError(f"member {self.id} saw {len(shown)} keyboards, none {back} back")
        message, rows = shown[-1 - back]
        return self._press(message, _find(rows, button))

    async def tap_data(self, data: str, message: Message | None = None) -> str:
        """Send any bytes as callback data, as a tampered client can."""
        target = message or self.chat.visible()[-1]
        return self._press(target, {"callback_data": data})

    async def tap_without_message(self, data: str) -> str:
        """Send a callback query that names no message, as from an inline one."""
        query = self.world.new_tap(self)
        self.world.updates.push(
            "callback_query", self._query(query, data) | {"inline_message_id": "AAE"}, self.id
        )
        return query

    def newest_keyboard(self, chat: Chat | None = None) -> Message:
        """Return the newest visible message that has buttons."""
        for message in reversed((chat or self.chat).visible()):
            if message.rows:
                return message
        raise AssertionError(f"member {self.id} sees no buttons; the chat: {self.transcript()}")

    def _press(self, message: Message, button: Json) -> str:
        query = self.world.new_tap(self)
        body = self._query(query, button.get("callback_data", "")) | {"message": message.payload()}
        self.world.updates.push("callback_query", body, message.chat.id)
        return query

    def _query(self, query: str, data: str) -> Json:
        return {"id": query, "from": self.user, "chat_instance": str(self.id * 7919), "data": data}

    async def wait_for_toast(self, query: str, within: float | None = WITHIN) -> str:
        """Wait until the bot has answered this tap; returns the text of the answer, often empty."""
        return await self.world.watch.until(
            lambda: self.toasts.get(query), within, lambda: f"tap {query} has no answer"
        )

    # -- coming and going ----------------------------------------------------------------------------

    async def block(self) -> int | None:
        """Block the bot: it may not write any more and is told so."""
        self.chat.standing = "blocked"
        return self._standing("member", "kicked")

    async def unblock(self) -> int | None:
        """Take the block back."""
        self.chat.standing = "open"
        return self._standing("kicked", "member")

    def deactivate(self) -> None:
        """Delete the account: the bot learns it only when it writes."""
        self.chat.standing = "deactivated"

    def _standing(self, old: str, new: str) -> int | None:
        until = {"until_date": 0}
        body = {
            "chat": self.chat.short(),
            "from": self.user,
            "date": int(self.world.clock.now()),
            "old_chat_member": {"user": self.world.bot, "status": old} | (until if old == "kicked" else {}),
            "new_chat_member": {"user": self.world.bot, "status": new} | (until if new == "kicked" else {}),
        }
        return self.world.updates.push("my_chat_member", body, self.id)

    # -- seeing ----------------------------------------------------------------------------------------

    @property
    def seen(self) -> list[Message]:
        """The bot's messages in the private chat as they look now, oldest first."""
        return self.chat.visible()

    def transcript(self) -> list[str]:
        """Return each visible message as one line: text, then labels in brackets."""
        return [
            " ".join([message.text, *(f"[{label}]" for label in message.labels)]) for message in self.seen
        ]

    async def wait_for(self, wanted: Wanted = "", within: float | None = WITHIN) -> Message:
        """Wait for a message (new or edited) that contains the text or satisfies the predicate.

        Looks at what was shown since the last `wait_for` that succeeded, and goes on after what it found.
        """

        def probe() -> Message | None:
            shown = self.world.shown_to.get(self.id, [])
            for index in range(self._cursor, len(shown)):
                message = shown[index]
                if wanted in message.text if isinstance(wanted, str) else wanted(message):
                    self._cursor = index + 1
                    return message
            return None

        return await self.world.watch.until(
            probe, within, lambda: f"no message fits {wanted!r}; the chat: {self.transcript()}"
        )

    async def wait_for_buttons(self, within: float | None = WITHIN) -> Message:
        """Wait for a message that has buttons."""
        return await self.wait_for(lambda message: message.rows, within)


def _find(rows: list[list[Json]], button: str | int) -> Json:
    buttons = [item for row in rows for item in row]
    if isinstance(button, int):
        return buttons[button]
    for exactly in (True, False):
        for item in buttons:
            if item["text"] == button if exactly else button in item["text"]:
                return item
    raise AssertionError(f"no button {button!r} among {[item['text'] for item in buttons]}")
