"""What ``kuulolla doctor`` looks at on Slack: tokens, scopes, clock and socket. Sends no message."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Final

from adapters.base import Finding
from adapters.slack.api import Api
from adapters.slack.errors import error
from adapters.slack.payload import text
from adapters.slack.verify import MAX_AGE
from bot.engine.messages import Failure

SCOPES: Final = (
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "im:history",
    "im:write",
    "users:read",
)
"""What the bot token must allow; the manifest asks for the same."""
HELPFUL: Final = ("reactions:read",)
"""Without these something small is missing, and everything else works."""
DRIFT: Final = 30.0
"""Seconds our clock may differ before it is mentioned."""


def manifest() -> str:
    """Return the app's manifest, to be pasted at api.slack.com/apps."""
    return (files("adapters.slack") / "manifest.yaml").read_text(encoding="utf-8")


async def examine(api: Api, *, socket: bool, now: float) -> list[Finding]:
    """Return one finding for each thing looked at; what a broken token hides is left out."""
    try:
        answer = await api.web.auth_test()
    except Exception as problem:  # noqa: BLE001 - the table knows them all
        return [_unreachable("Slack bot token", problem)]
    me = answer.data
    findings = [
        Finding(
            subject="Slack bot token",
            state="ok",
            message=f"{text(me, 'user')} in {text(me, 'team')} ({text(me, 'team_id')})",
        ),
        _scopes(answer.headers.get("x-oauth-scopes", "")),
        clock(answer.headers.get("Date", ""), now, signed=not socket),
    ]
    return [*findings, await _socket(api)] if socket else findings


def _scopes(granted: str) -> Finding:
    missing = sorted({*SCOPES, *HELPFUL} - {scope.strip() for scope in granted.split(",")})
    if not missing:
        return Finding(subject="Slack scopes", state="ok", message=", ".join((*SCOPES, *HELPFUL)))
    return Finding(
        subject="Slack scopes",
        state="warning" if set(missing) <= set(HELPFUL) else "problem",
        message=f"missing: {', '.join(missing)}",
        advice="Add them under OAuth & Permissions (or paste the manifest) and install the app again.",
    )


def clock(date: str, now: float, *, signed: bool) -> Finding:
    """Compare our Unix time with the ``Date`` of an answer; ``signed``: requests are refused by their age."""
    try:
        theirs = parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        advice = "Check slack.base_url: something between us and Slack takes the date away."
        return Finding(subject="Slack clock", state="warning", message="Slack told no time.", advice=advice)
    drift = (datetime.fromtimestamp(now, UTC) - theirs).total_seconds()
    if abs(drift) <= DRIFT:
        return Finding(subject="Slack clock", state="ok", message="agrees with Slack's")
    return Finding(
        subject="Slack clock",
        state="problem" if signed and abs(drift) > MAX_AGE else "warning",
        message=f"this machine is {abs(drift):.0f} s {'ahead of' if drift > 0 else 'behind'} Slack",
        advice="Turn on time synchronisation, for instance with timedatectl set-ntp true.",
    )


async def _socket(api: Api) -> Finding:
    try:
        await api.socket_url()
    except Exception as problem:  # noqa: BLE001 - the table knows them all
        return _unreachable("Slack app token", problem)
    return Finding(subject="Slack app token", state="ok", message="Socket Mode is open.")


def _unreachable(subject: str, problem: BaseException) -> Finding:
    failed = error(problem)
    if failed.failure is Failure.STOP:
        advice = "Copy the token once more from the app's page at api.slack.com/apps."
        return Finding(subject=subject, state="problem", message=f"refused: {failed.code}", advice=advice)
    return Finding(
        subject=subject,
        state="warning",
        message=f"no answer: {failed.code}",
        advice="Check the network and slack.base_url, then try again.",
    )
