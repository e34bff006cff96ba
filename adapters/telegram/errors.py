"""What every failure of a call to Telegram means, as one table and the function that reads it.

Pure. The Bot API has no idempotency keys and no history, so the one question that matters is whether the
message may have been sent; whatever is not in the table may have been.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.engine.messages import Failure, SendError

DETAIL: Final = 200
"""Longest piece of the platform's own words kept for the admin."""
PROXY_WAIT: Final = 30.0
"""Seconds to hold back after a 429 that does not say how long."""

_TOKEN: Final = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{30,}")


def _row(failure: Failure, code: str, detail: str, **more: object) -> SendError:
    return SendError(failure=failure, code=code, detail=detail, **more)  # type: ignore[arg-type]  # per row


_UNREACHED: Final = _row(Failure.RETRY, "unreachable_server", "No connection to Telegram.")
_CONNECT_TIMEOUT: Final = _row(Failure.RETRY, "connect_timeout", "No connection to Telegram in time.")
_CUT: Final = _row(Failure.AMBIGUOUS, "cut", "The connection broke after the request.")
_NO_ANSWER: Final = _row(Failure.AMBIGUOUS, "read_timeout", "Telegram did not answer in time.")
_PROXY: Final = _row(Failure.AMBIGUOUS, "proxy", "The proxy failed.")
BROKEN_ANSWER: Final = _row(Failure.AMBIGUOUS, "broken_answer", "Telegram's answer could not be read.")
UNKNOWN: Final = _row(Failure.AMBIGUOUS, "unknown", "The call failed in a way nobody has met yet.")
TOO_LONG_ABOUT: Final = _row(Failure.AMBIGUOUS, "timeout", "The send took too long and was given up.")

CAUSES: Final[Mapping[str, SendError]] = {
    # aiohttp, which our own request class uses
    "ClientConnectorDNSError": _row(Failure.RETRY, "dns", "The name of Telegram's server is not found."),
    "ClientConnectorCertificateError": _row(
        Failure.RETRY,
        "certificate",
        "The server's certificate is not trusted: ca-certificates are missing, or something stands between.",
    ),
    "ClientConnectorError": _UNREACHED,
    "ConnectionTimeoutError": _CONNECT_TIMEOUT,
    "ServerDisconnectedError": _CUT,
    "ClientOSError": _CUT,
    "SocketTimeoutError": _NO_ANSWER,
    "ClientPayloadError": _CUT,
    "ClientResponseError": BROKEN_ANSWER,
    "TimeoutError": TOO_LONG_ABOUT,
    # httpx, which python-telegram-bot uses by itself
    "ConnectError": _UNREACHED,
    "ConnectTimeout": _CONNECT_TIMEOUT,
    "PoolTimeout": _CONNECT_TIMEOUT,
    "ReadTimeout": _NO_ANSWER,
    "WriteTimeout": _row(Failure.AMBIGUOUS, "write_timeout", "The request could not be written in time."),
    "WriteError": _CUT,
    "ReadError": _CUT,
    "RemoteProtocolError": _CUT,
    "ProxyError": _PROXY,
}
"""By the name of the exception below Telegram's own, narrow before wide (its classes in order)."""

_NO_JSON: Final = _row(Failure.AMBIGUOUS, "no_json", "Something before Telegram answered, not Telegram.")
_SERVER: Final = _row(Failure.AMBIGUOUS, "server_error", "Telegram had an error of its own.")
_FLOOD: Final = _row(Failure.RETRY, "flood", "Too many messages.", retry_after=PROXY_WAIT, hold_account=True)
_TOO_LARGE: Final = _row(Failure.PERMANENT, "too_large", "The request was too large.")

REFUSALS: Final[tuple[tuple[type[TelegramError], str, SendError], ...]] = (
    (InvalidToken, "", _row(Failure.STOP, "token_refused", "Telegram refuses the bot's token.")),
    (
        Forbidden,
        "blocked by the user",
        _row(Failure.PERMANENT, "blocked", "The member has blocked the bot.", unreachable=True),
    ),
    (
        Forbidden,
        "deactivated",
        _row(Failure.PERMANENT, "deactivated", "The member's account is gone.", unreachable=True),
    ),
    (
        Forbidden,
        "kicked",
        _row(Failure.PERMANENT, "kicked", "The bot was removed from the chat.", unreachable=True),
    ),
    (
        Forbidden,
        "initiate conversation",
        _row(Failure.PERMANENT, "not_started", "The member has not pressed Start yet.", unreachable=True),
    ),
    (
        Forbidden,
        "",
        _row(Failure.PERMANENT, "forbidden", "The bot may not write to this chat.", unreachable=True),
    ),
    (
        BadRequest,
        "message is not modified",
        _row(Failure.DONE, "not_modified", "The message looks so already."),
    ),
    (
        BadRequest,
        "message to edit not found",
        _row(Failure.PERMANENT, "edit_target_gone", "The message to change is gone.", send_as_new=True),
    ),
    (
        BadRequest,
        "message can't be edited",
        _row(Failure.PERMANENT, "edit_refused", "The message cannot be changed.", send_as_new=True),
    ),
    (BadRequest, "query is too old", _row(Failure.DROP, "tap_too_old", "The tap was too long ago.")),
    (BadRequest, "query_id_invalid", _row(Failure.DROP, "tap_too_old", "The tap was too long ago.")),
    (
        BadRequest,
        "can't parse entities",
        _row(Failure.PERMANENT, "entities", "Telegram took the text for broken markup."),
    ),
    (BadRequest, "chat not found", _row(Failure.PERMANENT, "chat_not_found", "There is no such chat.")),
    (BadRequest, "too long", _row(Failure.PERMANENT, "too_long", "The text is too long.")),
    (BadRequest, "too_long", _row(Failure.PERMANENT, "too_long", "The text is too long.")),
    (
        BadRequest,
        "button_data_invalid",
        _row(Failure.PERMANENT, "button_data", "A button's data is not valid."),
    ),
    (BadRequest, "", _row(Failure.PERMANENT, "bad_request", "")),
    (NetworkError, "too many requests", _FLOOD),
    (NetworkError, "request entity too large", _TOO_LARGE),
    (NetworkError, "content too large", _TOO_LARGE),
    (Conflict, "", _row(Failure.AMBIGUOUS, "conflict", "Another program uses the bot's token.")),
    (NetworkError, "", _SERVER),
    (TelegramError, "", BROKEN_ANSWER),
)
"""By class and a piece of Telegram's description, the first that fits; an empty detail keeps its words.

BadRequest is a kind of NetworkError in python-telegram-bot: it stands above it.
"""

_WITHOUT_JSON: Final = (BadRequest, Forbidden)
"""Without a JSON body these two tell about a proxy or a captive portal, never about the member."""


def error(exc: BaseException) -> SendError:
    """Return what the exception of a call means. Anything unknown is AMBIGUOUS. Never raises."""
    if isinstance(exc, ChatMigrated):
        return _row(
            Failure.RETRY, "migrated", "The group became a supergroup.", moved_to=str(exc.new_chat_id)
        )
    if isinstance(exc, RetryAfter):
        return replace(_FLOOD, retry_after=_seconds(exc.retry_after))
    if not isinstance(exc, TelegramError):
        shapeless = isinstance(exc, (LookupError, TypeError, ValueError))
        return _by_class(exc) or (BROKEN_ANSWER if shapeless else UNKNOWN)
    cause = exc.__cause__
    known = _by_class(cause)
    if known is not None:
        return known
    if isinstance(cause, TelegramError) and isinstance(exc, _WITHOUT_JSON):
        return _NO_JSON
    text = str(exc).lower()
    row = next(row for kind, piece, row in REFUSALS if isinstance(exc, kind) and piece in text)
    if row is _SERVER and isinstance(cause, TelegramError):
        return _NO_JSON
    return row if row.detail else replace(row, detail=redacted(str(exc)))


def _by_class(exc: BaseException | None) -> SendError | None:
    """The row of the narrowest class of the exception that is in the table."""
    return next((CAUSES[kind.__name__] for kind in type(exc).__mro__ if kind.__name__ in CAUSES), None)


def _seconds(span: int | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


def redacted(text: str) -> str:
    """Return the platform's words on one line, cut, and without anything that looks like a bot token."""
    return _TOKEN.sub("***", " ".join(text.split()))[:DETAIL]
