"""What the doctor says: a table of facts and findings."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import WebhookInfo

from adapters.base import Finding
from adapters.telegram import examination
from adapters.telegram.errors import BROKEN_ANSWER
from bot.engine.messages import Failure, SendError
from tests.servers.telegram import TOKEN

NOW = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


def hook(**fields: Any) -> WebhookInfo:
    """Return what getWebhookInfo says; nothing special unless told."""
    plain: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
    return WebhookInfo(**plain | fields)


SET = {"url": "https://example.org/secret-path"}

FINDINGS: dict[str, tuple[Finding, str, str]] = {
    "token works": (examination.token("hauskala_bot", ""), "ok", "@hauskala_bot"),
    "name as configured": (examination.token("Hauskala_bot", "@hauskala_bot"), "ok", "@Hauskala_bot"),
    "another name": (examination.token("hauskala_bot", "toinen_bot"), "warning", "@toinen_bot"),
    "token refused": (
        examination.unreachable(SendError(failure=Failure.STOP, code="token_refused", detail="Refused.")),
        "problem",
        "Refused.",
    ),
    "no answer": (examination.unreachable(BROKEN_ANSWER), "problem", BROKEN_ANSWER.detail),
    "open to groups": (examination.groups(can_join=True), "warning", "group"),
    "closed to groups": (examination.groups(can_join=False), "ok", "group"),
    "polling, no webhook": (examination.webhook(hook(), "polling"), "ok", "0 updates wait."),
    "polling, webhook in the way": (examination.webhook(hook(**SET), "polling"), "warning", "webhook is set"),
    "polling, backlog": (
        examination.webhook(hook(pending_update_count=101), "polling"),
        "warning",
        "101 updates wait",
    ),
    "webhook missing": (examination.webhook(hook(), "webhook"), "warning", "No webhook"),
    "webhook works": (examination.webhook(hook(**SET), "webhook"), "ok", "0 updates wait."),
    "webhook fails": (
        examination.webhook(hook(**SET, last_error_message="Wrong response: 502 Bad Gateway"), "webhook"),
        "problem",
        "502 Bad Gateway",
    ),
    "webhook, backlog": (
        examination.webhook(hook(**SET, pending_update_count=500), "webhook"),
        "warning",
        "500",
    ),
    "same clock": (examination.clock("Fri, 20 Nov 2026 12:00:26 GMT", NOW), "ok", "agrees"),
    "clock a little off": (examination.clock("Fri, 20 Nov 2026 12:00:00 GMT", NOW), "warning", "30 seconds"),
    "clock far off": (examination.clock("Fri, 20 Nov 2026 14:00:30 GMT", NOW), "problem", "7200 seconds"),
    "no date": (examination.clock("", NOW), "ok", "no date"),
    "a strange date": (examination.clock("yesterday", NOW), "ok", "no date"),
    "a date without a zone": (examination.clock("Fri, 20 Nov 2026 12:00:26 -0000", NOW), "ok", "no date"),
}


@pytest.mark.parametrize("label", FINDINGS)
def test_a_finding_tells_how_it_stands_and_what_to_do(label: str) -> None:
    """State and words as expected, advice wherever something is wrong, nothing secret."""
    finding, state, words = FINDINGS[label]
    assert finding.state == state
    assert words in finding.message
    assert bool(finding.advice) == (state != "ok")
    assert "secret-path" not in repr(finding)
    assert TOKEN not in repr(finding)
