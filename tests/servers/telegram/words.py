"""Error answers in the Bot API's form, and faults that give them whatever was asked."""

from __future__ import annotations

from tests.servers.faults import Fault
from tests.servers.telegram.chats import Json
from tests.servers.wire import Answer, encode


def error_answer(code: int, description: str, parameters: dict[str, int] | None = None) -> Answer:
    """Return the error envelope; `retry_after` stands in the header too."""
    body: Json = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    headers = (
        {"Retry-After": str(parameters["retry_after"])} if parameters and "retry_after" in parameters else {}
    )
    return Answer(encode(body), code, headers=headers)


def refusal(code: int, description: str, **parameters: int) -> Fault:
    """A fault that answers with a Bot API error; the request has no effect."""
    answer = error_answer(code, description, parameters)
    return Fault("reply", False, code, answer.body, headers=answer.headers)


def too_many(retry_after: int = 1) -> Fault:
    """429 with `retry_after` seconds."""
    return refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def blocked() -> Fault:
    """403: the member has blocked the bot."""
    return refusal(403, "Forbidden: bot was blocked by the user")


def server_error(code: int = 500) -> Fault:
    """A server error with a JSON body."""
    return refusal(code, "Internal Server Error")
