"""What a refused or broken call to Slack means for the message that was to be sent. Pure.

The table is the documentation. A name that is not in it is permanent for this message and told to the admin;
an exception that is not in it means that nobody knows whether the message arrived.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.payload import inner, text
from bot.engine.messages import Failure, SendError

PAUSE: Final = 30.0
"""Seconds to wait where Slack says "later" without saying when."""
DETAIL: Final = 200
"""Characters of a detail."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of the table."""

    failure: Failure
    unreachable: bool = False
    send_as_new: bool = False


_AMBIGUOUS: Final = Meaning(Failure.AMBIGUOUS)
_LATER: Final = Meaning(Failure.RETRY)
_GONE: Final = Meaning(Failure.PERMANENT, unreachable=True)
_OURS: Final = Meaning(Failure.PERMANENT)
_HALT: Final = Meaning(Failure.STOP)
_TOO_LATE: Final = Meaning(Failure.DROP)

ANSWERS: Final[Mapping[str, Meaning]] = {
    # "It's possible some aspect of the operation succeeded before the error was raised."
    "fatal_error": _AMBIGUOUS,
    "internal_error": _AMBIGUOUS,
    "service_unavailable": _AMBIGUOUS,
    # surely nothing done; later it may work
    "ratelimited": _LATER,
    "rate_limited": _LATER,
    "message_limit_exceeded": _LATER,
    "request_timeout": _LATER,  # "the POST data was either missing or truncated"
    "team_added_to_org": _LATER,  # the workspace is being moved
    "org_login_required": _LATER,
    # this person cannot be written to
    "channel_not_found": _GONE,
    "is_archived": _GONE,
    "not_in_channel": _GONE,
    "user_not_found": _GONE,
    "users_not_found": _GONE,
    "user_not_visible": _GONE,
    "user_disabled": _GONE,
    "cannot_dm_bot": _GONE,
    "restricted_action": _GONE,
    # a message that we should not have made
    "msg_too_long": _OURS,
    "msg_blocks_too_long": _OURS,
    "invalid_blocks": _OURS,
    "invalid_blocks_format": _OURS,
    "no_text": _OURS,
    "invalid_arguments": _OURS,
    "metadata_too_large": _OURS,
    "invalid_metadata_format": _OURS,
    "invalid_metadata_schema": _OURS,
    "view_too_large": _OURS,
    # changing a message
    "message_not_found": Meaning(Failure.PERMANENT, send_as_new=True),
    "cant_update_message": _TOO_LATE,
    "edit_window_closed": _TOO_LATE,
    # a person's own page: the app has none switched on, or a newer one is there
    "not_enabled": _TOO_LATE,
    "hash_conflict": _TOO_LATE,
    # opening a window
    "expired_trigger_id": _TOO_LATE,
    "exchanged_trigger_id": _TOO_LATE,
    "invalid_trigger_id": _TOO_LATE,
    # the whole account: nothing will work before the admin has acted
    "invalid_auth": _HALT,
    "not_authed": _HALT,
    "account_inactive": _HALT,
    "token_revoked": _HALT,
    "token_expired": _HALT,
    "missing_scope": _HALT,
    "no_permission": _HALT,
    "not_allowed_token_type": _HALT,
    "ekm_access_denied": _HALT,
    "access_denied": _HALT,
    "accesslimited": _HALT,
    "team_access_not_granted": _HALT,
    "enterprise_is_restricted": _HALT,
    "two_factor_setup_required": _HALT,
    "method_deprecated": _HALT,
    "deprecated_endpoint": _HALT,
    "messages_tab_disabled": _HALT,  # a setting of the app, not of the person
}
"""By Slack's ``error`` word (docs.slack.dev: chat.postMessage, chat.update, views.open and others)."""

WIRE: Final[Mapping[type[BaseException], tuple[str, Meaning]]] = {
    # subclasses first: the first row that fits counts
    aiohttp.ClientConnectorError: ("no_connection", _LATER),  # refused, DNS, TLS, proxy
    aiohttp.ConnectionTimeoutError: ("connect_timeout", _LATER),  # TCP, TLS, or the pool was full
    aiohttp.SocketTimeoutError: ("read_timeout", _AMBIGUOUS),
    aiohttp.ServerDisconnectedError: ("disconnected", _AMBIGUOUS),
    aiohttp.ClientPayloadError: ("broken_answer", _AMBIGUOUS),
    aiohttp.ClientResponseError: ("broken_answer", _AMBIGUOUS),
    aiohttp.ClientOSError: ("disconnected", _AMBIGUOUS),
    TimeoutError: ("timeout", _AMBIGUOUS),
}
"""By what aiohttp raises, which Slack's library lets through as it is (observed)."""

_WITHOUT_BODY: Final[Mapping[int, tuple[str, Meaning]]] = {413: ("too_large", _OURS)}
"""HTTP statuses that are clear without an answer of Slack's; any other may come from a proxy in between."""
_TOO_MANY: Final = 429
_SERVER: Final = 500
_POINTER: Final = re.compile(r"\[json-pointer:(/[\w/]*)\]")


def error(exception: BaseException) -> SendError:
    """Return what this failure means. Raises nothing; an unknown one is AMBIGUOUS."""
    if isinstance(exception, SlackApiError):
        return _answered(exception.response)
    if isinstance(exception, SlackClientError):
        return _told(_OURS, code="refused_by_library", detail=type(exception).__name__)
    for kind, (code, meaning) in WIRE.items():
        if isinstance(exception, kind):
            return _told(meaning, code=code, detail=type(exception).__name__)
    # slack_sdk stumbles over a body that is JSON of another shape, or plain text
    return _told(_AMBIGUOUS, code="broken_answer", detail=type(exception).__name__)


def answered(name: str, *, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> SendError:
    """Return what Slack's ``error`` word means; an unknown one is permanent, or ambiguous beside a 5xx."""
    meaning = ANSWERS.get(name, _AMBIGUOUS if status >= _SERVER else _OURS)
    if meaning is not _LATER:
        return _told(meaning, code=name)
    wait = headers.get("Retry-After", "")
    return SendError(
        failure=meaning.failure,
        code=name,
        retry_after=float(wait) if wait.isascii() and wait.isdigit() else PAUSE,
        # Slack's limits bind the app in a workspace; that one chat is within its own we see to ourselves
        hold_account=True,
    )


def _answered(response: Any) -> SendError:
    """Slack's library raises with its own response, or with aiohttp's where the body is no JSON."""
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    name = text(data, "error")
    if status == _TOO_MANY and name not in ANSWERS:
        name = "ratelimited"  # from a proxy, or with a word we do not know
    if not name:
        code, meaning = _WITHOUT_BODY.get(status, (f"http_{status}", _AMBIGUOUS))
        return _told(meaning, code=code)
    return replace(answered(name, status=status, headers=response.headers), detail=_detail(data))


def _detail(data: object) -> str:
    """What the admin needs to know more than the word: the scope that is missing, the place in the blocks.

    Slack's own sentences are left out, as they may quote the message.
    """
    needed = text(data, "needed")
    places = _POINTER.findall(str(inner(data, "response_metadata").get("messages", "")))
    return "; ".join(filter(None, (f"needs {needed}" if needed else "", *places)))[:DETAIL]


def _told(meaning: Meaning, *, code: str, detail: str = "") -> SendError:
    return SendError(
        failure=meaning.failure,
        code=code,
        detail=detail,
        unreachable=meaning.unreachable,
        send_as_new=meaning.send_as_new,
    )
