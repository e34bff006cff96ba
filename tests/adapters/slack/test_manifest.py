"""The manifest asks for what the adapter uses, and for nothing more."""

import re

from adapters.slack.endpoint import PATH
from adapters.slack.examination import HELPFUL, SCOPES, manifest

LIST = re.compile(r"^ *- ([\w:.]+)$", re.MULTILINE)


def section(name: str) -> list[str]:
    """Return the plain list under this key."""
    _, _, rest = manifest().partition(f" {name}:\n")
    body = re.split(r"^ *\w+:", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return LIST.findall(body)


def test_the_scopes_are_those_the_doctor_looks_for() -> None:
    """One list in two places, and they agree."""
    assert section("bot") == sorted((*SCOPES, *HELPFUL))


def test_the_events_are_those_the_adapter_reads() -> None:
    """Direct messages, emoji put on ours, and the end of our access."""
    assert section("bot_events") == [
        "app_home_opened",
        "app_uninstalled",
        "message.im",
        "reaction_added",
        "tokens_revoked",
    ]


def test_members_can_write_to_the_bot() -> None:
    """Without a writable Messages tab nobody can be answered, and Slack refuses our messages."""
    text = manifest()
    assert "messages_tab_enabled: true" in text
    assert "messages_tab_read_only_enabled: false" in text
    assert "command: /kuulolla" in text
    assert "socket_mode_enabled: true" in text


def test_the_address_for_http_is_the_one_we_serve() -> None:
    """Events, taps and commands all come to one path."""
    assert manifest().count(f"https://your.address{PATH}") == 3
