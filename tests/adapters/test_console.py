"""A person at a terminal: what they see, what they type, and the contract of a platform."""

import asyncio
import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, TextIO

import pytest
import pytest_asyncio

from adapters.console import LIMITS, Console
from bot.engine.messages import Button, Delivery, Inbound, Outbound, Outgoing, Profile, Receipt
from tests.adapters.contract import QUESTION, AdapterContract, Inbox, Rig, outgoing, sent, taking_in

SPEAKER = "Hauskala"
CHOICE = re.compile(r" +(\d+)  (?:✓ )?(.*)")


class ConsoleRig:
    """See ``tests.adapters.contract.Rig``: a terminal whose keyboard is a pipe."""

    def __init__(self, speaker: str = SPEAKER) -> None:
        self.keys, self.keyboard = _pipe()
        self.screen = io.StringIO()
        self.adapter = Console("aino", reader=self.keys, writer=self.screen, speaker=speaker)
        self.chat = "aino"

    async def say(self, text: str) -> None:
        """Type a line."""
        self.keyboard.write(text + "\n")
        self.keyboard.flush()

    async def press(self, label: str) -> None:
        """There is nothing to press: type it."""
        await self.say(label)

    async def shown(self) -> list[str]:
        """The messages on the screen; a line without a speaker after one replaced it."""
        return [text for text, _, _ in self._screen()]

    async def buttons(self) -> list[str]:
        """The choices and controls under the newest message."""
        _, choices, controls = self._screen()[-1]
        return [*choices, *controls]

    def close(self) -> None:
        """Hang up."""
        self.keyboard.close()
        self.keys.close()

    def _screen(self) -> list[tuple[str, list[str], list[str]]]:
        messages: list[tuple[str, list[str], list[str]]] = []
        for part in self.screen.getvalue().split(f"\n{SPEAKER}\n")[1:]:
            before, _, after = part.partition("› ")
            lines = before.rstrip("\n").split("\n")
            places = [place for place, line in enumerate(lines) if CHOICE.fullmatch(line)]
            first, last = (places[0], places[-1] + 1) if places else (len(lines), len(lines))
            text = " ".join(line.removeprefix("  ") for line in lines[:first])
            choices = [match[2] for line in lines[first:last] if (match := CHOICE.fullmatch(line))]
            controls = [label for line in lines[last:] for label in line.strip().split(" · ")]
            changed = [line.removeprefix("  ") for line in after.split("\n") if line.startswith("  ")]
            messages.append((changed[-1], [], []) if changed else (text, choices, controls))
        return messages


def _pipe() -> tuple[TextIO, TextIO]:
    read, write = os.pipe()
    return os.fdopen(read, encoding="utf-8"), os.fdopen(write, "w", encoding="utf-8")


class TestConsole(AdapterContract):
    @pytest_asyncio.fixture
    async def rig(self) -> AsyncIterator[ConsoleRig]:
        """A person at a terminal."""
        rig = ConsoleRig()
        await rig.adapter.connect()
        yield rig
        rig.close()

    async def test_a_tap_carries_the_token_of_its_button(self, rig: Rig) -> None:
        """Nothing can be pressed here: a choice is typed, and what it means is the engine's to say."""
        async with taking_in(rig.adapter) as inbox:
            await sent(rig, QUESTION)
            await rig.press("2")
            (update,) = await inbox.wait(1)
        inbound = rig.adapter.to_inbound(update.body)
        assert inbound is not None
        assert (inbound.kind, inbound.text, inbound.token) == ("text", "2", "")

    async def test_a_tap_is_acknowledged(self, rig: Rig) -> None:
        """There is nobody to tell, so it is always done and never seen."""
        before = await rig.shown()
        answer = replace(outgoing(rig, Outbound(text="x")), op="acknowledge", delivery=Delivery.ACKNOWLEDGE)
        assert isinstance(await rig.adapter.send(answer), Receipt)
        assert await rig.shown() == before


def screen(*messages: tuple[str, Outbound], color: bool = False, **options: Any) -> str:
    """Return what the terminal shows after these operations."""
    writer = Terminal() if color else io.StringIO()
    console = Console("aino", reader=io.StringIO(), writer=writer, speaker=SPEAKER, **options)

    async def send() -> None:
        for op, message in messages:
            about: Any = {"delivery": Delivery.QUESTION, "chat": "aino", "op": op}
            await console.send(Outgoing(key="1", message=message, **about))

    asyncio.run(send())
    return writer.getvalue()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_question_reads_like_a_letter() -> None:
    """The speaker, the words below, numbered choices, controls in one line, and the prompt."""
    message = Outbound(
        text="Miten menee?\n\nVastaa rauhassa.",
        buttons=(Button("a", "😀 Hyvin"), Button("b", "🙁 Huonosti")),
        controls=(Button("s", "Ohita"), Button("t", "Takaisin")),
    )
    assert screen(("send", message)) == (
        "\nHauskala\n  Miten menee?\n\n  Vastaa rauhassa.\n    1  😀 Hyvin\n    2  🙁 Huonosti\n"
        "  Ohita · Takaisin\n› "
    )


def test_long_lines_are_wrapped_under_their_beginning() -> None:
    """No line is wider than a terminal, and a long choice keeps its shape."""
    message = Outbound(text="sana " * 40, buttons=(Button("a", "pitkä " * 20), Button("b", "lyhyt")))
    shown = screen(("send", message))
    assert max(map(len, shown.split("\n"))) <= 76
    assert "\n    1  pitkä pitkä" in shown
    assert "\n       pitkä" in shown
    assert "\n    2  lyhyt\n" in shown


def test_a_scales_own_numbers_are_its_numbers() -> None:
    """Nobody has to type 1 for a zero."""
    scale = tuple(Button(str(number), str(number)) for number in range(3))
    assert screen(("send", Outbound(text="?", buttons=scale, layout="scale"))).endswith(
        "  ?\n  0\n  1\n  2\n› "
    )


def test_an_answered_question_leaves_one_line() -> None:
    """The prompt is not repeated; what was chosen is."""
    settled = Outbound(text="Miten menee?\n✓ Hyvin")
    assert screen(("send", Outbound(text="Miten menee?")), ("edit", settled)) == (
        "\nHauskala\n  Miten menee?\n  ✓ Hyvin\n"
    )


def test_a_question_that_is_left_by_back_leaves_nothing() -> None:
    """It stands above already, without an answer."""
    shown = screen(("send", Outbound(text="2/4 · Miten menee?")), ("edit", Outbound(text="Miten menee?")))
    assert shown == "\nHauskala\n  2/4 · Miten menee?\n"


def test_an_open_selection_shows_its_toggles_anew() -> None:
    """What is ticked so far is marked, and the prompt stands again."""
    toggled = Outbound(text="Mihin?", buttons=(Button("a", "Kurssi", chosen=True), Button("b", "Retki")))
    assert screen(("edit", toggled)) == "    1  ✓ Kurssi\n    2  Retki\n› "


def test_a_message_that_asks_nothing_has_no_prompt() -> None:
    """Thanks are thanks."""
    assert screen(("send", Outbound(text="Kiitos."))) == "\nHauskala\n  Kiitos.\n"


def test_a_written_answer_has_its_prompt() -> None:
    """A question without buttons waits for words all the same."""
    assert screen(("send", Outbound(text="Kerro.", form="long_text"))).endswith("  Kerro.\n› ")


def test_a_terminal_gets_bold_and_dim(monkeypatch: pytest.MonkeyPatch) -> None:
    """The speaker stands out, the controls stand back; with NO_COLOR nothing does."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = screen(("send", QUESTION), color=True)
    assert "\x1b[1mHauskala\x1b[0m" in shown
    assert "\x1b[2m  Ohita\x1b[0m" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in screen(("send", QUESTION), color=True)


def test_nothing_a_member_wrote_moves_the_cursor() -> None:
    """Escape sequences in a text or a label are not for the terminal."""
    hostile = Outbound(text="\x1b[2Jhei\x07", buttons=(Button("a", "\x1b]0;x\x07kyllä"),))
    assert not {"\x1b", "\x07"} & set(screen(("send", hostile)))


async def typed(text: str, **options: Any) -> tuple[list[Inbound], str]:
    """Return what is read from lines that are piped in, and what the terminal shows of them."""
    writer, inbox = io.StringIO(), Inbox()
    console = Console("aino", reader=io.StringIO(text), writer=writer, **options)
    await asyncio.wait_for(console.run(inbox.receive), 5)
    inbounds = [console.to_inbound(update.body) for update in inbox.updates]
    assert None not in inbounds
    return [inbound for inbound in inbounds if inbound is not None], writer.getvalue()


async def test_piped_lines_are_shown_where_they_were_read() -> None:
    """Whoever reads the output can follow the chat; the end of the lines is the end, politely."""
    inbounds, shown = await typed("4\n\n  kahvi oli hyvää \nei rivinvaihtoa")
    assert [inbound.text for inbound in inbounds] == ["4", "kahvi oli hyvää", "ei rivinvaihtoa"]
    assert shown == "› 4\n› \n› kahvi oli hyvää\n› ei rivinvaihtoa\n"


async def test_a_terminal_shows_what_is_typed_by_itself() -> None:
    """At a real keyboard nothing is echoed twice."""
    writer, inbox = io.StringIO(), Inbox()
    console = Console("aino", reader=Terminal("moi\n"), writer=writer)
    await console.run(inbox.receive)
    assert (len(inbox.updates), writer.getvalue()) == (1, "")


@pytest.mark.parametrize(
    ("line", "kind", "text", "argument"),
    [
        ("/later ensi viikolla", "command", "later", "ensi viikolla"),
        ("/stop", "command", "stop", ""),
        ("stop", "text", "stop", ""),
        ("/ 5", "text", "/ 5", ""),
        ("4", "text", "4", ""),
        ("\x1b[Ahei", "text", "[Ahei", ""),
    ],
)
async def test_a_leading_slash_makes_a_command(line: str, kind: str, text: str, argument: str) -> None:
    """All else is words, numbers included."""
    ((inbound,), _) = await typed(line + "\n", profile=Profile(language="fi"))
    assert (inbound.kind, inbound.text, inbound.argument) == (kind, text, argument)
    assert (inbound.address, inbound.chat, inbound.account) == ("console:aino", "aino", "terminal")
    assert inbound.profile == Profile(language="fi")


@pytest.mark.parametrize("line", ["", "   ", "\x00\x1b", "\u200b"])
async def test_a_line_in_which_nothing_is_visible_says_nothing(line: str) -> None:
    """An empty line is a pause, not an answer."""
    assert (await typed(line + "\n"))[0] == []


async def test_a_question_waits_on_after_an_empty_line() -> None:
    """Whoever only pressed Enter sees that they may still answer."""
    writer, inbox = io.StringIO(), Inbox()
    console = Console("aino", reader=Terminal("\n"), writer=writer, speaker=SPEAKER)
    await console.send(
        Outgoing(key="1", delivery=Delivery.QUESTION, chat="aino", op="send", message=QUESTION)
    )
    await console.run(inbox.receive)
    assert writer.getvalue().endswith("› › ")


async def test_two_programs_one_after_the_other_have_different_ids() -> None:
    """A line typed after a restart is not taken for one that was typed before."""
    ids = [(await typed("moi\nmoi\n"))[0] for _ in range(2)]
    assert len({inbound.external_id for inbounds in ids for inbound in inbounds}) == 4


@pytest.mark.parametrize(
    "trouble", [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), OSError("gone"), ValueError("closed")]
)
async def test_input_that_breaks_ends_like_any_other(trouble: Exception) -> None:
    """Bytes that are no text, a terminal that went away: what came before counts."""

    class Broken(io.StringIO):
        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            line = super().readline(-1 if size is None else size)
            if not line:
                raise trouble
            return line

    inbox = Inbox()
    console = Console("aino", reader=Broken("moi\n"), writer=io.StringIO())
    await asyncio.wait_for(console.run(inbox.receive), 5)
    assert len(inbox.updates) == 1


async def test_after_the_last_line_nothing_is_asked_any_more() -> None:
    """A prompt that nobody can answer is not shown."""
    writer, inbox = io.StringIO(), Inbox()
    console = Console("aino", reader=io.StringIO(""), writer=writer, speaker=SPEAKER)
    await console.run(inbox.receive)
    await console.send(
        Outgoing(key="1", delivery=Delivery.QUESTION, chat="aino", op="send", message=QUESTION)
    )
    assert not writer.getvalue().endswith("› ")


def test_a_line_typed_after_the_end_harms_nobody() -> None:
    """The reader may still wait for a key when the program has gone."""
    keys, keyboard = _pipe()
    console = Console("aino", reader=keys, writer=io.StringIO())

    async def leave() -> None:
        task = asyncio.create_task(console.run(Inbox().receive))
        await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    keyboard.write("moi\n")
    keyboard.close()
    threads = [thread for thread in _threads() if thread.name == "console"]
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    keys.close()


def _threads() -> list[Any]:
    import threading

    return threading.enumerate()


def test_everything_fits_a_terminal() -> None:
    """The limits are those of paper: the engine's longest texts and labels pass."""
    assert LIMITS.text >= 100_000
    assert LIMITS.token_bytes == 64
