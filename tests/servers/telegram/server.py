"""FakeTelegram: a Bot API server for one bot on loopback, with the members who talk to it.

It accepts what the Bot API accepts and refuses with the Bot API's own words. It keeps its state in memory
and never reaches beyond 127.0.0.1, save for the webhook address it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import unquote

from tests.schemas.telegram import structured
from tests.servers.clock import Clock
from tests.servers.limits import SendLimits
from tests.servers.telegram.chats import Chat, Json, Message
from tests.servers.telegram.control import control
from tests.servers.telegram.crowd import Crowd
from tests.servers.telegram.member import Member
from tests.servers.telegram.methods import METHODS, RefusedError
from tests.servers.telegram.updates import ConflictError, UpdateQueue
from tests.servers.telegram.webhook import FIRST_RETRY, Webhook
from tests.servers.telegram.words import error_answer
from tests.servers.watch import Watch
from tests.servers.wire import Answer, Call, LoopbackServer, encode

TOKEN = "7000000001:KuulollaLoopbackTokenForTestsOnly00"  # the shape of a real one; worth nothing
BOT: Json = {"id": 7_000_000_001, "is_bot": True, "first_name": "Hauskala", "username": "hauskala_bot"}
TAP_SECONDS = 15.0  # how long a callback query can be answered; the real figure is not documented
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class StoredFile:
    """A file somebody sent, and what the Bot API says about it."""

    id: str
    name: str
    mime_type: str
    content: bytes

    def ids(self) -> Json:
        """Return what every kind of file object holds."""
        return {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": len(self.content)}

    def about(self) -> Json:
        """Return the Bot API's File object."""
        return self.ids() | {"file_path": f"documents/{self.id}"}

    def document(self) -> Json:
        """Return the Bot API's Document object."""
        return self.ids() | {"file_name": self.name, "mime_type": self.mime_type}


class FakeTelegram(LoopbackServer):
    """The server. Use as ``async with FakeTelegram() as tg`` and give `tg.base_url` to the client.

    `limits`: message limits to enforce (default none). `open_chats`: every positive chat id is a member who
    has pressed Start. `strict`: refuse also what the real server would swallow (unknown parameters, rows
    that are too wide). `delay`: real seconds before each answer.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        clock: Clock | None = None,
        delay: float = 0.0,
        recording: bool = True,
        limits: SendLimits | None = None,
        open_chats: bool = False,
        strict: bool = True,
        first_update_id: int | None = None,
        allow_http_webhook: bool = True,
        webhook_first_retry: float = FIRST_RETRY,
    ) -> None:
        super().__init__(clock=clock, delay=delay, recording=recording)
        self.token = token
        self.bot = BOT
        self.limits = limits or SendLimits()
        self.open_chats = open_chats
        self.strict = strict
        self.allow_http_webhook = allow_http_webhook
        self.updates = UpdateQueue(self.clock, first_update_id)
        self.webhook = Webhook(self, webhook_first_retry)
        self.chats: dict[int, Chat] = {}
        self.members: dict[int, Member] = {}
        self.files: dict[str, StoredFile] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.profile: dict[tuple[str, str], Any] = {}
        self.shown_to: dict[int, list[Message]] = {}
        self.crowd: Crowd | None = None
        self.watch = Watch()
        self._taps: dict[str, tuple[Member, float]] = {}
        self._next_message = 1
        self._next_tap = 4_000_000_000_000_000_001
        self._prefix = f"/bot{token}/"
        self._file_prefix = f"/file/bot{token}/documents/"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def base_url(self) -> str:
        """What python-telegram-bot calls `base_url`: the token follows it."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot calls `base_file_url`."""
        return f"{self.url}/file/bot"

    # -- people ----------------------------------------------------------------------------------------

    def member(
        self,
        id: int,  # noqa: A002 - the Bot API's word
        *,
        first_name: str = "Aino",
        last_name: str = "",
        username: str = "",
        language_code: str = "fi",
        started: bool = False,
    ) -> Member:
        """Return the member with this id; made on first use. `started`: the bot may write at once."""
        known = self.members.get(id)
        if known is not None:
            return known
        names = {"first_name": first_name, "last_name": last_name, "username": username}
        about = {key: value for key, value in names.items() if value}
        user = {"id": id, "is_bot": False, **about, "language_code": language_code}
        chat = self.chats.setdefault(id, Chat(id, "private", about))
        if started:
            chat.standing = "open"
        member = self.members[id] = Member(self, user, chat)
        return member

    def group(
        self,
        id: int,  # noqa: A002 - the Bot API's word
        title: str = "Hauskalan keittiö",
        *,
        kind: Literal["group", "supergroup"] = "group",
    ) -> Chat:
        """Return the group with this (negative) id; the bot is in it."""
        return self.chats.setdefault(id, Chat(id, kind, {"title": title}, "open"))

    def upgrade_group(self, chat: Chat, new_id: int) -> Chat:
        """Turn a group into a supergroup: its old id answers with `migrate_to_chat_id` from now on."""
        chat.standing, chat.upgraded_to = "upgraded", new_id
        return self.group(new_id, chat.about["title"], kind="supergroup")

    def open_chat(self, number: int) -> Chat | None:
        """Return a new member's chat if chats are open to everybody and the id can be a person's."""
        if not self.open_chats or number <= 0:
            return None
        return self.member(number, started=True).chat

    def inject(self, kind: str, payload: Any, chat: int = 0) -> int | None:
        """Queue any update, well formed or not, under the next id."""
        return self.updates.push(kind, payload, chat)

    # -- what methods and members use -------------------------------------------------------------------

    def new_message(self, chat: Chat, sender: Json, text: str, entities: list[Json], extra: Json) -> Message:
        """Put a message into a chat."""
        number = self._next_message
        self._next_message += 1
        message = Message(number, chat, sender, int(self.clock.now()), text, entities, extra=extra)
        chat.messages[number] = message
        return message

    def keep_file(self, upload: Any) -> StoredFile:
        """Keep an upload, or find one sent before by its id.

        An upload is a dict of `content` and perhaps `file_name` and `mime_type`.
        """
        if isinstance(upload, dict):
            number = f"F{len(self.files) + 1:06}"
            name, mime = upload.get("file_name", "file"), upload.get("mime_type", "application/octet-stream")
            self.files[number] = StoredFile(number, name, mime, upload["content"])
            return self.files[number]
        kept = self.files.get(str(upload))
        if kept is None:
            raise RefusedError("Bad Request: wrong file identifier/HTTP URL specified")
        return kept

    def new_tap(self, member: Member) -> str:
        """Return the id of a new callback query, which can be answered for `TAP_SECONDS`."""
        query = str(self._next_tap)
        self._next_tap += 1
        self._taps[query] = member, self.clock.now() + TAP_SECONDS
        return query

    def answer_tap(self, query: str, text: str) -> bool:
        """Answer a callback query; False if it is unknown, answered or too old."""
        member, until = self._taps.pop(query, (None, 0.0))
        if member is None or self.clock.now() > until:
            return False
        member.toasts[query] = text
        self.changed()
        return True

    def shown(self, chat: Chat, message: Message) -> None:
        """Let the members see a new or changed message."""
        self.shown_to.setdefault(chat.id, []).append(message)
        self.changed()

    def changed(self) -> None:
        """Wake whoever waits for the chats."""
        self.watch.changed()

    # -- the wire ---------------------------------------------------------------------------------------

    def read_call(self, path: str, request: Any) -> Call | Answer:
        """Read the method from the path; a wrong token is 401, anything else 404."""
        path = unquote(path) if "%" in path else path
        if path.startswith(self._prefix):
            return Call(path.removeprefix(self._prefix), {}, b"", request.headers)
        if path.startswith(self._file_prefix):
            kept = self.files.get(path.removeprefix(self._file_prefix))
            if kept is not None:
                return Answer(kept.content, content_type=kept.mime_type)
        elif path.startswith("/bot") and path.count("/") == 2:
            return error_answer(401, "Unauthorized")
        return error_answer(404, "Not Found")

    async def serve(self, call: Call) -> Answer:
        """Answer one Bot API call."""
        name = call.method.lower()
        try:
            if name == "getupdates":
                return await self._get_updates(call.params)
            method = METHODS.get(name)
            if method is None:
                return error_answer(404, "Not Found: method not found")
            return Answer(b'{"ok":true,"result":' + encode(method(self, call.params)) + b"}")
        except RefusedError as refusal:
            return error_answer(refusal.code, refusal.description, refusal.parameters)
        except ConflictError as conflict:
            return error_answer(409, str(conflict))

    async def _get_updates(self, params: Json) -> Answer:
        if self.webhook.url:
            raise ConflictError(WEBHOOK_ACTIVE)
        allowed = structured(params.get("allowed_updates"))
        self.updates.allow(allowed if isinstance(allowed, list) else None)
        numbers = [int(params.get(name) or 0) for name in ("offset", "limit", "timeout")]
        body = await self.updates.get(numbers[0], numbers[1] or 100, numbers[2])
        return Answer(b'{"ok":true,"result":' + body + b"}")

    async def control(self, action: str, params: dict[str, Any]) -> Any:
        """Serve the control interface (see `tests.servers.telegram.control`)."""
        return await control(self, action, params)

    def answered(self, call: Call, answer: Answer) -> None:
        """Let the crowd react, if there is one."""
        if self.crowd is not None and answer.status == 200:
            self.crowd.on_answer(call)
