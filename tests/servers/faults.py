"""Scripted misbehaviour: what goes wrong, for which method and chat, and how often.

A fault is a value; the server asks `FaultScript.take` once per request. Whether the request still had its
effect (the message was delivered, only the answer was lost) is part of the fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["drop", "cut", "reply", "stall", "slow"]
ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave. `after_effect`: the request did its work before things went wrong."""

    kind: Kind
    after_effect: bool = False
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    keep_bytes: int = 0
    seconds: float = 0.0


def drop(*, after_effect: bool = True) -> Fault:
    """Close the connection without an answer."""
    return Fault("drop", after_effect)


def cut(keep_bytes: int = 10, *, after_effect: bool = True) -> Fault:
    """Announce the whole answer, send `keep_bytes` of its body, close."""
    return Fault("cut", after_effect, keep_bytes=keep_bytes)


def stall(seconds: float = math.inf, *, after_effect: bool = True) -> Fault:
    """Keep the connection open in silence for `seconds`, then close it without an answer."""
    return Fault("stall", after_effect, seconds=seconds)


def slow(seconds: float) -> Fault:
    """Answer rightly, `seconds` late."""
    return Fault("slow", after_effect=True, seconds=seconds)


def html(status: int = 502, *, after_effect: bool = False) -> Fault:
    """Answer as a proxy in front of the platform does: an HTML page with an error status."""
    reason = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Time-out"}.get(status, "Error")
    page = f"<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
    return Fault("reply", after_effect, status, page.encode(), "text/html")


def garbage(body: bytes = b'{"ok":true,"resu', *, status: int = 200, after_effect: bool = True) -> Fault:
    """Answer with JSON that breaks off, or with any other bytes."""
    return Fault("reply", after_effect, status, body)


@dataclass(slots=True)
class _Rule:
    method: str
    chat: str | None
    left: float
    fault: Fault


class FaultScript:
    """The rules still in force, oldest first; the first that fits a request is used up once."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def add(
        self, method: str, fault: Fault, *, chat: int | str | None = None, times: float | None = 1
    ) -> None:
        """Misbehave on the next `times` requests of `method`, in `chat` if given.

        "*" is any method; `times` None is for ever.
        """
        left = math.inf if times is None else times
        self._rules.append(_Rule(method.lower(), None if chat is None else str(chat), left, fault))

    def take(self, method: str, chat: object = None) -> Fault | None:
        """Return the fault for this request, if any, and use it up once."""
        if not self._rules:
            return None
        name, place = method.lower(), str(chat)
        for rule in self._rules:
            if rule.method not in (ANY, name) or (rule.chat is not None and rule.chat != place):
                continue
            rule.left -= 1
            if rule.left <= 0:
                self._rules.remove(rule)
            return rule.fault
        return None

    def clear(self) -> None:
        """Behave well again."""
        self._rules.clear()

    @property
    def pending(self) -> int:
        """How many rules still wait for a request."""
        return len(self._rules)


Constructor = Callable[..., Fault]
CONSTRUCTORS: dict[str, Constructor] = {
    "drop": drop,
    "cut": cut,
    "stall": stall,
    "slow": slow,
    "html": html,
    "garbage": garbage,
}


def from_plain(name: str, arguments: dict[str, Any], known: dict[str, Constructor]) -> Fault:
    """Build a fault from its name and JSON arguments, as the control interface receives them."""
    values = dict(arguments)
    if isinstance(values.get("body"), str):
        values["body"] = values["body"].encode()
    return known[name](**values)
