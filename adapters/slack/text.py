"""Slack's way of writing text: entities, angle brackets and emoji names. Pure.

What comes in is decoded once, so that nothing a member typed can turn into markup later; what goes out as
``mrkdwn`` is escaped here and nowhere else.
"""

import re
from collections.abc import Mapping
from typing import Final

_REFERENCE: Final = re.compile(r"<([^<>]+)>")
"""``<@U1>``, ``<#C1|name>``, ``<!here>``, ``<https://…|label>``: Slack's own; a typed ``<`` is escaped."""
_SCHEME: Final = re.compile(r"^(?:https?://|mailto:|tel:)")


def escape(text: str) -> str:
    """Return the text for a ``text`` or ``mrkdwn`` field (docs.slack.dev, formatting message text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def decode(text: str, emoji: Mapping[str, str]) -> str:
    """Return what the member sees in the message box: plain text with real emoji, decoded once.

    ``emoji`` maps the names used in this message (``:wave:``) to characters, as Slack tells them beside it.
    """
    for name in sorted(emoji, key=len, reverse=True):  # a hand with its skin tone before the plain hand
        text = text.replace(name, emoji[name])
    text = _REFERENCE.sub(lambda match: _words(match[1]), text)
    # &amp; last: "&amp;lt;" was typed as "&lt;" and must stay so
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _words(reference: str) -> str:
    target, _, label = reference.partition("|")
    if target.startswith("@"):
        return "@" + (label or target[1:]).removeprefix("@")
    if target.startswith("#"):
        return "#" + (label or target[1:]).removeprefix("#")
    if target.startswith("!"):
        return label or "@" + target[1:].partition("^")[0]
    bare = _SCHEME.sub("", target)
    if not label:
        return target if target.startswith("http") else bare
    return label if label in (target, bare, bare.rstrip("/")) else f"{label} ({target})"


def emoji_names(blocks: object) -> dict[str, str]:
    """Return ``:name:`` -> characters for every emoji in the rich text that comes beside a message's text."""
    found: dict[str, str] = {}
    _collect(blocks, found, depth=0)
    return found


_DEPTH: Final = 12
"""A rich text nests five deep at most (block, list, section, element, style); the rest is not Slack's."""


def _collect(node: object, found: dict[str, str], *, depth: int) -> None:
    if depth > _DEPTH:
        return
    if isinstance(node, list):
        for part in node:
            _collect(part, found, depth=depth + 1)
    elif isinstance(node, Mapping):
        if node.get("type") == "emoji":
            _add(node, found)
        else:
            _collect(node.get("elements"), found, depth=depth + 1)


def _add(element: Mapping[str, object], found: dict[str, str]) -> None:
    name, codes, tone = element.get("name"), element.get("unicode"), element.get("skin_tone")
    if not isinstance(name, str) or not isinstance(codes, str):
        return  # a workspace's own emoji has no characters: its name stays
    try:
        characters = "".join(chr(int(code, 16)) for code in codes.split("-"))
    except (ValueError, OverflowError):
        return
    suffix = f":skin-tone-{tone}:" if isinstance(tone, int) else ""
    found[f":{name}:{suffix}"] = characters
