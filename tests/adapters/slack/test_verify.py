"""Slack's signature: good ones pass, and nothing else, whatever the headers hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from adapters.slack.verify import MAX_AGE, refusal, sign

SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
BODY = b"payload=%7B%22type%22%3A%22block_actions%22%7D"
NOW = 1795000000.0


def judged(**changed: object) -> str:
    """Return the verdict on a good request with something changed."""
    good: dict[str, object] = {
        "secret": SECRET,
        "timestamp": "1795000000",
        "signature": sign(secret=SECRET, timestamp="1795000000", body=BODY),
        "body": BODY,
        "now": NOW,
    }
    return refusal(**(good | changed))  # type: ignore[arg-type]


def test_slacks_own_signature_is_good() -> None:
    """A signature made by Slack's library passes."""
    theirs = SignatureVerifier(SECRET.decode()).generate_signature(timestamp="1795000000", body=BODY)
    assert theirs is not None
    assert judged(signature=theirs) == ""


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"body": BODY + b" "}, "forged"),
        ({"secret": b"another"}, "forged"),
        ({"timestamp": "1795000001"}, "forged"),
        ({"now": NOW + MAX_AGE}, ""),
        ({"now": NOW + MAX_AGE + 1}, "stale"),
        ({"now": NOW - MAX_AGE - 1}, "stale"),
        ({"timestamp": ""}, "malformed"),
        ({"timestamp": "179500000"}, "malformed"),
        ({"timestamp": "１７９５００００００"}, "malformed"),
        ({"timestamp": "1795000000\n"}, "malformed"),
        ({"timestamp": "-179500000"}, "malformed"),
        ({"signature": ""}, "malformed"),
        ({"signature": "v0=" + "a" * 63}, "malformed"),
        ({"signature": "v0=" + "A" * 64}, "malformed"),
        ({"signature": "v1=" + "a" * 64}, "malformed"),
        ({"signature": "v0=" + "a" * 64}, "forged"),
        ({"signature": "v0=" + "é" * 64}, "malformed"),
    ],
)
def test_anything_else_is_refused(changed: dict[str, object], verdict: str) -> None:
    """A changed body, secret, time or shape is refused in one word."""
    assert judged(**changed) == verdict


@given(st.text(), st.text(), st.binary())
def test_no_header_raises(timestamp: str, signature: str, body: bytes) -> None:
    """Whatever the request holds, the answer is a word."""
    assert judged(timestamp=timestamp, signature=signature, body=body) in ("malformed", "stale", "forged")
