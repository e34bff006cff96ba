"""What ``kuulolla doctor`` says about a Telegram bot: facts in, findings out.

Pure; the client asks Telegram. No finding holds the token or the webhook's secret path.
"""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from telegram import WebhookInfo

from adapters.base import Finding
from adapters.telegram.errors import redacted
from bot.engine.messages import Failure, SendError

CLOCK_WARNING: Final = 5.0
CLOCK_PROBLEM: Final = 60.0
"""Seconds our clock may differ from Telegram's; its Date header has whole seconds."""
BACKLOG: Final = 100
"""Updates waiting: more than one batch means that nobody takes them."""


def unreachable(problem: SendError) -> Finding:
    """Telegram did not answer as it should."""
    if problem.failure is Failure.STOP:
        advice = "Copy the token once more from @BotFather, and check telegram.base_url."
    else:
        advice = "Check the network, a proxy or firewall, and telegram.base_url."
    return Finding(subject="telegram token", state="problem", message=problem.detail, advice=advice)


def token(username: str, configured: str) -> Finding:
    """The token works; the configured user name should be the bot's."""
    if configured and configured.lower().lstrip("@") != username.lower():
        return Finding(
            subject="telegram token",
            state="warning",
            message=f"The token is that of @{username}, the configuration says @{configured.lstrip('@')}.",
            advice="Deep links would lead to the wrong bot: mend telegram.username, or use the other token.",
        )
    return Finding(subject="telegram token", state="ok", message=f"The bot is @{username}.")


def groups(*, can_join: bool) -> Finding:
    """The bot speaks with single members only."""
    if can_join:
        return Finding(
            subject="telegram groups",
            state="warning",
            message="Anybody can add the bot to a group, where it stays silent.",
            advice="Switch it off in @BotFather: /setjoingroups, Disable.",
        )
    return Finding(subject="telegram groups", state="ok", message="Nobody can add the bot to a group.")


def webhook(info: WebhookInfo, mode: str) -> Finding:
    """How updates reach us, and whether they do."""
    subject = "telegram webhook" if mode == "webhook" else "telegram polling"
    if mode == "polling" and info.url:
        return Finding(
            subject=subject,
            state="warning",
            message="A webhook is set. The next start removes it; no update is lost.",
            advice="If another program uses this bot, stop that program or make a bot of your own.",
        )
    if mode == "webhook" and not info.url:
        return Finding(
            subject=subject,
            state="warning",
            message="No webhook is set yet.",
            advice="The next start sets it. While the bot runs, this is a problem.",
        )
    if mode == "webhook" and info.last_error_message:
        return Finding(
            subject=subject,
            state="problem",
            message=f"Telegram could not deliver: {redacted(info.last_error_message)}",
            advice="Check that telegram.webhook_url leads through the proxy to telegram.webhook_listen.",
        )
    if info.pending_update_count > BACKLOG:
        return Finding(
            subject=subject,
            state="warning",
            message=f"{info.pending_update_count} updates wait at Telegram.",
            advice="Start the bot soon: button presses are kept for minutes, messages for a day.",
        )
    return Finding(subject=subject, state="ok", message=f"{info.pending_update_count} updates wait.")


def clock(date: str, now: datetime) -> Finding:
    """Compare our clock with the Date header of Telegram's answer. ``now`` is aware."""
    subject = "clock"
    try:
        theirs = parsedate_to_datetime(date)
        difference = abs((now - theirs).total_seconds())
    except (TypeError, ValueError):
        return Finding(subject=subject, state="ok", message="Telegram's answer bore no date to compare with.")
    if difference <= CLOCK_WARNING:
        return Finding(subject=subject, state="ok", message="The clock agrees with Telegram's.")
    return Finding(
        subject=subject,
        state="warning" if difference <= CLOCK_PROBLEM else "problem",
        message=f"This machine's clock differs from Telegram's by {difference:.0f} seconds.",
        advice="Switch on time synchronisation (timedatectl set-ntp true).",
    )
