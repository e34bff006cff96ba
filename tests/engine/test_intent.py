"""What a message means: a command for the bot, something for the open session, or words as they are."""

from dataclasses import replace

import pytest

from bot.engine import machine
from bot.engine.flow import Flow
from bot.engine.intent import Answer, Command, Intent, Notice, is_no, is_yes, read
from bot.engine.messages import Inbound, InboundKind
from bot.engine.session import Control, Form, Invite, Media, Reply, Session, Tap
from bot.engine.vocabulary import COMMANDS, words
from tests.engine.builders import NOW, TEXTS, ask, choice, flow, opened, step

TEXT = flow(ask("a"))
OPTIONAL = flow(ask("a", "integer", required=False))
REFUSABLE = flow(ask("a", "integer", required=False, refusable=True))
INTEGER = flow(ask("a", "integer"))
CHOICES = flow(
    ask("a", "select_one", choices=(choice("x", "Help"), choice("y", "Stop"), choice("z", "Skip")))
)


def inbound(kind: InboundKind = "text", text: str = "", argument: str = "", token: str = "") -> Inbound:
    """A message of somebody."""
    return Inbound(
        platform="t", account="", external_id="1", address="t:1", chat="1", kind=kind, text=text,
        argument=argument, token=token,
    )  # fmt: skip


def meant(of: Flow | None, text: str, kind: InboundKind = "text", argument: str = "") -> Intent:
    """What it means in a session of this flow, or without one."""
    return read(inbound(kind, text, argument), of, opened(of) if of else None, TEXTS)


def invited() -> Session:
    """A session whose invite is out."""
    begun = machine.begin(TEXT, session_id="abc", language="en", person={}, now=NOW, invited=True)
    return step(TEXT, begun, Invite(reason="", asker="H")).session


@pytest.mark.parametrize(
    ("name", "word"), [(name, word) for name, table in COMMANDS.items() for word in words(table)]
)
def test_every_command_word_works(name: str, word: str) -> None:
    """Each word is its command, in capitals and with a full stop too, and as a platform command."""
    assert meant(None, word) == Command(name)  # type: ignore[arg-type]
    assert meant(INTEGER, f" {word.upper()}. ") == Command(name)  # type: ignore[arg-type]
    assert meant(INTEGER, word, "command") == Command(name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "text", "meaning"),
    [
        (CHOICES, "help", Answer(Reply("help"))),
        (CHOICES, "skip", Answer(Reply("skip"))),
        (CHOICES, "stop", Command("stop")),
        (CHOICES, "why", Command("why")),
        (TEXT, "Help!", Command("help")),
        (TEXT, "stop", Command("stop")),
        (TEXT, "later", Command("later")),
        (TEXT, "more", Answer(Reply("more"))),
        (TEXT, "start", Answer(Reply("start"))),
        (TEXT, "no thanks", Answer(Reply("no thanks"))),
        (TEXT, "suomeksi", Answer(Reply("suomeksi"))),
        (TEXT, "please stop sending this", Answer(Reply("please stop sending this"))),
        (INTEGER, "suomeksi", Command("language", "fi")),
        (INTEGER, "på svenska", Command("language", "sv")),
        (INTEGER, "back", Answer(Control("back"))),
        (INTEGER, "continue", Answer(Control("resume"))),
        (INTEGER, "not now", Answer(Control("not_now"))),
        (INTEGER, "no thanks", Answer(Control("decline"))),
        (INTEGER, "prefer not to say", Answer(Control("refuse"))),
        (OPTIONAL, "no thanks", Answer(Control("skip"))),
        (OPTIONAL, "prefer not to say", Answer(Control("skip"))),
        (REFUSABLE, "prefer not to say", Answer(Control("refuse"))),
        (REFUSABLE, "ei kiitos", Answer(Control("skip"))),
        (None, "hello", Answer(Reply("hello"))),
        (None, "skip", Command("skip")),
        (None, "not now", Command("later")),
        (None, "no thanks", Answer(Reply("no thanks"))),
        (None, "English", Command("language", "en")),
        (None, "x" * 1000, Answer(Reply("x" * 1000))),
        (None, "", Answer(Reply(""))),
    ],
)
def test_words(of: Flow | None, text: str, meaning: Intent) -> None:
    """A word that answers is an answer, stop always wins, and free words are taken as they are."""
    assert meant(of, text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("/help", Command("help")),
        ("/more", Command("more")),
        ("/language sv", Command("language", "sv")),
        ("/skip", Answer(Control("skip"))),
        ("/purge all", Command("unknown", "purge")),
        ("/5", Answer(Reply("/5"))),
        ("/", Answer(Reply("/"))),
    ],
)
def test_a_slash_makes_a_command(text: str, meaning: Intent) -> None:
    """With a slash even a word that could be an answer is a command, and an unknown one is said to be so."""
    assert meant(TEXT, text) == meaning


def test_platform_commands() -> None:
    """A platform's command carries its argument; without a session a steering one is told apart."""
    assert meant(None, "start", "command", argument="token") == Command("start", "token")
    assert meant(None, "back", "command") == Command("back")
    assert meant(None, "refuse", "command") == Command("unknown", "refuse")
    assert meant(TEXT, "ohita", "command") == Answer(Control("skip"))
    assert meant(TEXT, "purge", "command") == Command("unknown", "purge")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yes", Answer(Reply("yes"))),
        ("start", Answer(Reply("start"))),
        ("2", Answer(Reply("2"))),
        ("ei nyt", Answer(Reply("ei nyt"))),
        ("4", Command("stop")),
        ("Fråga inte mer", Command("stop")),
        ("later", Command("later")),
        ("why", Command("why")),
        ("continue", Answer(Control("resume"))),
        ("who is this", Answer(Reply("who is this"))),
    ],
)
def test_words_to_an_invite(text: str, meaning: Intent) -> None:
    """What answers the invite is its answer, but for the wish to hear no more."""
    assert read(inbound(text=text), TEXT, invited(), TEXTS) == meaning


def test_taps() -> None:
    """A tap is for the session, but for the button that stops everything, while the invite stands."""
    assert read(inbound("tap", token="abc.1.stop"), TEXT, invited(), TEXTS) == Command("stop")
    assert read(inbound("tap", token="abc.1.start"), TEXT, invited(), TEXTS) == Answer(Tap("abc.1.start"))
    assert read(inbound("tap", token="abc.1.stop"), TEXT, opened(TEXT), TEXTS) == Answer(Tap("abc.1.stop"))
    assert read(inbound("tap", token="abc.1.stop"), None, None, TEXTS) == Answer(Tap("abc.1.stop"))


def test_windows_and_media() -> None:
    """A window brings all its fields; what is no words is named."""
    form = replace(inbound("form", token="t"), fields={"a": ("x", "y"), "b": ("z",)})
    assert read(form, None, None, TEXTS) == Answer(Form("t", ("x", "y", "z")))
    assert meant(TEXT, "voice", "media") == Answer(Media("voice"))


@pytest.mark.parametrize("kind", ["edit", "home", "blocked", "unblocked"])
def test_notices(kind: InboundKind) -> None:
    """What is not said to us is only noticed."""
    assert meant(TEXT, "stop", kind) == Notice(kind)  # type: ignore[arg-type]


def test_an_ended_session_is_none() -> None:
    """Words after the end are no answer."""
    ended = step(TEXT, opened(TEXT), Reply("x")).session
    assert read(inbound(text="more"), TEXT, ended, TEXTS) == Command("more")


def test_an_unopened_session_takes_commands() -> None:
    """Before its first question a session stands in no command's way."""
    begun = machine.begin(TEXT, session_id="abc", language="en", person={}, now=NOW, invited=False)
    assert read(inbound(text="more"), TEXT, begun, TEXTS) == Command("more")
    assert read(inbound(text="no thanks"), TEXT, begun, TEXTS) == Answer(Control("decline"))


def test_is_yes() -> None:
    """Yes in any of our languages, and nothing else."""
    assert [is_yes(text) for text in ("Yes!", "joo", "ja", "👍", "no", "thanks", "")] == [True] * 4 + [
        False
    ] * 3


def test_is_no() -> None:
    """No in any of our languages, and nothing else."""
    assert [is_no(text) for text in ("No.", "ei", "nej", "yes", "perhaps", "")] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("hours 10-18", Command("hours", "10-18")),
        ("päivät la su", Command("days", "la su")),
        ("koppla abcd-efgh", Command("link", "abcd-efgh")),
        ("forget yes", Command("forget", "yes")),
    ],
)
def test_a_wish_takes_what_stands_behind_it(said: str, command: Command) -> None:
    """Where it can be read; with a question open that takes no words too."""
    assert meant(None, said) == command
    assert meant(INTEGER, said) == command


@pytest.mark.parametrize("said", ["hours of fun", "days", "link me up", "forget it", "where is it"])
def test_words_that_only_begin_like_a_wish_are_words(said: str) -> None:
    """Nobody sets anything by chance."""
    found = meant(None, said)
    assert found in (Answer(Reply(said)), Command("days"))


def test_a_wish_is_an_answer_where_words_are_awaited() -> None:
    """A wish may be what somebody has to say; only what is never an answer is a command."""
    assert meant(TEXT, "hours 10-18") == Answer(Reply("hours 10-18"))
    assert meant(TEXT, "forget yes") == Command("forget", "yes")
