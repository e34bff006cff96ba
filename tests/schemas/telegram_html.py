"""Telegram's own HTML dialect: text and entities, or the Bot API's word for what is wrong.

Offsets in errors count bytes of UTF-8 and offsets of entities count UTF-16 units, as on the platform.
Behaviour after the documented formatting options and the error texts of Telegram's open-source library.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_CHARACTER = re.compile(r"&(?:#(?P<dec>[0-9]{1,7})|#x(?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[A-Za-z]+));?")
_NAME = re.compile(r"</?[^\s>]*")
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[^\s>]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>")
_ATTRIBUTE = re.compile(
    r"\s+(?P<name>[^\s=>]+)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[A-Za-z0-9.-]+)))?"
)


class EntityError(ValueError):
    """The markup is not well formed; the text is the part after "can't parse entities: "."""


class Formatted(NamedTuple):
    """Visible text and its `MessageEntity` objects as plain dicts."""

    text: str
    entities: list[dict[str, Any]]


class _Open(NamedTuple):
    name: str
    argument: str
    offset: int


def units(text: str) -> int:
    """Count UTF-16 units, the measure of all Telegram lengths."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _decode(match: re.Match[str]) -> str:
    name = match["name"]
    if name is not None:
        return NAMED.get(name, match[0])
    code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
    return chr(code) if 0 < code < 0x10FFFF else match[0]


def unescape(text: str) -> str:
    """Replace the four named characters Telegram knows, and numeric ones."""
    return _CHARACTER.sub(_decode, text) if "&" in text else text


def parse_html(source: str) -> Formatted:
    """Return visible text and entities; raise EntityError as the Bot API would."""
    if "<" not in source:
        return Formatted(unescape(source), [])
    parts: list[str] = []
    entities: list[dict[str, Any]] = []
    stack: list[_Open] = []
    position, offset = 0, 0
    while True:
        begin = source.find("<", position)
        piece = unescape(source[position:] if begin < 0 else source[position:begin])
        parts.append(piece)
        offset += units(piece)
        if begin < 0:
            break
        at = len(source[:begin].encode("utf-8", "surrogatepass"))
        match = _TAG.match(source, begin)
        if match is None:
            raise EntityError(_unclosed(source, begin, at))
        if match["end"]:
            _close(match, at, stack, entities, offset)
        else:
            stack.append(_Open(*_start(match, at), offset))
        position = match.end()
    if stack:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Formatted("".join(parts), entities)


def _unclosed(source: str, begin: int, at: int) -> str:
    found = _NAME.match(source, begin)
    name = found[0][1:].lower() if found else ""
    if name.startswith("/"):
        return f"Unclosed end tag at byte offset {at}"
    if begin + 1 + len(name) < len(source) and name not in KINDS:
        return f'Unsupported start tag "{name}" at byte offset {at}'
    return f"Unclosed start tag at byte offset {at}"


def _start(match: re.Match[str], at: int) -> tuple[str, str]:
    name = match["name"].lower()
    if name not in KINDS:
        raise EntityError(f'Unsupported start tag "{name}" at byte offset {at}')
    rest, argument, read = match["rest"], "", 0
    for found in _ATTRIBUTE.finditer(rest):
        if found.start() != read:
            break
        read = found.end()
        value = next((v for v in (found["double"], found["single"], found["bare"]) if v is not None), None)
        attribute = found["name"].lower()
        if value is None and (name, attribute) != ("blockquote", "expandable"):
            raise EntityError(
                f'Expected equal sign in declaration of an attribute of the tag "{name}" at byte offset {at}'
            )
        if (name, attribute) in (
            ("a", "href"),
            ("span", "class"),
            ("tg-emoji", "emoji-id"),
            ("code", "class"),
        ):
            argument = unescape(value or "")
    if rest[read:].strip():
        raise EntityError(f'Empty attribute name in the tag "{name}" at byte offset {at}')
    if name == "span" and argument != "tg-spoiler":
        raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    return name, argument


def _close(
    match: re.Match[str], at: int, stack: list[_Open], entities: list[dict[str, Any]], offset: int
) -> None:
    if not stack:
        raise EntityError(f"Unexpected end tag at byte offset {at}")
    name = match["name"].lower()
    if match["rest"].strip():
        raise EntityError(f"Unclosed end tag at byte offset {at}")
    opened = stack.pop()
    if name and name != opened.name:
        raise EntityError(
            f'Unmatched end tag at byte offset {at}, expected "</{opened.name}>", found "</{name}>"'
        )
    if offset == opened.offset:
        return
    entity: dict[str, Any] = {
        "type": KINDS[opened.name],
        "offset": opened.offset,
        "length": offset - opened.offset,
    }
    if opened.name == "a":
        if not opened.argument:
            return
        entity["url"] = opened.argument
    elif opened.name == "tg-emoji":
        entity["custom_emoji_id"] = opened.argument
    entities.append(entity)
