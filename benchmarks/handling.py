"""Figure 1: an update comes in as raw JSON and is handled, with the network stubbed on both sides.

Ours: the update is stored, the answer committed and the next question in the outbox (encrypted SQLite,
synchronous=FULL). Theirs: python-telegram-bot's ConversationHandler in memory.
"""

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from telegram import Update
from telegram.ext import ApplicationBuilder
from telegram.request import BaseRequest

from benchmarks import rival
from benchmarks.measure import Figure, ratio, rounds
from benchmarks.survey import QUESTIONS, START, SURVEYS, WORDS
from storage import Connection
from tests.servers.telegram import TOKEN
from tests.system.rig import Installation

MEMBERS: Final = 200
"""In one conversation each, all in step."""
POLL: Final = 100
"""Updates that one poll brings at most (Bot API)."""
BOT: Final = 7_000_000_001

_encode: Final = msgspec.json.encode


class Updates:
    """Updates as the Bot API serves them."""

    def __init__(self) -> None:
        self._number = itertools.count(1)

    def _sender(self, member: int) -> dict[str, object]:
        return {"id": member, "is_bot": False, "first_name": "Aino", "language_code": "en"}

    def _message(self, member: int, text: str) -> dict[str, Any]:
        return {
            "message_id": next(self._number),
            "date": 1_790_000_000,
            "chat": {"id": member, "type": "private", "first_name": "Aino"},
            "text": text,
        }

    def text(self, member: int, text: str) -> bytes:
        """Somebody wrote."""
        message = self._message(member, text) | {"from": self._sender(member)}
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return _encode({"update_id": next(self._number), "message": message})

    def tap(self, member: int, data: str, text: str) -> bytes:
        """Somebody pressed a button under a message."""
        number = next(self._number)
        bot = {"id": BOT, "is_bot": True, "first_name": "Hauskala", "username": "hauskala_bot"}
        query = {
            "id": str(number),
            "from": self._sender(member),
            "chat_instance": "1",
            "data": data,
            "message": self._message(member, text) | {"from": bot},
        }
        return _encode({"update_id": number, "callback_query": query})


class Ours:
    """The service on a store of its own, fed with what a poll brings."""

    def __init__(self, folder: Path) -> None:
        from adapters.telegram.translate import Me, to_inbound
        from bot.config import load_or_raise
        from bot.service.context import Context
        from bot.texts import Texts
        from storage.store import open_sqlite

        place = Installation(folder, base_url="http://127.0.0.1:9", token=TOKEN, surveys=SURVEYS)
        config = load_or_raise(place.file)
        me = Me(str(BOT), "hauskala_bot")
        translate = {"telegram": lambda body: to_inbound(msgspec.json.decode(body), me)}
        self.context = Context(config, Texts.load(), translate)
        self.store = open_sqlite(config.storage.path, config.storage.key_file)
        self._place = place

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    def handle(self, bodies: Sequence[bytes]) -> None:
        """Take in and apply, as the running program does."""
        for first in range(0, len(bodies), POLL):
            self._poll(bodies[first : first + POLL])

    def _poll(self, bodies: Sequence[bytes]) -> None:
        from adapters.telegram.translate import raw_update
        from bot.service import receive

        updates, now = [raw_update(body) for body in bodies], datetime.now(UTC)

        def job(connection: Connection) -> int:
            receive.intake(connection, "telegram", str(BOT), updates, now)
            return receive.apply(self.context, connection, now).rows

        assert self.store.write(job) == len(updates)

    def offered(self) -> dict[int, tuple[str, str]]:
        """For each member the text of the open question and the data of its second button."""
        rows = self._place.rows("SELECT chat, payload FROM outbox WHERE op = 'send' ORDER BY id")
        found = {}
        for row in rows:
            message = msgspec.json.decode(row["payload"])
            if message["buttons"]:
                found[int(row["chat"])] = message["text"], message["buttons"][1]["token"]
        return found

    def answers(self) -> int:
        """Answers that are stored."""
        return int(self._place.rows("SELECT count(*) AS n FROM answers")[0]["n"])


class Canned(BaseRequest):
    """A request that is answered at once, in memory."""

    read_timeout = 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(self, url: str, *_: Any, **__: Any) -> tuple[int, bytes]:
        """What the Bot API would say."""
        return 200, _ANSWERS[url.rpartition("/")[2]]


_MESSAGE: Final = {
    "message_id": 1,
    "date": 1_790_000_000,
    "chat": {"id": 1, "type": "private", "first_name": "Aino"},
    "text": "How are you today?",
}
_ME: Final = {"id": BOT, "is_bot": True, "first_name": "Hauskala", "username": "hauskala_bot"}
_ANSWERS: Final = {
    "getMe": _encode({"ok": True, "result": _ME}),
    "sendMessage": _encode({"ok": True, "result": _MESSAGE}),
    "editMessageText": _encode({"ok": True, "result": _MESSAGE}),
    "answerCallbackQuery": _encode({"ok": True, "result": True}),
}


class Theirs:
    """The library's application, fed with the same updates."""

    def __init__(self) -> None:
        self.app = ApplicationBuilder().token(TOKEN).request(Canned()).get_updates_request(Canned()).build()
        self.app.add_handler(rival.handlers())
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self.app.initialize())

    def close(self) -> None:
        """End its loop."""
        self._loop.run_until_complete(self.app.shutdown())
        self._loop.close()

    def handle(self, bodies: Sequence[bytes]) -> None:
        """One after the other, as the library does by default."""
        self._loop.run_until_complete(self._handle(bodies))

    async def _handle(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            update = Update.de_json(msgspec.json.decode(body), self.app.bot)
            await self.app.process_update(update)


def _ours(updates: Updates, ours: Ours) -> Iterator[list[bytes]]:
    """The answers of one round, question by question."""
    ours.handle([updates.text(member, START) for member in range(1, MEMBERS + 1)])
    for question in QUESTIONS:
        if question.labels:
            yield [updates.tap(member, data, text) for member, (text, data) in ours.offered().items()]
        else:
            yield [updates.text(member, WORDS) for member in range(1, MEMBERS + 1)]


def _theirs(updates: Updates, theirs: Theirs) -> Iterator[list[bytes]]:
    theirs.handle([updates.text(member, START) for member in range(1, MEMBERS + 1)])
    for number, question in enumerate(QUESTIONS):
        if question.labels:
            yield [updates.tap(member, f"{number}:1", question.text) for member in range(1, MEMBERS + 1)]
        else:
            yield [updates.text(member, WORDS) for member in range(1, MEMBERS + 1)]


def _timed(side: Ours | Theirs, steps: Iterator[list[bytes]]) -> float:
    """Answers per second; making the updates does not count."""
    seconds, answers = 0.0, 0
    for bodies in steps:
        begun = time.perf_counter()
        side.handle(bodies)
        seconds += time.perf_counter() - begun
        answers += len(bodies)
    return answers / seconds


def measure(*, quick: bool) -> list[Figure]:
    """Compare both sides in turn."""
    times = 3 if quick else 7
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, updates = Ours(Path(folder)), Theirs(), Updates()
        try:
            _timed(ours, _ours(updates, ours))
            _timed(theirs, _theirs(updates, theirs))
            found = rounds(
                times,
                lambda: _timed(ours, _ours(updates, ours)),
                lambda: _timed(theirs, _theirs(updates, theirs)),
            )
            assert ours.answers() == (times + 1) * MEMBERS * len(QUESTIONS)
        finally:
            ours.close()
            theirs.close()
    return [
        Figure(
            name="answers handled, committed, next question queued",
            value=ratio(*found),
            unit="×",
            must=1.0,
            aim=2.0,
            parts={
                "ours_per_second": round(statistics.median(found[0])),
                "conversation_handler_per_second": round(statistics.median(found[1])),
            },
        )
    ]
