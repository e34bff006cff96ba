"""The console: one person at a terminal, or lines that are piped in. Also the demonstration's platform.

Plain words on two streams, no screen control. Typing a number is a typed answer like any other: the engine
knows what it means, this module only prints the numbers beside the choices.
"""

import asyncio
import itertools
import logging
import os
import textwrap
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, TextIO

import msgspec

from adapters.base import Absent, Finding, Limits, Receive
from adapters.fit import CUT, clean, marks
from bot.engine.messages import Failure, Inbound, Outbound, Outgoing, Profile, RawUpdate, Receipt, SendError

PLATFORM: Final = "console"
ACCOUNT: Final = "terminal"
LIMITS: Final = Limits(text=100_000, buttons=1000, buttons_per_row=20, label=1000, token_bytes=64)
WIDTH: Final = 76
INDENT: Final = "  "
PROMPT: Final = "› "
LATELY: Final = 40
"""Lines that are remembered: "back" leaves of a prompt only its question, which stands there already."""
AGAIN: Final = 0.5
"""Seconds before a line that could not be stored is handed in again."""
DIM, BOLD, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"

log: Final = logging.getLogger(__name__)


class Console:
    """An ``adapters.base.Adapter`` for one person, ``console:<name>``.

    ``speaker`` is printed above a message that follows something the person said. ``color`` is on for a
    terminal unless NO_COLOR is set.
    """

    platform: Final = PLATFORM
    account: Final = ACCOUNT
    limits: Final = LIMITS
    entry: Final = ""

    def __init__(
        self,
        name: str,
        *,
        reader: TextIO,
        writer: TextIO,
        speaker: str = "Kuulolla",
        profile: Profile | None = None,
    ) -> None:
        self.name = name
        self._reader = reader
        self._writer = writer
        self._speaker = speaker
        self._profile = profile or Profile()
        self._color = writer.isatty() and not os.environ.get("NO_COLOR")
        self._echo = not reader.isatty()
        self._sent = itertools.count(1)
        # ids must not repeat after a restart, or the inbox would take a new line for an old one
        self._said = itertools.count(time.time_ns())
        self._prompting = False
        self._ended = False
        self._lately: deque[str] = deque(maxlen=LATELY)

    async def connect(self) -> None:
        """There is nothing to reach."""

    async def run(self, receive: Receive) -> None:
        """Take in lines until the input ends."""
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            # a thread of our own: a waiting readline must not hold up the end of the program
            with suppress(RuntimeError):  # the program has ended meanwhile
                for line in _lines(self._reader):
                    loop.call_soon_threadsafe(lines.put_nowait, line)
                loop.call_soon_threadsafe(lines.put_nowait, "")  # the end

        threading.Thread(target=read, name="console", daemon=True).start()
        while line := await lines.get():
            words = clean_line(line)
            if self._echo:
                self._writer.write(f"{'' if self._prompting else PROMPT}{words}\n")
            asked, self._prompting = self._prompting, False
            if words:
                await self._store(receive, self._update(words))
            elif asked:
                self._ask()
        self._ended = True

    async def _store(self, receive: Receive, update: RawUpdate) -> None:
        """What could not be stored is handed in again: nobody types it twice."""
        while True:
            try:
                await receive([update])
            except Exception as problem:  # noqa: BLE001 - whatever the store says, the answer is the same
                log.warning("A line could not be stored: %s", type(problem).__name__)
                await asyncio.sleep(AGAIN)
            else:
                return

    def _update(self, words: str) -> RawUpdate:
        number = str(next(self._said))
        name, _, argument = words.partition(" ")
        command = name.startswith("/") and len(name) > 1
        inbound = Inbound(
            platform=PLATFORM,
            account=ACCOUNT,
            external_id=number,
            address=f"{PLATFORM}:{self.name}",
            chat=self.name,
            kind="command" if command else "text",
            text=name[1:] if command else words,
            argument=argument if command else "",
            profile=self._profile,
        )
        return RawUpdate(external_id=number, chat=self.name, body=msgspec.json.encode(inbound))

    def to_inbound(self, body: bytes) -> Inbound | None:
        """What the inbox stored; None for bytes that are no update of ours."""
        try:
            return msgspec.json.decode(body, type=Inbound)
        except msgspec.MsgspecError:
            return None

    async def send(self, outgoing: Outgoing) -> Receipt | SendError:
        """Print a message. Of a prompt that was answered only the answer is shown."""
        message = outgoing.message
        if any(
            not 0 < len(button.token.encode()) <= LIMITS.token_bytes
            for button in (*message.buttons, *message.controls)
        ):
            return SendError(
                failure=Failure.PERMANENT, code="bad_message", detail="a button without an answer"
            )
        if outgoing.op == "send":
            self._show(outgoing.message)
        elif outgoing.op == "edit":
            self._change(outgoing.message)
        return Receipt(str(next(self._sent)))

    def _show(self, message: Outbound) -> None:
        self._print("")
        self._print(f"{BOLD}{self._speaker}{PLAIN}" if self._color else self._speaker)
        self._lately.extend(clean(message.text).split("\n"))
        for paragraph in clean(message.text).split("\n"):
            self._print(_wrapped(paragraph, INDENT) if paragraph.strip() else "")
        if message.document is not None:
            self._print(f"{message.document.name}:")
            self._print(clean(message.document.content))
        self._choices(message)

    def _change(self, message: Outbound) -> None:
        """An answered prompt keeps its last line, an open selection shows its toggles anew."""
        if message.buttons:
            self._choices(message)
        else:
            last = clean(message.text).rsplit("\n", 1)[-1]
            if not any(line.endswith(last) for line in self._lately):
                self._print(self._dim(INDENT + last))

    def _choices(self, message: Outbound) -> None:
        for mark, button in zip(marks(message), message.buttons, strict=True):
            label = clean(button.label)
            picked = "✓ " if button.chosen else ""
            number = "" if label.startswith(mark) else f"{mark:>3}  "
            self._print(_wrapped(picked + label, INDENT + number))
        if message.controls:
            names = " · ".join(clean(button.label) for button in message.controls)
            self._print(self._dim(f"{INDENT}{names}"))
        if message.buttons or message.controls or message.form:
            self._ask()

    def _ask(self) -> None:
        if self._ended:
            return
        self._writer.write(PROMPT)
        self._writer.flush()
        self._prompting = True

    def _dim(self, text: str) -> str:
        return f"{DIM}{text}{PLAIN}" if self._color else text

    def _print(self, text: str) -> None:
        if self._prompting and text != "":
            self._writer.write("\n")
            self._prompting = False
        self._writer.write(text + "\n")
        self._writer.flush()

    async def look_up(self, outgoing: Outgoing) -> Receipt | Absent | None:  # noqa: ARG002 - the contract's
        """A terminal has no history to ask."""
        return None

    async def check(self) -> list[Finding]:
        """A terminal is always well."""
        return [Finding(subject="console", state="ok", message="A terminal needs no set-up.")]

    async def close(self) -> None:
        """The streams are their owner's."""


def clean_line(line: str) -> str:
    """Return a typed line without its end, its edges and whatever a terminal might act upon."""
    words = clean(line.strip())
    return "" if words == CUT and CUT not in line else words


def _lines(reader: TextIO) -> Iterator[str]:
    """Lines until the input ends; one that is no text, or a reader closed under us, ends it too."""
    with suppress(OSError, ValueError):
        while line := reader.readline():
            yield line


def _wrapped(text: str, head: str) -> str:
    """The text in lines that fit, the first after ``head``, the others under its beginning."""
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
