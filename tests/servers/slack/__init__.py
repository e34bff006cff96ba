"""A Slack workspace on loopback: see `FakeSlack`; ``python -m tests.servers.slack`` runs it alone."""

from tests.servers.slack.delivery import Delivery, signature, signed_headers, wire_form
from tests.servers.slack.member import Member
from tests.servers.slack.server import FakeSlack
from tests.servers.slack.words import ratelimited, slack_error
from tests.servers.slack.workspace import (
    APP_ID,
    APP_TOKEN,
    BOT_ID,
    BOT_TOKEN,
    BOT_USER,
    SIGNING_SECRET,
    TEAM_ID,
    Message,
)

__all__ = [
    "APP_ID",
    "APP_TOKEN",
    "BOT_ID",
    "BOT_TOKEN",
    "BOT_USER",
    "SIGNING_SECRET",
    "TEAM_ID",
    "Delivery",
    "FakeSlack",
    "Member",
    "Message",
    "ratelimited",
    "signature",
    "signed_headers",
    "slack_error",
    "wire_form",
]
