"""Slack's answers: the ok envelope, its errors, and faults that give an error whatever was asked."""

from __future__ import annotations

from typing import Any

from tests.servers.faults import Fault
from tests.servers.wire import Answer, encode

Json = dict[str, Any]


class SlackError(Exception):
    """An error answer of the Web API; `more` stands beside `error` in the envelope."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


def ok_answer(**values: Any) -> Answer:
    """Return a successful envelope."""
    return Answer(encode({"ok": True, **values}))


def error_answer(error: str, **more: Any) -> Answer:
    """Return an error envelope; Slack answers 200 to all of them but `ratelimited`."""
    body = {"ok": False, "error": error, **more}
    if error == "ratelimited":
        return Answer(encode(body), 429, headers={"Retry-After": str(more.get("retry_after", 1))})
    return Answer(encode(body))


def slack_error(error: str, *, after_effect: bool = False, **more: Any) -> Fault:
    """A fault that answers with a Web API error, after the work was done or instead of it."""
    answer = error_answer(error, **more)
    return Fault("reply", after_effect, answer.status, answer.body, headers=answer.headers)


def ratelimited(retry_after: int = 1) -> Fault:
    """429 with `Retry-After` in seconds."""
    body = encode({"ok": False, "error": "ratelimited"})
    return Fault("reply", False, 429, body, headers={"Retry-After": str(retry_after)})
