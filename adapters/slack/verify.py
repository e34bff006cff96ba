"""Was this request made by Slack, for our app, just now? Pure: the time is an argument.

Slack signs ``v0:timestamp:body`` with the app's signing secret (docs.slack.dev, verifying requests). Shapes
are checked before anything is computed, so that a malformed header is a plain refusal and never an error.
"""

import hmac
import re
from typing import Final

MAX_AGE: Final = 300
"""Seconds a request may be old, or ahead of our clock: five minutes, as Slack's page advises."""

_TIMESTAMP: Final = re.compile(r"[0-9]{10}")
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}")


def refusal(*, secret: bytes, timestamp: str, signature: str, body: bytes, now: float) -> str:
    """Return why the request is refused, in one word for the log, or an empty string for a good one.

    ``now`` is Unix time in seconds. Raises nothing, whatever the headers hold.
    """
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return "malformed"
    if abs(now - int(timestamp)) > MAX_AGE:
        return "stale"
    good = hmac.compare_digest(sign(secret=secret, timestamp=timestamp, body=body), signature)
    return "" if good else "forged"


def sign(*, secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature that Slack would send."""
    return "v0=" + hmac.digest(secret, b"v0:%b:%b" % (timestamp.encode(), body), "sha256").hex()
