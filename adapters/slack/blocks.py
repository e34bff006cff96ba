"""A neutral message as Block Kit: words, rows of buttons, a menu where buttons would be too many. Pure.

Everything is ``plain_text`` or the literal text of ``rich_text``: a member's words may be in any message, and
mrkdwn has no way to escape ``*`` and ``_``. No ``block_id`` is set, as an updated message needs new ones.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from adapters.base import Limits
from adapters.fit import CHOSEN, clean, cut, fit, fits, numbered_lines
from adapters.slack.text import escape
from bot.engine.messages import Button, Outbound

Block = dict[str, Any]
Words = Callable[[str, str], str]
"""The bot's own words: key and language to text (``bot.texts.Texts``)."""

LIMITS: Final = Limits(
    text=3_000,  # a section (docs.slack.dev, section block)
    buttons=25,  # elements of an actions block; more become a menu
    buttons_per_row=6,  # Slack wraps by itself; 0-10 stands as two even rows
    label=30,  # 75 are taken, but "text may truncate with ~30 characters" (button element)
    token_bytes=64,  # what a Button may hold; Slack's value takes 2,000
    utf16=True,  # not documented; the smaller reading is safe
)
TOTAL: Final = 10_000
"""Text of one message over all its sections: refused near 13,200 with all blocks together (observed)."""
WHOLE: Final = 12_500
"""The same with what stands on buttons and in menus."""
FALLBACK_BYTES: Final = 3_900
"""Length of ``text`` beside blocks: refused above 4,000, counted in bytes after escaping (observed)."""
OPTIONS: Final = 100
"""Options of one menu (static select)."""
OPTION: Final = 75
"""Characters of an option."""

CHOICE: Final = "choice."
CONTROL: Final = "control."
WINDOW: Final = "window."
"""How an ``action_id`` begins: an answer, a control, or the button that opens a window."""

_LINK: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,:;!?)\]}'’”]")


class Part(NamedTuple):
    """One message of Slack's: the words for notifications, escaped, and its blocks."""

    text: str
    blocks: list[Block]


def prompt(message: Outbound, language: str, words: Words) -> list[Part]:
    """Return the message, in several parts where the text is very long; buttons stand under the last one.

    Raises ValueError for a button token that is empty or too long: only our own code makes tokens.
    """
    surplus = len(message.buttons) + len(message.controls) > LIMITS.buttons
    fitted = fit(_without_buttons(message) if surplus else message, LIMITS)
    rows = [_row(CHOICE, row, start) for row, start in _counted(fitted.rows)]
    if surplus:
        rows = _menus(message.buttons, words("slack.choose", language))
    window = [_window_button(message, language, words)] if message.form else []
    controls = [_row(CONTROL, row, start) for row, start in _counted(fitted.controls)]
    below = [*rows, *window, *controls]
    room = min(TOTAL, WHOLE - sum(map(_length, below)))
    parts = [
        Part(fallback("\n\n".join(page)), [*map(paragraph, page)]) for page in _pages(fitted.texts, room)
    ]
    parts[-1].blocks.extend(below)
    return parts


def _length(block: Block) -> int:
    """Characters on the buttons and in the menus of a block."""
    shown = [
        one["text"]["text"] for element in block["elements"] for one in element.get("options", [element])
    ]
    return sum(map(len, shown))


def fallback(text: str) -> str:
    """Return the ``text`` of a message: escaped, and short enough in bytes."""
    length = len(text)
    while len(escaped := escape(cut(text, length, utf16=False)).encode()) > FALLBACK_BYTES:
        length = length * FALLBACK_BYTES // len(escaped) - 1
    return escaped.decode()


def paragraph(text: str) -> Block:
    """Return a block that shows the text literally, with web addresses as links. At most 3,000 characters."""
    if not _LINK.search(text):
        return {"type": "section", "text": plain(text)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": _linked(text)}]}


def plain(text: str) -> Block:
    """Return a text object in which nothing is markup, not even ``:wave:``."""
    return {"type": "plain_text", "text": text, "emoji": False}


def option(button: Button) -> Block:
    """Return a menu option."""
    label = (CHOSEN if button.chosen else "") + " ".join(clean(button.label).split())
    return {"text": plain(cut(label, OPTION, utf16=True)), "value": button.token}


def opens_window(action_id: str) -> bool:
    """Whether this is the button that opens a window: no answer yet, and nothing for the engine."""
    return action_id.startswith(WINDOW)


def _linked(text: str) -> list[Block]:
    elements: list[Block] = []
    start = 0
    for match in _LINK.finditer(text):
        elements += [{"type": "text", "text": text[start : match.start()]}] if match.start() > start else []
        elements.append({"type": "link", "url": match[0]})
        start = match.end()
    return [*elements, {"type": "text", "text": text[start:]}] if start < len(text) else elements


def _pages(texts: Sequence[str], total: int) -> list[list[str]]:
    """The paragraphs in as few messages as the total allows."""
    pages: list[list[str]] = [[]]
    for text in texts:
        if sum(map(len, pages[-1])) + len(text) > total:
            pages.append([])
        pages[-1].append(text)
    return pages


def _counted(rows: Sequence[tuple[Button, ...]]) -> list[tuple[tuple[Button, ...], int]]:
    """Each row with the number of buttons before it: action ids are unique in the whole message."""
    return [(row, sum(map(len, rows[:place]))) for place, row in enumerate(rows)]


def _row(kind: str, buttons: Sequence[Button], start: int) -> Block:
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"{kind}{place}",
                "text": plain(button.label),
                "value": button.token,
            }
            for place, button in enumerate(buttons, start)
        ],
    }


def _without_buttons(message: Outbound) -> Outbound:
    """The message with its choices left to a menu; labels too long for one are listed in the text."""
    text = message.text
    if not all(fits(button.label, OPTION, utf16=True) for button in message.buttons):
        text = "\n\n".join(filter(None, (text.rstrip(), "\n".join(numbered_lines(message, LIMITS)))))
    return replace(message, text=text, buttons=())


def _menus(buttons: Sequence[Button], placeholder: str) -> list[Block]:
    return [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "static_select",
                    "action_id": f"{CHOICE}{start}",
                    "placeholder": plain(placeholder),
                    "options": [option(button) for button in buttons[start : start + OPTIONS]],
                }
            ],
        }
        for start in range(0, len(buttons), OPTIONS)
    ]


def _window_button(message: Outbound, language: str, words: Words) -> Block:
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"{WINDOW}{message.form}.{language}",
                "text": plain(words("slack.window.open", language)),
                "value": message.form_token,
                "style": "primary",
            }
        ],
    }
